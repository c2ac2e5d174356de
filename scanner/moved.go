package scanner

import (
	"context"
	"io"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// What package cli asks of repositories, until it asks package repo itself.

// Commit is what a person needs to know of a commit.
type Commit = repo.Commit

// Push is what is about to be pushed.
type Push = repo.Push

// ErrOutside is the error of [ReadAt] for a file outside of the repository.
var ErrOutside = repo.ErrOutside

// ParsePush is that of package repo.
func ParsePush(remote string, r io.Reader) (*Push, error) { return repo.ParsePush(remote, r) }

// ParseRange is that of package repo.
func ParseRange(text string) (string, error) { return repo.ParseRange(text) }

// ReadAt is that of package repo.
func ReadAt(ctx context.Context, dir, revision, file string) ([]byte, error) {
	return repo.ReadAt(ctx, dir, revision, file)
}

// NothingStaged is that of package repo.
func NothingStaged(ctx context.Context, dir string) (bool, error) {
	return repo.NothingStaged(ctx, dir)
}

// WorkTree is that of package repo.
func WorkTree(ctx context.Context, dir string) (string, error) { return repo.WorkTree(ctx, dir) }

// ResolveCommit is that of package repo.
func ResolveCommit(ctx context.Context, dir, revision string) (string, error) {
	return repo.ResolveCommit(ctx, dir, revision)
}

// HooksDir is that of package repo.
func HooksDir(ctx context.Context, dir string) (string, error) { return repo.HooksDir(ctx, dir) }

package repo

import (
	"bytes"
	"context"
	"slices"
	"strings"
)

// Status is what git does with the files of a work tree: those it tracks, and those it
// would add; others it ignores. Both are sorted.
type Status struct{ Tracked, Untracked []string }

// Status asks git about the files below dir, which lies in the work tree.
func (r *Repository) Status(ctx context.Context, dir string) (*Status, error) {
	tracked, err := r.lsFiles(ctx, dir, "-c")
	if err != nil {
		return nil, err
	}
	untracked, err := r.lsFiles(ctx, dir, "-o")
	slices.Sort(tracked)
	slices.Sort(untracked)
	return &Status{tracked, untracked}, err
}

// Ignored lists what git ignores below dir, which lies in the work tree; a folder
// that is ignored as a whole by its name with a slash.
func (r *Repository) Ignored(ctx context.Context, dir string) ([]string, error) {
	return r.lsFiles(ctx, dir, "-oi", "--directory")
}

// lsFiles asks git for files below dir, which lies in the repository's work
// tree. Of the libraries that read .gitignore none agrees with git in all cases,
// so git it is.
func (r *Repository) lsFiles(ctx context.Context, dir string, args ...string) ([]string, error) {
	args = append([]string{"--work-tree=" + r.Root, "-C", dir, "ls-files", "-z", "--exclude-standard"}, args...)
	out, err := runGit(ctx, r.GitDir, args...)
	if err != nil {
		return nil, err
	}
	out = bytes.TrimSuffix(out, []byte{0})
	if len(out) == 0 {
		return nil, nil
	}
	return strings.Split(string(out), "\x00"), nil
}

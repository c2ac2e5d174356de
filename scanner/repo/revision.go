package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// ResolveCommit returns the ID of the commit that a revision refers to, in the
// repository that contains dir. The error wraps [fs.ErrNotExist] if there is no such
// commit.
func ResolveCommit(ctx context.Context, dir, revision string) (string, error) {
	gitDir, _, err := Around(dir)
	if err != nil {
		return "", err
	}
	out, err := runGit(ctx, gitDir, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	switch id := strings.TrimSpace(string(out)); {
	case err == nil && id != "":
		return id, nil
	case errors.Is(err, errOwnership), ctx.Err() != nil:
		return "", err
	}
	return "", fmt.Errorf("find commit %s: %w", revision, fs.ErrNotExist)
}

// ErrOutside is the error of [ReadAt] for a file outside the repository.
var ErrOutside = errors.New("outside the repository")

// ReadAt returns the content of a file in the commit or tree named revision, not the
// content on disk. The repository is the one that contains dir. The error wraps
// [ErrOutside] if the file is not in its work tree, and [fs.ErrNotExist] if the
// commit has no such regular file.
func ReadAt(ctx context.Context, dir, revision, file string) ([]byte, error) {
	gitDir, prefix, err := Around(dir)
	if err != nil {
		return nil, err
	}
	name, err := pathFrom(dir, file)
	if err != nil {
		return nil, err
	}
	name = path.Join(prefix, name)
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, fmt.Errorf("read %s at %s: %w", file, revision, ErrOutside)
	}
	files, err := FilesAt(ctx, gitDir, revision, name)
	if err != nil {
		return nil, err
	}
	id, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("read %s at %s: %w", file, revision, fs.ErrNotExist)
	}
	content, err := runGit(ctx, gitDir, "cat-file", "blob", id.String())
	if err != nil {
		return nil, fmt.Errorf("read %s at %s: %w", file, revision, err)
	}
	return content, nil
}

// pathFrom returns the path of a file relative to a directory, with slashes. On
// Windows there is no such path if they are on different drives.
func pathFrom(dir, file string) (string, error) {
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, ErrOutside)
	}
	return filepath.ToSlash(rel), nil
}

// Around returns the git directory of the repository that contains dir, and the path
// of dir in its work tree. That path is empty or ends with a slash.
func Around(dir string) (gitDir, prefix string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	for at := abs; ; at = filepath.Dir(at) {
		_, dotGit := os.Lstat(filepath.Join(at, ".git"))
		if at == abs || dotGit == nil {
			r, err := locateRepository(at)
			if err == nil {
				rel, err := filepath.Rel(at, abs)
				return r.GitDir, strings.TrimPrefix(filepath.ToSlash(rel)+"/", "./"), err
			}
			if !errors.Is(err, ErrNotRepository) {
				return "", "", openError(at, err)
			}
		}
		if at == filepath.Dir(at) {
			return "", "", openError(dir, ErrNotRepository)
		}
	}
}

// FilesAt returns the regular files at the given paths in a commit or tree; all
// regular files if no path is given.
func FilesAt(ctx context.Context, gitDir, revision string, paths ...string) (map[string]odb.OID, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("invalid revision %q: it begins with -", revision)
	}
	args := append([]string{"ls-tree", "-r", "-z", "--full-tree", revision, "--"}, paths...)
	out, err := runGit(ctx, gitDir, args...)
	var known *hint.Error
	if errors.As(err, &known) && !errors.Is(err, errOwnership) {
		return nil, &hint.Error{
			Err:  fmt.Errorf("find commit %s: not in this repository", revision),
			Hint: "check with git log -1 " + revision + " that it exists; if the clone is shallow: git fetch --unshallow",
		}
	}
	if err != nil {
		return nil, err
	}
	files := map[string]odb.OID{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		about, name, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about) // mode, type, ID
		if len(fields) != 3 || !strings.HasPrefix(fields[0], "100") {
			continue // a symbolic link or a submodule
		}
		id, err := odb.ParseOID(fields[2])
		if err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", revision, err)
		}
		files[name] = id
	}
	return files, nil
}

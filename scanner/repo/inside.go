package repo

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// staysInside returns an error if a file of the repository, apart from its objects, is a link
// that leads out of a directory.
func (r *Repository) staysInside(within string) error {
	for _, dir := range slices.Compact([]string{r.GitDir, r.CommonDir}) {
		for _, name := range []string{"HEAD", "config", "config.worktree", "packed-refs", "shallow", "index", "info", "refs", "logs", "worktrees", "reftable"} {
			err := filepath.WalkDir(filepath.Join(dir, name), func(file string, entry fs.DirEntry, err error) error {
				if err != nil || entry.Type()&fs.ModeSymlink == 0 {
					return nil // reading it reports the error
				}
				if _, err := os.Stat(file); err == nil && !isInside(file, within) {
					return &hint.Error{
						Err:  fmt.Errorf("its file %s is outside the scanned directory", file),
						Hint: "to scan that repository, pass it as a target",
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// isInside reports whether a path, with symbolic links resolved, is in a directory.
func isInside(path, dir string) bool {
	real, err1 := filepath.EvalSymlinks(path)
	dir, err2 := filepath.EvalSymlinks(dir)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(dir, real)
	return err == nil && filepath.IsLocal(rel)
}

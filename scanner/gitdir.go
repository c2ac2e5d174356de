package scanner

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// beside returns the source of the files that git keeps beside the objects of a
// repository, in its git directory.
func (s *scan) beside(gitDir, prefix string) files {
	names, failures := repo.Beside(gitDir)
	for _, f := range failures {
		s.skip(Skip{Path: prefix + f.Path, Kind: SkipFailed, Reason: reason(f.Err)})
	}
	if isDir(filepath.Join(gitDir, "reftable")) {
		s.skip(Skip{Path: prefix + "reftable", Kind: SkipPolicy, Reason: "the messages in its reflogs were not read; the objects that they name were"})
	}
	return files{root: gitDir, prefix: prefix, names: names, beside: true}
}

// included returns the files and folders of the work tree in dir that the configuration of
// git includes, and the folder of its hooks: they are read even if git ignores them. Those
// outside of the work tree are named in a note.
func (s *scan) included(ctx context.Context, r *repo.Repository, dir, prefix string) (names []string) {
	root, err := filepath.Abs(dir)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil // the files of the target are skips
	}
	var outside []string
	for _, include := range r.Includes(ctx, root) {
		real, err := filepath.EvalSymlinks(include.Path)
		if err != nil || isBelow(real, r.CommonDir) {
			continue // git ignores a missing file; files in its own directory are read
		}
		if rel, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(rel) && rel != "." {
			names = append(names, filepath.ToSlash(rel))
		} else {
			outside = append(outside, filepath.ToSlash(include.Path)+" ("+include.Setting+")")
		}
	}
	if len(outside) > 0 {
		s.note(fmt.Sprintf("not read because they are outside of the work tree: files that the configuration of git at %s refers to: %s",
			cmp.Or(strings.TrimSuffix(prefix, "/"), "the target"), some(outside, 3)))
	}
	return names
}

// isDir reports whether a path leads to a directory, and not through a link.
func isDir(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

// isBelow reports whether a path, without links, is a directory or in it.
func isBelow(name, dir string) bool {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	rel, err := filepath.Rel(dir, name)
	return err == nil && filepath.IsLocal(rel)
}

// regularBelow returns a file, or the regular files in a folder, relative to root.
func regularBelow(root, name string) (names []string) {
	_ = filepath.WalkDir(filepath.Join(root, filepath.FromSlash(name)), func(file string, entry fs.DirEntry, err error) error {
		switch rel, relErr := filepath.Rel(root, file); {
		case err != nil || relErr != nil:
		case entry.Name() == ".git" && entry.IsDir():
			return fs.SkipDir
		case entry.Type().IsRegular():
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	})
	return names
}

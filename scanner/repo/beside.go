package repo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// elsewhere are globs of what [Beside] leaves out. Objects, refs and the index are
// read as such, and submodules are repositories.
var elsewhere = []string{
	"objects", "refs", "reftable", "modules", "lfs/objects", "index", "packed-refs", "sharedindex.*",
	"worktrees/*/refs", "worktrees/*/reftable", "worktrees/*/modules", "worktrees/*/index", "worktrees/*/sharedindex.*",
}

// unfinished are globs of objects and packs that git did not finish writing, such as those
// of an interrupted fetch, and of folders with those of an interrupted push.
var unfinished = []string{"objects/pack/tmp_*", "objects/tmp_*", "objects/??/tmp_obj_*"}

// Beside lists the files in a git directory that git and its tools keep beside the objects:
// configuration, hooks, messages that are being edited, the state of a merge or a rebase,
// texts of reflogs, recorded conflicts. Paths are relative to the directory. The failures are
// folders that cannot be read.
func Beside(gitDir string) (names []string, failures []odb.Failure) {
	_ = filepath.WalkDir(gitDir, func(file string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(gitDir, file)
		if relErr != nil {
			return relErr
		}
		name := filepath.ToSlash(rel)
		isElsewhere := slices.ContainsFunc(elsewhere, func(glob string) bool {
			match, _ := path.Match(glob, name)
			return match
		})
		switch {
		case isElsewhere && entry != nil && entry.IsDir():
			return fs.SkipDir
		case isElsewhere, errors.Is(err, fs.ErrNotExist): // removed since it was listed
		case err != nil:
			failures = append(failures, odb.Failure{Path: name, Err: err})
		case !entry.IsDir() && entry.Type()&fs.ModeSocket == 0: // of git's file system monitor
			names = append(names, name)
		}
		return nil
	})
	for _, glob := range unfinished {
		found, _ := filepath.Glob(filepath.Join(escapeGlob(gitDir), filepath.FromSlash(glob)))
		for _, file := range found {
			if SameFile(file, os.Getenv("GIT_QUARANTINE_PATH")) {
				continue // the push that is under way: its objects are read
			}
			_ = filepath.WalkDir(file, func(file string, entry fs.DirEntry, err error) error {
				rel, relErr := filepath.Rel(gitDir, file)
				switch name := filepath.ToSlash(rel); {
				case relErr != nil, errors.Is(err, fs.ErrNotExist):
				case err != nil:
					failures = append(failures, odb.Failure{Path: name, Err: err})
				case !entry.IsDir():
					names = append(names, name)
				}
				return nil
			})
		}
	}
	return names, failures
}

// escapeGlob returns the glob that matches only a path.
func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path // there is no escape; brackets in a path hide unfinished objects
	}
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}

// pseudoRefs are files of a git directory, other than those in capitals, that name objects.
var pseudoRefs = []string{
	"rebase-merge/autostash", "rebase-merge/orig-head", "rebase-merge/onto", "rebase-merge/stopped-sha", "rebase-merge/amend",
	"rebase-apply/autostash", "rebase-apply/orig-head", "rebase-apply/onto", "rebase-apply/original-commit",
	"sequencer/head", "sequencer/abort-safety",
}

// readPseudoRefs adds the objects that files such as ORIG_HEAD, FETCH_HEAD or the autostash
// of a rebase name to r.Reflogs: like entries of reflogs, they lead to an object and do not
// make it reachable.
func (r *Repository) readPseudoRefs(ctx context.Context, c checkout) {
	names := pseudoRefs
	entries, _ := os.ReadDir(c.dir) // an error is one of [Beside]
	for _, entry := range entries {
		if name := entry.Name(); name != "HEAD" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
			names = append(names[:len(names):len(names)], name)
		}
	}
	for _, name := range names {
		content, err := regular.Read(filepath.Join(c.dir, filepath.FromSlash(name)), maxSetting)
		if err != nil {
			continue
		}
		seen := map[odb.OID]bool{}
		for line := range strings.Lines(string(content)) {
			first, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			if id, err := odb.ParseOID(first); err == nil && !seen[id] && r.DB.Has(ctx, id) {
				seen[id] = true
				r.Reflogs = append(r.Reflogs, ReflogEntry{Name: c.prefix + name, ID: id})
			}
		}
	}
}

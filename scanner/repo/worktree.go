package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Status lists the files of a work tree by their state in git.
type Status struct {
	// Tracked files are in the index. Untracked files could be added. Ignored files
	// are the others; a folder that is ignored as a whole is listed by its name with
	// a slash. All lists are sorted.
	Tracked, Untracked, Ignored []string
	// Failures are the folders that git could not read. Paths are relative to the
	// directory passed to [Repository.Status].
	Failures []odb.Failure
}

// Status lists the files in dir, a directory in the work tree. It runs git, because
// no library reads .gitignore like git in all cases.
func (r *Repository) Status(ctx context.Context, dir string) (*Status, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	late := time.AfterFunc(patience, func() {
		if name := blocking(ctx, dir); name != "" {
			end(fmt.Errorf("list files: %s is not a regular file", name))
		}
	})
	defer late.Stop()
	st := &Status{}
	for _, list := range []struct {
		into *[]string
		args []string
	}{
		{&st.Tracked, []string{"-c"}},
		{&st.Untracked, []string{"-o"}},
		{&st.Ignored, []string{"-oi", "--directory"}},
	} {
		args := append([]string{
			"--git-dir=" + r.GitDir, "--work-tree=" + r.Root, "-C", dir, "ls-files", "-z", "--exclude-standard",
		}, list.args...)
		out, warnings, err := outputs(ctx, gitCommand(ctx, append(gitEnviron(), r.environ...), args...), "ls-files")
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		if out = bytes.TrimSuffix(out, []byte{0}); len(out) > 0 {
			*list.into = strings.Split(string(out), "\x00")
			slices.Sort(*list.into)
		}
		for line := range strings.Lines(warnings) {
			if line = strings.TrimSpace(line); !strings.Contains(line, ignoreFile+"': ") {
				st.Failures = append(st.Failures, warned(line))
			} // without a .gitignore, git lists more files
		}
	}
	slices.SortFunc(st.Failures, func(a, b odb.Failure) int { return strings.Compare(a.Path, b.Path) })
	st.Failures = slices.CompactFunc(st.Failures, func(a, b odb.Failure) bool { return a.Path == b.Path })
	return st, nil
}

// Staged returns the paths of the blobs that the indexes of the work trees contain.
func (r *Repository) Staged(ctx context.Context) (map[odb.OID]string, error) {
	paths := map[odb.OID]string{}
	checkouts, err := r.checkouts()
	if err != nil {
		return nil, err
	}
	for _, c := range checkouts {
		if !isFile(c.dir, "index") {
			continue
		}
		// A bare repository can have linked work trees.
		cmd := gitCommand(ctx, append(gitEnviron(), r.environ...), "--git-dir="+c.dir, "-c", "core.bare=false", "ls-files", "-s", "-z")
		out, err := outputOf(ctx, cmd, "ls-files")
		if err != nil {
			return nil, err
		}
		for entry := range strings.SplitSeq(string(out), "\x00") {
			meta, name, _ := strings.Cut(entry, "\t")
			fields := strings.Fields(meta)
			if len(fields) != 3 {
				continue
			}
			if id, err := odb.ParseOID(fields[1]); err == nil {
				paths[id] = name
			}
		}
	}
	return paths, nil
}

// patience is the time after which it is checked what a git command waits for.
const patience = 2 * time.Second

const ignoreFile = ".gitignore"

// blocking returns the first .gitignore below dir that is neither a file nor a link,
// which git does not follow; "" if there is none. git waits for the writer of a FIFO.
func blocking(ctx context.Context, dir string) (found string) {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return fs.SkipAll
		case err != nil, entry.Name() != ignoreFile, entry.Type().IsRegular(), entry.Type()&fs.ModeSymlink != 0, entry.IsDir():
			return nil
		}
		found = name
		return fs.SkipAll
	})
	return found
}

// warned converts a warning of git to a failure. An example of a warning:
//
//	warning: could not open directory 'a/': Permission denied
func warned(line string) odb.Failure {
	line = strings.TrimPrefix(line, "warning: ")
	if rest, ok := strings.CutPrefix(line, "could not open directory '"); ok {
		if at := strings.LastIndex(rest, "': "); at >= 0 {
			return odb.Failure{Path: strings.TrimSuffix(rest[:at], "/"), Err: errors.New(strings.ToLower(rest[at+len("': "):]))}
		}
	}
	return odb.Failure{Path: ".", Err: fmt.Errorf("list files: git: %s", line)}
}

package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Status is what git says of the files of a work tree.
type Status struct {
	// Tracked files are in the index. Untracked ones git would add. Ignored are the
	// others; a folder that is ignored as a whole by its name with a slash. All are
	// sorted.
	Tracked, Untracked, Ignored []string
	// Failures are the folders that git could not read. Their paths are relative to the
	// directory that was asked about.
	Failures []odb.Failure
}

// Status asks git about the files below dir, which lies in the work tree. Of the
// libraries that read .gitignore none agrees with git in all cases, so git is asked.
func (r *Repository) Status(ctx context.Context, dir string) (*Status, error) {
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
		if err != nil {
			return nil, err
		}
		if out = bytes.TrimSuffix(out, []byte{0}); len(out) > 0 {
			*list.into = strings.Split(string(out), "\x00")
			slices.Sort(*list.into)
		}
		for line := range strings.Lines(warnings) {
			st.Failures = append(st.Failures, warned(strings.TrimSpace(line)))
		}
	}
	slices.SortFunc(st.Failures, func(a, b odb.Failure) int { return strings.Compare(a.Path, b.Path) })
	st.Failures = slices.CompactFunc(st.Failures, func(a, b odb.Failure) bool { return a.Path == b.Path })
	return st, nil
}

// warned makes a failure of a warning of git, such as
//
//	warning: could not open directory 'a/': Permission denied
func warned(line string) odb.Failure {
	line = strings.TrimPrefix(line, "warning: ")
	if rest, ok := strings.CutPrefix(line, "could not open directory '"); ok {
		if at := strings.LastIndex(rest, "': "); at >= 0 {
			return odb.Failure{Path: strings.TrimSuffix(rest[:at], "/"), Err: errors.New(strings.ToLower(rest[at+len("': "):]))}
		}
	}
	return odb.Failure{Path: ".", Err: fmt.Errorf("list files: git says: %s", line)}
}

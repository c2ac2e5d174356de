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

	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Staged are the staged changes: the files that the next commit adds or modifies.
type Staged struct {
	Files []StagedFile
	// Merge says that the commit has several parents: Files differ from all of them.
	// Amend says that it replaces the last commit: Files differ from the parents of that
	// one.
	Merge, Amend bool
}

// Files returns the staged changes. It asks git, which reads every format of
// the index. Deleted files are left out, and also files that are only intended to be
// added, which a commit does not record (git-add(1), --intent-to-add).
func (g Index) Files(ctx context.Context) (Staged, error) {
	var staged Staged
	parents, err := g.merged(ctx)
	if err != nil {
		return staged, err
	}
	switch amended, isAmended := g.amended(ctx); {
	case len(parents) > 0:
		staged.Merge = true
		parents = append([]string{"HEAD"}, parents...)
	case isAmended:
		staged.Amend, staged.Merge = true, len(amended) > 1
		parents = amended
	default:
		parents = []string{""} // git diff takes HEAD, also before the first commit
	}
	for i, parent := range parents {
		changed, err := g.changed(ctx, parent)
		if err != nil {
			return staged, err
		}
		if i == 0 {
			staged.Files = changed
			continue
		}
		staged.Files = slices.DeleteFunc(staged.Files, func(f StagedFile) bool {
			return !slices.ContainsFunc(changed, func(other StagedFile) bool { return other.Path == f.Path })
		})
	}
	return staged, nil
}

// merged returns the commits that the next commit merges into HEAD, if it does.
func (g Index) merged(ctx context.Context) ([]string, error) {
	out, err := g.git(ctx, "rev-parse", "--git-path", "MERGE_HEAD")
	if err != nil {
		return nil, err
	}
	name := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if !filepath.IsAbs(name) {
		name = filepath.Join(g.root, name)
	}
	content, err := regular.Read(name, maxList)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the commits that are merged: %w", err)
	}
	ids := strings.Fields(string(content))
	for _, id := range ids {
		if _, err := odb.ParseOID(id); err != nil {
			return nil, fmt.Errorf("read the commits that are merged: %w", err)
		}
	}
	return ids, nil
}

// amended returns the parents of HEAD if the hook runs for git commit --amend. Git does
// not tell the hook, but sets the author of the new commit in its environment, with the
// time in seconds after an @: an amended commit keeps both.
func (g Index) amended(ctx context.Context) (parents []string, ok bool) {
	env := map[string]string{}
	for _, entry := range g.environ {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	when, isTime := strings.CutPrefix(env["GIT_AUTHOR_DATE"], "@")
	if !isTime {
		return nil, false
	}
	out, err := g.git(ctx, "rev-list", "-1", "--format=%at%n%an%n%ae%n%P", "HEAD", "--")
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) < 5 { // before the first commit
		return nil, false
	}
	seconds, _, _ := strings.Cut(when, " ")
	if !slices.Equal(lines[1:4], []string{seconds, env["GIT_AUTHOR_NAME"], env["GIT_AUTHOR_EMAIL"]}) {
		return nil, false
	}
	parents = strings.Fields(lines[4])
	if len(parents) > 0 {
		return parents, true
	}
	empty := "4b825dc642cb6eb9a060e54bf8d69288fbee4904" // the empty tree, which git always has
	if len(strings.TrimPrefix(lines[0], "commit ")) > len(empty) {
		empty = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	}
	return []string{empty}, true
}

// changed returns the entries of the index that differ from a commit or a tree; from
// HEAD if it is "".
func (g Index) changed(ctx context.Context, from string) ([]StagedFile, error) {
	args := []string{
		"diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
		"--diff-filter=ACMRTU", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none",
	}
	if from != "" {
		args = append(args, from)
	}
	out, err := g.git(ctx, append(args, "--")...)
	if err != nil {
		return nil, err
	}
	var files []StagedFile
	for len(out) > 0 {
		head, rest, ok1 := bytes.Cut(out, []byte{0})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		// git-diff(1), "RAW OUTPUT FORMAT": :mode mode oid oid status
		fields := strings.Fields(strings.TrimPrefix(string(head), ":"))
		if !ok1 || !ok2 || len(fields) != 5 {
			return nil, fmt.Errorf("list staged files: unexpected output of git diff: %q", head)
		}
		files = append(files, StagedFile{Path: string(name), Mode: fields[1], oid: fields[3], Unmerged: fields[4] == "U"})
		out = rest
	}
	return files, nil
}

func (g Index) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := gitCommand(ctx, g.environ, args...)
	cmd.Dir = g.root
	return outputOf(ctx, cmd, args[0])
}

package scanner

import (
	"cmp"
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
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// target is one thing to scan, made out and opened.
type target struct {
	name    string // as the user gave it, with slashes
	dir     bool
	repo    *repo.Repository // nil outside of repositories
	inside  bool             // a folder of repo and not the whole of it
	sources []source
}

// scan runs the sources of a target, one after the other; each uses all cores.
func (t *target) scan(ctx context.Context, s *scan) error {
	for _, source := range t.sources {
		if err := source.scan(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) close() {
	if t.repo != nil {
		_ = t.repo.Close()
	}
}

// base returns what paths are relative to: the directory, if it is the only
// target.
func base(names []string, found []*target) string {
	if len(names) == 1 && len(found) > 0 && found[0].dir {
		return found[0].name
	}
	return ""
}

// resolve makes out what the targets are, and what is below them. It returns
// what it has opened, also with an error.
func (s *scan) resolve(ctx context.Context, names []string) ([]*target, error) {
	var found []*target
	if s.opts.Staged {
		t, err := s.stagedTarget(ctx, names)
		if err != nil {
			return nil, err
		}
		return []*target{t}, nil
	}
	given := map[string]bool{}
	for _, name := range names {
		if abs, err := filepath.Abs(name); name != "-" && err == nil {
			if given[abs] {
				continue
			}
			given[abs] = true
		}
		if name == "-" {
			s.partial = true
			found = append(found, &target{name: name, sources: []source{stdin{s.opts.Stdin, cmp.Or(s.opts.StdinName, "stdin")}}})
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			advice := "give a directory, a file, a git repository, or - for standard input"
			if !errors.Is(err, fs.ErrNotExist) {
				advice = "see whether you may read it"
			}
			return found, &hint.Error{Err: fmt.Errorf("scan %s: %s", name, reason(err)), Hint: advice}
		}
		prefix := ""
		if len(names) > 1 && info.IsDir() {
			prefix = strings.TrimSuffix(path.Clean(filepath.ToSlash(name)), "/") + "/"
			if prefix == "./" {
				prefix = ""
			}
		}
		if !info.IsDir() {
			s.partial = true
			dir, file := filepath.Split(name)
			found = append(found, &target{name: name, sources: []source{
				files{root: dir, prefix: filepath.ToSlash(dir), names: []string{file}, named: true},
			}})
			continue
		}
		below, err := s.directory(ctx, name, prefix, "")
		found = append(found, below...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// directory makes out a directory and the repositories below it. One that was found,
// and not named by the user, must lie within a directory that was.
func (s *scan) directory(ctx context.Context, dir, prefix, within string) ([]*target, error) {
	t := &target{name: filepath.ToSlash(filepath.Clean(dir)), dir: true}
	found := []*target{t}
	ofCommits := s.opts.Range != "" || s.opts.Push != nil
	opened, err := open(ctx, dir, within)
	if errors.Is(err, repo.ErrNotRepository) {
		opened, err = s.enclosing(ctx, dir)
		t.inside = opened != nil
		s.partial = s.partial || t.inside
	}
	var unreadable *hint.Error
	switch {
	case err == nil:
	case errors.As(err, &unreadable) && s.opts.period().All():
		s.unreadable(prefix, unreadable)
	default:
		return found, err
	}
	t.repo = opened
	if ofCommits && (opened == nil || t.inside) {
		return found, &hint.Error{
			Err:  fmt.Errorf("scan %s: %s is not the root of a git repository", s.opts.period(), t.name),
			Hint: "commits are of a repository: name its root",
		}
	}
	names, nested, st, err := s.list(ctx, t, dir, prefix)
	if err != nil {
		return found, err
	}
	if !s.opts.NoFiles && len(names) > 0 {
		all := files{root: dir, prefix: prefix, names: names, status: st}
		if opened != nil {
			all.repository = opened.CommonDir
		}
		t.sources = append(t.sources, all)
	}
	if opened != nil && !t.inside {
		s.repository(ctx, t, dir, prefix)
	}
	nested = append(nested, modules(t, dir)...)
	if ofCommits {
		nested = nil // it is of this repository's commits
	}
	if within == "" {
		within = dir
	}
	for _, name := range nested {
		below, err := s.directory(ctx, filepath.Join(dir, filepath.FromSlash(name)), prefix+name+"/", within)
		found = append(found, below...)
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

// open opens a repository that the user named, or one that was found within a
// directory that the user named.
func open(ctx context.Context, dir, within string) (*repo.Repository, error) {
	if within == "" {
		return repo.Open(ctx, dir)
	}
	return repo.OpenWithin(ctx, dir, within)
}

// unreadable notes that a repository cannot be opened. Its files are scanned as if
// there were none.
func (s *scan) unreadable(prefix string, err *hint.Error) {
	kind := SkipFailed
	if s.opts.NoHistory {
		kind = SkipPolicy
	}
	s.skip(Skip{Path: prefix + ".git", Kind: kind, Reason: fmt.Sprintf("its history was not scanned: %v", err)})
	if err.Hint != "" {
		s.note(fmt.Sprintf("the history at %s was not scanned; %s", cmp.Or(strings.TrimSuffix(prefix, "/"), "the target"), err.Hint))
	}
}

// modules returns the repositories of submodules that a repository keeps, below
// dir: they outlive the submodules (gitrepository-layout(5), "modules").
func modules(t *target, dir string) []string {
	if t.repo == nil || t.inside {
		return nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	var found []string
	root := filepath.Join(t.repo.CommonDir, "modules")
	_ = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || !repo.IsGitDir(name) {
			return nil
		}
		if rel, err := filepath.Rel(abs, name); err == nil && filepath.IsLocal(rel) {
			found = append(found, filepath.ToSlash(rel))
		}
		return fs.SkipDir // its own submodules are found when it is opened
	})
	return found
}

// repository adds the parts of a repository that are no files of its work tree,
// unless they were added before: work trees share them.
func (s *scan) repository(ctx context.Context, t *target, dir, prefix string) {
	if s.repositories[t.repo.CommonDir] {
		return
	}
	s.repositories[t.repo.CommonDir] = true
	config := files{root: t.repo.CommonDir, prefix: prefix + ".git/", names: []string{"config", "config.worktree"}}
	if isBareDir(t, dir) {
		config.prefix = prefix
	}
	if !s.opts.NoFiles {
		t.sources = append(t.sources, config)
	}
	s.provenance = append(s.provenance, provenance(ctx, t.repo, prefix))
	s.coverage.Refs += len(t.repo.Refs)
	if len(t.repo.Shallow) > 0 {
		s.coverage.Shallow = true
	}
	if s.opts.NoHistory {
		s.note("history was not scanned: --no-history")
		return
	}
	t.sources = append(t.sources, &history{repo: t.repo, prefix: prefix, seen: map[groupID][]odb.OID{}})
}

// enclosing returns the repository in whose work tree a directory lies; nil if
// in none.
func (s *scan) enclosing(ctx context.Context, dir string) (*repo.Repository, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for parent := filepath.Dir(abs); ; parent = filepath.Dir(parent) {
		if _, err := os.Lstat(filepath.Join(parent, ".git")); err == nil {
			opened, err := repo.Open(ctx, parent)
			if err == nil {
				s.note(fmt.Sprintf("%s is a folder of a repository: its files were scanned, and no history. Scan %s for that.",
					filepath.ToSlash(dir), filepath.ToSlash(parent)))
			}
			return opened, err
		}
		if parent == filepath.Dir(parent) {
			return nil, nil
		}
	}
}

// list returns the files of a directory to scan, the repositories below it, and what
// git does with the files; nil if it has no say.
func (s *scan) list(ctx context.Context, t *target, dir, prefix string) (names, nested []string, st *repo.Status, err error) {
	switch {
	case t.repo != nil && t.repo.Root == "", isBareDir(t, dir):
		return nil, nil, nil, nil // no work tree: history is all there is
	case t.repo == nil:
		names, nested = walk(dir, s, prefix)
		return names, nested, nil, nil
	}
	st, err = t.repo.Status(ctx, dir)
	switch {
	case ctx.Err() != nil:
		return nil, nil, nil, ctx.Err()
	case err != nil:
		s.note(fmt.Sprintf("every file was read, ignored ones too, because git did not list them: %v", err))
		names, nested = walk(dir, s, prefix)
		return names, nested, nil, nil
	}
	for _, f := range st.Failures {
		s.skip(Skip{Path: path.Clean(prefix + f.Path), Kind: SkipFailed, Reason: f.Err.Error()})
	}
	if s.opts.AllFiles {
		names, nested = walk(dir, s, prefix)
	} else {
		names, nested = worktree(dir, st, s, prefix)
	}
	return names, nested, st, nil
}

// isBareDir reports whether a target is a repository's own directory and not
// its work tree.
func isBareDir(t *target, dir string) bool {
	return t.repo != nil && !t.inside && repo.SameFile(t.repo.GitDir, dir)
}

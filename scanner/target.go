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
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// target is a resolved and opened target.
type target struct {
	name    string // as the user gave it, with slashes
	dir     bool
	repo    *repo.Repository // nil outside of repositories
	inside  bool             // a folder in repo, not its root
	sources []source
	is      *Repository // what the result says of repo; nil for none
}

// scan runs the sources of a target one after another; each uses all cores.
func (t *target) scan(ctx context.Context, s *scan) error {
	started := time.Now()
	for _, source := range t.sources {
		if err := source.scan(ctx, s); err != nil {
			return err
		}
	}
	if t.is != nil {
		t.is.Seconds += time.Since(started).Seconds()
	}
	return nil
}

func (t *target) close() {
	if t.repo != nil {
		_ = t.repo.Close()
	}
}

// base returns the directory that paths are relative to, if it is the only target.
func base(names []string, found []*target) string {
	if len(names) == 1 && len(found) > 0 && found[0].dir {
		return found[0].name
	}
	return ""
}

// resolve resolves the targets, and the repositories below them. It returns the
// targets that it has opened even if it returns an error.
func (s *scan) resolve(ctx context.Context, names []string) ([]*target, error) {
	var found []*target
	if s.opts.Served != nil {
		s.partial = true
		return []*target{{sources: []source{served(s.opts.Served)}}}, nil
	}
	if s.opts.Staged {
		t, err := s.stagedTarget(ctx, names)
		if err != nil {
			return nil, err
		}
		return []*target{t}, nil
	}
	given := map[string]bool{}
	var absent []Skip
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
			absent = append(absent, Skip{Path: filepath.ToSlash(name), Kind: SkipFailed, Reason: reason(err)})
			if len(absent) == len(names) {
				return found, noTarget(name, err)
			}
			continue
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
	s.skip(absent...)
	if !s.opts.Since.IsZero() && len(s.provenance) == 0 {
		return found, hint.New("give the root of a git repository", "scan %s: no target is a git repository", s.opts.period())
	}
	return found, nil
}

// noTarget is the error for a target that cannot be scanned.
func noTarget(name string, err error) error {
	advice := "give a directory, a file, a git repository, or - for standard input"
	switch {
	case strings.Contains(name, "://") && !strings.HasSuffix(name, ".git"):
		advice = "to scan what a web site serves: qasleaks site URL; to scan a repository: git clone it, and give its directory"
	case strings.Contains(name, "://"), strings.HasPrefix(name, "git@"):
		advice = "a scan opens no connection: git clone it, and give its directory"
	case !errors.Is(err, fs.ErrNotExist):
		advice = "check its permissions"
	}
	return &hint.Error{Err: fmt.Errorf("scan %s: %s", name, reason(err)), Hint: advice}
}

// directory resolves a directory and the repositories below it. A repository that the
// user did not name must be within a directory that the user named.
func (s *scan) directory(ctx context.Context, dir, prefix, within string) ([]*target, error) {
	t := &target{name: filepath.ToSlash(filepath.Clean(dir)), dir: true}
	found := []*target{t}
	onlyCommits := s.opts.Range != "" || s.opts.Push != nil
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
		if gitDir := filepath.Join(dir, ".git"); !s.opts.NoFiles && isDir(gitDir) {
			t.sources = append(t.sources, s.beside(gitDir, prefix+".git/"))
		}
	default:
		return found, err
	}
	t.repo = opened
	if onlyCommits && (opened == nil || t.inside) {
		return found, &hint.Error{
			Err:  fmt.Errorf("scan %s: %s is not the root of a git repository", s.opts.period(), t.name),
			Hint: "give the root of the repository",
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
	if onlyCommits {
		nested = nil // other repositories do not have these commits
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

// open opens a repository that the user named, or one that was found within the
// directory within, which the user named.
func open(ctx context.Context, dir, within string) (*repo.Repository, error) {
	if within == "" {
		return repo.Open(ctx, dir)
	}
	return repo.OpenWithin(ctx, dir, within)
}

// unreadable records that a repository cannot be opened. Its files are scanned as in
// a directory without a repository.
func (s *scan) unreadable(prefix string, err *hint.Error) {
	kind := SkipFailed
	if s.opts.NoHistory {
		kind = SkipPolicy
	}
	skip := Skip{Path: prefix + ".git", Kind: kind, Reason: fmt.Sprintf("its history was not scanned: %v", err)}
	s.skip(skip)
	if kind == SkipFailed {
		r := repositoryAt(prefix)
		r.State, r.Reason = RepositoryFailed, skip.Reason
		s.provenance, s.roots[prefix] = append(s.provenance, r), r
	}
	if err.Hint != "" {
		s.note(fmt.Sprintf("the history at %s was not scanned; %s", cmp.Or(strings.TrimSuffix(prefix, "/"), "the target"), err.Hint))
	}
}

// modules returns the repositories of submodules inside a repository, relative to dir.
// They remain after a submodule is removed (gitrepository-layout(5), "modules"). Linked work
// trees have their own.
func modules(t *target, dir string) []string {
	if t.repo == nil || t.inside {
		return nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	var found []string
	roots := []string{filepath.Join(t.repo.CommonDir, "modules")}
	linked := filepath.Join(t.repo.CommonDir, "worktrees")
	entries, _ := os.ReadDir(linked) // an error is one of the refs
	for _, entry := range entries {
		roots = append(roots, filepath.Join(linked, entry.Name(), "modules"))
	}
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || !repo.IsGitDir(name) {
				return nil
			}
			if rel, err := filepath.Rel(abs, name); err == nil && filepath.IsLocal(rel) {
				found = append(found, filepath.ToSlash(rel))
			}
			return fs.SkipDir // its own submodules are found when it is opened
		})
	}
	return found
}

// repository adds the files beside the objects, and the history, of a repository, unless they were
// added before: linked work trees share them.
func (s *scan) repository(ctx context.Context, t *target, dir, prefix string) {
	if known := s.repositories[t.repo.CommonDir]; known != nil {
		s.roots[prefix], t.is = known, known
		return
	}
	t.is = provenance(ctx, t.repo, prefix)
	s.repositories[t.repo.CommonDir], s.roots[prefix] = t.is, t.is
	if !s.opts.NoFiles {
		gitDir := prefix + ".git/"
		if isBareDir(t, dir) {
			gitDir = prefix
		}
		t.sources = append(t.sources, s.beside(t.repo.CommonDir, gitDir))
	}
	s.provenance = append(s.provenance, t.is)
	for _, ref := range t.repo.Refs {
		for _, n := range s.namedIn("a branch, tag or other ref", ref.Name) {
			n.at.Path, n.at.Object, n.at.Reachable = prefix+".git/"+ref.Name, ObjectFile, true
			s.keepName(n)
		}
	}
	s.coverage.Refs += len(t.repo.Refs)
	if len(t.repo.Shallow) > 0 {
		s.coverage.Shallow = true
	}
	if s.opts.NoHistory {
		s.note("history was not scanned: --no-history")
		return
	}
	t.sources = append(t.sources, &history{repo: t.repo, is: t.is, prefix: prefix, seen: map[groupID][]odb.OID{}, named: map[groupID]named{}})
}

// enclosing returns the repository whose work tree contains a directory; nil if there
// is none.
func (s *scan) enclosing(ctx context.Context, dir string) (*repo.Repository, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real // the target may be a link into a repository
	}
	for parent := filepath.Dir(abs); ; parent = filepath.Dir(parent) {
		if _, err := os.Lstat(filepath.Join(parent, ".git")); err == nil {
			opened, err := repo.Open(ctx, parent)
			if err == nil {
				s.note(fmt.Sprintf("%s is a folder in a repository: its files were scanned, but not the history. To scan the history, scan %s.",
					filepath.ToSlash(dir), filepath.ToSlash(parent)))
			}
			return opened, err
		}
		if parent == filepath.Dir(parent) {
			return nil, nil
		}
	}
}

// list returns the files of a directory to scan, the repositories below it, and the
// status of the files in git; nil outside of repositories or if git fails.
func (s *scan) list(ctx context.Context, t *target, dir, prefix string) (names, nested []string, st *repo.Status, err error) {
	var included []string
	if t.repo != nil && !t.inside {
		included = s.included(ctx, t.repo, dir, prefix)
	}
	switch {
	case t.repo != nil && t.repo.Root == "", isBareDir(t, dir):
		return nil, nil, nil, nil // no work tree: there is only history
	case t.repo == nil:
		names, nested = walk(dir, s, prefix)
		return names, nested, nil, nil
	}
	st, err = t.repo.Status(ctx, dir)
	switch {
	case ctx.Err() != nil:
		return nil, nil, nil, ctx.Err()
	case err != nil:
		s.note(fmt.Sprintf("all files were read, including ignored ones, because git could not list them: %v", err))
		names, nested = walk(dir, s, prefix)
		return names, nested, nil, nil
	}
	if kernel := s.kernelFilesBelow(dir, prefix); len(kernel) > 0 {
		for _, list := range []*[]string{&st.Tracked, &st.Untracked, &st.Ignored} {
			*list = slices.DeleteFunc(*list, func(name string) bool { return kernel.has(strings.TrimSuffix(name, "/")) })
		}
		st.Failures = slices.DeleteFunc(st.Failures, func(f odb.Failure) bool { return kernel.has(f.Path) })
	}
	for _, f := range st.Failures {
		s.skip(Skip{Path: path.Clean(prefix + f.Path), Kind: SkipFailed, Reason: f.Err.Error()})
	}
	if s.opts.AllFiles {
		names, nested = walk(dir, s, prefix)
	} else {
		names, nested = worktree(dir, st, s, prefix, included)
	}
	return names, nested, st, nil
}

// isBareDir reports whether a target is the git directory of a repository, not its
// work tree.
func isBareDir(t *target, dir string) bool {
	return t.repo != nil && !t.inside && repo.SameFile(t.repo.GitDir, dir)
}

package scanner

import (
	"bytes"
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

// ResolveCommit returns the ID of the commit that a revision names in the
// repository that dir is or lies in. Where it names none, or one that is not
// there, the error wraps [fs.ErrNotExist].
func ResolveCommit(ctx context.Context, dir, revision string) (string, error) {
	gitDir, _, err := around(dir)
	if err != nil {
		return "", err
	}
	out, err := runGit(ctx, gitDir, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	var known *hint.Error
	switch id := strings.TrimSpace(string(out)); {
	case err == nil && id != "":
		return id, nil
	case errors.As(err, &known) && strings.Contains(known.Hint, "safe.directory"), ctx.Err() != nil:
		return "", err
	}
	return "", fmt.Errorf("find commit %s: %w", revision, fs.ErrNotExist)
}

// ErrOutside is the error of [ReadAt] for a file that lies outside of the repository.
var ErrOutside = errors.New("outside of the repository")

// ReadAt returns the content that a file of a repository has in the commit or tree
// named revision, whatever is on disk. The repository is dir, or dir lies in it. The
// error wraps [ErrOutside] for a file that is not in its work tree, and
// [fs.ErrNotExist] if there is no such regular file.
func ReadAt(ctx context.Context, dir, revision, file string) ([]byte, error) {
	gitDir, prefix, err := around(dir)
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
	files, err := filesAt(ctx, gitDir, revision, name)
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
// Windows they may have none in common.
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

// around returns the directory of the repository that dir is or lies in, and the
// path of dir in its work tree, which is empty or ends with a slash.
func around(dir string) (gitDir, prefix string, err error) {
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
				return r.gitDir, strings.TrimPrefix(filepath.ToSlash(rel)+"/", "./"), err
			}
			if !errors.Is(err, errNotRepository) {
				return "", "", openError(at, err)
			}
		}
		if at == filepath.Dir(at) {
			return "", "", openError(dir, errNotRepository)
		}
	}
}

// filesAt returns the regular files that a commit or tree has at some paths, or
// all of them.
func filesAt(ctx context.Context, gitDir, revision string, paths ...string) (map[string]odb.OID, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("invalid revision %q: it begins with -", revision)
	}
	args := append([]string{"ls-tree", "-r", "-z", "--full-tree", revision, "--"}, paths...)
	out, err := runGit(ctx, gitDir, args...)
	var known *hint.Error
	if errors.As(err, &known) && !strings.Contains(known.Hint, "safe.directory") {
		return nil, &hint.Error{
			Err:  fmt.Errorf("find commit %s: not in this repository", revision),
			Hint: "see whether git log -1 " + revision + " knows it; a shallow clone lacks it: git fetch --unshallow",
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
			continue // no file, or a symbolic link
		}
		id, err := odb.ParseOID(fields[2])
		if err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", revision, err)
		}
		files[name] = id
	}
	return files, nil
}

// distrust takes back the inline allows that the trusted commit does not have, for
// the same key in the same file.
func (s *scan) distrust(ctx context.Context, found []*target) error {
	if s.opts.Trust == "" {
		return nil
	}
	if len(found) == 0 || found[0].repo == nil {
		return &hint.Error{
			Err:  fmt.Errorf("trust %s: the target is in no git repository", s.opts.Trust),
			Hint: "scan one directory of a repository",
		}
	}
	repo := found[0].repo
	_, prefix, err := around(found[0].name)
	if err != nil {
		return err
	}
	files, err := filesAt(ctx, repo.gitDir, s.opts.Trust)
	if err != nil {
		return err
	}
	allowed := map[string]map[string]bool{} // by file, then group, or comment for a lint finding
	back := 0
	for id, g := range s.groups {
		for i := range g.occurrences {
			o := &g.occurrences[i]
			if o.Suppressed == nil {
				continue
			}
			name := prefix + o.Path
			if _, ok := allowed[name]; !ok {
				if allowed[name], err = s.allowedIn(ctx, repo, files[name]); err != nil {
					return fmt.Errorf("read %s at %s: %w", name, s.opts.Trust, err)
				}
			}
			ok := allowed[name][id]
			if o.Rule.Lint {
				ok = allowed[name][o.allow.directive]
			}
			if !ok {
				o.Suppressed = nil
				o.message = strings.TrimSuffix(o.message, ".") + "; its " + allowMark + " does not count, as " + short(s.opts.Trust) + " does not have it"
				back++
			}
		}
	}
	if back > 0 {
		s.note(fmt.Sprintf("the trusted commit %s lacks %d of the %s comments: what stands beside them counts. Allow it in a change of its own before", short(s.opts.Trust), back, allowMark))
	}
	return nil
}

// short cuts a full ID to what people read.
func short(revision string) string {
	if id, err := odb.ParseOID(revision); err == nil {
		return id.String()[:10]
	}
	return revision
}

// allowedIn returns the groups that comments in a blob allow, and the comments; none
// if id is empty.
func (s *scan) allowedIn(ctx context.Context, repo *repository, id odb.OID) (map[string]bool, error) {
	groups := map[string]bool{}
	if id == "" {
		return groups, nil
	}
	_, data, err := repo.db.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(data) {
		if at := bytes.Index(line, []byte(allowMark)); at >= 0 {
			groups[strings.TrimRight(string(line[at:]), "\r\n")] = true
		}
	}
	hits := s.detector.find(data)
	for i, o := range s.locate(data, hits, hits) {
		if o.Suppressed != nil {
			groups[s.groupID(hits[i])] = true
		}
	}
	return groups, nil
}

package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Ref is a ref and its object: a branch, a tag, a remote-tracking branch, the stash,
// notes, or any other ref in refs/. ID is the ID of the tag object if the tag is
// annotated.
type Ref struct {
	Name string
	ID   odb.OID
}

// checkout is a work tree with its own HEAD and reflog, and its own refs/bisect,
// refs/worktree and refs/rewritten. The main work tree has them in the common
// directory, next to the shared refs.
type checkout struct {
	dir string
	// prefix makes the name of a ref valid in every work tree. It is "" for the work
	// tree that was opened, else "main-worktree/" or "worktrees/<name>/". a func
	// SameFile SameFile reports whether two paths are equal or lead to the same file.
	prefix string
}

// checkouts returns the work trees of the repository, the main one first.
func (r *Repository) checkouts() ([]checkout, error) {
	all := []checkout{{dir: r.CommonDir, prefix: "main-worktree/"}}
	linked := filepath.Join(r.CommonDir, "worktrees")
	entries, err := os.ReadDir(linked)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		dir := filepath.Join(linked, entry.Name())
		if IsGitDir(dir) {
			all = append(all, checkout{dir: dir, prefix: "worktrees/" + entry.Name() + "/"})
		}
	}
	for i := range all {
		if SameFile(all[i].dir, r.GitDir) {
			all[i].prefix = ""
		}
	}
	return all, nil
}

func SameFile(a, b string) bool {
	if a == b {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// name returns the full name of a ref of the work tree.
func (c checkout) name(ref string) string {
	if ref == "HEAD" || isOwnRef(ref) {
		return c.prefix + ref
	}
	return ref
}

// isOwnRef reports whether each work tree has its own ref with the name.
func isOwnRef(name string) bool {
	return strings.HasPrefix(name, "refs/bisect/") || strings.HasPrefix(name, "refs/worktree/") ||
		strings.HasPrefix(name, "refs/rewritten/")
}

// head is the content of HEAD: a branch, or a commit if HEAD is detached.
type head struct {
	target string
	id     odb.OID
}

// readRefs sets r.Refs, r.Head and r.HeadRef. It skips symbolic refs to missing refs.
func (r *Repository) readRefs(ctx context.Context) error {
	checkouts, err := r.checkouts()
	if err != nil {
		return err
	}
	ids := map[string]odb.OID{}
	heads := make([]head, len(checkouts))
	for i, c := range checkouts {
		if r.onlyGitReads() {
			heads[i], err = readRefsWithGit(ctx, c, ids)
		} else {
			heads[i], err = r.readRefFiles(c, ids)
		}
		if err != nil {
			return err
		}
	}
	for i, c := range checkouts {
		h := heads[i]
		if h.target == "" && h.id != "" {
			ids[c.name("HEAD")] = h.id
		}
		if c.prefix == "" {
			r.HeadRef, r.Head = h.target, h.id
			if h.target != "" {
				r.Head = ids[c.name(h.target)]
			}
		}
	}
	for name, id := range ids {
		switch {
		case strings.Trim(string(id), "\x00") == "": // go-git returns zeros for a ref that it cannot parse
			r.fail(name, errors.New("the ref holds neither an ID nor the name of another ref"))
			continue
		case !r.DB.Has(ctx, id):
			r.fail(name, fmt.Errorf("the ref refers to %s, which is missing", id))
			continue
		}
		r.Refs = append(r.Refs, Ref{Name: name, ID: id})
	}
	slices.SortFunc(r.Refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.Failures, func(a, b odb.Failure) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// onlyGitReads reports whether only git can read the refs: go-git supports neither
// SHA-256 nor reftable.
func (r *Repository) onlyGitReads() bool {
	return r.format.refStorage != "files" || r.DB.HashSize() != len(plumbing.ZeroHash)
}

func (r *Repository) fail(path string, err error) {
	r.Failures = append(r.Failures, odb.Failure{Path: path, Err: err})
}

// readRefFiles adds the refs of a work tree to ids and returns its HEAD.
func (r *Repository) readRefFiles(c checkout, ids map[string]odb.OID) (head, error) {
	storage := filesystem.NewStorage(osfs.New(c.dir), cache.NewObjectLRUDefault())
	found, err := r.listRefs(storage, c)
	if err != nil {
		return head{}, err
	}
	byName := make(map[plumbing.ReferenceName]*plumbing.Reference, len(found))
	for _, f := range found {
		byName[f.Name()] = f
	}
	var h head
	for _, f := range found {
		switch {
		case f.Name() == plumbing.HEAD && f.Type() == plumbing.SymbolicReference:
			h.target = f.Target().String()
		case f.Name() == plumbing.HEAD:
			h.id = odbID(f.Hash())
		default:
			// A symbolic ref to a missing ref is harmless: git fetch --prune can
			// leave refs/remotes/origin/HEAD in this state.
			if id, ok := resolveRef(f, byName); ok {
				ids[c.name(f.Name().String())] = id
			}
		}
	}
	return h, nil
}

// listRefs lists the refs in refs/, packed-refs and HEAD of one directory. go-git
// stops at the first ref that it cannot read, such as a lock file or a ref that a
// crash left empty. Then each ref is read separately.
func (r *Repository) listRefs(storage *filesystem.Storage, c checkout) ([]*plumbing.Reference, error) {
	var found []*plumbing.Reference
	for _, file := range []string{"HEAD", "packed-refs"} {
		if info, err := os.Stat(filepath.Join(c.dir, file)); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: %w", file, regular.ErrNotRegular)
		}
	}
	irregular := r.failIrregular(c)
	if len(irregular) == 0 {
		iter, err := storage.IterReferences()
		if err == nil {
			err = iter.ForEach(func(f *plumbing.Reference) error {
				if !strings.HasSuffix(f.Name().String(), ".lock") {
					found = append(found, f)
				}
				return nil
			})
			return found, err
		}
	}
	names, err := r.listRefNames(c)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if slices.Contains(irregular, name) {
			continue
		}
		f, err := storage.Reference(plumbing.ReferenceName(name))
		if err == nil {
			found = append(found, f)
		} else if !errors.Is(err, plumbing.ErrReferenceNotFound) || isFile(c.dir, name) {
			r.fail(c.name(name), fmt.Errorf("read ref: %w", err))
		}
	}
	return found, nil
}

// failIrregular returns the refs that are not regular files, and notes each as a
// failure: go-git would open a FIFO and wait.
func (r *Repository) failIrregular(c checkout) []string {
	var names []string
	_ = filepath.WalkDir(filepath.Join(c.dir, "refs"), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type().IsRegular() {
			return nil
		}
		if info, err := os.Stat(file); err != nil || info.Mode().IsRegular() {
			return nil
		}
		if rel, err := filepath.Rel(c.dir, file); err == nil {
			names = append(names, filepath.ToSlash(rel))
			r.fail(c.name(filepath.ToSlash(rel)), fmt.Errorf("read ref: %w", regular.ErrNotRegular))
		}
		return nil
	})
	return names
}

// listRefNames returns the names of loose and packed refs.
func (r *Repository) listRefNames(c checkout) ([]string, error) {
	names := []string{"HEAD"}
	root := filepath.Join(c.dir, "refs")
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(c.dir, file)
		if relErr != nil {
			return relErr
		}
		name := filepath.ToSlash(rel)
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed since it was listed
		case err != nil:
			r.fail(c.name(name), fmt.Errorf("read refs: %w", err))
		case !entry.IsDir() && !strings.HasSuffix(name, ".lock"):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	packed, err := regular.Read(filepath.Join(c.dir, "packed-refs"), maxList)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(packed)) {
		id, name, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if _, err := odb.ParseOID(id); ok && err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func isFile(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil
}

// resolveRef follows symbolic refs, at most as many as git follows.
func resolveRef(f *plumbing.Reference, byName map[plumbing.ReferenceName]*plumbing.Reference) (odb.OID, bool) {
	for range 5 {
		if f.Type() == plumbing.HashReference {
			return odbID(f.Hash()), true
		}
		next, ok := byName[f.Target()]
		if !ok {
			break
		}
		f = next
	}
	return "", false
}

func odbID(h plumbing.Hash) odb.OID { return odb.OID(h[:]) }

// readRefsWithGit adds the refs that are visible in a work tree to ids and returns
// its HEAD.
func readRefsWithGit(ctx context.Context, c checkout, ids map[string]odb.OID) (head, error) {
	out, err := runGit(ctx, c.dir, "for-each-ref", "--format=%(objectname) %(refname)")
	if err != nil {
		return head{}, err
	}
	for line := range strings.Lines(string(out)) {
		hex, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		id, err := odb.ParseOID(hex)
		if err != nil {
			return head{}, err
		}
		ids[c.name(name)] = id
	}
	out, err = runGit(ctx, c.dir, "symbolic-ref", "-q", "HEAD")
	if err == nil {
		return head{target: string(bytes.TrimSpace(out))}, nil
	}
	out, err = runGit(ctx, c.dir, "rev-parse", "--verify", "HEAD")
	if err != nil {
		return head{}, err
	}
	id, err := odb.ParseOID(string(bytes.TrimSpace(out)))
	return head{id: id}, err
}

package repo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// ReflogEntry is an object that a reflog refers to. Name is in git's syntax:
// "HEAD@{2}", "refs/stash@{1}".
type ReflogEntry struct {
	Name string
	ID   odb.OID
}

// readReflogs sets r.Reflogs. The entries of a reflog are sorted from newest to
// oldest.
func (r *Repository) readReflogs(ctx context.Context) error {
	checkouts, err := r.checkouts()
	if err != nil {
		return err
	}
	for _, c := range checkouts {
		if r.format.refStorage == "files" {
			err = r.readReflogFiles(ctx, c)
		} else {
			err = r.readReflogsWithGit(ctx, c)
		}
		if err != nil {
			return err
		}
		r.readPseudoRefs(ctx, c)
	}
	slices.SortStableFunc(r.Reflogs, func(a, b ReflogEntry) int {
		return cmp.Compare(reflogOf(a.Name), reflogOf(b.Name))
	})
	return nil
}

func reflogOf(entry string) string {
	name, _, _ := strings.Cut(entry, "@{")
	return name
}

// readReflogFiles reads the files in logs/ of one work tree.
func (r *Repository) readReflogFiles(ctx context.Context, c checkout) error {
	root := filepath.Join(c.dir, "logs")
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			return nil
		}
		rel, relErr := filepath.Rel(root, file)
		if relErr != nil {
			return relErr
		}
		var content []byte
		if err == nil {
			content, err = regular.Read(file, maxList)
		}
		switch {
		case err == nil:
			r.addReflog(ctx, c.name(filepath.ToSlash(rel)), string(content))
		case !errors.Is(err, fs.ErrNotExist):
			r.fail(path.Join("logs", c.name(filepath.ToSlash(rel))), fmt.Errorf("read reflog: %w", err))
		}
		return nil
	})
}

// addReflog adds the objects of a reflog file, both before and after each change. The
// lines are "<old> <new> <who> <when>\t<why>", oldest first. The last line is @{0},
// the line before it @{1}. So the old value of entry n is @{n+1}; it is added only if
// entry n+1 has another value or does not exist. Objects that no longer exist are
// left out, since reflogs outlive them.
func (r *Repository) addReflog(ctx context.Context, name, content string) {
	lines := slices.Collect(strings.Lines(content))
	slices.Reverse(lines)
	var last ReflogEntry
	add := func(index int, hex string) {
		id, err := odb.ParseOID(hex)
		entry := ReflogEntry{Name: fmt.Sprintf("%s@{%d}", name, index), ID: id}
		if err != nil || entry == last || !r.DB.Has(ctx, id) {
			return
		}
		last = entry
		r.Reflogs = append(r.Reflogs, entry)
	}
	for i, line := range lines {
		before, rest, _ := strings.Cut(line, " ")
		after, _, _ := strings.Cut(rest, " ")
		add(i, after)
		add(i+1, before)
	}
}

// readReflogsWithGit reads the reflogs of one work tree if they are not files. git
// prints only the new value of each entry.
func (r *Repository) readReflogsWithGit(ctx context.Context, c checkout) error {
	out, err := runGit(ctx, c.dir, "reflog", "list")
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(out)) {
		ids, err := runGit(ctx, c.dir, "rev-list", "--walk-reflogs", name, "--")
		if err != nil {
			r.fail(path.Join("logs", c.name(name)), err)
			continue
		}
		for i, hex := range strings.Fields(string(ids)) {
			if id, err := odb.ParseOID(hex); err == nil && r.DB.Has(ctx, id) {
				r.Reflogs = append(r.Reflogs, ReflogEntry{Name: fmt.Sprintf("%s@{%d}", c.name(name), i), ID: id})
			}
		}
	}
	return nil
}

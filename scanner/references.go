package scanner

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// references finds the objects that others name and that are not there: without
// them the history would look clean where it was not read.
type references struct {
	h       *history
	shallow map[odb.OID]bool
	mu      sync.Mutex
	missing map[odb.OID]string // what names it
	broken  []odb.OID          // trees that are none
}

func newReferences(h *history) *references {
	r := &references{h: h, shallow: map[odb.OID]bool{}, missing: map[odb.OID]string{}}
	for _, id := range h.repo.shallow {
		r.shallow[id] = true
	}
	return r
}

func (r *references) check(ctx context.Context, id odb.OID, named func() string) {
	if r.h.repo.db.Has(ctx, id) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.missing[id]; !ok {
		r.missing[id] = named()
	}
}

// tree checks the entries of a tree that are not copied whole from its base.
func (r *references) tree(ctx context.Context, o *odb.Object) {
	size := r.h.repo.db.HashSize()
	edit := 0
	for at := 0; at < len(o.Data); {
		name := bytes.IndexByte(o.Data[at:], ' ')
		end := bytes.IndexByte(o.Data[at:], 0)
		if name < 0 || end < name || at+end+1+size > len(o.Data) {
			r.malformed(o.ID)
			return
		}
		next := at + end + 1 + size
		for edit < len(o.Edits) && o.Edits[edit].At+o.Edits[edit].Len <= at {
			edit++
		}
		copied := edit < len(o.Edits) && o.Edits[edit].From >= 0 && o.Edits[edit].At+o.Edits[edit].Len >= next
		if mode := string(o.Data[at : at+name]); !copied && mode != "160000" {
			entry := o.Data[at+name+1 : at+end]
			r.check(ctx, odb.OID(o.Data[next-size:next]), func() string {
				return fmt.Sprintf("tree %s names it as %q", o.ID, entry)
			})
		}
		at = next
	}
}

// malformed notes a tree that cannot be read to its end.
func (r *references) malformed(id odb.OID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, id)
}

// commit checks the tree and the parents of a commit.
func (r *references) commit(ctx context.Context, o *odb.Object) {
	for line := range bytes.Lines(o.Data) {
		kind, hex, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '})
		isParent := string(kind) == "parent"
		if !ok || !isParent && string(kind) != "tree" {
			return
		}
		if isParent && r.shallow[o.ID] {
			continue
		}
		if id, err := odb.ParseOID(string(hex)); err == nil {
			r.check(ctx, id, func() string { return fmt.Sprintf("commit %s names it as %s", o.ID, kind) })
		}
	}
}

// skips returns what is missing, in order.
func (r *references) skips() []Skip {
	var skips []Skip
	for id, named := range r.missing {
		skips = append(skips, Skip{
			Path: r.h.prefix + ".git/objects/" + id.String(), Kind: SkipFailed,
			Reason: "missing: " + named,
		})
	}
	for _, id := range r.broken {
		skips = append(skips, Skip{
			Path: r.h.prefix + ".git/objects/" + id.String(), Kind: SkipFailed, Reason: "malformed tree",
		})
	}
	slices.SortFunc(skips, func(a, b Skip) int { return strings.Compare(a.Path, b.Path) })
	return skips
}

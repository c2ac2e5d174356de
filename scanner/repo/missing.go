package repo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// References finds objects that others refer to and that are missing. Without this
// check, the history would look clean although a part of it was not read.
type References struct {
	// Named, if not nil, is called for the entries of trees, concurrently. It is not called
	// for an entry that is copied from a delta base.
	Named    func(tree *odb.Object, name []byte, entry odb.OID)
	hashSize int
	has      func(context.Context, odb.OID) bool
	shallow  map[odb.OID]bool

	mu      sync.Mutex
	missing map[odb.OID]string // the object that refers to it
	broken  []odb.OID          // malformed trees
}

// NewReferences returns a check of the objects of a repository.
func NewReferences(repo *Repository) *References {
	r := &References{
		hashSize: repo.DB.HashSize(), has: repo.DB.Has,
		shallow: map[odb.OID]bool{}, missing: map[odb.OID]string{},
	}
	for _, id := range repo.Shallow {
		r.shallow[id] = true
	}
	return r
}

// check notes an object as missing if it is not in the repository. named returns the
// text that says what refers to it.
func (r *References) check(ctx context.Context, id odb.OID, named func() string) {
	if r.has(ctx, id) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.missing[id]; !ok {
		r.missing[id] = named()
	}
}

// Boundaries are offsets in a tree where entries begin, in order, and the length of
// the tree. They are so dense that, of a tree stored as a delta against this one,
// little more than the edits has to be read. Boundaries are immutable.
type Boundaries []int32

// stride is the distance between boundaries, in bytes.
const stride = 512

// Tree checks the entries of a tree, except those that are copied from its delta
// base. base are the boundaries of the delta base; Tree returns the boundaries of o.
//
// The length of an entry is in its own bytes. So if an entry begins at the same byte
// in the base and in a copy of that byte, all later entries in the copied range are
// the same in both trees. They were checked in the base and are skipped.
func (r *References) Tree(ctx context.Context, o *odb.Object, base Boundaries) Boundaries {
	size := r.hashSize
	own := make(Boundaries, 0, len(base)+len(o.Edits)/2+len(o.Data)/stride+2)
	edits := o.Edits
	for at := 0; at < len(o.Data); {
		for len(edits) > 0 && edits[0].At+edits[0].Len <= at {
			edits = edits[1:]
		}
		inCopy := len(edits) > 0 && edits[0].From >= 0
		if inCopy {
			if known := base.within(at-edits[0].At+edits[0].From, edits[0].From+edits[0].Len); len(known) > 1 {
				for _, b := range known {
					own = own.add(at+int(b-known[0]), stride/2)
				}
				at += int(known[len(known)-1] - known[0])
				continue
			}
		}
		own = own.add(at, stride)
		head := bytes.IndexByte(o.Data[at:], 0)
		next := at + head + 1 + size
		if head < 0 || next > len(o.Data) {
			r.malformed(o.ID)
			return nil
		}
		mode, name, ok := bytes.Cut(o.Data[at:at+head], []byte{' '})
		if !ok {
			r.malformed(o.ID)
			return nil
		}
		copied := inCopy && edits[0].At+edits[0].Len >= next
		if !copied && r.Named != nil {
			r.Named(o, name, odb.OID(o.Data[next-size:next]))
		}
		if !copied && string(mode) != "160000" {
			r.check(ctx, odb.OID(o.Data[next-size:next]), func() string {
				return fmt.Sprintf("tree %s names it as %q", o.ID, name)
			})
		}
		at = next
	}
	return append(own, int32(len(o.Data)))
}

// add appends a boundary unless it is closer than distance to the last one.
func (b Boundaries) add(at, distance int) Boundaries {
	if len(b) > 0 && at < int(b[len(b)-1])+distance {
		return b
	}
	return append(b, int32(at))
}

// within returns the boundaries from offset from to offset to, both included; none if
// from is not a boundary.
func (b Boundaries) within(from, to int) Boundaries {
	first, ok := slices.BinarySearch(b, int32(from))
	if !ok {
		return nil
	}
	last, ok := slices.BinarySearch(b, int32(to))
	if ok {
		last++
	}
	return b[first:last]
}

// malformed notes a tree as malformed.
func (r *References) malformed(id odb.OID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, id)
}

// Commit checks the tree and the parents of a commit. It skips the parents of a
// commit at the boundary of a shallow clone.
func (r *References) Commit(ctx context.Context, o *odb.Object) {
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

// Failures returns the missing and the malformed objects, sorted by ID. Call it after
// all checks.
func (r *References) Failures() []odb.Failure {
	var all []odb.Failure
	for id, named := range r.missing {
		all = append(all, odb.Failure{OID: id, Err: fmt.Errorf("%w: %s", errMissing, named)})
	}
	for _, id := range r.broken {
		all = append(all, odb.Failure{OID: id, Err: errMalformedTree})
	}
	slices.SortFunc(all, func(a, b odb.Failure) int { return cmp.Compare(a.OID, b.OID) })
	return all
}

var (
	errMissing       = errors.New("missing")
	errMalformedTree = errors.New("malformed tree")
)

// Condense returns failures with one in place of all missing objects if the repository is
// a partial clone, where there can be any number of them.
func (r *Repository) Condense(failures []odb.Failure) []odb.Failure {
	isMissing := func(f odb.Failure) bool { return errors.Is(f.Err, errMissing) }
	if !r.DB.Promisor() || !slices.ContainsFunc(failures, isMissing) {
		return failures
	}
	missing := map[odb.OID]bool{}
	for _, f := range failures {
		if isMissing(f) {
			missing[f.OID] = true
		}
	}
	return append(slices.DeleteFunc(failures, isMissing), odb.Failure{Path: ".git", Err: fmt.Errorf(
		"objects are missing, since this is a partial clone (%d are named): git fetch --refetch --no-filter gets them", len(missing))})
}

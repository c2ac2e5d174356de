package repo

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

const testHashSize = 20

// randomEntry is an entry of a tree that names an object that no other does.
func randomEntry(r *rand.Rand) []byte {
	entry := fmt.Appendf(nil, "100644 %s\x00", bytes.Repeat([]byte("n"), 1+r.IntN(40)))
	for range testHashSize {
		entry = append(entry, byte(r.Uint32()))
	}
	return entry
}

// starts returns where the entries of a tree begin, and its end; false if it is
// malformed.
func starts(tree []byte) (all []int32, ok bool) {
	at := 0
	for at < len(tree) {
		all = append(all, int32(at))
		end := bytes.IndexByte(tree[at:], 0)
		if end < 0 || bytes.IndexByte(tree[at:at+end], ' ') < 0 || at+end+1+testHashSize > len(tree) {
			return nil, false
		}
		at += end + 1 + testHashSize
	}
	return append(all, int32(at)), true
}

// TestTreesBesideEdits gives trees made from one another by random edits, with
// copied ranges that begin and end anywhere, and compares what is looked at with
// what every tree holds.
func TestTreesBesideEdits(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		checked := map[odb.OID]bool{}
		lookups := 0
		refs := &References{hashSize: testHashSize, has: func(_ context.Context, id odb.OID) bool {
			checked[id] = true
			lookups++
			return true
		}, missing: map[odb.OID]string{}}

		var base []byte
		for range 1 + r.IntN(400) {
			base = append(base, randomEntry(r)...)
		}
		known := refs.Tree(t.Context(), &odb.Object{Type: odb.Tree, Data: base}, nil)
		for range 12 {
			lookups = 0
			next, edits, added := editTree(r, base, seed%3 == 0)
			got := refs.Tree(t.Context(), &odb.Object{Type: odb.Tree, Data: next, Edits: edits}, known)
			all, ok := starts(next)
			if !ok {
				if got != nil {
					t.Fatalf("seed %d: a malformed tree has boundaries", seed)
				}
				break
			}
			for _, b := range got {
				if _, ok := slices.BinarySearch(all, b); !ok {
					t.Fatalf("seed %d: no entry begins at %d", seed, b)
				}
			}
			if got[len(got)-1] != int32(len(next)) {
				t.Fatalf("seed %d: the last boundary is %d, want %d", seed, got[len(got)-1], len(next))
			}
			for i := range got[1:] {
				if gap := got[i+1] - got[i]; gap > 4*stride {
					t.Fatalf("seed %d: no boundary for %d bytes", seed, gap)
				}
			}
			for _, end := range all[1:] {
				if id := odb.OID(next[end-testHashSize : end]); !checked[id] {
					t.Fatalf("seed %d: %s was never looked up", seed, id)
				}
			}
			if seed%3 != 0 && lookups > added+3*len(edits) {
				t.Fatalf("seed %d: %d lookups for %d new entries and %d edits", seed, lookups, added, len(edits))
			}
			base, known = next, got
		}
		if len(refs.missing) > 0 {
			t.Fatalf("missing: %v", refs.missing)
		}
	}
}

// editTree returns a tree made from another, how, and how many entries are new.
// Entries are added, removed and changed; with garbage, bytes are put anywhere.
func editTree(r *rand.Rand, base []byte, garbage bool) (next []byte, edits []odb.Edit, added int) {
	at, _ := starts(base)
	place := func() int { return int(at[r.IntN(len(at))]) }
	cuts := []int{place(), place(), place(), place()}
	slices.Sort(cuts)
	insert := func(text []byte) {
		if len(text) > 0 {
			edits = append(edits, odb.Edit{At: len(next), Len: len(text), From: -1})
			next = append(next, text...)
		}
	}
	copied := func(from, to int) {
		// Now and then a range ends within an entry whose rest is inserted, the
		// same or another, as git does with similar entries.
		if to-from > 30 && r.IntN(2) == 0 {
			cut := to - 1 - r.IntN(25)
			edits = append(edits, odb.Edit{At: len(next), Len: cut - from, From: from})
			next = append(next, base[from:cut]...)
			rest := slices.Clone(base[cut:to])
			if r.IntN(2) == 0 {
				rest[len(rest)-1] ^= 0x55 // another object
				added++
			}
			insert(rest)
			return
		}
		if to > from {
			edits = append(edits, odb.Edit{At: len(next), Len: to - from, From: from})
			next = append(next, base[from:to]...)
		}
	}
	copied(0, cuts[0])
	for range r.IntN(3) {
		insert(randomEntry(r))
		added++
	}
	if garbage && r.IntN(4) == 0 {
		insert([]byte("100644 a b c"))
	}
	copied(cuts[1], cuts[2]) // what lies between is removed
	insert(randomEntry(r))
	added++
	copied(cuts[3], len(base))
	return next, edits, added
}

package odb

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// indexOf makes an index of version 2 of these IDs.
func indexOf(t *testing.T, ids []string) *index {
	t.Helper()
	ids = slices.Clone(ids)
	slices.Sort(ids)
	file := binary.BigEndian.AppendUint32([]byte(idxMagic), 2)
	n := uint32(0)
	for b := range 256 {
		for int(n) < len(ids) && int(ids[n][0]) <= b {
			n++
		}
		file = binary.BigEndian.AppendUint32(file, n)
	}
	file = append(file, strings.Join(ids, "")...)
	file = append(file, make([]byte, 8*len(ids)+2*20)...)
	x, err := parseIndex(file, 20)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Whatever the number of IDs, and however unevenly they are spread, find answers
// as a map does.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	newID := func(same int) string {
		id := make([]byte, 20)
		for i := same; i < len(id); i++ {
			id[i] = byte(random.Uint32())
		}
		return string(id)
	}
	for _, test := range []struct{ count, same int }{
		{0, 0}, {1, 0}, {300, 0}, {5000, 0}, {20_000, 0}, {5000, 1}, {5000, 2}, {5000, 8}, {300, 18},
	} {
		there := map[string]bool{}
		for range test.count {
			there[newID(test.same)] = true
		}
		var ids []string
		for id := range there {
			ids = append(ids, id)
		}
		x := indexOf(t, ids)
		if x.count() != len(ids) {
			t.Fatalf("the index has %d IDs, want %d", x.count(), len(ids))
		}
		for _, id := range ids {
			if i, ok := x.find(OID(id)); !ok || x.id(i) != OID(id) {
				t.Fatalf("%d IDs with %d equal bytes: %x is not found", test.count, test.same, id)
			}
			for at := range test.same + 4 {
				at = min(at, len(id)-1)
				near := []byte(id)
				near[at] ^= 1 << random.IntN(8)
				if _, ok := x.find(OID(near)); ok != there[string(near)] {
					t.Fatalf("%d IDs with %d equal bytes: %x, which is not there: found %t", test.count, test.same, near, ok)
				}
			}
		}
		for _, id := range []string{strings.Repeat("\x00", 20), strings.Repeat("\xff", 20), ""} {
			if _, ok := x.find(OID(id)); ok != there[id] {
				t.Errorf("%d IDs with %d equal bytes: %x: found %t", test.count, test.same, id, ok)
			}
		}
	}
}

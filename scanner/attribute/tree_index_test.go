package attribute

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// wholeSearch is what treeSearch must find: it reads every tree from its
// beginning and compares every ID.
func wholeSearch(data []byte, wanted []odb.OID, idSize int) []string {
	var found []string
	for line := range treeLines(data, idSize) {
		for _, id := range wanted {
			if string(data[line.id:line.id+idSize]) == string(id) && string(line.mode) != "160000" {
				found = append(found, string(line.name)+"="+id.String())
			}
		}
	}
	return found
}

// TestTreeSearchSearchesOnlyWhatIsNew builds chains of trees as deltas do, from
// ranges of their bases that begin and end anywhere, and compares what is found
// with reading each tree whole.
func TestTreeSearchSearchesOnlyWhatIsNew(t *testing.T) {
	const idSize = 20
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		ids := make([]odb.OID, 12)
		for i := range ids {
			id := make([]byte, idSize)
			for k := range id {
				id[k] = byte(random.IntN(3)) // alike, so that they overlap
			}
			ids[i] = odb.OID(id)
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		wanted := ids[:4]
		entries := func(n int) []byte {
			var b bytes.Buffer
			for range n {
				mode := []string{"100644", "40000", "160000"}[random.IntN(3)]
				fmt.Fprintf(&b, "%s f%d\x00%s", mode, random.IntN(100), ids[random.IntN(len(ids))])
			}
			return b.Bytes()
		}
		search := newTreeSearch(wanted, idSize, 1, 1+seed%4)
		type tree struct {
			data []byte
			at   []foundID
		}
		trees := []tree{{data: entries(20)}}
		trees[0].at = search.visit(0, &odb.Object{ID: "tree 0", Data: trees[0].data}, nil)
		for n := range 30 {
			base := trees[random.IntN(len(trees))]
			o := &odb.Object{ID: odb.OID(fmt.Sprint("tree ", n+1)), Edits: []odb.Edit{}}
			add := func(data []byte, from int) {
				if len(data) > 0 {
					o.Edits = append(o.Edits, odb.Edit{At: len(o.Data), Len: len(data), From: from})
					o.Data = append(o.Data, data...)
				}
			}
			for at := 0; at < len(base.data); {
				end := min(at+1+random.IntN(150), len(base.data))
				switch random.IntN(6) {
				case 0: // left out
				case 1: // changed into the same
					add(base.data[at:end], -1)
				case 2:
					add(entries(1), -1)
					add(base.data[at:end], at)
				case 3:
					from := random.IntN(len(base.data))
					add(base.data[from:min(from+random.IntN(60), len(base.data))], from)
					fallthrough
				default:
					add(base.data[at:end], at)
				}
				at = end
			}
			trees = append(trees, tree{o.Data, search.visit(0, o, base.at)})
		}
		worker := search.workers[0]
		got := map[odb.OID][]string{}
		for _, found := range worker.trees {
			index := &treeIndex{number: map[odb.OID]int32{}}
			index.add(searchWorker{lists: worker.lists, chunks: worker.chunks, trees: []foundTree{found}}, 0)
			for _, list := range index.listsOf[0] {
				for _, chunk := range index.lists[list] {
					for name, number := range index.chunks[chunk].entries.all() {
						got[found.id] = append(got[found.id], name+"="+wanted[number].String())
					}
				}
			}
		}
		for n, tree := range trees {
			id := odb.OID(fmt.Sprint("tree ", n))
			if want := wholeSearch(tree.data, wanted, idSize); !slices.Equal(got[id], want) {
				t.Fatalf("seed %d, tree %d: found %q, want %q", seed, n, got[id], want)
			}
		}
	}
}

func TestIDSet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 3, 1000, 100000} {
		ids := make([]odb.OID, n)
		for i := range ids {
			id := make([]byte, 20)
			for k := range id {
				id[k] = byte(random.Uint32())
			}
			ids[i] = odb.OID(id)
		}
		s := newIDSet(ids, 20)
		for i, id := range ids {
			if got := s.index([]byte(id)); got != int32(i) {
				t.Fatalf("%d IDs: index %d, want %d", n, got, i)
			}
		}
		if got := s.index(make([]byte, 20)); got != -1 {
			t.Fatalf("%d IDs: one that is not there has index %d", n, got)
		}
	}
}

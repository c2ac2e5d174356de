package attribute

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// treeIndex knows which trees contain wanted blobs, directly or in subtrees, and at
// which names. Blobs and trees are nodes with numbers; blobs have the first numbers.
type treeIndex struct {
	blobs   int
	ids     []odb.OID
	number  map[odb.OID]int32
	entries []treeEntry
	// lists are the distinct lists of entries. Most versions of a directory have the
	// same wanted entries and share a list.
	lists []entryRange
	// listsOf are the lists of each tree, indexed by its node number less the number
	// of blobs.
	listsOf [][]int32
}

// entryRange is a range of treeIndex.entries.
type entryRange struct{ from, to int32 }

// treeEntry is an entry of a tree that leads to a wanted blob.
type treeEntry struct {
	name string
	node int32
}

// maxTreeDepth limits how deep trees may be nested. It is git's own limit
// (core.maxTreeDepth); only an attack exceeds it.
const maxTreeDepth = 2048

// maxTreeReads limits how many trees are read for levels beyond the usual depth.
const (
	usualDepth   = 128
	maxTreeReads = 1 << 20
)

var errTooDeep = errors.New("trees are nested too deep")

// indexTrees finds the trees that contain the blobs, then the trees that contain
// those trees, and so on up to the root trees. It reads all trees of the database
// once for each level. This is faster than other ways, since the parts that a tree
// shares with its delta base are not searched again.
func indexTrees(ctx context.Context, db *odb.DB, jobs int, blobs []odb.OID, fail func(odb.Failure)) (*treeIndex, error) {
	index := &treeIndex{blobs: len(blobs), ids: slices.Clone(blobs), number: make(map[odb.OID]int32, len(blobs))}
	for i, id := range blobs {
		index.number[id] = int32(i)
	}
	interned := map[string]int32{}
	reads := 0
	for level, from := 0, 0; from < len(index.ids); level++ {
		if level > maxTreeDepth || level > usualDepth && reads > maxTreeReads {
			return index, errTooDeep
		}
		level := index.ids[from:]
		search := newTreeSearch(level, db.HashSize(), jobs)
		err := odb.Walk(ctx, db, odb.Of(odb.Tree), jobs, odb.Visitor[[]int32]{Visit: search.visit, Fail: fail})
		if err != nil {
			return nil, fmt.Errorf("read trees: %w", err)
		}
		first := int32(from)
		from = len(index.ids)
		for _, worker := range search.workers {
			index.add(worker, first, interned)
			reads += worker.read
		}
	}
	return index, nil
}

// add adds what one worker found. first is the node of the first ID of the search.
func (x *treeIndex) add(found searchWorker, first int32, interned map[string]int32) {
	lists := make([]int32, len(found.lists))
	for i, key := range found.lists {
		// The key is the list itself, with numbers that are relative to the first ID
		// of the search. With that number in front, it is unique among all searches.
		key = string(binary.LittleEndian.AppendUint32(nil, uint32(first))) + key
		list, ok := interned[key]
		if !ok {
			list = int32(len(x.lists))
			interned[key] = list
			from := int32(len(x.entries))
			for rest := key[4:]; rest != ""; {
				end := 4 + strings.IndexByte(rest[4:], 0)
				node := first + int32(binary.LittleEndian.Uint32([]byte(rest[:4])))
				x.entries = append(x.entries, treeEntry{name: rest[4:end], node: node})
				rest = rest[end+1:]
			}
			x.lists = append(x.lists, entryRange{from, int32(len(x.entries))})
		}
		lists[i] = list
	}
	for _, tree := range found.trees {
		node, ok := x.number[tree.id]
		if !ok {
			node = int32(len(x.ids))
			x.ids = append(x.ids, tree.id)
			x.number[tree.id] = node
			x.listsOf = append(x.listsOf, nil)
		}
		of := &x.listsOf[int(node)-x.blobs]
		*of = append(*of, lists[tree.list])
	}
}

// treeSearch searches all trees for a set of object IDs.
type treeSearch struct {
	wanted  *idSet
	workers []searchWorker
}

// searchWorker is the result of one goroutine.
type searchWorker struct {
	trees []foundTree
	// lists are the distinct lists of wanted entries in these trees. Each entry of a
	// list is the index in wanted (four bytes, little-endian), the name and a NUL.
	lists   []string
	number  map[string]int32
	scratch []byte
	read    int // trees
}

type foundTree struct {
	id   odb.OID
	list int32
}

func newTreeSearch(wanted []odb.OID, idSize, jobs int) *treeSearch {
	s := &treeSearch{wanted: newIDSet(wanted, idSize), workers: make([]searchWorker, jobs)}
	for i := range s.workers {
		s.workers[i].number = map[string]int32{}
	}
	return s
}

// visit searches one tree and returns the offsets of the bytes of a wanted ID. base
// are the offsets in the delta base.
func (s *treeSearch) visit(worker int, o *odb.Object, base []int32) []int32 {
	s.workers[worker].read++
	at := s.offsets(o, base)
	if len(at) == 0 {
		return nil
	}
	// The bytes may also be in the middle of an entry. To find out, parse the tree
	// from its beginning.
	w := &s.workers[worker]
	list := w.scratch[:0]
	next := 0
	for line := range treeLines(o.Data, s.wanted.idSize) {
		for next < len(at) && int(at[next]) < line.id {
			next++
		}
		if next == len(at) {
			break
		}
		if int(at[next]) == line.id && string(line.mode) != "160000" { // not a submodule
			list = binary.LittleEndian.AppendUint32(list, uint32(s.wanted.index(o.Data[line.id:])))
			list = append(list, line.name...)
			list = append(list, 0)
		}
	}
	w.scratch = list
	if len(list) == 0 {
		return at
	}
	number, ok := w.number[string(list)]
	if !ok {
		number = int32(len(w.lists))
		w.lists = append(w.lists, string(list))
		w.number[w.lists[number]] = number
	}
	w.trees = append(w.trees, foundTree{o.ID, number})
	return at
}

// offsets returns the sorted offsets of the bytes of a wanted ID in the tree. It
// searches only the edits: an ID that is entirely in a range copied from the base is
// known from the base.
func (s *treeSearch) offsets(o *odb.Object, base []int32) []int32 {
	if o.Edits == nil {
		return s.wanted.find(o.Data, 0, len(o.Data), nil)
	}
	var at []int32
	for _, e := range o.Edits {
		from := e.At
		if inside := e.Len - s.wanted.idSize + 1; e.From >= 0 && inside > 0 {
			from += inside
			first, _ := slices.BinarySearch(base, int32(e.From))
			for _, b := range base[first:] {
				if int(b) >= e.From+inside {
					break
				}
				at = append(at, b+int32(e.At-e.From))
			}
		}
		at = s.wanted.find(o.Data, from, e.At+e.Len, at)
	}
	return at
}

// treeLine is an entry of a tree as stored; id is the offset of its ID.
type treeLine struct {
	mode, name []byte
	id         int
}

// treeLines yields the entries of a tree, up to the first malformed one.
func treeLines(data []byte, idSize int) iter.Seq[treeLine] {
	return func(yield func(treeLine) bool) {
		for start := 0; start < len(data); {
			end := bytes.IndexByte(data[start:], 0)
			if end < 0 || start+end+1+idSize > len(data) {
				return
			}
			mode, name, ok := bytes.Cut(data[start:start+end], []byte(" "))
			if !ok || !yield(treeLine{mode, name, start + end + 1}) {
				return
			}
			start += end + 1 + idSize
		}
	}
}

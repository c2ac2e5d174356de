package attribute

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// treeIndex knows which trees contain wanted blobs, directly or in subtrees, and at
// which names. Blobs and trees are nodes with numbers; blobs have the first numbers.
type treeIndex struct {
	blobs  int
	ids    []odb.OID
	number map[odb.OID]int32
	// lists are lists of wanted entries, as numbers of chunks. Most versions of a
	// directory have the same wanted entries and share a list; most others differ in
	// one chunk.
	lists  [][]int32
	chunks []entryChunk
	// listsOf are the lists of each tree, indexed by its node number less the number
	// of blobs.
	listsOf [][]int32
}

// entryChunk is a part of a list of entries. Their numbers count from first.
type entryChunk struct {
	first   int32
	entries entries
}

// entries are encoded entries of a tree: for each a number (four bytes, little-endian),
// the name and a NUL.
type entries string

func appendEntry[T string | []byte](to []byte, number int32, name T) []byte {
	return append(append(binary.LittleEndian.AppendUint32(to, uint32(number)), name...), 0)
}

// all yields the names and numbers.
func (e entries) all() iter.Seq2[string, int32] {
	return func(yield func(string, int32) bool) {
		for e != "" {
			end := 4 + strings.IndexByte(string(e[4:]), 0)
			if !yield(string(e[4:end]), int32(binary.LittleEndian.Uint32([]byte(e[:4])))) {
				return
			}
			e = e[end+1:]
		}
	}
}

// distinct numbers strings: equal ones have the same number.
type distinct struct {
	list   []string
	number map[string]int32
}

func newDistinct() distinct { return distinct{number: map[string]int32{}} }

func (d *distinct) of(s []byte) int32 {
	number, ok := d.number[string(s)]
	if !ok {
		number = int32(len(d.list))
		d.list = append(d.list, string(s))
		d.number[d.list[number]] = number
	}
	return number
}

// appendNumbers and numbers encode and decode lists of numbers as strings.
func appendNumbers(to []byte, list ...int32) []byte {
	for _, n := range list {
		to = binary.LittleEndian.AppendUint32(to, uint32(n))
	}
	return to
}

func numbers(s string) []int32 {
	list := make([]int32, len(s)/4)
	for i := range list {
		list[i] = int32(binary.LittleEndian.Uint32([]byte(s[4*i : 4*i+4])))
	}
	return list
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
func indexTrees(ctx context.Context, db *odb.DB, jobs int, chunk uint64, blobs []odb.OID, fail func(odb.Failure)) (*treeIndex, error) {
	index := &treeIndex{blobs: len(blobs), ids: slices.Clone(blobs), number: make(map[odb.OID]int32, len(blobs))}
	for i, id := range blobs {
		index.number[id] = int32(i)
	}
	reads := 0
	for level, from := 0, 0; from < len(index.ids); level++ {
		if level > maxTreeDepth || level > usualDepth && reads > maxTreeReads {
			return index, errTooDeep
		}
		level := index.ids[from:]
		search := newTreeSearch(level, db.HashSize(), jobs, chunk)
		err := odb.Walk(ctx, db, odb.Of(odb.Tree), jobs, odb.Visitor[[]foundID]{Visit: search.visit, Fail: fail})
		if err != nil {
			return nil, fmt.Errorf("read trees: %w", err)
		}
		first := int32(from)
		from = len(index.ids)
		for _, worker := range search.workers {
			index.add(worker, first)
			reads += worker.read
		}
	}
	return index, nil
}

// add adds what one worker found. first is the node of the first ID of the search.
func (x *treeIndex) add(found searchWorker, first int32) {
	firstList, firstChunk := int32(len(x.lists)), int32(len(x.chunks))
	for _, chunk := range found.chunks.list {
		x.chunks = append(x.chunks, entryChunk{first, entries(chunk)})
	}
	for _, list := range found.lists.list {
		chunks := numbers(list)
		for i := range chunks {
			chunks[i] += firstChunk
		}
		x.lists = append(x.lists, chunks)
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
		*of = append(*of, firstList+tree.list)
	}
}

// treeSearch searches all trees for a set of object IDs.
type treeSearch struct {
	wanted  *idSet
	workers []searchWorker
	chunk   uint64 // the usual number of entries in a chunk
	// seed is random, so that nobody can choose names that are never cut.
	seed maphash.Seed
}

// searchWorker is the result of one goroutine.
type searchWorker struct {
	trees []foundTree
	// lists are the distinct lists of wanted entries in these trees, as numbers of
	// chunks. The number of an entry is its index in wanted.
	lists, chunks distinct
	list, chunk   []byte // scratch
	read          int    // trees
}

type foundTree struct {
	id   odb.OID
	list int32
}

func newTreeSearch(wanted []odb.OID, idSize, jobs int, chunk uint64) *treeSearch {
	s := &treeSearch{wanted: newIDSet(wanted, idSize), workers: make([]searchWorker, jobs), chunk: chunk, seed: maphash.MakeSeed()}
	for i := range s.workers {
		s.workers[i].lists, s.workers[i].chunks = newDistinct(), newDistinct()
	}
	return s
}

// cuts reports whether a chunk begins with the name. That it depends on nothing else
// lets lists that differ in few entries differ in few chunks.
func (s *treeSearch) cuts(name []byte) bool {
	return maphash.Bytes(s.seed, name)%s.chunk == 0
}

// visit searches one tree and returns where it has the bytes of a wanted ID. base is
// what it returned for the delta base.
func (s *treeSearch) visit(worker int, o *odb.Object, base []foundID) []foundID {
	s.workers[worker].read++
	found := s.find(o, base)
	if len(found) == 0 {
		return nil
	}
	// The bytes may also be in the middle of an entry. To find out, parse the tree
	// from its beginning.
	w := &s.workers[worker]
	list, chunk := w.list[:0], w.chunk[:0]
	left := found
	for line := range treeLines(o.Data, s.wanted.idSize) {
		for len(left) > 0 && int(left[0].at) < line.id {
			left = left[1:]
		}
		if len(left) == 0 {
			break
		}
		if int(left[0].at) == line.id && string(line.mode) != "160000" { // not a submodule
			if len(chunk) > 0 && s.cuts(line.name) {
				list = appendNumbers(list, w.chunks.of(chunk))
				chunk = chunk[:0]
			}
			chunk = appendEntry(chunk, left[0].index, line.name)
		}
	}
	if len(chunk) > 0 {
		list = appendNumbers(list, w.chunks.of(chunk))
		w.trees = append(w.trees, foundTree{o.ID, w.lists.of(list)})
	}
	w.list, w.chunk = list, chunk
	return found
}

// find returns where the bytes of a wanted ID are in the tree, sorted. It searches only
// the edits: an ID that is entirely in a range copied from the base is known from the
// base.
func (s *treeSearch) find(o *odb.Object, base []foundID) []foundID {
	if o.Edits == nil {
		return s.wanted.find(o.Data, 0, len(o.Data), nil)
	}
	found := make([]foundID, 0, len(base)+1)
	for _, e := range o.Edits {
		from := e.At
		if inside := e.Len - s.wanted.idSize + 1; e.From >= 0 && inside > 0 {
			from += inside
			first, _ := slices.BinarySearchFunc(base, int32(e.From), func(b foundID, at int32) int { return cmp.Compare(b.at, at) })
			for _, b := range base[first:] {
				if int(b.at) >= e.From+inside {
					break
				}
				found = append(found, foundID{b.at + int32(e.At-e.From), b.index})
			}
		}
		found = s.wanted.find(o.Data, from, e.At+e.Len, found)
	}
	return found
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

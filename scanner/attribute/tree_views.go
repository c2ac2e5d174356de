package attribute

import (
	"cmp"
	"slices"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// view is a number for the paths of wanted blobs in a tree: trees that differ only in
// other files have the same view. View 0 has no wanted blob.
type view int32

// views computes the views of trees, and how they differ.
type views struct {
	index *treeIndex
	// sets are the views: sorted numbers of chunks. An entry of a chunk has the number of a
	// blob, or a view plus the number of blobs.
	sets, chunks distinct
	// byChunk are the numbers of known chunks plus one, by their numbers in the index; 0
	// if not known, -1 if nothing of it is left.
	byChunk []int32
	// byLists are the known views by the lists of a tree. byTree are the known views
	// by node number less the number of blobs; inProgress marks a tree whose view is
	// being computed.
	byLists map[string]view
	byTree  []view
	// steps are those of all calls of diff so far.
	steps int
}

const inProgress view = -1

func newViews(index *treeIndex) *views {
	v := &views{
		index:   index,
		sets:    newDistinct(),
		chunks:  newDistinct(),
		byChunk: make([]int32, len(index.chunks)),
		byLists: map[string]view{},
		byTree:  make([]view, len(index.listsOf)),
	}
	v.sets.of(nil)
	return v
}

// of returns the view of a tree.
func (v *views) of(tree odb.OID) view {
	node, ok := v.index.number[tree]
	if !ok || int(node) < v.index.blobs {
		return 0
	}
	return v.ofNode(node)
}

func (v *views) ofNode(node int32) view {
	tree := int(node) - v.index.blobs
	switch known := v.byTree[tree]; {
	case known == inProgress:
		return 0 // a tree that contains itself: only forged IDs can form this cycle
	case known != 0:
		return known
	}
	v.byTree[tree] = inProgress
	key := string(appendNumbers(nil, v.index.listsOf[tree]...))
	found, ok := v.byLists[key]
	if !ok {
		found = v.merge(v.index.listsOf[tree])
		v.byLists[key] = found
	}
	v.byTree[tree] = found
	return found
}

// merge computes the view of a tree with the given lists.
func (v *views) merge(lists []int32) view {
	var set []int32
	for _, list := range lists {
		for _, chunk := range v.index.lists[list] {
			if v.byChunk[chunk] == 0 {
				v.byChunk[chunk] = v.chunk(v.index.chunks[chunk])
			}
			if found := v.byChunk[chunk]; found > 0 {
				set = append(set, found-1)
			}
		}
	}
	slices.Sort(set)
	return view(v.sets.of(appendNumbers(nil, slices.Compact(set)...)))
}

// chunk returns the number of a chunk with the views of its trees plus one; -1 if
// nothing is left.
func (v *views) chunk(c entryChunk) int32 {
	var chunk []byte
	for name, number := range c.entries.all() {
		node := c.first + number
		if int(node) >= v.index.blobs {
			below := v.ofNode(node)
			if below == 0 {
				continue
			}
			node = int32(v.index.blobs) + int32(below)
		}
		chunk = appendEntry(chunk, node, name)
	}
	if len(chunk) == 0 {
		return -1
	}
	return v.chunks.of(chunk) + 1
}

// Ten levels of trees, each with ten names for the next level, have ten thousand million
// paths; only an attack does this. The limits are those of the paths in which two trees
// differ, of the steps to find all these, of the bytes of all different paths, and of the
// spans made of them.
const (
	maxPaths     = 1 << 16
	maxSteps     = 1 << 24
	maxPathBytes = 16 << 20
	maxSpans     = 1 << 16
)

// viewEntry is an entry of a view.
type viewEntry struct {
	name   string
	number int32
}

func compareEntries(a, b viewEntry) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.number, b.number))
}

// diff calls visit for each path of a blob that only one of two views has, until it
// returns false. It returns false then, and if there are too many.
func (v *views) diff(from, to view, visit func(path []byte, blob int32, added bool) bool) bool {
	left := maxPaths
	var path []byte
	var walk func(from, to view) bool
	only := func(e viewEntry, added bool) bool {
		prefix := len(path)
		defer func() { path = path[:prefix] }()
		path = append(path, e.name...)
		below := view(e.number) - view(v.index.blobs)
		switch {
		case below < 0:
			left--
			return left >= 0 && visit(path, e.number, added)
		case added:
			path = append(path, '/')
			return walk(0, below)
		}
		path = append(path, '/')
		return walk(below, 0)
	}
	walk = func(from, to view) bool {
		if v.steps++; v.steps > maxSteps {
			return false
		}
		prefix := len(path)
		olds, news := v.onlyIn(from, to), v.onlyIn(to, from)
		for len(olds) > 0 || len(news) > 0 {
			order := 0
			switch {
			case len(olds) == 0:
				order = 1
			case len(news) == 0:
				order = -1
			case olds[0].name != news[0].name || min(int(olds[0].number), int(news[0].number)) < v.index.blobs:
				order = compareEntries(olds[0], news[0])
			case olds[0] != news[0]:
				path = append(append(path, olds[0].name...), '/')
				if !walk(view(olds[0].number)-view(v.index.blobs), view(news[0].number)-view(v.index.blobs)) {
					return false
				}
				path = path[:prefix]
			}
			if order < 0 && !only(olds[0], false) || order > 0 && !only(news[0], true) {
				return false
			}
			if order <= 0 {
				olds = olds[1:]
			}
			if order >= 0 {
				news = news[1:]
			}
		}
		return true
	}
	return walk(from, to)
}

// onlyIn returns the sorted entries in those chunks of a view that another does not have.
func (v *views) onlyIn(of, other view) []viewEntry {
	var found []viewEntry
	others := numbers(v.sets.list[other])
	for _, chunk := range numbers(v.sets.list[of]) {
		if _, both := slices.BinarySearch(others, chunk); both {
			continue
		}
		for name, number := range entries(v.chunks.list[chunk]).all() {
			found = append(found, viewEntry{name, number})
		}
	}
	slices.SortFunc(found, compareEntries)
	return found
}

// danglingTrees returns the views of the trees that are in no other tree, in no
// commit and in no ref. Their views have not been computed yet.
func (v *views) danglingTrees() []view {
	below := make([]bool, len(v.byTree))
	for _, chunk := range v.index.chunks {
		for _, number := range chunk.entries.all() {
			if tree := int(chunk.first+number) - v.index.blobs; tree >= 0 {
				below[tree] = true
			}
		}
	}
	var found []view
	for tree, known := range v.byTree {
		if known == 0 && !below[tree] {
			found = append(found, v.ofNode(int32(tree+v.index.blobs)))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

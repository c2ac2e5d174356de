package attribute

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// view is a number for the paths of wanted blobs in a tree: trees that differ only in
// other files have the same view. View 0 has no wanted blob.
type view int32

// viewEntry is a name in a view: a wanted blob, or a subtree with its view.
type viewEntry struct {
	name string
	blob int32 // -1 for a tree
	view view
}

// views computes the views of trees.
type views struct {
	index   *treeIndex
	number  map[string]view
	entries [][]viewEntry
	// byLists are the known views by the lists of a tree. byTree are the known views
	// by node number less the number of blobs; inProgress marks a tree whose view is
	// being computed.
	byLists map[string]view
	byTree  []view
}

const inProgress view = -1

func newViews(index *treeIndex) *views {
	return &views{
		index:   index,
		number:  map[string]view{"": 0},
		entries: [][]viewEntry{nil},
		byLists: map[string]view{},
		byTree:  make([]view, len(index.listsOf)),
	}
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
	var key []byte
	for _, list := range v.index.listsOf[tree] {
		key = binary.LittleEndian.AppendUint32(key, uint32(list))
	}
	found, ok := v.byLists[string(key)]
	if !ok {
		found = v.merge(v.index.listsOf[tree])
		v.byLists[string(key)] = found
	}
	v.byTree[tree] = found
	return found
}

// merge computes the view of a tree with the given lists.
func (v *views) merge(lists []int32) view {
	var entries []viewEntry
	for _, list := range lists {
		r := v.index.lists[list]
		for _, e := range v.index.entries[r.from:r.to] {
			if int(e.node) < v.index.blobs {
				entries = append(entries, viewEntry{name: e.name, blob: e.node})
			} else if below := v.ofNode(e.node); below != 0 {
				entries = append(entries, viewEntry{name: e.name, blob: -1, view: below})
			}
		}
	}
	slices.SortFunc(entries, func(a, b viewEntry) int { return strings.Compare(a.name, b.name) })
	var key []byte
	for _, e := range entries {
		key = binary.LittleEndian.AppendUint32(key, uint32(e.blob))
		key = binary.LittleEndian.AppendUint32(key, uint32(e.view))
		key = append(append(key, e.name...), 0)
	}
	number, ok := v.number[string(key)]
	if !ok {
		number = view(len(v.entries))
		v.number[string(key)] = number
		v.entries = append(v.entries, entries)
	}
	return number
}

// Ten levels of trees, each with ten names for the next level, have ten thousand million
// paths; only an attack does this. The limits are those of the
// paths in one tree, of the bytes of all different paths, and of the slots of all views
// or of all regions, and of the spans made of them.
const (
	maxPaths     = 1 << 16
	maxPathBytes = 16 << 20
	maxSlots     = 1 << 22
	maxSpans     = 1 << 16
)

// paths calls visit for each path of a blob in a view, until it returns false. It
// returns false then, and if there are more than maxPaths.
func (v *views) paths(of view, visit func(path []byte, blob int32) bool) bool {
	left := maxPaths
	var path []byte
	var walk func(of view) bool
	walk = func(of view) bool {
		prefix := len(path)
		for _, e := range v.entries[of] {
			path = append(path[:prefix], e.name...)
			if e.blob >= 0 {
				if left == 0 || !visit(path, e.blob) {
					return false
				}
				left--
				continue
			}
			path = append(path, '/')
			if !walk(e.view) {
				return false
			}
		}
		return true
	}
	return walk(of)
}

// danglingTrees returns the views of the trees that are in no other tree, in no
// commit and in no ref. Their views have not been computed yet.
func (v *views) danglingTrees() []view {
	below := make([]bool, len(v.byTree))
	for _, e := range v.index.entries {
		if tree := int(e.node) - v.index.blobs; tree >= 0 {
			below[tree] = true
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

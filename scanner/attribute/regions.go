package attribute

import (
	"cmp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// A node is a commit, or a tree that a ref names without a commit. Commits have the
// first numbers.

// region is a connected part of the commit graph in which all nodes have the same
// view.
type region struct {
	slots []slot
	// base is the number of the region's first slot; slots of all regions are
	// numbered consecutively.
	base int32
	// first and last are the nodes with the lowest and the highest number. lastDate
	// is the latest date.
	first, last int32
	lastDate    int64
	// sources are the nodes without a parent in the region.
	sources []int32
}

// regionKey determines the slots of a region.
type regionKey struct {
	view  view
	noted bool
}

// slot says that a location in a region has a blob of a group.
type slot struct{ location, group, blob int32 }

func compareSlots(a, b slot) int {
	return cmp.Or(cmp.Compare(a.location, b.location), cmp.Compare(a.group, b.group))
}

// location is a place in a commit that can contain secrets.
type location struct {
	kind Kind
	path string
}

// addRegions divides the nodes into regions.
func (p *placing) addRegions() {
	commits := p.graph.commits
	keys := make([]regionKey, len(commits)+len(p.trees))
	parts := newUnionFind(len(keys))
	for c := range commits {
		keys[c] = regionKey{p.views.of(commits[c].tree), p.noted[c]}
		for _, parent := range p.graph.parentsOf(int32(c)) {
			if keys[c] == keys[parent] {
				parts.join(int32(c), parent)
			}
		}
	}
	for i, tree := range p.trees {
		n := len(commits) + i
		keys[n].view = p.views.of(tree)
		c := slices.IndexFunc(commits, func(c graphCommit) bool { return c.tree == tree })
		if c >= 0 && keys[c] == keys[n] {
			parts.join(int32(n), int32(c))
		}
	}
	p.regionOf = make([]int32, len(keys))
	p.slotsOf = map[regionKey][]slot{}
	p.numberOf = map[location]int32{}
	number := map[int32]int32{}
	slots := int32(0)
	for n, key := range keys {
		n := int32(n)
		if key.view == 0 {
			p.regionOf[n] = -1
			continue
		}
		part := parts.find(n)
		i, ok := number[part]
		if !ok {
			i = int32(len(p.regions))
			number[part] = i
			found := p.slots(key)
			if len(found) > maxSlots-int(slots) {
				found, p.truncated = nil, true
			}
			p.regions = append(p.regions, region{slots: found, base: slots, first: n})
			slots += int32(len(found))
		}
		p.regionOf[n] = i
		p.extend(&p.regions[i], n)
	}
	p.stretches = newUnionFind(int(slots))
}

// extend adds a node to its region. Nodes must be added in the order of their
// numbers.
func (p *placing) extend(r *region, n int32) {
	if p.isCommit(n) {
		r.last = n
		r.lastDate = max(r.lastDate, p.graph.commits[n].date)
	}
	for _, parent := range p.parentsOf(n) {
		if p.regionOf[parent] == p.regionOf[n] {
			return
		}
	}
	r.sources = append(r.sources, n)
}

func (p *placing) isCommit(n int32) bool { return int(n) < len(p.graph.commits) }

func (p *placing) parentsOf(n int32) []int32 {
	if p.isCommit(n) {
		return p.graph.parentsOf(n)
	}
	return nil
}

// slots returns the sorted slots of a region.
func (p *placing) slots(key regionKey) []slot {
	slots, ok := p.slotsOf[key]
	if ok {
		return slots
	}
	complete := p.views.paths(key.view, func(path []byte, blob int32) bool {
		l := location{InBlob, string(path)}
		if key.noted {
			l = p.noteLocation(l.path)
		}
		number, ok := p.locate(l)
		if p.slotCount += len(p.groupsOf[blob]); !ok || p.slotCount > maxSlots {
			return false
		}
		for _, g := range p.groupsOf[blob] {
			slots = append(slots, slot{number, g, blob})
		}
		return true
	})
	p.truncated = p.truncated || !complete
	slices.SortFunc(slots, compareSlots)
	slots = slices.CompactFunc(slots, func(a, b slot) bool { return compareSlots(a, b) == 0 })
	p.slotsOf[key] = slots
	return slots
}

// noteLocation returns the location of a path in a notes tree. The path is the ID of
// the annotated object, in which git inserts slashes if there are many notes
// (git-notes(1)).
func (p *placing) noteLocation(path string) location {
	annotated, err := odb.ParseOID(strings.ReplaceAll(path, "/", ""))
	if err != nil || len(annotated) != p.repo.DB.HashSize() {
		return location{InBlob, path}
	}
	return location{InNote, ".git/note/" + annotated.String() + "/message"}
}

// locate returns the number of a location; false if there are too many.
func (p *placing) locate(l location) (number int32, ok bool) {
	number, ok = p.numberOf[l]
	if !ok && p.pathBytes+len(l.path) <= maxPathBytes {
		number, ok = int32(len(p.locations)), true
		p.numberOf[l] = number
		p.locations = append(p.locations, l)
		p.pathBytes += len(l.path)
	}
	return number, ok
}

// joinRegions joins the slots of adjacent regions that have the same location and
// group. Joined slots are a stretch.
func (p *placing) joinRegions() {
	joined := map[[2]int32]bool{}
	for c := range p.graph.commits {
		to := p.regionOf[c]
		for _, parent := range p.graph.parentsOf(int32(c)) {
			from := p.regionOf[parent]
			if from == to || from < 0 || to < 0 || joined[[2]int32{from, to}] {
				continue
			}
			joined[[2]int32{from, to}] = true
			a, b := &p.regions[from], &p.regions[to]
			for i, j := 0, 0; i < len(a.slots) && j < len(b.slots); {
				switch order := compareSlots(a.slots[i], b.slots[j]); {
				case order < 0:
					i++
				case order > 0:
					j++
				default:
					p.stretches.join(a.base+int32(i), b.base+int32(j))
					i++
					j++
				}
			}
		}
	}
}

// unionFind is a union-find structure of numbers. The root of each set is its least
// number.
type unionFind []int32

func newUnionFind(n int) unionFind {
	u := make(unionFind, n)
	for i := range u {
		u[i] = int32(i)
	}
	return u
}

func (u unionFind) find(i int32) int32 {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u unionFind) join(a, b int32) {
	a, b = u.find(a), u.find(b)
	if a < b {
		u[b] = a
	} else {
		u[a] = b
	}
}

package attribute

import "slices"

// batch places some of the locations. Other locations do not divide its regions, so that
// many locations that change at different times need no more than their own slots.
type batch struct {
	*placing
	// contents are the slots of these locations in all versions, sorted. contents[0] is
	// empty.
	contents  [][]slot
	contentOf []int32 // by version

	regions    []region
	regionOf   []int32   // by node; -1 if the node has no wanted blob here
	limit      int       // of slots
	divisible  bool      // if there are more
	slotCount  int       // of contents, then of regions
	stretches  unionFind // of slots
	spanOfSlot []*foundSpan
}

// region is a connected part of the commit graph in which all nodes have the same
// content.
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

// addRegions divides the nodes into regions. It returns false if the batch is to be
// divided.
func (p *batch) addRegions() bool {
	commits := p.graph.commits
	content := make([]int32, len(p.versionOf))
	parts := newUnionFind(len(content))
	for n, v := range p.versionOf {
		content[n] = p.contentOf[v]
		for _, parent := range p.parentsOf(int32(n)) {
			if content[n] == content[parent] {
				parts.join(int32(n), parent)
			}
		}
	}
	for i, tree := range p.trees {
		n := len(commits) + i
		c := slices.IndexFunc(commits, func(c graphCommit) bool { return c.tree == tree })
		if c >= 0 && content[c] == content[n] {
			parts.join(int32(n), int32(c))
		}
	}
	p.regionOf = make([]int32, len(content))
	number := map[int32]int32{}
	p.slotCount = 0
	for n, content := range content {
		n := int32(n)
		if content == 0 {
			p.regionOf[n] = -1
			continue
		}
		part := parts.find(n)
		i, ok := number[part]
		if !ok {
			i = int32(len(p.regions))
			number[part] = i
			found := p.contents[content]
			base := int32(p.slotCount)
			if !p.room(len(found)) {
				if p.divisible {
					return false
				}
				found = nil
			}
			p.regions = append(p.regions, region{slots: found, base: base, first: n})
		}
		p.regionOf[n] = i
		p.extend(&p.regions[i], n)
	}
	p.stretches = newUnionFind(p.slotCount)
	return true
}

// extend adds a node to its region. Nodes must be added in the order of their
// numbers.
func (p *batch) extend(r *region, n int32) {
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

// joinRegions joins the slots of adjacent regions that have the same location and
// group. Joined slots are a stretch.
func (p *batch) joinRegions() {
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

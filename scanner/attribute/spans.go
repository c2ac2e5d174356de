package attribute

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// addSpans makes a span for each stretch.
func (p *batch) addSpans() {
	p.spanOfSlot = make([]*foundSpan, len(p.stretches))
	last := map[*foundSpan]int32{}
	headRegion := int32(-1)
	if p.head >= 0 {
		headRegion = p.regionOf[p.head]
	}
	for i, r := range p.regions {
		for k, s := range r.slots {
			stretch := p.stretches.find(r.base + int32(k))
			f := p.spanOfSlot[stretch]
			if f == nil {
				isNext := k == 0 || r.slots[k-1].location != s.location
				if p.full = p.full || isNext && len(p.found) >= maxSpans; p.full {
					continue
				}
				// Regions are in the order of their first nodes, so this region has
				// the first node of the span.
				f = &foundSpan{group: s.group, location: p.locations[s.location], first: -1, removed: -1}
				if p.isCommit(r.first) {
					f.first, f.firstDate = r.first, p.graph.commits[r.first].date
				}
				p.spanOfSlot[stretch] = f
				p.found = append(p.found, f)
			}
			for _, source := range r.sources {
				inSpan := func(parent int32) bool { return p.holds(p.regionOf[parent], s) }
				if !slices.ContainsFunc(p.parentsOf(source), inSpan) {
					f.sources = append(f.sources, source)
				}
			}
			f.lastDate = max(f.lastDate, r.lastDate)
			f.atHead = f.atHead || int32(i) == headRegion
			if newest, ok := last[f]; int32(i) == headRegion || !f.atHead && (!ok || r.last > newest) {
				f.object, last[f] = p.blobs[s.blob], r.last
			}
		}
	}
	p.truncated = p.truncated || p.full
}

// addRemovals finds the commits that remove the secrets of spans.
func (p *batch) addRemovals() {
	// Of all commits between the same regions, only the best one can be the result.
	type crossing struct {
		commit  int32
		parents []int32 // the regions of its parents
	}
	best := map[string]crossing{}
	var key []byte
	var from []int32
	for c := range p.graph.commits {
		c := int32(c)
		from = from[:0]
		for _, parent := range p.graph.parentsOf(c) {
			from = append(from, p.regionOf[parent])
		}
		slices.Sort(from)
		from = slices.Compact(from)
		if len(from) == 0 || from[len(from)-1] < 0 || len(from) == 1 && from[0] == p.regionOf[c] || p.graph.isStash(c) {
			continue
		}
		key = binary.LittleEndian.AppendUint32(key[:0], uint32(p.regionOf[c]))
		for _, r := range from {
			key = binary.LittleEndian.AppendUint32(key, uint32(r))
		}
		// A commit with a higher number is younger.
		if known, ok := best[string(key)]; !ok || p.fromHead[c] || !p.fromHead[known.commit] {
			best[string(key)] = crossing{c, slices.Clone(from)}
		}
	}
	for _, x := range best {
		for _, from := range x.parents {
			if from < 0 {
				continue
			}
			for k, s := range p.regions[from].slots {
				if p.holds(p.regionOf[x.commit], s) {
					continue
				}
				clean := !slices.ContainsFunc(x.parents, func(other int32) bool { return !p.holds(other, s) })
				p.offerRemoval(p.spanOfSlot[p.stretches.find(p.regions[from].base+int32(k))], x.commit, clean)
			}
		}
	}
}

// holds reports whether a region has a slot with the same location and group.
func (p *batch) holds(region int32, s slot) bool {
	if region < 0 {
		return false
	}
	_, ok := slices.BinarySearchFunc(p.regions[region].slots, s, compareSlots)
	return ok
}

// offerRemoval makes the commit the removal of the span if it is better than the
// current one.
func (p *batch) offerRemoval(f *foundSpan, commit int32, clean bool) {
	if f == nil || f.atHead {
		return
	}
	if f.removed >= 0 && cmp.Or(
		falseFirst(clean, f.clean),
		falseFirst(p.fromHead[commit], p.fromHead[f.removed]),
		cmp.Compare(commit, f.removed),
	) < 0 {
		return
	}
	f.removed, f.clean = commit, clean
}

// addUnplaced makes spans for the blobs that are in no commit and in no tree of a
// ref: blobs in dangling trees, and blobs in no tree at all. A group that has no span
// because there were too many gets one for each of its blobs.
func (p *placing) addUnplaced() {
	placed := make([]bool, len(p.blobs))
	for _, c := range p.changes {
		placed[c.blob] = true
	}
	type place struct{ location, group int32 }
	found := map[place]*foundSpan{}
	inTree := make([]bool, len(p.blobs))
	last := view(0)
	for _, v := range p.views.danglingTrees() {
		complete := p.views.diff(last, v, func(path []byte, blob int32, added bool) bool {
			if !added || placed[blob] {
				return true
			}
			number, ok := p.locate(location{InBlob, string(path)})
			if !ok {
				return false
			}
			inTree[blob] = true
			for _, g := range p.groupsOf[blob] {
				f := found[place{number, g}]
				if f == nil {
					f = &foundSpan{group: g, location: p.locations[number], first: -1, removed: -1}
					found[place{number, g}] = f
					p.found = append(p.found, f)
				}
				// It is not known which version is the newest; always choose the same
				// one.
				f.object = max(f.object, p.blobs[blob])
			}
			return true
		})
		p.truncated = p.truncated || !complete
		last = v
	}
	listed := make([]bool, len(p.groups))
	for _, f := range p.found {
		listed[f.group] = true
	}
	for blob, id := range p.blobs {
		known := (placed[blob] || inTree[blob]) && !p.isNamed(id)
		for _, g := range p.groupsOf[blob] {
			if known && listed[g] {
				continue
			}
			p.found = append(p.found, &foundSpan{
				group: g, location: location{InBlob, ".git/blob/" + id.String()}, object: id, first: -1, removed: -1,
			})
		}
	}
}

package attribute

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// A node is a commit, or a tree that a ref names without a commit. Commits have the
// first numbers.

// version is what nodes have at all locations, as the difference to another version:
// placing.changes[from:to]. Version 0 has nothing.
type version struct{ base, from, to int32 }

// versionKey determines a version.
type versionKey struct {
	view  view
	noted bool
}

// change says that a location got a blob, or lost it.
type change struct {
	location, blob int32
	added          bool
}

// location is a place in a commit that can contain secrets.
type location struct {
	kind Kind
	path string
}

// slot says that a location has a blob of a group.
type slot struct{ location, group, blob int32 }

func compareSlots(a, b slot) int {
	return cmp.Or(cmp.Compare(a.location, b.location), cmp.Compare(a.group, b.group))
}

func compareSlotsAndBlobs(a, b slot) int {
	return cmp.Or(compareSlots(a, b), cmp.Compare(a.blob, b.blob))
}

// maxChanges limits the changes of all versions.
const maxChanges = 1 << 22

// addVersions finds the version of each node. Its base is the version of a parent, which
// most often differs in few locations.
func (p *placing) addVersions() {
	p.numberOf = map[location]int32{}
	p.versions = make([]version, 1)
	number := map[versionKey]int32{{}: 0, {noted: true}: 0}
	keys := make([]versionKey, 1)
	add := func(key versionKey, near []int32) int32 {
		if v, ok := number[key]; ok {
			return v
		}
		v := version{from: int32(len(p.changes))}
		for _, base := range near {
			if v.base == 0 && keys[base].noted == key.noted {
				v.base = base
			}
		}
		complete := p.views.diff(keys[v.base].view, key.view, func(path []byte, blob int32, added bool) bool {
			l := location{InBlob, string(path)}
			if key.noted {
				l = p.noteLocation(l.path)
			}
			number, ok := p.locate(l)
			if !ok || len(p.changes) == maxChanges {
				return false
			}
			p.changes = append(p.changes, change{number, blob, added})
			return true
		})
		p.truncated = p.truncated || !complete
		v.to = int32(len(p.changes))
		slices.SortFunc(p.changes[v.from:v.to], func(a, b change) int { return cmp.Compare(a.location, b.location) })
		number[key] = int32(len(p.versions))
		p.versions = append(p.versions, v)
		keys = append(keys, key)
		return number[key]
	}
	var near []int32
	for c := range p.graph.commits {
		near = near[:0]
		for _, parent := range p.graph.parentsOf(int32(c)) {
			near = append(near, p.versionOf[parent])
		}
		if len(near) == 0 {
			near = append(near, int32(len(p.versions)-1))
		}
		p.versionOf = append(p.versionOf, add(versionKey{p.views.of(p.graph.commits[c].tree), p.noted[c]}, near))
	}
	for _, tree := range p.trees {
		p.versionOf = append(p.versionOf, add(versionKey{view: p.views.of(tree)}, []int32{int32(len(p.versions) - 1)}))
	}
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

// maxSlots limits the slots of all regions of one batch, and maxWork the nodes and slots
// of all batches.
const (
	maxSlots = 1 << 22
	maxWork  = 1 << 26
)

// placeLocations finds the spans of the locations in [from, to). If they have many slots,
// it divides them: two regions that differ in one location have slots for all others of
// the batch, too.
func (p *placing) placeLocations(ctx context.Context, from, to int32) {
	if from == to || p.full || ctx.Err() != nil {
		return
	}
	b := &batch{placing: p, limit: maxSlots}
	if b.divisible = to-from > 1 && p.work <= maxWork; b.divisible {
		b.limit = p.batch
	}
	ok := b.addContents(from, to) && b.addRegions()
	p.work += len(p.versionOf) + b.slotCount
	if !ok {
		b = nil // it is not needed any more
		middle := from + (to-from)/2
		p.placeLocations(ctx, from, middle)
		p.placeLocations(ctx, middle, to)
		return
	}
	b.joinRegions()
	b.addSpans()
	b.addRemovals()
}

// room reports whether so many slots more are allowed, and adds them. A batch that cannot
// be divided goes on without them.
func (b *batch) room(slots int) bool {
	if slots > b.limit-b.slotCount {
		b.truncated = b.truncated || !b.divisible
		return false
	}
	b.slotCount += slots
	return true
}

// addContents applies the changes of versions to the locations in [from, to). It returns
// false if the batch is to be divided.
func (b *batch) addContents(from, to int32) bool {
	b.contents = [][]slot{nil}
	b.contentOf = make([]int32, len(b.versions))
	kept := [][]slot{nil} // with duplicates
	for i, v := range b.versions[1:] {
		changes := b.changes[v.from:v.to]
		search := func(location int32) int {
			at, _ := slices.BinarySearchFunc(changes, location, func(c change, l int32) int { return cmp.Compare(c.location, l) })
			return at
		}
		changes = changes[search(from):search(to)]
		base := b.contentOf[v.base]
		b.contentOf[i+1] = base
		if len(changes) == 0 {
			continue
		}
		var removed, added []slot
		for _, c := range changes {
			for _, g := range b.groupsOf[c.blob] {
				if s := (slot{c.location, g, c.blob}); c.added {
					added = append(added, s)
				} else {
					removed = append(removed, s)
				}
			}
		}
		slots := changed(kept[base], removed, added)
		if !b.room(len(slots)) {
			if b.divisible {
				return false
			}
			slots = nil
		}
		if len(slots) == 0 {
			b.contentOf[i+1] = 0
			continue
		}
		b.contentOf[i+1] = int32(len(kept))
		kept = append(kept, slots)
		// A tree can have a name twice, and a note can be at two paths.
		isTwice := false
		for i := range slots[1:] {
			isTwice = isTwice || compareSlots(slots[i], slots[i+1]) == 0
		}
		if isTwice {
			slots = slices.CompactFunc(slices.Clone(slots), func(a, b slot) bool { return compareSlots(a, b) == 0 })
		}
		b.contents = append(b.contents, slots)
	}
	return true
}

// changed returns sorted slots without some of them, and with others.
func changed(slots, removed, added []slot) []slot {
	slices.SortFunc(removed, compareSlotsAndBlobs)
	slices.SortFunc(added, compareSlotsAndBlobs)
	result := make([]slot, 0, len(slots)+len(added))
	for len(slots) > 0 || len(added) > 0 {
		switch {
		case len(slots) == 0 || len(added) > 0 && compareSlotsAndBlobs(added[0], slots[0]) < 0:
			result, added = append(result, added[0]), added[1:]
		case len(removed) > 0 && compareSlotsAndBlobs(removed[0], slots[0]) < 0:
			removed = removed[1:] // it was left out for a limit
		case len(removed) > 0 && removed[0] == slots[0]:
			removed, slots = removed[1:], slots[1:]
		default:
			result, slots = append(result, slots[0]), slots[1:]
		}
	}
	return result
}

package odb

import (
	"errors"
	"fmt"
	"sort"
)

// forest is a pack seen as delta trees: an object stored whole is a root, the
// deltas to it are its children, and so on. Objects are numbered by their place
// in the pack, from 0: a slot.
type forest struct {
	pack *pack
	// order gives each slot's place in the index; nil while there is no index.
	order []uint32
	// offsets tells where each slot begins, and at last where all end.
	offsets []uint64
	// base, child and next are slots: the delta base, the first child, the next
	// child of the same base; none where there is none.
	base, child, next []int32
	// weight is how many objects there are in the tree below each slot, itself
	// included: an estimate where a delta stands before its base.
	weight []int32
	// types holds the type of each slot, that of its root; broken if there is
	// no root.
	types []Type
	// errs tells why a slot is broken. Few are.
	errs map[int32]error
	// seen marks slots that another pack has given already; nil for none.
	seen []bool
}

const (
	none int32 = -1

	broken     Type = 0
	unresolved Type = 0xff
)

// newForest reads the headers of all objects in the pack.
func newForest(p *pack, jobs int) *forest {
	order, offsets := packOrder(p.index)
	f := &forest{pack: p, order: order, offsets: append(offsets, uint64(len(p.data)))}
	f.base, f.types = make([]int32, len(order)), make([]Type, len(order))

	errs := make([]map[int32]error, jobs)
	var next counter
	run(jobs, func(worker int) {
		for slot := range next.all(1024, len(order)) {
			if err := f.readHeader(int32(slot)); err != nil {
				if errs[worker] == nil {
					errs[worker] = map[int32]error{}
				}
				errs[worker][int32(slot)] = err
			}
		}
	})
	for _, m := range errs {
		for slot, err := range m {
			f.fail(slot, err)
		}
	}
	f.link()
	f.resolve()
	return f
}

func (f *forest) fail(slot int32, err error) {
	if f.errs == nil {
		f.errs = map[int32]error{}
	}
	f.errs[slot] = err
}

// readHeader sets type and base of a slot. An error leaves it broken.
func (f *forest) readHeader(slot int32) error {
	f.base[slot], f.types[slot] = none, broken
	e, err := f.entry(slot)
	if err != nil {
		return err
	}
	switch e.kind {
	case ofsDelta:
		f.base[slot] = f.slotBefore(e.base, int(slot))
		if f.base[slot] == none {
			return fmt.Errorf("delta base at offset %d is not an object of the pack", e.base)
		}
	case refDelta:
		if i, ok := f.pack.index.find(OID(e.baseID)); ok {
			f.base[slot] = f.slotBefore(f.pack.index.offset(i), len(f.types))
		}
		if f.base[slot] == none {
			return fmt.Errorf("delta base %s is not in the pack", OID(e.baseID))
		}
	default:
		f.types[slot] = e.kind
		return nil
	}
	f.types[slot] = unresolved
	return nil
}

// entry reads the header of a slot.
func (f *forest) entry(slot int32) (e entry, err error) {
	defer recoverFault(f.pack.data, &err)
	return f.pack.entry(f.offsets[slot])
}

// slotBefore returns the slot below limit that begins at off, or none. Bases
// stand close before their deltas, mostly: it strides back from there.
func (f *forest) slotBefore(off uint64, limit int) int32 {
	lo, hi := limit-1, limit
	for stride := 1; lo >= 0 && f.offsets[lo] > off; stride *= 2 {
		lo, hi = lo-stride, lo
	}
	lo = max(lo, 0)
	i := lo + sort.Search(hi-lo, func(i int) bool { return f.offsets[lo+i] >= off })
	if i < hi && f.offsets[i] == off {
		return int32(i)
	}
	return none
}

// link makes the lists of children from the bases, in the order of the pack.
func (f *forest) link() {
	n := len(f.base)
	f.child, f.next, f.weight = make([]int32, n), make([]int32, n), make([]int32, n)
	for s := range f.child {
		f.child[s] = none
	}
	for s := len(f.base) - 1; s >= 0; s-- {
		f.weight[s]++
		if base := f.base[s]; base != none {
			f.weight[base] += f.weight[s]
		}
		f.addChild(f.base[s], int32(s))
	}
}

func (f *forest) addChild(base, slot int32) {
	f.next[slot] = none
	if base != none {
		f.next[slot], f.child[base] = f.child[base], slot
	}
}

// resolve gives every delta the type of its root. A chain without one, which
// only REF_DELTA can make, is a cycle.
func (f *forest) resolve() {
	const visiting Type = 0xfe
	var chain []int32
	for s := range f.types {
		at := int32(s)
		chain = chain[:0]
		for f.types[at] == unresolved {
			f.types[at] = visiting
			chain = append(chain, at)
			at = f.base[at]
		}
		t := f.types[at]
		if t == visiting {
			t = broken
			f.fail(at, errors.New("delta chain is a cycle"))
		}
		for _, c := range chain {
			f.types[c] = t
		}
	}
}

// id returns the ID of a slot; "" while there is no index.
func (f *forest) id(slot int32) OID {
	if f.order == nil {
		return ""
	}
	return f.pack.index.id(int(f.order[slot]))
}

// err returns why a broken slot cannot be read.
func (f *forest) err(slot int32) error {
	if err := f.errs[slot]; err != nil {
		return err
	}
	return fmt.Errorf("delta base %s cannot be read", f.id(f.base[slot]))
}

// packOrder sorts the objects of an index by offset: a radix sort, since there
// may be millions.
func packOrder(x *index) (order []uint32, offsets []uint64) {
	n := x.count()
	order, offsets = make([]uint32, n), make([]uint64, n, n+1)
	var top uint64
	for i := range order {
		order[i], offsets[i] = uint32(i), x.offset(i)
		top |= offsets[i]
	}
	order2, offsets2 := make([]uint32, n), make([]uint64, n, n+1)
	const digit = 11
	for shift := 0; top>>shift != 0; shift += digit {
		var start [1 << digit]int
		for _, o := range offsets {
			start[o>>shift%(1<<digit)]++
		}
		sum := 0
		for d, count := range start {
			start[d], sum = sum, sum+count
		}
		for i, o := range offsets {
			d := o >> shift % (1 << digit)
			order2[start[d]], offsets2[start[d]] = order[i], o
			start[d]++
		}
		order, order2, offsets, offsets2 = order2, order, offsets2, offsets
	}
	return order, offsets
}

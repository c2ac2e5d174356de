package odb

import (
	"errors"
	"fmt"
	"sort"
)

// forest is the objects of a pack as delta trees. An object that is stored whole is a
// root, and the deltas against an object are its children. An object is identified by
// its slot: its position in the pack, from 0.
type forest struct {
	pack *pack
	// order maps a slot to the object's position in the index; nil while there is no
	// index.
	order []uint32
	// offsets are where the slots begin in the pack. One more is where the last one
	// ends.
	offsets []uint64
	// base, child and next map a slot to other slots: its delta base, its first
	// child, and the next child of the same base. Each may be none.
	base, child, next []int32
	// weight is the number of objects in the subtree of each slot, including itself.
	// It is an estimate if a delta precedes its base in the pack.
	weight []int32
	// types are the object types. A delta has the type of its root, or broken if it
	// has no root.
	types []Type
	// errs says why slots are broken. Few slots are.
	errs map[int32]error
	// seen marks the slots of objects that are also in an earlier pack; nil if there
	// are none.
	seen []bool
}

const (
	none int32 = -1

	broken     Type = 0
	unresolved Type = 0xff
)

// newForest reads the headers of all objects in the pack and links them.
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

// readHeader sets the type and the base of a slot. After an error the slot is broken.
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

// entry reads the header of the object in a slot.
func (f *forest) entry(slot int32) (e entry, err error) {
	defer recoverFault(f.pack.data, &err)
	return f.pack.entry(f.offsets[slot])
}

// slotBefore returns the slot below limit that begins at off, or none. A base usually
// precedes its deltas closely, so the search goes backwards from limit in growing
// steps.
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

// link builds the lists of children, in pack order, and the weights.
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

// resolve gives each delta the type of its root. A delta chain without a root is a
// cycle; only REF_DELTA objects can form one.
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

// id returns the ID of the object in a slot; "" while there is no index.
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

// packOrder sorts the objects of an index by offset. It is a radix sort, since a pack
// may have millions of objects.
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

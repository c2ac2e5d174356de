package odb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"runtime/debug"
	"slices"
)

// makeIndex builds the index of a pack that has no usable index file, like
// git-index-pack(1). The failures are the objects that cannot be read. The error means
// that no object can be read.
func (p *pack) makeIndex(ctx context.Context, count int) ([]Failure, error) {
	var failures []Failure
	f, ids, err := p.each(ctx, count, math.MaxInt64, func(*Object) {}, func(f Failure) { failures = append(failures, f) })
	if err != nil {
		return nil, err
	}
	p.index, err = parseIndex(encodeIndex(f, ids), p.hashSize)
	return failures, err
}

// each visits the objects of a pack without an index, and returns the ID of each slot
// of the forest. A first pass reads the objects in order and finds their offsets, until
// they have inflated to room bytes. A second pass walks the delta trees and computes
// the object IDs. The error means that no object can be read.
func (p *pack) each(ctx context.Context, count int, room int64, visit func(*Object), fail func(Failure)) (*forest, []OID, error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	f, pending, err := p.scan(ctx, count, room)
	if err != nil {
		if len(f.types) == 0 {
			return nil, nil, err
		}
		fail(Failure{Path: p.path, Err: err})
	}
	ids := make([]OID, len(f.types))
	see := func(_ int, o *Object, _ struct{}) (none struct{}) {
		o.ID = hashObject(p.hashSize, o.Type, o.Data)
		ids[o.slot] = o.ID
		// The base of a REF_DELTA can be looked up only now that its ID is known.
		for _, s := range pending[o.ID] {
			f.base[s] = o.slot
			f.addChild(o.slot, s)
		}
		delete(pending, o.ID)
		for s := f.child[o.slot]; s >= 0; s = f.next[s] {
			f.types[s] = o.Type
		}
		visit(o)
		return none
	}
	w := &walker[struct{}]{
		types: All, visit: see, fail: fail, tasks: newTasks[struct{}](1),
	}
	for s, t := range f.types {
		if t != unresolved {
			w.plant(ctx, f, int32(s))
		}
	}
	for id, slots := range pending {
		for _, s := range slots {
			fail(Failure{Path: p.path, Err: fmt.Errorf("object at offset %d: delta base %s is not in the pack", f.offsets[s], id)})
		}
	}
	return f, ids, nil
}

// scan reads up to count objects in pack order. It returns their forest, in which
// deltas have no type yet, and the slots of REF_DELTA objects, by the ID of their
// base. The error says where scan had to stop.
func (p *pack) scan(ctx context.Context, count int, room int64) (f *forest, pending map[OID][]int32, err error) {
	defer recoverFault(p.data, &err)
	var l loader
	f = &forest{pack: p}
	pending = map[OID][]int32{}
	defer f.link()
	off := uint64(packHeaderLen)
	f.offsets = append(f.offsets, off)
	for i := range count {
		e, err := p.entry(off)
		if err == nil {
			err = ctx.Err()
		}
		if room -= int64(min(e.size, MaxSize)); err == nil && room < 0 {
			err = ErrRoom
		}
		used := 0
		if err == nil {
			used, err = l.measure(p.data[e.body:], e.size)
		}
		if err != nil {
			return f, pending, fmt.Errorf("object %d of %d, at offset %d, and all after it: %w", i+1, count, off, err)
		}
		slot, base, t := int32(i), none, e.kind
		switch e.kind {
		case ofsDelta:
			t = unresolved
			if base = f.slotBefore(e.base, i); base == none {
				t = broken
				f.fail(slot, fmt.Errorf("delta base at offset %d is not an object of the pack", e.base))
			}
		case refDelta:
			t = unresolved
			pending[OID(e.baseID)] = append(pending[OID(e.baseID)], slot)
		}
		f.base, f.types = append(f.base, base), append(f.types, t)
		off = uint64(e.body + used)
		f.offsets = append(f.offsets, off)
	}
	if off != uint64(len(p.data)) {
		return f, pending, errors.New("data follows the last object")
	}
	return f, pending, nil
}

// measure inflates a zlib stream to find its length.
func (l *loader) measure(src []byte, size uint64) (used int, err error) {
	if err := checkSize(size, len(src)); err != nil {
		return 0, err
	}
	buf := l.get(int(size))
	defer l.put(buf)
	return l.Zlib(buf, src, true)
}

// encodeIndex returns a version 2 index file of the slots that have an ID.
func encodeIndex(f *forest, ids []OID) []byte {
	p := f.pack
	var slots []int32
	for s, id := range ids {
		if id != "" {
			slots = append(slots, int32(s))
		}
	}
	slices.SortFunc(slots, func(a, b int32) int { return cmp.Compare(ids[a], ids[b]) })

	var fanout [256]uint32
	var names, crcs, offsets, large []byte
	for _, s := range slots {
		for b := int(ids[s][0]); b < 256; b++ {
			fanout[b]++
		}
		names = append(names, ids[s]...)
		from, to := f.offsets[s], f.offsets[s+1]
		crcs = binary.BigEndian.AppendUint32(crcs, crc32.ChecksumIEEE(p.data[from:to]))
		if from < 1<<31 {
			offsets = binary.BigEndian.AppendUint32(offsets, uint32(from))
		} else {
			offsets = binary.BigEndian.AppendUint32(offsets, 1<<31|uint32(len(large)/8))
			large = binary.BigEndian.AppendUint64(large, from)
		}
	}
	head := binary.BigEndian.AppendUint32([]byte(idxMagic), 2)
	for _, n := range fanout {
		head = binary.BigEndian.AppendUint32(head, n)
	}
	packSum := make([]byte, p.hashSize) // never checked
	file := bytes.Join([][]byte{head, names, crcs, offsets, large, packSum}, nil)
	h := newHash(p.hashSize)
	h.Write(file)
	return h.Sum(file)
}

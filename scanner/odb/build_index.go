package odb

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"runtime/debug"
	"slices"
)

// makeIndex builds the index of a pack that has no usable index file, like
// git-index-pack(1). A first pass reads the objects in order and finds their offsets.
// A second pass walks the delta trees and computes the object IDs. The failures are
// the objects that cannot be read. The error means that no object can be read.
func (p *pack) makeIndex(ctx context.Context, count int) ([]Failure, error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var failures []Failure
	fail := func(f Failure) { failures = append(failures, f) }

	f, pending, err := p.scan(count)
	if err != nil {
		fail(Failure{Path: p.path, Err: err})
	}
	if len(f.types) == 0 && err != nil {
		return nil, err
	}
	ids := make([]OID, len(f.types))
	visit := func(_ int, o *Object, _ struct{}) (none struct{}) {
		id := hashObject(p.hashSize, o.Type, o.Data)
		ids[o.slot] = id
		// The base of a REF_DELTA can be looked up only now that its ID is known.
		for _, s := range pending[id] {
			f.base[s] = o.slot
			f.addChild(o.slot, s)
		}
		delete(pending, id)
		for s := f.child[o.slot]; s >= 0; s = f.next[s] {
			f.types[s] = o.Type
		}
		return none
	}
	w := &walker[struct{}]{
		types: All, visit: visit, fail: fail, tasks: newTasks[struct{}](1),
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
	p.index, err = parseIndex(encodeIndex(f, ids), p.hashSize)
	return failures, err
}

// scan reads up to count objects in pack order. It returns their forest, in which
// deltas have no type yet, and the slots of REF_DELTA objects, by the ID of their
// base. The error says where scan had to stop.
func (p *pack) scan(count int) (f *forest, pending map[OID][]int32, err error) {
	defer recoverFault(p.data, &err)
	var l loader
	f = &forest{pack: p}
	pending = map[OID][]int32{}
	defer f.link()
	off := uint64(packHeaderLen)
	f.offsets = append(f.offsets, off)
	for i := range count {
		e, err := p.entry(off)
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

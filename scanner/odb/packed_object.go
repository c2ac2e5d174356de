package odb

import (
	"fmt"

	"github.com/qasleaks/qasleaks/scanner/odb/inflate"
)

// loader turns packed data into objects. It belongs to one goroutine and is
// made to be used again, since its tables and buffers are what an object costs.
type loader struct {
	inflate.Inflater
	buffers
	edits []Edit // those of the last patched object
}

// whole reads an object that is not a delta. The packed data ends at end, at
// the latest. The buffer returned is to be put back.
func (l *loader) whole(p *pack, e entry, end uint64, check bool) ([]byte, error) {
	src := p.stream(e, end)
	if err := checkSize(e.size, len(src)); err != nil {
		return nil, err
	}
	dst := l.get(int(e.size))
	if _, err := l.Zlib(dst, src, check); err != nil {
		l.put(dst)
		return nil, err
	}
	return dst, nil
}

// patched reads an object that is a delta to base. The edits are valid until
// the next call. The buffer returned is to be put back.
func (l *loader) patched(p *pack, e entry, end uint64, check bool, base []byte) ([]byte, []Edit, error) {
	src := p.stream(e, end)
	if err := checkSize(e.size, len(src)); err != nil {
		return nil, nil, err
	}
	delta := l.get(int(e.size))
	defer l.put(delta)
	if _, err := l.Zlib(delta, src, check); err != nil {
		return nil, nil, fmt.Errorf("delta: %w", err)
	}
	baseSize, size, ops, err := deltaSizes(delta)
	switch {
	case err != nil:
		return nil, nil, err
	case baseSize != uint64(len(base)):
		return nil, nil, errDeltaBase
	case size > MaxSize:
		return nil, nil, ErrTooLarge
	case size > uint64(len(base)+len(ops)):
		// Larger than base and inserts together: it copies some of the base
		// repeatedly, or lies.
		total, err := deltaResult(ops, size)
		if err == nil && total != size {
			err = errDeltaSize
		}
		if err != nil {
			return nil, nil, err
		}
	}
	dst := l.get(int(size))
	if l.edits, err = applyDelta(dst, base, ops, l.edits[:0]); err != nil {
		l.put(dst)
		return nil, nil, err
	}
	return dst, l.edits, nil
}

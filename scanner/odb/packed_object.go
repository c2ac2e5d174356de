package odb

import (
	"fmt"

	"github.com/qasleaks/qasleaks/scanner/large"
	"github.com/qasleaks/qasleaks/scanner/odb/inflate"
)

// loader reads packed objects. It belongs to one goroutine and is reused for many
// objects, since its tables and buffers are expensive.
type loader struct {
	inflate.Inflater
	buffers
	edits []Edit // of the last patched object
	// turn is to hold large objects; nil for work that is not one of several jobs.
	turn *large.Turn
}

// get returns a buffer for n bytes. If they are many, it waits until no other job holds
// large content.
func (l *loader) get(n int) []byte {
	if n >= large.From {
		l.turn.Take()
	}
	return l.buffers.get(n)
}

// whole reads an object that is not a delta. Its packed data ends at end or before.
// The caller puts the buffer back.
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

// patched reads an object that is a delta against base. The edits are valid until the
// next call. The caller puts the buffer back.
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
	case uint64(len(base)+len(delta))+size > MaxSize: // a size has 63 bits
		return nil, nil, ErrTooLarge
	case size > uint64(len(base)+len(ops)):
		// Larger than base and inserts together: either it copies parts of the base
		// several times, or the declared size is wrong.
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

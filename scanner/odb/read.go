package odb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// ErrNotFound says that an object is not in the database.
var ErrNotFound = errors.New("object not found")

// maxDepth is the longest delta chain that Read follows. git makes no longer ones
// (git-pack-objects(1), --depth). The limit also ends cycles. [Walk] has no such
// limit.
const maxDepth = 4095

// Has reports whether the object is in the database. It does not check that the
// object can be read.
func (db *DB) Has(ctx context.Context, id OID) bool {
	for _, p := range db.listed() {
		if _, ok := p.index.find(id); ok {
			return true
		}
	}
	if db.hasLoose(id) {
		return true
	}
	return db.relist(ctx) && db.Has(ctx, id)
}

// Read returns the type and the content of an object; the caller owns the bytes. If
// one copy of the object is damaged, Read tries the others. The error is the error of
// ctx, or wraps [ErrNotFound] if there is no such object, or says why the first copy
// cannot be read. Read may be called from several goroutines. It takes the turn of ctx for a
// large object (package large).
func (db *DB) Read(ctx context.Context, id OID) (Type, []byte, error) {
	l := db.loader()
	defer db.loaders.Put(l)
	l.turn = large.Of(ctx)
	t, buf, err := db.read(ctx, l, id, nil, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("read object %s: %w", id, err)
	}
	if len(buf) > maxRounded {
		return t, buf, nil // it is not pooled
	}
	data := slices.Clone(buf)
	l.put(buf)
	return t, data, nil
}

func (db *DB) loader() *loader {
	if l, ok := db.loaders.Get().(*loader); ok {
		return l
	}
	return new(loader)
}

// read tries every copy of the object except the one in the pack except. depth is the
// length of the delta chain so far. The caller puts the buffer back into l.
func (db *DB) read(ctx context.Context, l *loader, id OID, except *pack, depth int) (t Type, data []byte, err error) {
	if len(id) != db.hashSize {
		return 0, nil, ErrNotFound
	}
	var firstErr error
	tried := map[*pack]bool{except: true}
	for again := true; again; again = db.relist(ctx) {
		for _, p := range db.listed() {
			if tried[p] {
				continue
			}
			tried[p] = true
			i, ok := p.index.find(id)
			if !ok {
				continue
			}
			if t, data, err = db.readPacked(ctx, l, p, p.index.offset(i), depth); err == nil {
				return t, data, nil
			}
			firstErr = cmpErr(firstErr, fmt.Errorf("%s: %w", p.path, err))
			if ctx.Err() != nil {
				return 0, nil, ctx.Err()
			}
		}
		for _, dir := range db.stores {
			t, data, err = db.loose(l, dir, id)
			if err == nil {
				return t, data, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				firstErr = cmpErr(firstErr, fmt.Errorf("%s: %w", db.rel(looseFile(dir, id)), err))
			}
		}
	}
	return 0, nil, cmpErr(firstErr, ErrNotFound)
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// readPacked reads the object at offset off by following its delta chain to the root.
// It does not know where the packed data ends, so it checks the Adler-32 of each zlib
// stream instead of the CRC-32 in the index.
func (db *DB) readPacked(ctx context.Context, l *loader, p *pack, off uint64, depth int) (t Type, data []byte, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer recoverFault(p.data, &err)

	end := uint64(len(p.data))
	var chain []entry
	for data == nil {
		e, err := p.entry(off)
		if err != nil {
			return 0, nil, err
		}
		if e.kind != ofsDelta && e.kind != refDelta {
			t = e.kind
			if data, err = l.whole(p, e, end, true); err != nil {
				return 0, nil, err
			}
			break
		}
		if chain = append(chain, e); depth+len(chain) > maxDepth {
			return 0, nil, errors.New("delta chain is too long, or a cycle")
		}
		if off = e.base; e.kind == ofsDelta {
			continue
		}
		if i, ok := p.index.find(OID(e.baseID)); ok {
			off = p.index.offset(i)
			continue
		}
		// A thin pack: the base is elsewhere (git-pack-objects(1), --thin).
		t, data, err = db.read(ctx, l, OID(e.baseID), p, depth+len(chain))
		if err != nil {
			return 0, nil, fmt.Errorf("delta base %s: %w", OID(e.baseID), err)
		}
	}
	for _, e := range slices.Backward(chain) {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		next, _, err := l.patched(p, e, end, true, data)
		l.put(data)
		if err != nil {
			return 0, nil, err
		}
		data = next
	}
	return t, data, nil
}

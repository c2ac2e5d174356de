package odb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// walker is one goroutine of a Walk.
type walker[S any] struct {
	loader
	db    *DB
	types Types
	visit func(int, *Object, S) S
	fail  func(Failure)
	id    int
	tasks *tasks[S]

	// The state of the tree that is being walked.
	forest *forest
	stack  []frame[S]
	held   int // bytes of data in all frames
	kept   int // frames 1 to kept have no data

	object Object // the argument of visit, here to avoid an allocation
}

// frame is an object on the path from the root to the object being visited.
type frame[S any] struct {
	slot int32
	next int32 // the next child to visit
	// data is the object's content. It is nil if no child needs it any more, if the
	// object cannot be read, or if it was released to save memory.
	data   []byte
	state  S
	passed bool // visit was called, and state is its result
	failed bool
}

// maxHeld bounds the bytes of base objects that a walker keeps for unvisited
// children. Above it, frames nearest to the root release their data first. They are
// read again when the walker returns to them.
const maxHeld = 128 << 20

// plant walks the delta tree of a slot, if the slot is a root.
func (w *walker[S]) plant(ctx context.Context, f *forest, slot int32) {
	w.forest = f
	switch t := f.types[slot]; {
	case t == broken && f.seen != nil && f.seen[slot]:
	case t == broken:
		_, data, _ := w.rescue(ctx, slot, f.err(slot))
		w.put(data)
	case f.base[slot] == none && w.types.Has(t):
		var zero S
		w.enter(ctx, slot, nil, zero, false, false)
		w.climb(ctx)
	}
}

// climb visits the unvisited objects below the frames on the stack, depth first.
func (w *walker[S]) climb(ctx context.Context) {
	f := w.forest
	for len(w.stack) > 0 {
		if ctx.Err() != nil {
			w.stack = w.stack[:0]
			w.held, w.kept = 0, 0
			return
		}
		if w.tasks.hungry.Load() > 0 {
			w.handOver()
		}
		i := len(w.stack) - 1
		top := &w.stack[i]
		slot := top.next
		if slot == none {
			w.drop(i)
			w.stack[i] = frame[S]{}
			w.stack = w.stack[:i]
			w.kept = min(w.kept, i)
			continue
		}
		if top.data == nil && !top.failed {
			w.restore(ctx, i)
		}
		top.next = f.next[slot]
		base, state, passed, failed := top.data, top.state, top.passed, top.failed
		if top.next == none {
			// The last child takes over the data.
			var zero S
			top.data, top.state = nil, zero
			w.held -= len(base)
		}
		w.enter(ctx, slot, base, state, passed, failed)
		if w.stack[i].next == none {
			w.put(base)
		}
	}
}

// enter reads an object, given the content of its base. It visits the object, and
// pushes it onto the stack if it has children.
func (w *walker[S]) enter(ctx context.Context, slot int32, base []byte, state S, passed, failed bool) {
	f := w.forest
	seen := f.seen != nil && f.seen[slot]
	if seen && f.child[slot] == none {
		return
	}
	var data []byte
	var edits []Edit
	err := errBase
	if !failed {
		data, edits, err = w.grow(slot, base)
	}
	var zero S
	fr := frame[S]{slot: slot, data: data}
	switch {
	case err != nil:
		if !seen {
			fr.state, fr.data, fr.passed = w.rescue(ctx, slot, err)
		}
		fr.failed = fr.data == nil
	case !seen:
		if !passed || edits == nil {
			edits, state = nil, zero
		}
		w.object = Object{
			ID: f.id(slot), Type: f.types[slot], Data: data, Edits: edits, slot: slot,
			Packed: int64(f.offsets[slot+1] - f.offsets[slot]), Turn: w.turn,
		}
		fr.state, fr.passed = w.visit(w.id, &w.object, state), true
	}
	fr.next = f.child[slot]
	if fr.next == none {
		w.put(fr.data)
		return
	}
	w.stack = append(w.stack, fr)
	w.held += len(fr.data)
	for w.held > maxHeld && w.kept+1 < len(w.stack)-1 {
		w.kept++
		w.drop(w.kept)
	}
}

var errBase = errors.New("delta base cannot be read")

// grow reads an object. If it is a delta, it is applied to base.
func (w *walker[S]) grow(slot int32, base []byte) (data []byte, edits []Edit, err error) {
	f := w.forest
	defer recoverFault(f.pack.data, &err)
	e, err := f.pack.entry(f.offsets[slot])
	if err != nil {
		return nil, nil, err
	}
	end := f.offsets[slot+1]
	if end < uint64(e.body) || end > uint64(len(f.pack.data)) {
		return nil, nil, errEntryTruncated
	}
	checked := false
	if f.order != nil {
		if checked, err = f.pack.checkCRC(int(f.order[slot]), f.offsets[slot], end); err != nil {
			return nil, nil, err
		}
	}
	if f.base[slot] == none {
		data, err = w.whole(f.pack, e, end, !checked)
		return data, nil, err
	}
	return w.patched(f.pack, e, end, !checked, base)
}

// rescue is called for an object that cannot be read from its pack. It visits another
// copy of the object, or reports the failure. The data is nil if there is no copy.
func (w *walker[S]) rescue(ctx context.Context, slot int32, cause error) (state S, data []byte, passed bool) {
	f := w.forest
	id := f.id(slot)
	if id == "" {
		w.fail(Failure{Path: f.pack.path, Err: fmt.Errorf("object at offset %d: %w", f.offsets[slot], cause)})
		return state, nil, false
	}
	except := f.pack
	if f.types[slot] == broken {
		except = nil // its base may be in another pack, where read looks too
	}
	t, data, err := w.db.read(ctx, &w.loader, id, except, 0)
	switch {
	case ctx.Err() != nil:
		return state, nil, false
	case err != nil:
		w.fail(Failure{Path: f.pack.path, OID: id, Err: cause})
		return state, nil, false
	case !w.types.Has(t):
		return state, data, false
	}
	w.object = Object{ID: id, Type: t, Data: data, Turn: w.turn, slot: slot}
	return w.visit(w.id, &w.object, state), data, true
}

// endTurn ends the turn to hold large objects: there are none any more.
func (w *walker[S]) endTurn() {
	w.object = Object{}
	w.turn.End()
}

// drop releases the data of frame i.
func (w *walker[S]) drop(i int) {
	fr := &w.stack[i]
	w.held -= len(fr.data)
	w.put(fr.data)
	fr.data = nil
}

// restore reads the data of frame i again. It begins at the nearest frame towards the
// root that still has its data.
func (w *walker[S]) restore(ctx context.Context, i int) {
	from := i
	for from > 0 && w.stack[from].data == nil {
		from--
	}
	for ; from <= i; from++ {
		fr := &w.stack[from]
		if fr.data != nil || fr.failed {
			continue
		}
		var err error
		if from > 0 && w.stack[from-1].data != nil {
			fr.data, _, err = w.grow(fr.slot, w.stack[from-1].data)
		} else {
			fr.data, err = w.regrow(ctx, fr.slot)
		}
		if err != nil && w.db != nil {
			// It could be read before: either from another copy, or the file has
			// changed.
			_, fr.data, err = w.db.read(ctx, &w.loader, w.forest.id(fr.slot), nil, 0)
		}
		fr.failed = err != nil
		w.held += len(fr.data)
		if from > 1 && w.held > maxHeld {
			w.drop(from - 1)
		}
	}
	w.kept = 0
}

// regrow reads an object by applying its delta chain from the root.
func (w *walker[S]) regrow(ctx context.Context, slot int32) (data []byte, err error) {
	var chain []int32
	for s := slot; s != none; s = w.forest.base[s] {
		chain = append(chain, s)
	}
	for _, s := range slices.Backward(chain) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		base := data
		data, _, err = w.grow(s, base)
		w.put(base)
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

// verify compares an index file with its checksum. The CRC-32 of packed objects does
// not cover their IDs.
func (w *walker[S]) verify(p *pack) {
	if err := p.index.verify(); err != nil {
		path := strings.TrimSuffix(p.path, ".pack") + ".idx"
		w.fail(Failure{Path: path, Err: fmt.Errorf("read pack index: %w", err)})
	}
}

// loose visits a loose object, unless it is also in a pack.
func (w *walker[S]) loose(ctx context.Context, o looseObject, packs []*pack) {
	for _, p := range packs {
		if _, ok := p.index.find(o.id); ok {
			return
		}
	}
	t, data, err := w.db.loose(&w.loader, o.store, o.id)
	if err != nil {
		cause := err
		if t, data, err = w.db.read(ctx, &w.loader, o.id, nil, 0); err != nil {
			if ctx.Err() != nil {
				return
			}
			w.fail(Failure{Path: w.db.rel(looseFile(o.store, o.id)), OID: o.id, Err: fmt.Errorf("read loose object: %w", cause)})
			return
		}
	}
	if w.types.Has(t) {
		var zero S
		w.object = Object{ID: o.id, Type: t, Data: data, Turn: w.turn}
		w.visit(w.id, &w.object, zero)
	}
	w.put(data)
}

package odb

import (
	"context"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// Object is an object that [Walk] visits. It is valid only during the visit.
type Object struct {
	ID   OID
	Type Type
	Data []byte
	// Edits says how Data is made from the delta base, whose state is passed to
	// Visit: ranges in order that cover all of Data. It is nil if no state of a base
	// is known.
	Edits []Edit
	// Packed is the number of bytes that it takes in its pack; 0 for a loose object.
	Packed int64

	// Turn is the turn of the job that visits it, for large content.
	Turn *large.Turn

	slot int32 // for makeIndex
}

// Visitor has the callbacks of [Walk]. S is the state that the caller keeps of an
// object for visits of the deltas against it.
type Visitor[S any] struct {
	// Visit is called once for each object of the wanted types. Up to jobs goroutines
	// call it concurrently; worker is from 0 to jobs-1. base is the result of Visit
	// for the delta base, or the zero S if o.Edits is nil. Several goroutines may
	// receive the same base: do not change it.
	Visit func(worker int, o *Object, base S) S
	// Fail is called, concurrently too, for each object that cannot be read. An
	// object of unknown type fails whatever types are wanted. A Failure without an
	// OID is about a file.
	Fail func(Failure)
}

// Walk visits every object of the given types once: first pack by pack, roughly in
// pack order but each delta after its base, then the loose objects. It uses jobs
// goroutines, at least one. The error is the error of ctx; every other error is a
// Failure.
//
// Memory: each goroutine holds the object and the base objects of one delta chain.
// Above a limit it releases base objects and reads them again later. One goroutine at a
// time holds large objects (package large).
func Walk[S any](ctx context.Context, db *DB, types Types, jobs int, v Visitor[S]) error {
	jobs = max(jobs, 1)
	// List loose objects before packs: an object that is packed in between is then in
	// at least one of the two lists.
	loose, failures := db.listLoose()
	for _, f := range failures {
		v.Fail(f)
	}
	db.relist(ctx)
	packs := db.listed()

	forests := make([]*forest, len(packs))
	for i, p := range packs {
		if err := ctx.Err(); err != nil {
			return err
		}
		forests[i] = newForest(p, jobs)
	}
	markSeen(forests, jobs)

	tasks := newTasks[S](jobs)
	var indexes, singles counter
	slots := make([]counter, len(forests))
	run(jobs, func(id int) {
		w := &walker[S]{db: db, types: types, visit: v.Visit, fail: v.Fail, id: id, tasks: tasks}
		w.turn = new(large.Turn)
		for i := range indexes.all(1, len(packs)) {
			w.verify(packs[i])
		}
		for i, f := range forests {
			const batch = 64
			for slot := range slots[i].all(batch, len(f.types)) {
				if ctx.Err() != nil {
					break
				}
				w.plant(ctx, f, int32(slot))
				w.endTurn()
			}
		}
		for i := range singles.all(1, len(loose)) {
			if ctx.Err() != nil {
				break
			}
			w.loose(ctx, loose[i], packs)
			w.endTurn()
		}
		w.help(ctx)
	})
	return ctx.Err()
}

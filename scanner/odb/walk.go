package odb

import (
	"context"
)

// Object is an object as [Walk] shows it. It is valid during the visit only.
type Object struct {
	ID   OID
	Type Type
	Data []byte
	// Edits tells how Data is made from the base whose state Visit is given:
	// ranges in order that cover Data entirely. nil if nothing is known of a
	// base.
	Edits []Edit

	slot int32 // its place in the pack: for makeIndex
}

// Visitor receives what [Walk] finds. S is what the caller remembers of an
// object for the deltas to it.
type Visitor[S any] struct {
	// Visit is called once for each object of the asked-for types, concurrently
	// from up to jobs goroutines; worker is from 0 to jobs-1. base is what
	// Visit returned for the delta base, or the zero S where o.Edits is nil. It
	// may be given to several goroutines: it is to be read only.
	Visit func(worker int, o *Object, base S) S
	// Fail is called for each object that cannot be read, concurrently, too.
	// An object of unknown type fails whatever types are asked for. A Failure
	// without an OID is about a file.
	Fail func(Failure)
}

// Walk visits every object of the database that is of the given types, once:
// pack by pack, each delta after its base, roughly in the order of the pack;
// then the loose objects. It runs in jobs goroutines, at least one. The error
// is that of ctx; everything else that goes wrong is a Failure.
//
// Memory: for each goroutine, the base objects of one delta chain at a time, up
// to a bound above which they are made again, and the object itself.
func Walk[S any](ctx context.Context, db *DB, types Types, jobs int, v Visitor[S]) error {
	jobs = max(jobs, 1)
	// Loose objects are listed before packs: one that is packed meanwhile is
	// seen in either.
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
			}
		}
		for i := range singles.all(1, len(loose)) {
			if ctx.Err() != nil {
				break
			}
			w.loose(ctx, loose[i], packs)
		}
		w.help(ctx)
	})
	return ctx.Err()
}

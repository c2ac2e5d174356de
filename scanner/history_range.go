package scanner

import (
	"context"
	"sync"

	"github.com/qasleaks/qasleaks/scanner/large"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// period returns the part of the history that the options select.
func (o Options) period() repo.Period {
	return repo.Period{Revisions: o.Range, Push: o.Push, Since: o.Since}
}

// walkAbove is a divisor: to visit more than 1/walkAbove of a database, it is faster to
// walk all of it than to build each object from the root of its delta chain.
const walkAbove = 16

// visitPart calls visit for each of the objects in ids.
func (h *history) visitPart(ctx context.Context, s *scan, ids map[odb.OID]bool, visit func(worker int, o *odb.Object, base known) known) error {
	if len(ids) > h.repo.DB.Count()/walkAbove {
		return odb.Walk(ctx, h.repo.DB, odb.All, s.jobs, odb.Visitor[known]{
			Visit: func(worker int, o *odb.Object, base known) known {
				if ids[o.ID] {
					o.Edits = nil // its base may not have been visited
					visit(worker, o, known{})
				}
				return known{}
			},
			Fail: func(f odb.Failure) {
				if ids[f.OID] || f.OID == "" {
					h.failed(s, f)
				}
			},
		})
	}
	work := make(chan odb.OID)
	var workers sync.WaitGroup
	for worker := range s.jobs {
		workers.Go(func() {
			for id := range work {
				var turn large.Turn
				typ, data, err := h.repo.DB.Read(turn.With(ctx), id)
				switch {
				case ctx.Err() != nil:
				case err != nil:
					h.failed(s, odb.Failure{OID: id, Err: err})
				default:
					visit(worker, &odb.Object{ID: id, Type: typ, Data: data, Turn: &turn}, known{})
				}
				turn.End()
			}
		})
	}
	for id := range ids {
		if ctx.Err() != nil {
			break
		}
		work <- id
	}
	close(work)
	workers.Wait()
	return ctx.Err()
}

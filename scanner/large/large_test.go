package large

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// No two jobs have their turn at once, and a job that has it does not wait for itself.
func TestTurn(t *testing.T) {
	var holding, most atomic.Int32
	var jobs sync.WaitGroup
	for range 4 {
		jobs.Go(func() {
			var mine Turn
			mine.End() // it has none
			for range 3 {
				mine.Take()
				most.Store(max(most.Load(), holding.Add(1)))
				time.Sleep(time.Millisecond)
				mine.Take()
				holding.Add(-1)
				mine.End()
				mine.End()
			}
		})
	}
	jobs.Wait()
	if most.Load() != 1 {
		t.Errorf("%d jobs have their turn at once", most.Load())
	}
}

// Work for a job has the turn of the job; other work has none, and need not wait.
func TestOf(t *testing.T) {
	var mine Turn
	mine.Take()
	defer mine.End()
	if Of(mine.With(t.Context())) != &mine {
		t.Error("the turn is not in the context")
	}
	none := Of(t.Context())
	none.Take()
	none.End()
	if none != nil {
		t.Error("a context has a turn")
	}
}

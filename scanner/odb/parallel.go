package odb

import (
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// counter shares the numbers from 0 out to goroutines: each takes the next ones
// when it is done with its own, so that none waits for the slowest.
type counter struct{ next atomic.Int64 }

// all returns the numbers below n that no other goroutine takes, a batch at a
// time.
func (c *counter) all(batch, n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for {
			to := int(c.next.Add(int64(batch)))
			from := to - batch
			if from >= n {
				return
			}
			for i := from; i < min(to, n); i++ {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// run runs do in jobs goroutines and waits for them. A fault on mapped memory is
// a panic in them: see recoverFault.
func run(jobs int, do func(worker int)) {
	var wg sync.WaitGroup
	for worker := range jobs {
		wg.Go(func() {
			debug.SetPanicOnFault(true)
			do(worker)
		})
	}
	wg.Wait()
}

package odb

import (
	"iter"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// counter distributes the numbers from 0 to several goroutines. Each takes the next
// batch when it has finished its own, so that none waits for the slowest.
type counter struct{ next atomic.Int64 }

// all yields the numbers below n that no other goroutine gets. It takes a batch at a
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

// run calls do in jobs goroutines and waits for them. In these, a fault on mapped
// memory is a panic: see recoverFault.
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

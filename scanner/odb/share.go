package odb

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// share runs do over the numbers below n in ranges, from up to jobs goroutines,
// worker telling which. Each takes the next range once done with one, so that
// none waits for the slowest. Faults on mapped memory are panics in them.
func share(jobs, n int, do func(worker, from, to int)) {
	const ranges = 16 // for each worker: few enough to be cheap, many enough to be even
	step := max(n/(jobs*ranges), 1)
	var next atomic.Int64
	run(jobs, func(worker int) {
		for {
			to := int(next.Add(int64(step)))
			from := to - step
			if from >= n {
				return
			}
			do(worker, from, min(to, n))
		}
	})
}

// run runs do in jobs goroutines and waits for them.
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

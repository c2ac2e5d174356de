package odb

import (
	"context"
	"sync"
	"sync/atomic"
)

// tasks hands subtrees from walkers that climb a large tree to those that have
// run out of trees.
type tasks[S any] struct {
	// hungry is the number of walkers that wait and that no task is ready for.
	hungry atomic.Int32

	mu   sync.Mutex
	cond sync.Cond
	jobs int
	idle int
	list []task[S]
}

// task is an object with children still to visit.
type task[S any] struct {
	forest *forest
	frame  frame[S]
}

func newTasks[S any](jobs int) *tasks[S] {
	t := &tasks[S]{jobs: jobs}
	t.cond.L = &t.mu
	return t
}

// put makes a task ready.
func (t *tasks[S]) put(k task[S]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, k)
	t.hungry.Add(-1)
	t.cond.Signal()
}

// get waits for a task; false once all walkers wait, for then none will come.
func (t *tasks[S]) get() (task[S], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle++
	t.hungry.Add(1)
	for len(t.list) == 0 {
		if t.idle == t.jobs {
			t.cond.Broadcast()
			return task[S]{}, false
		}
		t.cond.Wait()
	}
	k := t.list[0]
	t.list = t.list[1:]
	t.idle--
	return k, true
}

// help works on what other walkers hand over until there is nothing left.
func (w *walker[S]) help(ctx context.Context) {
	for {
		k, ok := w.tasks.get()
		if !ok {
			return
		}
		w.forest = k.forest
		w.stack = append(w.stack, k.frame)
		w.held += len(k.frame.data)
		w.climb(ctx)
	}
}

// minTask is how many objects a task has at least, and how many are kept: less
// is not worth the copy of the base, and two walkers would throw the same work
// to each other.
const minTask = 64

// handOver gives a part of the tree away, if it is large enough for two: the
// children still to visit of a frame when there is work above it as well, or
// the latter half of them. Frames near the root go first: they have most.
func (w *walker[S]) handOver() {
	f := w.forest
	above := 0 // what there is to do above frame i
	for i := range w.stack {
		above += w.remaining(i)
	}
	for i := range w.stack {
		fr := &w.stack[i]
		weight := w.remaining(i)
		above -= weight
		if fr.data == nil && !fr.failed {
			continue
		}
		given := *fr
		switch {
		case weight >= minTask && above >= minTask:
			fr.next = none
		case weight >= 2*minTask:
			last, kept := fr.next, int(f.weight[fr.next])
			for ; kept < weight/2; kept += int(f.weight[last]) {
				last = f.next[last]
			}
			if weight-kept < minTask {
				continue
			}
			given.next, f.next[last] = f.next[last], none
		default:
			continue
		}
		if fr.data != nil {
			given.data = w.get(len(fr.data))
			copy(given.data, fr.data)
		}
		w.tasks.put(task[S]{f, given})
		return
	}
}

// remaining returns how many objects are still to visit below frame i.
func (w *walker[S]) remaining(i int) (weight int) {
	for c := w.stack[i].next; c != none; c = w.forest.next[c] {
		weight += int(w.forest.weight[c])
	}
	return weight
}

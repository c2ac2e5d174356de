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

// minTask is how many objects a task has at least: less is not worth the copy of
// the base.
const minTask = 64

// handOver gives the children still to visit of the frame nearest to the root
// away, if they are many.
func (w *walker[S]) handOver() {
	for i := range w.stack {
		fr := &w.stack[i]
		if fr.data == nil {
			continue
		}
		weight := int32(0)
		for c := fr.next; c != none && weight < minTask; c = w.forest.next[c] {
			weight += w.forest.weight[c]
		}
		if weight < minTask {
			continue
		}
		given := *fr
		given.data = w.get(len(fr.data))
		copy(given.data, fr.data)
		w.tasks.put(task[S]{w.forest, given})
		fr.next = none
		return
	}
}

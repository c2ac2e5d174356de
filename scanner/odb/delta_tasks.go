package odb

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// tasks passes subtrees from walkers in a large delta tree to walkers that are idle
// because all trees are taken.
type tasks[S any] struct {
	// hungry is the number of idle walkers for which no task is ready.
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

// put adds a task.
func (t *tasks[S]) put(k task[S]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, k)
	t.hungry.Add(-1)
	t.cond.Signal()
}

// get waits for a task. It returns false once all walkers are idle: then no task can
// follow.
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

// help works on tasks of other walkers until none is left.
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
		w.endTurn()
	}
}

// minTask is the least number of objects in a task, and the least number that the
// walker keeps for itself. A smaller task is not worth the copy of the base, and two
// walkers would pass the same work back and forth.
const minTask = 64

// handOver makes a task of a part of the tree, if the tree is large enough to share.
// The task is all unvisited children of a frame, if there is enough work in the
// frames above it, or else about half of these children. Frames near the root are
// tried first, since they have the most work.
func (w *walker[S]) handOver() {
	f := w.forest
	above := 0 // unvisited objects above frame i
	for i := range w.stack {
		above += w.remaining(i)
	}
	for i := range w.stack {
		fr := &w.stack[i]
		weight := w.remaining(i)
		above -= weight
		if fr.data == nil && !fr.failed || len(fr.data) >= large.From {
			continue // no other walker holds it while this one has its turn
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

// remaining returns the number of unvisited objects below frame i.
func (w *walker[S]) remaining(i int) (weight int) {
	for c := w.stack[i].next; c != none; c = w.forest.next[c] {
		weight += int(w.forest.weight[c])
	}
	return weight
}

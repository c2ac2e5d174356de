// Package large lets one job at a time hold large content, so that several jobs together
// need about as much memory as one.
package large

import (
	"context"
	"runtime"
	"sync"
)

// From is the size in bytes from which on content is large.
const From = 64 << 20

// turn is held by the one job that holds large content.
var turn sync.Mutex

// Turn is the right of a job to hold large content. The zero value does not have it. A nil
// Turn is that of work which is not one of several jobs: it holds what it needs.
type Turn struct{ taken bool }

// Take waits until no other job holds large content. A job that has its turn goes on.
func (t *Turn) Take() {
	if t != nil && !t.taken {
		turn.Lock()
		t.taken = true
	}
}

// End ends the turn, if there is one. The job must have dropped its large content: its memory
// is freed before the next job takes as much.
func (t *Turn) End() {
	if t != nil && t.taken {
		runtime.GC()
		t.taken = false
		turn.Unlock()
	}
}

// key is the key of the turn in a context.
type key struct{}

// With returns a context for work of the job, which may take the turn and does not end it.
func (t *Turn) With(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, t) }

// Of returns the turn of the job that a context is for; nil for none.
func Of(ctx context.Context) *Turn {
	t, _ := ctx.Value(key{}).(*Turn)
	return t
}

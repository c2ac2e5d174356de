package unpack

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// errStopped ends reading when a limit is reached or the context is done. The skip for
// it exists already.
var errStopped = errors.New("stopped")

// maxSkips is how many skips of a walk are listed one by one.
const maxSkips = 100

func (w *walk) skip(s Skip) {
	if len(w.skips) == maxSkips {
		w.more++
		w.moreFailed = w.moreFailed || s.Failed
		return
	}
	w.skips = append(w.skips, s)
}

// all returns the skips of the walk.
func (w *walk) all() []Skip {
	if w.more > 0 {
		w.skips = append(w.skips, Skip{Failed: w.moreFailed, Reason: fmt.Sprintf("%d more members were not read", w.more)})
	}
	return w.skips
}

// leave notes what is not read by decision.
func (w *walk) leave(layers []string, format string, args ...any) {
	w.skip(Skip{Layers: layers, Reason: fmt.Sprintf(format, args...)})
}

// fail notes why something could not be read, or not to its end. No error, the end
// and what stopped the walk are nothing to note.
func (w *walk) fail(layers []string, err error) {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, errStopped):
	case errors.Is(err, errPanic):
		w.skip(Skip{layers, true, err.Error()})
	case errors.Is(err, errRefused):
		w.leave(layers, "%s", strings.TrimPrefix(err.Error(), errRefused.Error()+": "))
	case errors.Is(err, io.ErrUnexpectedEOF):
		w.leave(layers, "damaged: it breaks off")
	default:
		w.leave(layers, "damaged: %v", err)
	}
}

// stopped reports whether the walk is to end.
func (w *walk) stopped() bool { return w.over || w.ctx.Err() != nil }

// spend adds to what was unpacked. At the limit the walk ends.
func (w *walk) spend(layers []string, sum *int64, n int64) error {
	*sum += n
	switch {
	case w.stopped():
		return errStopped
	case *sum <= w.allowed:
		return nil
	}
	w.over = true
	if w.allowed == w.limits.Total {
		w.leave(layers, "the rest was not read: with all that is in it, it unpacks to more than %s", size(w.limits.Total))
	} else {
		w.leave(layers, "the rest was not read: with all that is in it, it unpacks to more than %d times its size", w.limits.Ratio)
	}
	return errStopped
}

package odb_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner/large"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// No two goroutines hold large objects at once, loose or packed, and deltas of large objects
// do not wait for their bases. All are visited.
func TestLargeObjects(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	zeros := strings.Repeat("\x00", large.From)
	for name, content := range map[string]string{"a": zeros, "b": zeros + "b", "c": "c" + zeros, "d": zeros[1:], "e": "e"} {
		r.write(name, content)
	}
	r.commit("large")
	for _, packed := range []string{"", "whole", "delta"} {
		switch packed {
		case "whole":
			r.git("-c", "core.bigFileThreshold=1m", "repack", "-adfq")
		case "delta":
			r.git("repack", "-adfq", "--window=5")
		}
		var holding, most, seen atomic.Int32
		err := odb.Walk(t.Context(), r.open(), odb.All, 3, odb.Visitor[int]{
			Visit: func(_ int, o *odb.Object, _ int) int {
				seen.Add(1)
				if len(o.Data) >= large.From {
					most.Store(max(most.Load(), holding.Add(1)))
					time.Sleep(300 * time.Millisecond) // for others to read theirs
					holding.Add(-1)
				}
				return 0
			},
			Fail: func(f odb.Failure) { t.Error(f.Err) },
		})
		if err != nil || seen.Load() != 7 || most.Load() != 1 {
			t.Errorf("%q: %d objects, %d large ones at once, error %v", packed, seen.Load(), most.Load(), err)
		}
	}
}

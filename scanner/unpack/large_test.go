package unpack

import (
	"archive/tar"
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner/large"
)

// Several walks never hold two large members at once, and one after another has its own data.
func TestLargeMembers(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, m := range []struct {
		fill byte
		size int
	}{{'a', large.From + 1}, {'b', 10}, {'c', large.From + 2}, {'d', large.From}} {
		_ = w.WriteHeader(&tar.Header{Name: string(m.fill), Mode: 0o600, Size: int64(m.size)})
		_, _ = w.Write(bytes.Repeat([]byte{m.fill}, m.size))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var holding, most atomic.Int32
	var walks sync.WaitGroup
	for range 3 {
		walks.Go(func() {
			size := 0
			skips := Walk(t.Context(), archive.Bytes(), DefaultLimits(), func(m Member) {
				if name := m.Layers[0]; bytes.Count(m.Data, []byte(name[len("tar:"):])) != len(m.Data) {
					t.Errorf("%s has the data of another member", name)
				}
				if size += len(m.Data); len(m.Data) >= large.From {
					most.Store(max(most.Load(), holding.Add(1)))
					time.Sleep(20 * time.Millisecond)
					holding.Add(-1)
				}
			})
			if size != 3*large.From+13 || len(skips) > 0 {
				t.Errorf("%d bytes, skipped %v", size, skips)
			}
		})
	}
	walks.Wait()
	if most.Load() != 1 {
		t.Errorf("%d large members at once", most.Load())
	}
}

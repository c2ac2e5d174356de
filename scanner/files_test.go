package scanner

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// Of a file that has more than it said, a part is read, and the rest is an error. What was
// read before an error is content, too.
func TestReadGrowing(t *testing.T) {
	for _, size := range []int{0, 10, maxGrown - 1, maxGrown, maxGrown + 1, maxGrown + 5<<20} {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = out.WriteString(strings.Repeat("x", size))
			_ = out.Close()
		}()
		var r fileReader
		data, err := r.all(in, 5)
		if len(data) != min(size, maxGrown) || (err != nil) != (size > maxGrown) {
			t.Errorf("%d bytes of %d, %v", len(data), size, err)
		}
		_ = in.Close()
	}
	var r fileReader
	if data, err := r.all(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("text"))), 4); string(data) != "t" || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("%q, %v", data, err)
	}
}

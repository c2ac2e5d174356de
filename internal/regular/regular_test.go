package regular_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/qasleaks/qasleaks/internal/regular"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	for _, size := range []int{0, 1, 511, 512, 513, 100_000} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(name, want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := regular.Read(name, int64(size)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
		if size > 0 {
			if _, err := regular.Read(name, int64(size-1)); !errors.Is(err, regular.ErrTooLarge) {
				t.Errorf("%d bytes, one more than the bound: %v", size, err)
			}
		}
	}
	if _, err := regular.Read(filepath.Join(dir, "gone"), 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := regular.Read(dir, 10); !errors.Is(err, regular.ErrNotRegular) {
		t.Errorf("a directory: %v", err)
	}
}

// A file whose size is not known beforehand is read to its end.
func TestReadProc(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc/self/maps")
	}
	if data, err := regular.Read("/proc/self/maps", 1<<20); err != nil || len(data) < 100 {
		t.Errorf("got %d bytes, %v", len(data), err)
	}
}

//go:build unix

package regular_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// None of these may be waited for or read.
func TestReadWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/dev/zero", link); err != nil {
		t.Fatal(err)
	}
	if _, _, err := regular.OpenSeen(fifo); !errors.Is(err, regular.ErrNotRegular) {
		t.Errorf("a FIFO in place of a file: %v", err)
	}
	for _, name := range []string{fifo, link, "/dev/null"} {
		if _, err := regular.Read(name, 10); !errors.Is(err, regular.ErrNotRegular) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

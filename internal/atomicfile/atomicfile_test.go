package atomicfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// replace writes a file as a whole.
func replace(path, content string, mode fs.FileMode) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write([]byte(content)); err != nil {
		return err
	}
	return f.Commit()
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o640); err != nil {
		t.Fatal(err)
	}
}

// want checks the content of a file, its permissions, and that no other is beside it.
func want(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("got %q, %v; want %q", got, err, content)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != mode {
		t.Errorf("got mode %v, want %v", info.Mode().Perm(), mode)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".qasleaks-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}

func TestNewFile(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o644} {
		path := filepath.Join(t.TempDir(), "new")
		if err := replace(path, "new", mode); err != nil {
			t.Fatal(err)
		}
		want(t, path, "new", mode)
	}
}

func TestExistingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	write(t, path, "a longer old content")
	if err := replace(path, "new", 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "new", 0o600)
}

func TestSymbolicLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "old"), filepath.Join(dir, "link")
	write(t, path, "old")
	if err := os.Symlink("old", link); err != nil {
		t.Skip(err)
	}
	if err := replace(link, "new", 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "new", 0o600)
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is replaced: %v, %v", info, err)
	}
}

func TestDiscard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	write(t, path, "old")
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("half of the n")); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	want(t, path, "old", 0o640)
}

func TestMissingFolder(t *testing.T) {
	if err := replace(filepath.Join(t.TempDir(), "missing", "file"), "", 0o600); err == nil {
		t.Error("got no error")
	}
}

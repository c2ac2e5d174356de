package scanner_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// Nothing in /proc and /sys is read, and a scan of them is not clean.
func TestScanOfProc(t *testing.T) {
	for _, target := range []string{"/proc", "/proc/self", "/sys"} {
		if _, err := os.Stat(target); err != nil {
			t.Skip(err)
		}
		result, err := scanner.Scan(t.Context(), []string{target}, scanner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if result.Coverage.Files > 0 || result.Coverage.Complete() || !skipped(result, scanner.SkipFailed, ".", "a file system of the kernel") {
			t.Errorf("%s: %d files, complete %v, skipped %v", target, result.Coverage.Files, result.Coverage.Complete(), result.Coverage.Skipped)
		}
	}
}

// /proc below a target, in and outside of a repository, is a skip by policy. It has thousands
// of files; git's own files are less than a hundred.
func TestMountedProc(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	plain, r := t.TempDir(), gittest.New(t)
	r.Write(".gitignore", "/build/\n/.claude/\n")
	r.Write("file.txt", "nothing\n")
	r.Commit("start")
	for _, dir := range []string{plain, r.Dir} {
		for _, name := range []string{"proc", "build", ".claude/x"} {
			place := filepath.Join(dir, name)
			if err := os.MkdirAll(place, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("proc", place, "proc", 0, ""); err != nil {
				t.Skipf("mount proc: %v", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(place, 0) })
		}
		if err := os.WriteFile(filepath.Join(dir, "key.txt"), []byte(keytest.Key(1, keytest.Made)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, all := range []bool{false, true} {
			result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{AllFiles: all})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Findings) == 0 || !result.Coverage.Complete() || result.Coverage.Files > 100 || len(result.Coverage.Skipped) != 3 ||
				!skipped(result, scanner.SkipPolicy, "build", "proc, a file system of the kernel") {
				t.Errorf("all files %v: %d findings in %d files, skipped %v", all, len(result.Findings), result.Coverage.Files, result.Coverage.Skipped)
			}
		}
	}
}

// A file of the kernel that the user names is read up to its end, whatever size it is said
// to have.
func TestNamedFileInProc(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip(err)
	}
	result, err := scanner.Scan(t.Context(), []string{"/proc/self/status"}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Coverage.Bytes < 100 || !result.Coverage.Complete() {
		t.Errorf("%d bytes, skipped %v", result.Coverage.Bytes, result.Coverage.Skipped)
	}
}

//go:build unix

package scanner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestFIFOs replaces each file of a repository with a FIFO: the scan does not wait for
// a writer, reads the other files, and is incomplete.
func TestFIFOs(t *testing.T) {
	for _, name := range []string{
		".git", ".git/config", ".git/HEAD", ".git/packed-refs", ".git/shallow", ".git/commondir", ".git/objects/info/alternates",
		".git/logs/HEAD", ".git/refs/heads/x", ".git/objects/ab/" + strings.Repeat("c", 38), ".git/index", ".git/info/exclude",
	} {
		r := gittest.New(t)
		r.Write("key.txt", keytest.Key(1, keytest.Made)+"\n")
		r.Commit("add")
		fifo := r.Path(name)
		if err := os.RemoveAll(fifo); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(fifo), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if result.Coverage.Complete() || !skipped(result, scanner.SkipFailed, "", "regular file") {
			t.Errorf("%s: complete %v, skipped %v", name, result.Coverage.Complete(), result.Coverage.Skipped)
		}
		if len(result.Findings) == 0 {
			t.Errorf("%s: the key in key.txt was not found", name)
		}
	}
}

// git waits for the writer of a FIFO that is in place of a .gitignore file. The scan
// reads all files instead.
func TestFIFOForIgnores(t *testing.T) {
	r := gittest.New(t)
	r.Write("sub/key.txt", keytest.Key(1, keytest.Made)+"\n")
	if err := syscall.Mkfifo(r.Path("sub/.gitignore"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) == 0 || !skipped(result, scanner.SkipPolicy, "sub/.gitignore", "regular file") ||
		!strings.Contains(strings.Join(result.Coverage.Notes, "\n"), ".gitignore is not a regular file") {
		t.Errorf("%d findings, skipped %v, notes %q", len(result.Findings), result.Coverage.Skipped, result.Coverage.Notes)
	}
}

// git does not follow a link in place of a .gitignore file, and lists more files.
func TestLinkForIgnores(t *testing.T) {
	r := gittest.New(t)
	r.Write("key.txt", keytest.Key(1, keytest.Made)+"\n")
	r.Write("ignores", "key.txt\n")
	if err := os.Symlink("ignores", r.Path(".gitignore")); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) == 0 || !result.Coverage.Complete() {
		t.Errorf("%d findings, skipped %v", len(result.Findings), result.Coverage.Skipped)
	}
}

// A committed folder with the layout of a repository does not make a scan read another
// repository of the machine, or the targets of links.
func TestRepositoriesStayInside(t *testing.T) {
	private := gittest.New(t)
	private.Write("private.txt", keytest.Key(1, keytest.Made)+"\n")
	private.Git("checkout", "-qb", "private-branch")
	private.Commit("a private commit")
	private.Git("pack-refs", "--all", "--no-prune")
	outside := filepath.Join(private.Dir, ".git")
	loose := private.ID("HEAD:private.txt")
	link := func(name, to string) func(string) error {
		return func(lib string) error {
			file := filepath.Join(lib, filepath.FromSlash(name))
			if err := os.RemoveAll(file); err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
				return err
			}
			return os.Symlink(to, file)
		}
	}
	for name, prepare := range map[string]func(lib string) error{
		"commondir": func(lib string) error {
			return os.WriteFile(filepath.Join(lib, "commondir"), []byte(outside+"\n"), 0o600)
		},
		"alternates": func(lib string) error {
			return os.WriteFile(filepath.Join(lib, "objects/info/alternates"), []byte(outside+"/objects\n"), 0o600)
		},
		"objects": func(lib string) error {
			if err := os.RemoveAll(filepath.Join(lib, "objects")); err != nil {
				return err
			}
			return os.Symlink(filepath.Join(outside, "objects"), filepath.Join(lib, "objects"))
		},
		"gitdir": func(lib string) error {
			if err := os.RemoveAll(lib); err != nil {
				return err
			}
			if err := os.Mkdir(lib, 0o777); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(lib, ".git"), []byte("gitdir: "+outside+"\n"), 0o600)
		},
		"pack":         link("objects/pack", outside+"/objects/pack"),
		"loose folder": link("objects/"+loose[:2], outside+"/objects/"+loose[:2]),
		"loose object": link("objects/"+loose[:2]+"/"+loose[2:], outside+"/objects/"+loose[:2]+"/"+loose[2:]),
		"HEAD":         link("HEAD", outside+"/HEAD"),
		"settings":     link("config", outside+"/config"),
		"packed refs":  link("packed-refs", outside+"/packed-refs"),
		"ref":          link("refs/heads/private", outside+"/refs/heads/private-branch"),
		"refs":         link("refs", outside+"/refs"),
		"reflog":       link("logs/HEAD", outside+"/logs/HEAD"),
		"reflogs":      link("logs", outside+"/logs"),
		"work tree":    link("worktrees/x", outside),
		"config": func(lib string) error {
			return os.Symlink("/dev/zero", filepath.Join(lib, "config"))
		},
	} {
		dir := t.TempDir()
		lib := filepath.Join(dir, "lib")
		for _, sub := range []string{"objects/info", "refs"} {
			if err := os.MkdirAll(filepath.Join(lib, sub), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(lib, "HEAD"), []byte("ref: refs/heads/x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := prepare(lib); err != nil {
			t.Fatal(err)
		}
		t.Chdir(dir) // a target may be relative
		result, err := scanner.Scan(t.Context(), []string{"."}, scanner.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(result.Findings) > 0 || result.Coverage.Complete() {
			t.Errorf("%s: %d findings, complete %v", name, len(result.Findings), result.Coverage.Complete())
		}
		if isJoined := func(s scanner.Skip) bool { return strings.Contains(s.Path, "//") }; slices.ContainsFunc(result.Coverage.Skipped, isJoined) {
			t.Errorf("%s: a path with another path in it: %v", name, result.Coverage.Skipped)
		}
		if !skipped(result, scanner.SkipFailed, "lib", "outside") {
			t.Errorf("%s: skipped %v", name, result.Coverage.Skipped)
		}
		if shown := fmt.Sprint(result.Repositories, result.Coverage); strings.Contains(shown, private.ID("HEAD")) || strings.Contains(shown, "private-branch") {
			t.Errorf("%s: the result describes the other repository: %s", name, shown)
		}
	}
}

// git only warns about a folder that it cannot open; the scan is incomplete.
func TestUnreadableFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every folder")
	}
	r := gittest.New(t)
	r.Write("locked/key.txt", keytest.Key(1, keytest.Made)+"\n")
	if err := os.Chmod(r.Path("locked"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(r.Path("locked"), 0o700) })
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !skipped(result, scanner.SkipFailed, "locked", "permission denied") {
		t.Errorf("skipped %v", result.Coverage.Skipped)
	}
}

// Holes of sparse files are skipped: a terabyte of them costs nothing.
func TestSparseFiles(t *testing.T) {
	dir := t.TempDir()
	for name, begin := range map[string]string{"disk.img": "text", "archive.gz": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff nonsense"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for at, text := range map[int64]string{0: begin, 1 << 39: "\nQAS_TOKEN=" + keytest.Key(1, keytest.Made) + "\n", 1 << 40: "end"} {
			if _, err := f.WriteAt([]byte(text), at); err != nil {
				t.Skip(err)
			}
		}
		if info, err := f.Stat(); err != nil || info.Sys().(*syscall.Stat_t).Blocks > 1<<20 {
			t.Skip("the file system has no holes")
		}
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || len(result.Findings[0].Occurrences) != 2 || result.Findings[0].Occurrences[0].Line != 2 || result.Coverage.Bytes > 1<<20 {
		t.Errorf("%d bytes, findings %+v", result.Coverage.Bytes, result.Findings)
	}
	if result.Coverage.Complete() || !skipped(result, scanner.SkipFailed, "archive.gz", "an archive with holes") || skipped(result, scanner.SkipFailed, "disk.img", "") {
		t.Errorf("skipped %v", result.Coverage.Skipped)
	}
}

package scanner_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// In a linked work tree whose repository is missing, as in a container, the files are
// scanned and the history is a skip. It is a failure unless NoHistory is set.
func TestWorkTreeWithoutRepository(t *testing.T) {
	r := gittest.New(t)
	r.Write("a", "nothing\n")
	r.Commit("start")
	linked := r.At(filepath.Join(t.TempDir(), "linked"))
	r.Git("worktree", "add", "-q", "--detach", linked.Dir)
	linked.Write("sub/key.txt", keytest.Key(1, keytest.Made)+"\n")
	if err := os.Rename(r.Dir, r.Dir+"-gone"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{linked.Dir, filepath.Dir(linked.Dir), linked.Path("sub")} {
		for _, noHistory := range []bool{false, true} {
			result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{NoHistory: noHistory})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Findings) == 0 {
				t.Errorf("%s: the key was not found", dir)
			}
			if result.Coverage.Complete() != noHistory || len(result.Coverage.Skipped) != 1 {
				t.Errorf("%s, no history %v: complete %v, skipped %v", dir, noHistory, result.Coverage.Complete(), result.Coverage.Skipped)
			}
		}
	}
}

// Pushed objects are in quarantine until the hooks of the server accept them.
func TestQuarantine(t *testing.T) {
	r := gittest.New(t)
	r.Write("key.txt", keytest.Key(1, keytest.Made)+"\n")
	r.Commit("add")
	bare := r.At(filepath.Join(t.TempDir(), "bare"))
	r.Git("init", "-q", "--bare", bare.Dir)
	quarantine := filepath.Join(bare.Dir, "objects", "incoming-x")
	if err := os.CopyFS(quarantine, os.DirFS(r.Path(".git/objects"))); err != nil {
		t.Fatal(err)
	}
	scan := func() *scanner.Result {
		result, err := scanner.Scan(t.Context(), []string{bare.Dir}, scanner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	if result := scan(); len(result.Findings) > 0 || !result.Coverage.Complete() {
		t.Errorf("without a quarantine: %d findings, skipped %v", len(result.Findings), result.Coverage.Skipped)
	}
	t.Setenv("GIT_QUARANTINE_PATH", quarantine)
	t.Setenv("GIT_OBJECT_DIRECTORY", quarantine)
	t.Setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", filepath.Join(bare.Dir, "objects"))
	t.Setenv("GIT_DIR", bare.Dir)
	if result := scan(); len(result.Findings) == 0 || !result.Coverage.Complete() {
		t.Errorf("in quarantine: %d findings, skipped %v", len(result.Findings), result.Coverage.Skipped)
	}
	t.Setenv("GIT_DIR", r.Path(".git"))
	if result := scan(); result.Coverage.Complete() {
		t.Error("the quarantine of another repository: complete")
	}
}

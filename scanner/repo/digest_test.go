package repo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Whatever git does to refs, reflogs and settings of a mirror changes its digest; what it
// does to objects that no ref leads to does not.
func TestHistoryDigest(t *testing.T) {
	r := gittest.New(t)
	r.Write("a", "1\n")
	r.Commit("one")
	r.Write("a", "2\n")
	r.Commit("two")
	bare := r.At(filepath.Join(t.TempDir(), "bare"))
	r.Git("clone", "-q", "--mirror", r.Dir, bare.Dir)
	digest := func() string {
		t.Helper()
		text, ok := repo.HistoryDigest(bare.Dir)
		if !ok {
			t.Fatal("a mirror has no digest")
		}
		return text
	}
	first := bare.ID("HEAD~")
	for _, step := range []struct {
		changes bool
		args    []string
	}{
		{true, []string{"branch", "b", first}},
		{true, []string{"branch", "-f", "b", "HEAD"}},
		{true, []string{"update-ref", "--create-reflog", "refs/heads/c", first}},
		{true, []string{"reflog", "delete", "refs/heads/c@{0}"}},
		{true, []string{"branch", "-D", "c"}},
		{true, []string{"config", "remote.origin.url", "https://example.com/other.git"}},
		{true, []string{"symbolic-ref", "HEAD", "refs/heads/b"}},
		{false, []string{"hash-object", "-w", "HEAD"}},
		{false, []string{"fetch", "-q", r.Dir, "HEAD"}},
		{false, []string{"repack", "-q", "-a", "-d"}},
	} {
		before := digest()
		bare.Git(step.args...)
		if changed := digest() != before; changed != step.changes {
			t.Errorf("git %v: the digest changed is %v, want %v", step.args, changed, step.changes)
		}
	}
	before := digest()
	if err := os.WriteFile(bare.Path("shallow"), []byte(first+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if digest() == before {
		t.Error("a shallow boundary does not change the digest")
	}
	linked := r.At(filepath.Join(t.TempDir(), "linked"))
	bare.Git("worktree", "add", "-q", "--detach", linked.Dir)
	for _, dir := range []string{r.Dir, linked.Dir, t.TempDir()} {
		if _, ok := repo.HistoryDigest(dir); ok {
			t.Errorf("%s is not only a history", dir)
		}
	}
	if err := os.Mkdir(bare.Path("modules"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, ok := repo.HistoryDigest(bare.Dir); ok {
		t.Error("a repository with those of submodules is not one history")
	}
}

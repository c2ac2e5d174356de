package attribute

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// resolved is a path as the file system knows it: a temporary directory may be
// behind a link.
func resolved(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestOpenUnborn(t *testing.T) {
	r := gittest.New(t)
	got := openTest(t, r.Dir)
	if got.Head != "" || got.HeadRef != "refs/heads/main" || len(got.Refs) > 0 {
		t.Errorf("HEAD %q on %q, refs %q", got.Head, got.HeadRef, got.Refs)
	}
	wantSpans(t, r.Dir)
}

func TestOpenBareAndMirror(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	bare := r.Clone("--bare")
	if got := openTest(t, bare.Dir); got.Root != "" {
		t.Errorf("root of a bare repository = %q", got.Root)
	}
	wantSpans(t, bare.Dir, "blob key: add > - in refs/heads/main at HEAD")
	mirror := r.At(filepath.Join(t.TempDir(), "mirror"))
	r.Git("clone", "-q", "--mirror", r.Dir, mirror.Dir)
	wantSpans(t, mirror.Dir, "blob key: add > - in refs/heads/main at HEAD")
}

func TestOpenLinkedWorktree(t *testing.T) {
	r := started(t)
	linked := r.At(filepath.Join(t.TempDir(), "linked"))
	r.Git("worktree", "add", "-q", "--detach", linked.Dir)
	linked.Write("key", secret)
	linked.Commit("add")

	got := openTest(t, linked.Dir)
	if resolved(t, got.Root) != resolved(t, linked.Dir) {
		t.Errorf("root = %q, want %q", got.Root, linked.Dir)
	}
	byGitDir := openTest(t, got.GitDir)
	if resolved(t, byGitDir.Root) != resolved(t, linked.Dir) {
		t.Errorf("root by git directory = %q, want %q", byGitDir.Root, linked.Dir)
	}
	wantSpans(t, linked.Dir, "blob key: add > - in HEAD at HEAD")
	wantSpans(t, r.Dir, "blob key: add > - in worktrees/linked/HEAD")

	// The main work tree's HEAD, seen from the linked one.
	r.Git("checkout", "-q", "--detach")
	r.Write("other", secret)
	r.Commit("add other")
	wantSpans(t, linked.Dir,
		"blob key: add > - in HEAD at HEAD",
		"blob other: add other > - in main-worktree/HEAD")
}

func TestOpenSubmodule(t *testing.T) {
	sub := started(t)
	sub.Write("key", secret)
	sub.Commit("add")
	r := started(t)
	r.Git("submodule", "--quiet", "add", sub.Dir, "libs/sub")
	r.Commit("add submodule")
	got := openTest(t, r.Path("libs/sub"))
	if resolved(t, got.Root) != resolved(t, r.Path("libs/sub")) {
		t.Errorf("root = %q", got.Root)
	}
	if byGitDir := openTest(t, got.GitDir); resolved(t, byGitDir.Root) != resolved(t, got.Root) {
		t.Errorf("root by git directory = %q", byGitDir.Root)
	}
	wantSpans(t, r.Path("libs/sub"),
		"blob key: add > - in refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main at HEAD")
	wantSpans(t, r.Dir)
}

func TestOpenShallow(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	r.Commit("two")
	r.Commit("three")
	clone := r.Clone("--depth=2", "--no-tags")
	got := openTest(t, clone.Dir)
	if len(got.Shallow) != 1 || got.Shallow[0].String() != r.ID("HEAD~1") {
		t.Errorf("shallow = %v", got.Shallow)
	}
	wantSpans(t, clone.Dir,
		"blob key: two > - in refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main at HEAD")
}

// git sparse-checkout sets extensions.worktreeConfig, at which go-git gives up.
func TestOpenSparse(t *testing.T) {
	r := started(t)
	r.Write("dir/key", secret)
	r.Commit("add")
	r.Need("sparse-checkout", "set", "--cone", "elsewhere")
	wantSpans(t, r.Dir, "blob dir/key: add > - in refs/heads/main at HEAD")
}

func TestOpenAlternates(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	shared := r.At(filepath.Join(t.TempDir(), "shared"))
	r.Git("clone", "-q", "--shared", r.Dir, shared.Dir)
	shared.Commit("here")
	wantSpans(t, shared.Dir,
		"blob key: add > - in refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main at HEAD")
}

func TestOpenSHA256(t *testing.T) {
	r := started(t, "--object-format=sha256")
	r.Write("a/b/key", secret)
	r.Commit("add")
	r.Git("tag", "-a", "-m", "annotated", "v1")
	r.Remove("a/b/key")
	r.Commit("remove")
	wantSpans(t, r.Dir, "blob a/b/key: add > remove in refs/heads/main refs/tags/v1")
	r.Git("gc", "-q")
	wantSpans(t, r.Dir, "blob a/b/key: add > remove in refs/heads/main refs/tags/v1")
	r.Git("checkout", "-q", "--detach", "HEAD~1")
	wantSpans(t, r.Dir, "blob a/b/key: add > - in HEAD refs/heads/main refs/tags/v1 at HEAD")
	r.Git("checkout", "-q", "--orphan", "unborn")
	wantSpans(t, r.Dir, "blob a/b/key: add > remove in refs/heads/main refs/tags/v1")
}

func TestOpenReftable(t *testing.T) {
	r := started(t, "--ref-format=reftable")
	r.Write("key", secret)
	r.Commit("add")
	r.Git("reset", "-q", "--hard", "HEAD~1")
	wantSpans(t, r.Dir, "blob key: add > - log HEAD@{1} refs/heads/main@{1}")
}

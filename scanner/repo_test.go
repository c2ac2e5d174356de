package scanner

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/hint"
)

func readFile(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

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

func refNames(r *repository) []string {
	var names []string
	for _, ref := range r.refs {
		names = append(names, ref.Name)
	}
	return names
}

func TestOpenRefs(t *testing.T) {
	r := started(t)
	r.Git("tag", "-a", "-m", "annotated", "v1")
	r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	r.Git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	r.Git("symbolic-ref", "refs/remotes/gone/HEAD", "refs/remotes/gone/main")
	r.Git("update-ref", "refs/pull/1/head", "HEAD")
	want := []string{"refs/heads/main", "refs/pull/1/head", "refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/tags/v1"}
	check := func(what string) {
		t.Helper()
		got := openTest(t, r.Dir)
		if !slices.Equal(refNames(got), want) || len(got.skipped) > 0 {
			t.Errorf("%s: refs %q, want %q, skipped %v", what, refNames(got), want, got.skipped)
		}
		if got.headRef != "refs/heads/main" || got.head.String() != r.ID("HEAD") {
			t.Errorf("%s: HEAD is %q, %s", what, got.headRef, got.head)
		}
		for _, ref := range got.refs {
			if id := r.ID(ref.Name); id != ref.ID.String() {
				t.Errorf("%s: %s = %s, want %s", what, ref.Name, ref.ID, id)
			}
		}
	}
	check("loose")
	r.Write(".git/refs/heads/main.lock", "") // a git at work
	check("locked")
	r.Remove(".git/refs/heads/main.lock")
	r.Git("pack-refs", "--all", "--prune")
	check("packed")
}

func TestOpenBadRefs(t *testing.T) {
	r := started(t)
	r.Git("tag", "good")
	r.Git("pack-refs", "--all", "--prune")
	r.Write(".git/refs/heads/empty", "")
	r.Write(".git/refs/heads/garbage", "not an ID\n")
	r.Write(".git/refs/heads/missing", strings.Repeat("1", 40)+"\n")
	got := openTest(t, r.Dir)
	if want := []string{"refs/heads/main", "refs/tags/good"}; !slices.Equal(refNames(got), want) {
		t.Errorf("refs %q, want %q", refNames(got), want)
	}
	var skipped []string
	for _, s := range got.skipped {
		if s.Kind != SkipFailed {
			t.Errorf("skip %+v is no failure", s)
		}
		skipped = append(skipped, s.Path)
	}
	if want := []string{"refs/heads/empty", "refs/heads/garbage", "refs/heads/missing"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
}

func TestOpenUnborn(t *testing.T) {
	r := gittest.New(t)
	got := openTest(t, r.Dir)
	if got.head != "" || got.headRef != "refs/heads/main" || len(got.refs) > 0 {
		t.Errorf("HEAD %q on %q, refs %q", got.head, got.headRef, got.refs)
	}
	wantSpans(t, r.Dir)
}

func TestOpenBareAndMirror(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	bare := r.Clone("--bare")
	if got := openTest(t, bare.Dir); got.root != "" {
		t.Errorf("root of a bare repository = %q", got.root)
	}
	wantSpans(t, bare.Dir, "blob key: add > - in refs/heads/main at HEAD")
	mirror := r.At(filepath.Join(t.TempDir(), "mirror"))
	r.Git("clone", "-q", "--mirror", r.Dir, mirror.Dir)
	wantSpans(t, mirror.Dir, "blob key: add > - in refs/heads/main at HEAD")
}

func TestOpenDotGit(t *testing.T) {
	r := started(t)
	got := openTest(t, r.Path(".git"))
	if resolved(t, got.root) != resolved(t, r.Dir) {
		t.Errorf("root = %q, want %q", got.root, r.Dir)
	}
}

func TestOpenLinkedWorktree(t *testing.T) {
	r := started(t)
	linked := r.At(filepath.Join(t.TempDir(), "linked"))
	r.Git("worktree", "add", "-q", "--detach", linked.Dir)
	linked.Write("key", secret)
	linked.Commit("add")

	got := openTest(t, linked.Dir)
	if resolved(t, got.root) != resolved(t, linked.Dir) {
		t.Errorf("root = %q, want %q", got.root, linked.Dir)
	}
	byGitDir := openTest(t, got.gitDir)
	if resolved(t, byGitDir.root) != resolved(t, linked.Dir) {
		t.Errorf("root by git directory = %q, want %q", byGitDir.root, linked.Dir)
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
	if resolved(t, got.root) != resolved(t, r.Path("libs/sub")) {
		t.Errorf("root = %q", got.root)
	}
	if byGitDir := openTest(t, got.gitDir); resolved(t, byGitDir.root) != resolved(t, got.root) {
		t.Errorf("root by git directory = %q", byGitDir.root)
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
	if len(got.shallow) != 1 || got.shallow[0].String() != r.ID("HEAD~1") {
		t.Errorf("shallow = %v", got.shallow)
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

func TestOpenErrors(t *testing.T) {
	if _, err := openRepository(t.Context(), t.TempDir()); !errors.Is(err, errNotRepository) {
		t.Errorf("plain directory: %v", err)
	}
	r := started(t)
	r.Write("below/file", "")
	if _, err := openRepository(t.Context(), r.Path("below")); !errors.Is(err, errNotRepository) {
		t.Errorf("directory in a work tree: %v", err)
	}
	hinted := func(what string, spoil func(r *gittest.Repo), want string) {
		t.Helper()
		r := started(t)
		spoil(r)
		_, err := openRepository(t.Context(), r.Dir)
		var e *hint.Error
		if !errors.As(err, &e) || e.Hint == "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with a hint that has %q", what, err, want)
		}
	}
	hinted("version", func(r *gittest.Repo) { r.Git("config", "core.repositoryFormatVersion", "2") }, "repositoryFormatVersion = 2")
	hinted("extension", func(r *gittest.Repo) { r.Git("config", "extensions.novelty", "true") }, "extensions.novelty")
	hinted("storage", func(r *gittest.Repo) { r.Git("config", "extensions.refStorage", "novel") }, "extensions.refStorage")
	hinted("link", func(r *gittest.Repo) {
		if err := os.RemoveAll(r.Path(".git")); err != nil {
			t.Fatal(err)
		}
		r.Write(".git", "gitdir: /nowhere/.git/worktrees/x\n")
	}, "is not a git directory")
	hinted("no objects", func(r *gittest.Repo) {
		if err := os.RemoveAll(r.Path(".git/objects")); err != nil {
			t.Fatal(err)
		}
	}, "is not a git directory")
}

// Configuration that go-git refuses is git's to read.
func TestOpenOddConfig(t *testing.T) {
	r := started(t)
	r.Write(".git/config", readFile(t, r.Path(".git/config"))+"[alias]\n\tx = \"!f() { echo \\\"a;b\\\"; }; f\"\n\ty = a\\\n b # c\n[Sec.Tion]\n\tk\n[remote \"x\"]\n[branch \"a b\"]\n")
	if got := openTest(t, r.Dir); got.headRef != "refs/heads/main" {
		t.Errorf("HEAD on %q", got.headRef)
	}
}

// Where git itself must read the refs, the repository's configuration must not
// make it run anything.
func TestOpenRunsNothing(t *testing.T) {
	r := started(t, "--object-format=sha256")
	trap := filepath.Join(t.TempDir(), "sprung")
	script := filepath.Join(t.TempDir(), "trap")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+trap+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "gpg.program",
		"alias.for-each-ref", "alias.symbolic-ref", "diff.external", "core.alternateRefsCommand", "credential.helper",
		"pager.for-each-ref", "pager.config", "remote.origin.uploadpack", "uploadpack.packObjectsHook",
	} {
		r.Git("config", key, script)
	}
	hooks := t.TempDir()
	for _, hook := range []string{"post-index-change", "reference-transaction", "fsmonitor-watchman"} {
		if err := os.Link(script, filepath.Join(hooks, hook)); err != nil {
			t.Skip(err)
		}
	}
	r.Git("config", "core.hooksPath", hooks)
	r.Git("config", "log.showSignature", "true")
	_ = os.Remove(trap) // setting this up may have sprung it
	openTest(t, r.Dir)
	if _, err := os.Stat(trap); err == nil {
		t.Error("opening the repository ran a program that its configuration names")
	}
}

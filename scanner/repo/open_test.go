package repo

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

// openTest opens a repository for a test.
func openTest(t *testing.T, dir string) *Repository {
	t.Helper()
	r, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// started returns a repository with one commit, "start".
func started(t *testing.T, args ...string) *gittest.Repo {
	t.Helper()
	r := gittest.New(t, args...)
	r.Write("README", "hello\n")
	r.Commit("start")
	return r
}

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

func refNames(r *Repository) []string {
	var names []string
	for _, ref := range r.Refs {
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
		if !slices.Equal(refNames(got), want) || len(got.Failures) > 0 {
			t.Errorf("%s: refs %q, want %q, skipped %v", what, refNames(got), want, got.Failures)
		}
		if got.HeadRef != "refs/heads/main" || got.Head.String() != r.ID("HEAD") {
			t.Errorf("%s: HEAD is %q, %s", what, got.HeadRef, got.Head)
		}
		for _, ref := range got.Refs {
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
	for _, s := range got.Failures {
		skipped = append(skipped, s.Path)
	}
	if want := []string{"refs/heads/empty", "refs/heads/garbage", "refs/heads/missing"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
}

func TestOpenDotGit(t *testing.T) {
	r := started(t)
	got := openTest(t, r.Path(".git"))
	if resolved(t, got.Root) != resolved(t, r.Dir) {
		t.Errorf("root = %q, want %q", got.Root, r.Dir)
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(t.Context(), t.TempDir()); !errors.Is(err, ErrNotRepository) {
		t.Errorf("plain directory: %v", err)
	}
	r := started(t)
	r.Write("below/file", "")
	if _, err := Open(t.Context(), r.Path("below")); !errors.Is(err, ErrNotRepository) {
		t.Errorf("directory in a work tree: %v", err)
	}
	hinted := func(what string, spoil func(r *gittest.Repo), want string) {
		t.Helper()
		r := started(t)
		spoil(r)
		_, err := Open(t.Context(), r.Dir)
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
	if got := openTest(t, r.Dir); got.HeadRef != "refs/heads/main" {
		t.Errorf("HEAD on %q", got.HeadRef)
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

package demo

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/hint"
)

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Make(t.Context(), t.TempDir()); err == nil || hint.Of(err) == "" {
		t.Errorf("got %v, want an error with a hint", err)
	}
}

func TestDir(t *testing.T) {
	temporary, remove, err := Dir("")
	if err != nil {
		t.Fatal(err)
	}
	remove()
	if _, err := os.Stat(temporary); err == nil {
		t.Error("the temporary folder is left")
	}
	kept := filepath.Join(t.TempDir(), "a", "b")
	for range 2 { // new, then empty
		dir, remove, err := Dir(kept)
		if err != nil || dir != kept {
			t.Fatalf("got %q, %v", dir, err)
		}
		remove()
		if _, err := os.Stat(kept); err != nil {
			t.Error("the folder is not kept")
		}
	}
	if _, _, err := Dir(filepath.Dir(kept)); err == nil || hint.Of(err) == "" {
		t.Errorf("got %v for a folder that is not empty, want an error with a hint", err)
	}
}

// What the machine configures for git has no effect on the repository.
func TestIsIsolated(t *testing.T) {
	hooks := t.TempDir()
	if err := os.WriteFile(filepath.Join(hooks, "pre-commit"), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
	t.Setenv("GIT_CONFIG_VALUE_0", hooks)
	t.Setenv("GIT_DIR", t.TempDir())
	dir := t.TempDir()
	if err := Make(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("git", "log", "--format=%an %ad %s", "--date=short", "main")
	cmd.Dir, cmd.Env = dir, isolated(os.Environ(), dir)
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "Ada Moreau 2025-04-02 Deploy") && !strings.HasPrefix(string(out), "Ben Okafor 2025-04-02 Deploy the reporter\n") {
		t.Errorf("the history is %q, %v", out, err)
	}
}

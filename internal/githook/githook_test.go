package githook

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// want checks what a step on a hook returns.
func want(t *testing.T, text string, step func() (string, error)) {
	t.Helper()
	if got, err := step(); err != nil || got != text {
		t.Errorf("got %q, %v; want %q", got, err, text)
	}
}

// refuses checks that a step on a hook fails with advice.
func refuses(t *testing.T, text string, step func() (string, error)) {
	t.Helper()
	got, err := step()
	if err == nil || !strings.Contains(err.Error(), text) || hint.Of(err) == "" {
		t.Errorf("got %q, %v; want an error with %q and a hint", got, err, text)
	}
}

func (h Hook) install() (string, error) { return h.Install("/opt/it's here/qasleaks'") }

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestHookAlone(t *testing.T) {
	h := In(filepath.Join(t.TempDir(), "not", "there", "yet"), "pre-commit")
	want(t, "not installed", h.Status)
	want(t, "not installed", h.Uninstall)
	want(t, "installed", h.install)
	want(t, "installed", h.Status)
	if info, err := os.Stat(h.File); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o100 == 0 {
		t.Errorf("git cannot run it: %v, %v", info, err)
	}
	want(t, "reinstalled", h.install)
	want(t, "uninstalled", h.Uninstall)
	if left, _ := os.ReadDir(filepath.Dir(h.File)); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
}

func TestHookBesideAnother(t *testing.T) {
	h := In(t.TempDir(), "pre-push")
	const theirs = "#!/bin/sh\nqasleaks=mine\n"
	write(t, h.File, theirs)
	want(t, "not installed; another hook exists", h.Status)
	want(t, "not installed", h.Uninstall)
	want(t, "installed; the existing hook, now pre-push.before-qasleaks, runs first", h.install)
	want(t, "installed; pre-push.before-qasleaks runs first", h.Status)
	want(t, "reinstalled", h.install)
	want(t, "uninstalled; the previous hook is restored", h.Uninstall)
	if got := read(t, h.File); got != theirs {
		t.Errorf("the previous hook is now %q", got)
	}
}

func TestTwoOtherHooks(t *testing.T) {
	h := In(t.TempDir(), "pre-push")
	write(t, h.File, "one")
	write(t, h.previous(), "two")
	refuses(t, "both", h.install)
	if one, two := read(t, h.File), read(t, h.previous()); one != "one" || two != "two" {
		t.Errorf("the hooks are now %q and %q", one, two)
	}
}

func TestEditedHook(t *testing.T) {
	h := In(t.TempDir(), "commit-msg")
	want(t, "installed", h.install)
	edited := read(t, h.File) + "echo mine\n"
	write(t, h.File, edited)
	want(t, "installed, and edited since", h.Status)
	refuses(t, "edited since", h.install)
	refuses(t, "edited since", h.Uninstall)
	if got := read(t, h.File); got != edited {
		t.Errorf("the hook is now %q", got)
	}
}

func TestUnreadableHook(t *testing.T) {
	h := In(t.TempDir(), "pre-commit")
	if err := os.Mkdir(h.File, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, step := range []func() (string, error){h.Status, h.install, h.Uninstall} {
		if got, err := step(); err == nil {
			t.Errorf("got %q for a directory, want an error", got)
		}
	}
}

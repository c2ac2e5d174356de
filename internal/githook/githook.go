// Package githook installs the hooks by which git runs qasleaks before a commit, before
// a push and before a server accepts a push, and removes them again.
package githook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// Names are the hooks of git that can stop a key before it spreads (githooks(5)), and
// ForClones are those of them that run in a clone and not on a server.
var (
	Names     = append(slices.Clip(ForClones), PreReceive)
	ForClones = []string{"pre-commit", "commit-msg", "pre-push"}
)

// PreReceive is the hook of a server.
const PreReceive = "pre-receive"

// Hook is a hook in the directory where git looks for hooks.
type Hook struct {
	// Name is one of [Names].
	Name string
	// File is the path of the script.
	File string
}

// In returns the hook of this name in a directory.
func In(dir, name string) Hook { return Hook{name, filepath.Join(dir, name)} }

// previous is where a hook that existed before is kept.
func (h Hook) previous() string { return h.File + previousSuffix }

const previousSuffix = ".before-qasleaks"

// state is what there is in the place of a hook.
type state int

const (
	absent state = iota
	other        // a hook that is not ours
	ours
	edited // ours, edited since
)

func (h Hook) state() (state, error) {
	content, err := os.ReadFile(h.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent, nil
	case err != nil:
		return 0, err
	}
	program, ok := programOf(content)
	switch {
	case !ok:
		return other, nil
	case !bytes.Equal(content, script(h.Name, program)):
		return edited, nil
	}
	return ours, nil
}

// Install writes the script of the hook, which runs program, and returns what it did.
// A hook that is not ours is kept next to it, and the script runs that one first.
func (h Hook) Install(program string) (string, error) {
	before, err := h.state()
	done := "installed"
	switch {
	case err != nil:
		return "", fmt.Errorf("install hook: %w", err)
	case before == edited:
		return "", h.errEdited()
	case before == other:
		if err := h.keepOther(); err != nil {
			return "", err
		}
		done = fmt.Sprintf("installed; the existing hook, now %s, runs first", filepath.Base(h.previous()))
	case before == ours:
		done = "reinstalled"
	}
	if err := os.MkdirAll(filepath.Dir(h.File), 0o755); err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	if err := os.WriteFile(h.File, script(h.Name, program), 0o755); err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	return done, nil
}

func (h Hook) keepOther() error {
	if _, err := os.Lstat(h.previous()); !errors.Is(err, fs.ErrNotExist) {
		return hint.New("remove one of them, or merge the two", "install hook: both %s and %s exist", h.File, h.previous())
	}
	if err := os.Rename(h.File, h.previous()); err != nil {
		return fmt.Errorf("install hook: %w", err)
	}
	return nil
}

func (h Hook) errEdited() error {
	return hint.New("move your changes elsewhere, then delete the file", "%s was installed by qasleaks and edited since", h.File)
}

// Uninstall undoes Install, and returns what it did.
func (h Hook) Uninstall() (string, error) {
	before, err := h.state()
	switch {
	case err != nil:
		return "", fmt.Errorf("uninstall hook: %w", err)
	case before == edited:
		return "", h.errEdited()
	case before != ours:
		return "not installed", nil
	}
	err = os.Rename(h.previous(), h.File)
	if err == nil {
		return "uninstalled; the previous hook is restored", nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(h.File)
	}
	if err != nil {
		return "", fmt.Errorf("uninstall hook: %w", err)
	}
	return "uninstalled", nil
}

// Status says whether the hook is installed.
func (h Hook) Status() (string, error) {
	now, err := h.state()
	if err != nil {
		return "", fmt.Errorf("read hook: %w", err)
	}
	switch now {
	case other:
		return "not installed; another hook exists", nil
	case edited:
		return "installed, and edited since", nil
	case absent:
		return "not installed", nil
	}
	if _, err := os.Lstat(h.previous()); err == nil {
		return fmt.Sprintf("installed; %s runs first", filepath.Base(h.previous())), nil
	}
	return "installed", nil
}

// Program returns the path by which hooks run the program that is running now: as
// PATH finds it, so that it stays valid when a newer version replaces the file, or
// else where the file is.
func Program() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		for _, name := range []string{"qasleaks", "qasleaks.exe"} {
			if inPath := filepath.Join(dir, name); filepath.IsAbs(inPath) && sameFile(inPath, program) {
				return inPath, nil
			}
		}
	}
	if strings.Contains(filepath.ToSlash(program), "/go-build") {
		return "", hint.New("install it first: go install .", "install hook: \"go run\" deletes the program when it ends")
	}
	return program, nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

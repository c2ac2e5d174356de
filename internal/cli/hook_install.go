package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// hookScript is what git runs. It ends with what the hook that was there ends with,
// if that is an error; both read what git writes to the hook.
const hookScript = `#!/bin/sh
# Made by "qasleaks hook install"; "qasleaks hook uninstall" undoes it.
qasleaks=%s
before=$(dirname "$0")/%s
told=
[ %s = pre-push ] && told=$(cat)
if [ -x "$before" ]; then
	printf '%%s\n' "$told" | "$before" "$@" || exit
fi
if ! command -v "$qasleaks" >/dev/null; then
	echo "qasleaks: $qasleaks is not there any more, so nothing was scanned" >&2
	echo "hint: install it again, or remove $0; --no-verify does without it once" >&2
	exit 1
fi
printf '%%s\n' "$told" | "$qasleaks" hook run %s "$@"
`

// beforeSuffix is added to the name of the hook that was there.
const beforeSuffix = ".before-qasleaks"

// render returns the script of a hook.
func render(hook, program string) []byte {
	quoted := "'" + strings.ReplaceAll(filepath.ToSlash(program), "'", `'\''`) + "'"
	return fmt.Appendf(nil, hookScript, quoted, hook+beforeSuffix, hook, hook)
}

// installed is a hook in the directory where git looks for it.
type installed struct{ name, file string }

func (h installed) before() string { return h.file + beforeSuffix }

// state tells whose the hook is.
func (h installed) state() (state hookState, content []byte, err error) {
	content, err = os.ReadFile(h.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hookAbsent, nil, nil
	case err != nil:
		return 0, nil, err
	}
	_, rest, ok := bytes.Cut(content, []byte("\nqasleaks="))
	if !ok || !bytes.HasPrefix(content, []byte(hookScript[:len("#!/bin/sh\n# Made by \"qasleaks hook install\"")])) {
		return hookForeign, content, nil
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	program := strings.ReplaceAll(strings.Trim(string(line), "'"), `'\''`, "'")
	if !bytes.Equal(content, render(h.name, program)) {
		return hookChanged, content, nil
	}
	return hookOurs, content, nil
}

type hookState int

const (
	hookAbsent hookState = iota
	hookForeign
	hookOurs
	hookChanged // ours, with changes that are not
)

// eachHook does something for each hook that is named, or for all.
func (s *session) eachHook(c *cli.Context, names []string, do func(installed) (string, error)) error {
	for _, name := range names {
		if !slices.Contains(hooks, name) {
			return unknownWord("hook", "hook", name, hooks)
		}
	}
	if len(names) == 0 {
		names = hooks
	}
	dir, err := scanner.HooksDir(c.Context, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		h := installed{name, filepath.Join(dir, name)}
		said, err := do(h)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.stdout, "%s: %s\n", filepath.ToSlash(h.file), said); err != nil {
			return err
		}
	}
	return nil
}

// install puts a hook of ours in place of the one that is there, and has it run
// that one first.
func install(h installed) (string, error) {
	program, err := thisProgram()
	if err != nil {
		return "", err
	}
	state, _, err := h.state()
	said := "installed"
	switch {
	case err != nil:
		return "", fmt.Errorf("install hook: %w", err)
	case state == hookChanged:
		return "", changedHook(h)
	case state == hookForeign:
		if _, err := os.Lstat(h.before()); !errors.Is(err, fs.ErrNotExist) {
			return "", hint.New("see which of them is yours, and remove or merge the other", "install hook: both %s and %s are there", h.file, h.before())
		}
		if err := os.Rename(h.file, h.before()); err != nil {
			return "", fmt.Errorf("install hook: %w", err)
		}
		said = "installed; it runs the hook that was there first, which is now " + filepath.Base(h.before())
	case state == hookOurs:
		said = "installed anew"
	}
	if err := os.MkdirAll(filepath.Dir(h.file), 0o755); err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	if err := os.WriteFile(h.file, render(h.name, program), 0o755); err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	return said, nil
}

// thisProgram returns the path of the program that runs: as PATH finds it, which
// stays when it is replaced by a newer one, or else where it is.
func thisProgram() (string, error) {
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
		return "", hint.New("install it first: go install .", "install hook: \"go run\" makes a program that is gone when it ends")
	}
	return program, nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

func changedHook(h installed) error {
	return hint.New("keep what is yours elsewhere, and remove it", "%s was made by qasleaks and changed since", h.file)
}

// uninstall puts back what was there before install.
func uninstall(h installed) (string, error) {
	state, _, err := h.state()
	switch {
	case err != nil:
		return "", fmt.Errorf("uninstall hook: %w", err)
	case state == hookChanged:
		return "", changedHook(h)
	case state != hookOurs:
		return "not installed", nil
	}
	err = os.Rename(h.before(), h.file)
	if err == nil {
		return "uninstalled; the hook that was there before is back", nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(h.file)
	}
	if err != nil {
		return "", fmt.Errorf("uninstall hook: %w", err)
	}
	return "uninstalled", nil
}

// status says whether a hook is installed.
func status(h installed) (string, error) {
	state, _, err := h.state()
	if err != nil {
		return "", fmt.Errorf("read hook: %w", err)
	}
	said := map[hookState]string{
		hookAbsent:  "not installed",
		hookForeign: "not installed; there is another hook",
		hookOurs:    "installed",
		hookChanged: "installed, and changed since",
	}[state]
	if _, err := os.Lstat(h.before()); err == nil && state == hookOurs {
		said += "; it runs " + filepath.Base(h.before()) + " first"
	}
	return said, nil
}

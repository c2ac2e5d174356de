package agenthook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/hint"
)

// Install adds the hook to the settings in the directory dir, without changing what is
// there, and returns what it did. Events that cannot be read are allowed if allow.
func (p Product) Install(dir string, allow bool) (string, error) {
	file := filepath.Join(dir, filepath.FromSlash(p.Settings))
	text, err := os.ReadFile(file)
	done := "installed"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(newSettings)
	case err != nil:
		return "", fmt.Errorf("install hook: %w", err)
	}
	before, err := p.remove(file, text)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(before, text) {
		done = "reinstalled"
	}
	after, err := p.add(before, p.command(allow))
	if err != nil {
		return "", notUnderstood(file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", fmt.Errorf("install hook: %w", err)
	}
	return done, write(file, after)
}

// Uninstall undoes Install, and returns what it did.
func (p Product) Uninstall(dir string) (string, error) {
	file := filepath.Join(dir, filepath.FromSlash(p.Settings))
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "not installed", nil
	}
	if err != nil {
		return "", fmt.Errorf("uninstall hook: %w", err)
	}
	before, err := p.remove(file, text)
	switch {
	case err != nil:
		return "", err
	case bytes.Equal(before, text):
		return "not installed", nil
	case string(before) == newSettings:
		if err := os.Remove(file); err != nil {
			return "", fmt.Errorf("uninstall hook: %w", err)
		}
		return "uninstalled", nil
	}
	return "uninstalled", write(file, before)
}

// newSettings is what a new file has before a hook is added.
const newSettings = "{\n}\n"

// hookName is in every command that runs the hook.
const hookName = "qasleaks hook run agent"

// command returns what a product runs. Assistants stop only at the exit status 2, and
// would go on if the program is deleted.
func (p Product) command(allow bool) string {
	if allow {
		return hookName + " --agent " + p.Name + " --on-error allow"
	}
	return hookName + " --agent " + p.Name + " || exit 2"
}

func write(file string, text []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := atomicfile.Create(file, mode)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit()
}

func notUnderstood(file string, err error) error {
	return &hint.Error{
		Err:  fmt.Errorf("read %s: %w", filepath.ToSlash(file), err),
		Hint: "add the hook by hand, as in docs/agents.md, or make the file plain JSON",
	}
}

// What is added differs in its spaces from what assistants write, so that it can be told
// from what was there.
const (
	ownHooks = `"hooks":{ }`
	ownSpace = " "
)

// add returns settings with a hook for each event.
func (p Product) add(text []byte, command string) ([]byte, error) {
	at, err := find(text)
	if err != nil {
		return nil, err
	}
	if at.hooks == 0 {
		text = insert(text, at.root, ownHooks)
	}
	for _, e := range p.events {
		if at, err = find(text); err != nil {
			return nil, err
		}
		if list, ok := at.events[e.name]; ok {
			text = insert(text, list, ownSpace+nested(command))
		} else {
			text = insert(text, at.hooks, quote(e.name)+":["+nested(command)+"]")
		}
	}
	return text, nil
}

// insert returns text with a member added after an opening bracket.
func insert(text []byte, at int, member string) []byte {
	rest := bytes.TrimLeft(text[at:], " \t\r\n")
	if rest[0] != '}' && rest[0] != ']' {
		member += ","
	}
	return bytes.Join([][]byte{text[:at], []byte(member), text[at:]}, nil)
}

// remove returns settings without what add added; text itself if that is nothing.
func (p Product) remove(file string, text []byte) ([]byte, error) {
	rest := string(text)
	cut := func(member string) {
		rest = strings.ReplaceAll(rest, member+",", "")
		rest = strings.ReplaceAll(rest, member, "")
	}
	for _, allow := range []bool{false, true} {
		entry := nested(p.command(allow))
		for _, e := range p.events {
			cut(quote(e.name) + ":[" + entry + "]")
		}
		cut(ownSpace + entry)
	}
	if rest != string(text) {
		cut(ownHooks)
	}
	if _, err := find([]byte(rest)); err != nil {
		return nil, notUnderstood(file, err)
	}
	if strings.Contains(rest, hookName) {
		return nil, hint.New("remove the hook by hand", "%s has a hook of qasleaks that was edited", filepath.ToSlash(file))
	}
	return []byte(rest), nil
}

// places are offsets in settings, each after an opening bracket; 0 for what is absent.
type places struct {
	root, hooks int
	events      map[string]int
}

var errShape = errors.New("expected an object with hooks, which has a list for each event")

// find returns where hooks are in settings.
func find(text []byte) (places, error) {
	at := places{events: map[string]int{}}
	d := json.NewDecoder(bytes.NewReader(text))
	skip := func() error { return d.Decode(new(json.RawMessage)) }
	err := members(d, &at.root, func(key string) error {
		if key != "hooks" {
			return skip()
		}
		if at.hooks > 0 {
			return errShape
		}
		return members(d, &at.hooks, func(event string) error {
			if _, twice := at.events[event]; twice {
				return errShape
			}
			if open, err := d.Token(); err != nil || open != json.Delim('[') {
				return errors.Join(err, errShape)
			}
			at.events[event] = int(d.InputOffset())
			for d.More() {
				if err := skip(); err != nil {
					return err
				}
			}
			_, err := d.Token()
			return err
		})
	})
	if err != nil {
		return at, err
	}
	if _, err := d.Token(); err != io.EOF {
		return at, errShape
	}
	return at, nil
}

// members calls each for the members of an object, and sets where the first begins.
func members(d *json.Decoder, first *int, each func(key string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(err, errShape)
	}
	*first = int(d.InputOffset())
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return errShape
		}
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

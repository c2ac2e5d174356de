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
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/hint"
)

// Install adds the hook to the settings in the directory dir, without changing what is
// there, and returns what it did. Events that cannot be read are allowed if allow.
func (p Product) Install(dir string, allow bool) (string, error) {
	file := filepath.Join(dir, filepath.FromSlash(p.Settings))
	text, err := os.ReadFile(file)
	created := errors.Is(err, fs.ErrNotExist)
	switch {
	case created:
		text = p.newSettings()
	case err != nil:
		return "", fmt.Errorf("install hook: %w", err)
	}
	before, ours, err := p.remove(file, text)
	if err != nil {
		return "", err
	}
	done := "installed"
	if !bytes.Equal(before, text) {
		done = "reinstalled"
	}
	after, err := p.add(before, p.entry(allow), created || ours)
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
	before, created, err := p.remove(file, text)
	switch {
	case err != nil:
		return "", err
	case bytes.Equal(before, text):
		return "not installed", nil
	case created && bytes.Equal(before, p.newSettings()):
		if err := os.Remove(file); err != nil {
			return "", fmt.Errorf("uninstall hook: %w", err)
		}
		return "uninstalled", nil
	}
	return "uninstalled", write(file, before)
}

// newSettings returns what a new file has before a hook is added.
func (p Product) newSettings() []byte {
	if p.versioned {
		return []byte("{\n\"version\": 1\n}\n")
	}
	return []byte("{\n}\n")
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

// What is added begins right after an opening bracket, so that remove finds it. Spaces tell
// what was there before: an entry in an older list begins with one, the members of an older
// object with none, those of an added object with one, and with two if the file was created.
const (
	inList     = " "
	inHooks    = " "
	inNewFile  = "  "
	openHooks  = `"hooks":{`
	closeHooks = "}"
)

// edit is a text to insert at an offset, or the number of bytes to cut there.
type edit struct {
	at   int
	text string
	cut  int
}

// apply returns text with edits. A text that is inserted is followed by a comma, unless
// nothing comes after it, and what is cut has its comma cut, too.
func apply(text []byte, edits []edit) []byte {
	slices.SortFunc(edits, func(a, b edit) int { return b.at - a.at })
	for _, e := range edits {
		rest := text[e.at+e.cut:]
		if e.cut > 0 {
			rest = bytes.TrimPrefix(rest, []byte(","))
		} else if next := bytes.TrimLeft(rest, " \t\r\n"); next[0] != '}' && next[0] != ']' {
			e.text += ","
		}
		text = slices.Concat(text[:e.at], []byte(e.text), rest)
	}
	return text
}

// members returns an event with an entry as a member of hooks, for those of the events that
// are wanted.
func (p Product) members(entry string, wanted func(event) bool) string {
	var members []string
	for _, e := range p.events {
		if wanted(e) {
			members = append(members, quote(e.name)+":["+entry+"]")
		}
	}
	return strings.Join(members, ",")
}

// add returns settings with an entry for each event.
func (p Product) add(text []byte, entry string, created bool) ([]byte, error) {
	at, err := p.find(text)
	if err != nil {
		return nil, err
	}
	missing := p.members(entry, func(e event) bool { return at.lists[e.name] == 0 })
	if at.hooks == 0 {
		space := inHooks
		if created {
			space = inNewFile
		}
		return apply(text, []edit{{at: at.root, text: openHooks + space + missing + closeHooks}}), nil
	}
	var edits []edit
	for _, e := range p.events {
		if list := at.lists[e.name]; list > 0 {
			edits = append(edits, edit{at: list, text: inList + entry})
		}
	}
	if missing != "" {
		edits = append(edits, edit{at: at.hooks, text: missing})
	}
	return apply(text, edits), nil
}

// remove returns settings without what add added; text itself if that is nothing. It also
// returns whether the file was created for the hook.
func (p Product) remove(file string, text []byte) (rest []byte, created bool, err error) {
	at, err := p.find(text)
	if err != nil {
		return nil, false, notUnderstood(file, err)
	}
	rest = text
	for _, allow := range []bool{false, true} {
		if bytes.Equal(rest, text) {
			rest, created = p.without(text, at, p.entry(allow))
		}
	}
	if strings.Contains(string(rest), hookName) {
		return nil, false, hint.New("remove the hook by hand", "%s has a hook of qasleaks that was edited", filepath.ToSlash(file))
	}
	return rest, created, nil
}

// without returns settings without what was added for an entry.
func (p Product) without(text []byte, at places, entry string) (rest []byte, created bool) {
	for _, space := range []string{inHooks, inNewFile} {
		whole := openHooks + space + p.members(entry, func(event) bool { return true }) + closeHooks
		if bytes.HasPrefix(text[at.root:], []byte(whole)) {
			return apply(text, []edit{{at: at.root, cut: len(whole)}}), space == inNewFile
		}
	}
	var edits []edit
	missing := p.members(entry, func(e event) bool {
		list := at.lists[e.name]
		if list == 0 || !bytes.HasPrefix(text[list:], []byte(inList+entry)) {
			return true
		}
		edits = append(edits, edit{at: list, cut: len(inList + entry)})
		return false
	})
	if missing != "" && at.hooks > 0 && bytes.HasPrefix(text[at.hooks:], []byte(missing)) {
		edits = append(edits, edit{at: at.hooks, cut: len(missing)})
	}
	return apply(text, edits), false
}

// places are offsets in settings, each after an opening bracket; 0 for what is absent.
type places struct {
	root, hooks int
	// lists are those of the events.
	lists map[string]int
}

var (
	errShape   = errors.New("expected an object with hooks, which has a list for each event")
	errVersion = errors.New(`expected a member "version": 1`)
)

// find returns where hooks are in settings.
func (p Product) find(text []byte) (places, error) {
	at := places{lists: map[string]int{}}
	var version json.RawMessage
	d := json.NewDecoder(bytes.NewReader(text))
	skip := func() error { return d.Decode(new(json.RawMessage)) }
	err := members(d, &at.root, func(key string) error {
		if key == "version" {
			return d.Decode(&version)
		}
		if key != "hooks" {
			return skip()
		}
		if at.hooks > 0 {
			return errShape
		}
		return members(d, &at.hooks, func(event string) error {
			if at.lists[event] > 0 {
				return errShape
			}
			if open, err := d.Token(); err != nil || open != json.Delim('[') {
				return errors.Join(err, errShape)
			}
			at.lists[event] = int(d.InputOffset())
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
	if p.versioned && string(version) != "1" {
		return at, errVersion
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

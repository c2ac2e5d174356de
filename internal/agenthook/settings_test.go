package agenthook_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/agenthook"
)

// events are how many events the hook of each product is for.
var events = map[string]int{"claude": 3, "cursor": 7, "copilot": 3, "codex": 3, "gemini": 3}

// settings are files that are there before; "" is none.
var settings = []string{
	"", `{"version":1}`, "{\n\"version\": 1\n}\n", `{"version":1,"hooks":{}}`, `{"version":1,"hooks":{ }}`, "{ \"version\": 1 }\n", `{"hooks":{},"version":1}`,
	"{\n  \"a\": [1.0, {\"hooks\": 1}],\r\n  \"hooks\": {},\n\"version\":1}\n", `{"version":1,"hooks":{"PreToolUse":[],"BeforeTool":[ ]}}`,
	`{"version":1,"hooks":{ "preToolUse":[]}}`, `{"hooks":{"Stop":[{"x":1}]},"version":1,"z":"\u00e9"}`, `{"version":1,"a":{"hooks":{ }},"b":"\"hooks\":{ }"}`,
	"{\"version\": 1,\n\t\"hooks\": {\n\t\t\"PostToolUse\": [\n\t\t\t{\"hooks\": []}\n\t\t], \"AfterTool\": [{}]\n\t}\n}\n",
}

// randomSettings returns settings with random members, in random order, with random spaces.
func randomSettings(r *rand.Rand) string {
	space := func() string { return []string{"", "", " ", "  ", "\n", "\r\n\t"}[r.IntN(6)] }
	join := func(parts []string) string {
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return space() + strings.Join(parts, space()+","+space()) + space()
	}
	var lists []string
	for _, event := range []string{"PreToolUse", "PostToolUse", "UserPromptSubmit", "BeforeTool", "preToolUse", "postToolUse", "Stop"} {
		if r.IntN(2) == 0 {
			entries := make([]string, r.IntN(3))
			for i := range entries {
				entries[i] = []string{`{"hooks":[]}`, `{"command":"x"}`, `1`, ` "]"`}[r.IntN(4)]
			}
			lists = append(lists, fmt.Sprintf("%q:%s[%s]", event, space(), join(entries)))
		}
	}
	parts := []string{`"version":` + space() + "1"}
	if r.IntN(3) > 0 {
		parts = append(parts, `"hooks"`+space()+":"+space()+"{"+join(lists)+"}")
	}
	for i := range r.IntN(3) {
		parts = append(parts, fmt.Sprintf(`"m%d":%s`, i, []string{`{"hooks":{ }}`, `"}"`, "[1.50]", "null", `"\u0068\"hooks\":{ "`}[r.IntN(5)]))
	}
	return space() + "{" + join(parts) + "}" + space()
}

// writeSettings writes the settings of a product in a new directory; none if text is "".
func writeSettings(t *testing.T, p agenthook.Product, text string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, filepath.FromSlash(p.Settings))
	if text == "" {
		return dir, file
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

func TestInstallIsUndone(t *testing.T) {
	all, r := settings, rand.New(rand.NewPCG(1, 1))
	for range 30 {
		all = append(all, randomSettings(r))
	}
	for _, name := range agenthook.Names() {
		p, _ := agenthook.Find(name)
		for _, before := range all {
			dir, file := writeSettings(t, p, before)
			for i, want := range []string{"installed", "reinstalled", "reinstalled"} {
				done, err := p.Install(dir, i == 1)
				if err != nil || done != want {
					t.Fatalf("%s %q: %s, %v", name, before, done, err)
				}
				installed, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				checkInstalled(t, name, before, installed, i == 1)
			}
			if done, err := p.Uninstall(dir); err != nil || done != "uninstalled" {
				t.Fatalf("%s %q: %s, %v", name, before, done, err)
			}
			after, err := os.ReadFile(file)
			if string(after) != before || (err == nil) != (before != "") {
				t.Fatalf("%s: %q became %q, %v", name, before, after, err)
			}
			if done, err := p.Uninstall(dir); err != nil || done != "not installed" {
				t.Errorf("%s %q: %s, %v", name, before, done, err)
			}
		}
	}
}

// checkInstalled expects each event to have the hook, first in its list, and what was there
// before to be there still.
func checkInstalled(t *testing.T, name, before string, installed []byte, allow bool) {
	t.Helper()
	type lists struct {
		Version int                          `json:"version"`
		Hooks   map[string][]json.RawMessage `json:"hooks"`
	}
	var was, is lists
	if before != "" {
		if err := json.Unmarshal([]byte(before), &was); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(installed, &is); err != nil {
		t.Fatalf("%s %q became %q, which is not valid", name, before, installed)
	}
	n := 0
	for event, list := range is.Hooks {
		if len(list) > 0 && strings.Contains(string(list[0]), "qasleaks hook run agent --agent "+name) {
			n++
			if blocks := !strings.Contains(string(list[0]), "--on-error allow"); blocks == allow {
				t.Errorf("%s %q: %s", name, before, list[0])
			}
			list = list[1:]
		}
		if fmt.Sprintf("%s", list) != fmt.Sprintf("%s", was.Hooks[event]) {
			t.Errorf("%s %q: %s has %s", name, before, event, list)
		}
	}
	if n != events[name] || before != "" && is.Version != was.Version {
		t.Errorf("%s %q: %d hooks in %s", name, before, n, installed)
	}
}

func TestInstallRefuses(t *testing.T) {
	for _, c := range []struct{ product, before string }{
		{"claude", "[]"},
		{"claude", " "},
		{"claude", "{"},
		{"claude", "{} {}"},
		{"claude", "{/* a comment */}"},
		{"claude", "{\n// a comment\n}"},
		{"claude", `{"hooks":[]}`},
		{"claude", `{"hooks":{"PreToolUse":{}}}`},
		{"claude", `{"hooks":null}`},
		{"claude", "\ufeff{}"},
		{"claude", `{"hooks":{},"hooks":{}}`},
		{"claude", `{"hooks":{"Stop":[],"Stop":[]}}`},
		{"claude", `{"hooks":{"Stop":[{"hooks":[{"command":"qasleaks hook run agent"}]}]}}`},
		{"cursor", `{}`},
		{"cursor", `{"version":2,"hooks":{}}`},
		{"copilot", `{"hooks":{}}`},
	} {
		p, _ := agenthook.Find(c.product)
		dir, file := writeSettings(t, p, c.before)
		if done, err := p.Install(dir, false); err == nil {
			t.Errorf("%q: %s", c.before, done)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != c.before {
			t.Errorf("%q became %q, %v", c.before, after, err)
		}
	}
}

// TestInstallNamesEditedHooks expects that hooks which were changed after Install, also by a
// formatter, are neither removed in part nor added again.
func TestInstallNamesEditedHooks(t *testing.T) {
	for _, name := range agenthook.Names() {
		p, _ := agenthook.Find(name)
		dir, file := writeSettings(t, p, "")
		if _, err := p.Install(dir, false); err != nil {
			t.Fatal(err)
		}
		var any map[string]any
		installed, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(installed, &any)
		}
		if err != nil {
			t.Fatal(err)
		}
		formatted, _ := json.MarshalIndent(any, "", "  ")
		for _, text := range []string{string(formatted), strings.Replace(string(installed), "--agent", "--color always --agent", 1)} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, do := range []func() (string, error){func() (string, error) { return p.Install(dir, false) }, func() (string, error) { return p.Uninstall(dir) }} {
				if done, err := do(); err == nil || !strings.Contains(err.Error(), "was edited") {
					t.Errorf("%s: %s, %v", name, done, err)
				}
				if after, err := os.ReadFile(file); err != nil || string(after) != text {
					t.Errorf("%s: changed to %s, %v", name, after, err)
				}
			}
		}
	}
}

// FuzzInstall expects that Install leaves valid JSON, and is undone exactly.
func FuzzInstall(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, text := range append(settings[1:], randomSettings(r), randomSettings(r)) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, before string) {
		for _, name := range agenthook.Names() {
			p, _ := agenthook.Find(name)
			dir, file := writeSettings(t, p, before)
			_, err := p.Install(dir, false)
			if after, _ := os.ReadFile(file); err != nil && string(after) != before {
				t.Errorf("%s: %q became %q, but %v", name, before, after, err)
			} else if err == nil && !json.Valid(after) {
				t.Errorf("%s: %q became %q", name, before, after)
			}
			if err != nil {
				continue
			}
			_, err = p.Uninstall(dir)
			if after, _ := os.ReadFile(file); err != nil || string(after) != before {
				t.Errorf("%s: %q became %q, %v", name, before, after, err)
			}
		}
	})
}

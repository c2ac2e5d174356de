package agenthook_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/agenthook"
)

// settings are files that are there before.
var settings = []string{
	"", "{}", "{\n}", "{ }\n", `{"model":"x"}`, `{"hooks":{}}`, "{\n  \"a\": [1.0, {\"hooks\": 1}],\r\n  \"hooks\": {}\n}\n",
	`{"hooks":{"PreToolUse":[],"BeforeTool":[ ]}}`, `{"hooks":{"Stop":[{"x":1}]},"z":"\u00e9"}`,
	"{\n\t\"hooks\": {\n\t\t\"PostToolUse\": [\n\t\t\t{\"hooks\": []}\n\t\t], \"AfterTool\": [{}]\n\t}\n}\n",
}

func TestInstallIsUndone(t *testing.T) {
	for _, name := range agenthook.Names() {
		for _, before := range settings {
			p, _, _ := agenthook.Find(name)
			dir := t.TempDir()
			file := filepath.Join(dir, filepath.FromSlash(p.Settings))
			if before != "" {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range []string{"installed", "reinstalled", "reinstalled"} {
				done, err := p.Install(dir, i == 1)
				if err != nil || done != want {
					t.Fatalf("%s %q: %s, %v", name, before, done, err)
				}
				installed, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(string(installed), "hook run agent --agent "+name); n != 3 || !json.Valid(installed) {
					t.Errorf("%s %q: %d hooks in %s", name, before, n, installed)
				}
			}
			if done, err := p.Uninstall(dir); err != nil || done != "uninstalled" {
				t.Fatalf("%s %q: %s, %v", name, before, done, err)
			}
			after, err := os.ReadFile(file)
			if string(after) != before || (err == nil) != (before != "") {
				t.Errorf("%s: %q became %q, %v", name, before, after, err)
			}
			if done, err := p.Uninstall(dir); err != nil || done != "not installed" {
				t.Errorf("%s %q: %s, %v", name, before, done, err)
			}
		}
	}
}

func TestInstallRefuses(t *testing.T) {
	p, _, _ := agenthook.Find("claude")
	for _, before := range []string{
		"[]", "", "{", "{} {}", "{/* a comment */}", `{"hooks":[]}`, `{"hooks":{"PreToolUse":{}}}`, `{"hooks":null}`, "\ufeff{}",
		`{"hooks":{},"hooks":{}}`, `{"hooks":{"Stop":[],"Stop":[]}}`,
		`{"hooks":{"Stop":[{"hooks":[{"command":"qasleaks hook run agent"}]}]}}`,
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, filepath.FromSlash(p.Settings))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if done, err := p.Install(dir, false); err == nil {
			t.Errorf("%q: %s", before, done)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != before {
			t.Errorf("%q became %q, %v", before, after, err)
		}
	}
}

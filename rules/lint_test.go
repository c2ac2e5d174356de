package rules_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// FuzzCheck calls every rule with a Check, with a text as each kind of file that such
// rules look at: no rule panics, and its findings are within the text and have no token.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"jobs:\n  a:\n    steps:\n      - run: echo \"$QAS_TOKEN\"\n", "set -x\ncurl -v -H \"a: ${QAS_TOKEN:-{{key 1}}}\" \\\n x",
		"#!/bin/sh -x\n: $QAS_TOKEN", "QAS_TOKEN={{key 1}}\n", "QAS_TOKEN: '{{plain 1}}'", "services:\n  a:\n    environment:\n      QAS_TOKEN: {{key 1}}\n",
		"FROM a\nCOPY . .\nADD --chown=a [\".\", \"/\"]", `{"name": "a", "files": null}`, "!.env\n/a/\n**\n[", "echo ${{ secrets.QAS_TOKEN", "echo '${{ secrets.QAS_TOKEN }}' | tee",
		"echo \\", "'", "\xff\xfe", "${{", "COPY", "QAS_TOKEN:\n\n", "sh \"echo ${QAS_TOKEN}\"\necho '''$QAS_TOKEN", "on: workflow_run\njobs:\n  a:\n    steps:\n      - run: gh pr checkout 1\n      - run: ${{ secrets.QAS_TOKEN }}",
		"def f():\n  requests.get('https://acme.qasphere.com/api/public/v0', verify=False)\n", "async () => { x = await fetch(`${QAS_URL}/a`).catch(() => {}) }", "try { fetch(QAS_URL) } catch {}",
		"QAS_URL=acme.qasphere.com\nQAS_URL=https://docs.qasphere.com/x", "- run: curl -k $QAS_URL >x || true\n  continue-on-error: true\n  env: {QAS_TOKEN: $A}", "f() { A )\n fetch(QAS_URL", "x: &a [*a]\nrun: [\"a\\nb\", >-\n c]",
		"env: {\n QAS_TOKEN: x,\n extraHTTPHeaders: {A: QAS_TOKEN}, trace: 'on'", "ARG QAS_TOKEN\nENV QAS_TOKEN=$A \\\n B <<E\nx\nE\nCOPY .qaspherecli /", "services:\n  a:\n    build:\n      args: [QAS_TOKEN]",
	} {
		f.Add([]byte(keytest.Expand(seed)))
	}
	sources := []string{"a.go", "a.py", "a.rb", "a.ts", "b.php"}
	paths := []string{
		".dockerignore", ".env", ".env.production", ".github/workflows/a.yml", ".gitlab-ci.yml", ".npmignore", ".qaspherecli", "Dockerfile",
		"Jenkinsfile", "a/compose.yml", "a/package.json", "azure-pipelines.yml", "ci/a.sh", "credentials.json", "cypress.config.ts", "package.json",
		"playwright.config.ts",
	}
	paths = append(paths, sources...)
	slices.Sort(paths)
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		p := rules.Project{Now: keytest.Made.AddDate(3, 0, 0)}
		for i, path := range paths {
			p.Files = append(p.Files, rules.File{
				Path: path, InGit: true, Tracked: i%2 == 0, Ignored: i%3 == 0, Names: true, Speaks: true, Read: func() []byte { return text },
			})
			if !rules.Looked(path) && !slices.Contains(sources, path) {
				t.Errorf("%s is not looked at", path)
			}
			p.Keys = append(p.Keys, sightings(path, text)...)
		}
		var parsed rules.Pipelines
		for _, r := range rules.All() {
			if r.Check == nil {
				continue
			}
			p.Days, p.Parsed = r.Tuning.Days, nil
			found := r.Check(p)
			p.Parsed = &parsed
			if again := r.Check(p); !reflect.DeepEqual(again, found) {
				t.Errorf("%s: %+v with parsed files, %+v without", r.ID, again, found)
			}
			for _, l := range found {
				shown := l.Message + l.Subject + l.Replace + l.Append.Line
				switch {
				case l.Message == "" || l.Severity == 0 || l.Confidence == 0:
					t.Errorf("%s: incomplete: %+v", r.ID, l)
				case l.Seen == 0 && (!slices.Contains(paths, l.Path) || l.Start < 0 || l.Start > l.End || l.End > len(text)), l.Seen > len(p.Keys):
					t.Errorf("%s: %d..%d of %d in %q", r.ID, l.Start, l.End, len(text), l.Path)
				case strings.Contains(shown, keytest.Token(1)):
					t.Errorf("%s shows a token", r.ID)
				}
			}
		}
		if !bytes.Equal(text, before) {
			t.Error("the text was changed")
		}
	})
}

// sightings returns the keys in a text.
func sightings(path string, text []byte) []rules.Sighting {
	all, _ := rules.Select([]string{"qas-api-key"})
	var found []rules.Sighting
	for at := range text {
		if slices.ContainsFunc(all[0].Anchors, func(a rules.Anchor) bool { return startsWith(text[at:], a) }) {
			if m, ok := all[0].Find(text, at); ok {
				line := bytes.LastIndexByte(text[:m.Start], '\n') + 1
				found = append(found, rules.Sighting{Key: m.Key, Path: path, Start: m.Start, End: m.End, Before: text[line:m.Start]})
			}
		}
	}
	return found
}

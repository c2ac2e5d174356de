package scanner_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestRules runs every rule over its cases: testdata/rules/<id>.txtar. A file
// below "error/", "warning/" or "note/" has findings of that severity where its
// text stands in «», and nowhere else; a file below "clean/" has none. What
// stands in {{}} is expanded as internal/keytest tells.
func TestRules(t *testing.T) {
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("..", "testdata", "rules", rule.ID+".txtar"))
			if err != nil {
				t.Fatalf("a rule has cases: %v", err)
			}
			kinds := map[string]bool{}
			for _, file := range archive.Files {
				kind, name := path.Split(file.Name)
				kinds[kind] = true
				t.Run(file.Name, func(t *testing.T) { testCase(t, rule, strings.TrimSuffix(kind, "/"), name, string(file.Data)) })
			}
			if !kinds["clean/"] || len(kinds) < 2 {
				t.Error("a rule has at least one hit and one near-miss")
			}
		})
	}
}

func testCase(t *testing.T, rule rules.Rule, severity, name, text string) {
	text, want := unmark(keytest.Expand(text))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{Rules: []rules.Rule{rule}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[place]bool{}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			got[place{o.Line, o.Column, o.EndLine, o.EndColumn}] = true
			if o.Severity.String() != severity {
				t.Errorf("%d:%d: severity %s, want %s", o.Line, o.Column, o.Severity, severity)
			}
		}
	}
	for p := range want {
		if !got[p] {
			t.Errorf("not found: %+v", p)
		}
	}
	for p := range got {
		if !want[p] {
			t.Errorf("found where nothing is: %+v", p)
		}
	}
}

type place struct{ line, column, endLine, endColumn int }

// unmark takes the marks « and » out of an ASCII text and returns the places
// they bound.
func unmark(text string) (string, map[place]bool) {
	var b strings.Builder
	places := map[place]bool{}
	line, column := 1, 1
	var open place
	for _, r := range text {
		switch r {
		case '«':
			open = place{line: line, column: column}
			continue
		case '»':
			open.endLine, open.endColumn = line, column
			places[open] = true
			continue
		case '\n':
			line, column = line+1, 0
		}
		column++
		b.WriteRune(r)
	}
	return b.String(), places
}

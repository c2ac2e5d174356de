package scanner_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestRules runs every rule over its cases: testdata/rules/<id>.txtar. A file
// below "error/", "warning/" or "note/" has findings of that severity where its
// text stands in «», and nowhere else; a file below "clean/" has none. What
// stands in {{}} is expanded as internal/keytest tells.
//
// Where a rule judges files together, the next folder is that of a repository, whose
// files are committed, but for those whose names begin with "+", which are only there.
// A file that begins with «» is itself what is wrong.
func TestRules(t *testing.T) {
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("..", "testdata", "rules", rule.ID+".txtar"))
			if err != nil {
				t.Fatalf("a rule has cases: %v", err)
			}
			kinds := map[string]bool{}
			if rule.Check != nil {
				testProjects(t, rule, archive, kinds)
				archive.Files = nil
			}
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
	comparePlaces(t, rule, dir, severity, want)
}

// testProjects runs a rule over repositories.
func testProjects(t *testing.T, rule rules.Rule, archive *txtar.Archive, kinds map[string]bool) {
	projects := map[string][]txtar.File{}
	for _, file := range archive.Files {
		kind, rest, _ := strings.Cut(file.Name, "/")
		project, name, _ := strings.Cut(rest, "/")
		kinds[kind+"/"] = true
		projects[kind+"/"+project] = append(projects[kind+"/"+project], txtar.File{Name: name, Data: file.Data})
	}
	for project, files := range projects {
		t.Run(project, func(t *testing.T) {
			repo := gittest.New(t)
			want := map[place]bool{}
			for _, late := range []bool{false, true} {
				for _, file := range files {
					name, isLate := strings.CutPrefix(file.Name, "+")
					if isLate != late {
						continue
					}
					text, places := unmark(keytest.Expand(string(file.Data)))
					repo.Write(name, text)
					for p := range places {
						p.path = name
						want[p] = true
					}
				}
				if !late {
					repo.Git("add", "-A", "-f")
					repo.Git("commit", "-q", "--allow-empty", "-m", "Begin")
				}
			}
			comparePlaces(t, rule, repo.Dir, path.Dir(project), want)
		})
	}
}

// comparePlaces scans a directory for what one rule finds, other rules having seen
// what keys there are.
func comparePlaces(t *testing.T, rule rules.Rule, dir, severity string, want map[place]bool) {
	t.Helper()
	options := scanner.Options{Rules: []rules.Rule{rule}, Now: keytest.Made.AddDate(0, 0, 30)}
	if rule.Check != nil {
		options.Rules = nil
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, options)
	if err != nil {
		t.Fatal(err)
	}
	got := map[place]bool{}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			if o.Rule.ID != rule.ID {
				continue
			}
			p := place{line: o.Line, column: o.Column, endLine: o.EndLine, endColumn: o.EndColumn}
			if rule.Check != nil {
				p.path = o.Path
			}
			got[p] = true
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

type place struct {
	path                             string // of a repository's file
	line, column, endLine, endColumn int
}

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

package scanner_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestRules runs every rule on its cases in testdata/rules/<id>.txtar. A file in
// "error/", "warning/" or "note/" has findings of that severity exactly where its text
// is in «»; a file in "clean/" has none. Text in {{}} is expanded by internal/keytest.
//
// For a rule that checks all files together, the next folder is a repository. Its files
// are committed, except files whose names begin with "+", which are only on disk. In a
// file that begins with «», the finding is about the file itself.
func TestRules(t *testing.T) {
	for _, rule := range rules.All() {
		t.Run(rule.ID, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("..", "testdata", "rules", rule.ID+".txtar"))
			if err != nil {
				t.Fatalf("every rule needs cases: %v", err)
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
				t.Error("every rule needs at least one hit and one near miss")
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

// testProjects runs a rule on repositories.
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
			writeProject(repo, files, func(name, content string) string {
				text, places := unmark(keytest.Expand(content))
				for p := range places {
					p.path = name
					want[p] = true
				}
				return text
			})
			comparePlaces(t, rule, repo.Dir, path.Dir(project), want)
		})
	}
}

// writeProject commits files, and then writes those whose names begin with "+".
func writeProject(repo *gittest.Repo, files []txtar.File, content func(name, content string) string) {
	for _, late := range []bool{false, true} {
		for _, file := range files {
			if name, isLate := strings.CutPrefix(file.Name, "+"); isLate == late {
				repo.Write(name, content(name, string(file.Data)))
			}
		}
		if !late {
			repo.Git("add", "-A", "-f")
			repo.Git("commit", "-q", "--allow-empty", "-m", "Begin")
		}
	}
}

// TestExamples runs each lint rule on the example in its help: the code before "Better"
// has a finding, the code after it has none. KEY is replaced with a key.
func TestExamples(t *testing.T) {
	block := regexp.MustCompile(`(?ms)^~~~\w+ (\S+)\n(.*?)^~~~$`)
	keys := strings.NewReplacer("OLD-KEY", keytest.Expand("{{old 1}}"), "KEY", keytest.Key(1, keytest.Made), "QAS_API_KEY", "QAS_API_KEY")
	for _, rule := range rules.All() {
		if !rule.Lint {
			continue
		}
		_, example, _ := strings.Cut(rule.Help, "## Example\n")
		bad, good, _ := strings.Cut(example, "\nBetter")
		var left []txtar.File
		for i, text := range []string{bad, good} {
			var files []txtar.File
			for _, b := range block.FindAllStringSubmatch(text, -1) {
				files = append(files, txtar.File{Name: b[1], Data: []byte(b[2])})
			}
			if len(files) == 0 {
				t.Errorf("%s: an example needs code with a finding and better code", rule.ID)
			}
			repo := gittest.New(t)
			writeProject(repo, append(left, files...), func(_, content string) string { return keys.Replace(content) })
			result, err := scanner.Scan(t.Context(), []string{repo.Dir}, scanner.Options{Now: keytest.Made.AddDate(0, 0, 30)})
			if err != nil {
				t.Fatal(err)
			}
			seen := slices.ContainsFunc(result.Findings, func(f scanner.Finding) bool { return f.Rule.ID == rule.ID })
			if seen != (i == 0) {
				t.Errorf("%s: found in its example: %t, in the better one: %t", rule.ID, seen, !seen)
			}
			for _, file := range files {
				if strings.HasPrefix(file.Name, "+") {
					left = append(left, file)
				}
			}
		}
	}
}

// comparePlaces scans a directory and compares the findings of one rule. A rule that
// checks all files together runs with all other rules, which find the keys.
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
			for n := range uint64(4) {
				if strings.Contains(f.Message+strings.Join(o.Frame.Lines, "\n"), keytest.Token(n)) {
					t.Errorf("%s:%d: the frame shows a token", o.Path, o.Line)
				}
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
			t.Errorf("unexpected finding: %+v", p)
		}
	}
}

type place struct {
	path                             string // of a file in a repository
	line, column, endLine, endColumn int
}

// unmark removes the marks « and » from an ASCII text and returns the places between
// them.
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

package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner"
)

// encodedAt is an occurrence in a file in which no expression finds the key.
func encodedAt(path string) scanner.Occurrence {
	return scanner.Occurrence{Rule: &keyRule, Path: path, Line: 1, Column: 1, Object: scanner.ObjectBlob, OID: sha(4), Commit: commit(4, now, "Add"), Reachable: true}
}

// The expressions hold no token, are only for keys in plain text, and the paths are quoted.
func TestPurge(t *testing.T) {
	clear, past, encoded := inHead(), inHistory(), finding(61, encodedAt("it's a secret.yml"), encodedAt("it's a secret.yml"), encodedAt("a\x1b"))
	named := finding(62)
	named.Occurrences = []scanner.Occurrence{encodedAt("a/" + named.Key.String() + ".js")}
	message := encodedAt(".git/commit/" + sha(5) + "/message")
	message.Object = scanner.ObjectCommit
	encoded.Occurrences = append(encoded.Occurrences, message)
	clear.Occurrences[1].PlainText = true
	r := &scanner.Result{
		Findings: []scanner.Finding{clear, past, encoded, named, documented()}, Coverage: wholeCoverage,
		Repositories: []scanner.Repository{{Remote: "https://example.com/r;x"}},
	}
	v := newView(r, Options{Now: now})
	p := v.purge()
	if want := []string{filterExpression(clear.Key), filterExpression(past.Key)}; !slices.Equal(sorted(p.Expressions), sorted(want)) {
		t.Errorf("expressions are %q", p.Expressions)
	}
	regex := "--path-regex='" + strings.ReplaceAll(named.Key.TenantID+"."+named.Key.KeyID+".", ".", `\.`) + "'"
	if want := []string{"--path='it'\\''s a secret.yml'", regex}; !slices.Equal(sorted(p.Paths), sorted(want)) {
		t.Errorf("paths are %q, want %q", p.Paths, want)
	}
	if p.Remote != "'https://example.com/r;x'" || p.odd != 1 || p.messages != 1 {
		t.Errorf("the purge is %+v", p)
	}
	for _, f := range []Format{text, {"markdown", Markdown}, {"html", HTML}} {
		got := render(t, f, r)
		if f.Name == "html" {
			got = textOf(parseHTML(t, got))
		}
		for _, want := range append(append(p.Expressions, p.Paths...), "git clone --mirror 'https://example.com/r;x' purge.git", replaceKeys) {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %s:\n%s", f.Name, want, got)
			}
		}
		for _, want := range []string{"1 more place of this kind cannot be named here", "Change by hand the messages in which a key is encoded (1)"} {
			if !holds(got, want) {
				t.Errorf("%s lacks %s:\n%s", f.Name, want, got)
			}
		}
	}
}

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}

// Where the commands are in another report, the step says so.
func TestPurgeElsewhere(t *testing.T) {
	several := crowded(3, 1)
	for i := range several.Findings {
		several.Findings[i].Occurrences = inHistory().Occurrences
	}
	several.Repositories = []scanner.Repository{{}, {Path: "sub"}}
	many := crowded(maxPurged+1, 1)
	for i := range many.Findings {
		many.Findings[i].Occurrences = inHistory().Occurrences
	}
	for want, r := range map[string]*scanner.Result{
		"The report of each repository, scanned by itself, has the commands.": several,
		"The report in HTML has the commands: --format html":                  many,
	} {
		got := render(t, text, r)
		if !holds(got, want) || strings.Contains(got, "git clone") {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	// A repository below the target: its paths are those in it.
	inner := finding(63, encodedAt("inner/a.zip"))
	v := newView(&scanner.Result{Findings: []scanner.Finding{inner}, Coverage: wholeCoverage, Repositories: []scanner.Repository{{Path: "inner"}}}, Options{Now: now})
	if p := v.purge(); len(p.Paths) != 1 || p.Paths[0] != "--path='a.zip'" {
		t.Errorf("the purge is %+v", p)
	}
	if newView(oneFile(), Options{Now: now}).purge() != nil {
		t.Error("there is a purge of no history")
	}
}

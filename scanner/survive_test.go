package scanner_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// skipped reports whether a skip of a kind contains a path and a reason.
func skipped(result *scanner.Result, kind scanner.SkipKind, path, reason string) bool {
	for _, s := range result.Coverage.Skipped {
		if s.Kind == kind && strings.Contains(s.Path, path) && strings.Contains(s.Reason, reason) {
			return true
		}
	}
	return false
}

const panics = "[[panic here]]"

// panicking returns all rules, and one that panics with a value where a text has panics.
func panicking(value any) []rules.Rule {
	return append(rules.All(), rules.Rule{
		ID: "panicking", Title: "Panicking", Severity: rules.Error, Confidence: rules.High, Anchors: []rules.Anchor{{Literal: panics}},
		Find: func([]byte, int) (rules.Match, bool) { panic(value) },
	})
}

// A panic on one content is a failure to read it: the rest is scanned, also a version in
// the history that is stored as a delta against the content.
func TestPanics(t *testing.T) {
	for _, value := range []any{"a text", errors.New("an error"), 42} {
		r := gittest.New(t)
		long := strings.Repeat(keytest.Expand("a line with {{hash 5}}\n"), 500)
		r.Write("a.txt", keytest.Key(1, keytest.Made)+"\n"+long)
		r.Commit("add")
		r.Write("a.txt", keytest.Key(1, keytest.Made)+"\n"+long+panics+"\n") // git stores the longer one whole
		r.Write("b.txt", keytest.Key(2, keytest.Made)+"\n")
		r.Commit("change")
		r.Git("repack", "-adq", "--window=10", "--depth=10")
		if packed := r.Git("cat-file", "--batch-all-objects", "--batch-check=%(deltabase)"); strings.Trim(packed, "0\n") == "" {
			t.Fatal("nothing is a delta")
		}
		r.Write("a.txt", "nothing\n")
		r.Write("c.txt", panics)
		r.Git("add", "c.txt")
		for what, options := range map[string]scanner.Options{
			"all": {}, "history": {NoFiles: true}, "range": {Range: "HEAD~1..HEAD"}, "staged": {Staged: true}, "standard input": {Stdin: strings.NewReader(panics)},
		} {
			options.Rules, options.Jobs = panicking(value), 1
			target := r.Dir
			if options.Stdin != nil {
				target = "-"
			}
			result, err := scanner.Scan(t.Context(), []string{target}, options)
			if err != nil {
				t.Fatal(err)
			}
			if result.Coverage.Complete() || !skipped(result, scanner.SkipFailed, "", "please report this") {
				t.Errorf("%s, %v: complete %v, skipped %v", what, value, result.Coverage.Complete(), result.Coverage.Skipped)
			}
			want := map[string]int{"all": 2, "history": 2, "range": 1}[what]
			if len(result.Findings) != want {
				t.Errorf("%s, %v: %d findings, want %d", what, value, len(result.Findings), want)
			}
		}
	}
}

package scanner

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// Served content is searched like files, and a key in it is in client-side code, whatever
// kind of file it is. Lint rules do not look at it.
func TestServed(t *testing.T) {
	const base = "https://app.example.com"
	original := func(offset int) string { return "src/api.js:" + strconv.Itoa(offset) + ":1" }
	result, err := Scan(t.Context(), []string{"does not exist"}, Options{
		Exclude: []string{"**/excluded.js"},
		Served: func(_ context.Context, to Intake) error {
			for path, text := range map[string]string{
				"/notes.txt": "{{key 1}}", "/tests/spec.js": "{{key 2}}", "/old.json": "{{old 3}}", "/excluded.js": "{{key 4}}",
				"/docs": "Authorization: ApiKey {{example}}",
			} {
				to.Add(Served{Path: base + path, Data: []byte(keytest.Expand(text))})
			}
			to.Add(Served{Path: base + "/app.js", Data: []byte(keytest.Expand("x='{{key 5}}'")), Original: original})
			to.Skip(Skip{Path: base + "/" + keytest.Key(5, keytest.Made), Kind: SkipFailed, Reason: "slow"})
			to.Note("read " + keytest.Key(5, keytest.Made))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range result.Findings {
		o := f.Occurrences[0]
		found = append(found, o.Path[len(base):]+" "+f.Rule.ID+" "+o.Original)
		if f.Exposure.Client != (f.Severity == rules.Error) || o.Fix != nil {
			t.Errorf("%s: client %v, fix %v", o.Path, f.Exposure.Client, o.Fix)
		}
	}
	slices.Sort(found)
	want := []string{
		"/app.js qas-client-embedded-key src/api.js:3:1", "/docs apikey-header ", "/notes.txt qas-client-embedded-key ",
		"/old.json qas-client-embedded-key ", "/tests/spec.js qas-client-embedded-key ",
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
	masked := keytest.TenantID(5) + "." + keytest.KeyID(5, keytest.Made) + ".****"
	wantSkips := []Skip{{base + "/" + masked, SkipFailed, "slow"}, {base + "/excluded.js", SkipPolicy, `excluded by "**/excluded.js"`}}
	if !slices.Equal(result.Coverage.Skipped, wantSkips) || !slices.Equal(result.Coverage.Notes, []string{"read " + masked}) {
		t.Errorf("skipped %q, notes %q", result.Coverage.Skipped, result.Coverage.Notes)
	}
	if result.Whole || result.Base != "" || result.Coverage.Files != 5 {
		t.Errorf("whole %v, base %q, %d files", result.Whole, result.Base, result.Coverage.Files)
	}
}

// An error of the caller ends the scan.
func TestServedFails(t *testing.T) {
	broken := errors.New("broken")
	_, err := Scan(t.Context(), nil, Options{Served: func(context.Context, Intake) error { return broken }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

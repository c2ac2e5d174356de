package scanner

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

// TestCarriers scans a repository that ignores every file: the carriers of the table are
// read, also below a folder that is ignored as a whole; of others, the report counts those
// that may contain keys.
func TestCarriers(t *testing.T) {
	r := gittest.New(t)
	r.Write(".gitignore", "*\n!.gitignore\n")
	r.Commit("ignore everything")
	var want []string
	add := func(name string) { r.Write(name, "x: "+keytest.Key(1, keytest.Made)+"\n") }
	for i, c := range carriers {
		if c.why == "" || len(c.examples) == 0 {
			t.Errorf("carrier %d has no reason or no example", i)
		}
		for _, example := range c.examples {
			for _, name := range []string{example, "tmp/" + example} {
				add(name)
				want = append(want, name)
			}
		}
	}
	others := []string{"tmp/notes.txt", "tmp/my-secrets.txt", "token.txt", "other.txt", "node_modules/a/.env2/x.txt", "a/b/c/d/e/.env"}
	for _, name := range others {
		add(name)
	}
	result, err := Scan(t.Context(), []string{r.Dir}, Options{NoHistory: true})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			found[o.Path] = true
		}
	}
	for _, name := range want {
		if !found[name] {
			t.Errorf("%s was not read", name)
		}
	}
	for _, name := range others {
		if found[name] {
			t.Errorf("%s was read", name)
		}
	}
	notes := strings.Join(result.Coverage.Notes, "\n")
	if !strings.Contains(notes, "2 of these may contain keys: tmp/my-secrets.txt, token.txt;") {
		t.Errorf("notes: %s", notes)
	}
}

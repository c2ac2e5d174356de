package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// covered reports whether a rule has an anchor where a quote or a dot precedes the ID of
// a key that was created at a time.
func covered(r rules.Rule, before string, created time.Time) bool {
	text := []byte(before + keytest.KeyID(1, created))
	return slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool { return startsWith(text, a) })
}

// structural are the rules with anchors from key IDs, and the texts before a key ID.
var structural = map[string][]string{
	"qas-api-key":   {"."},
	"qas-split-key": {".", `"`, "'"},
	"key-in-url":    {"."},
}

// TestAnchorsCoverFiveYears fails five years before the anchors of key IDs miss new keys.
// Then extend lastKeyYear in hqid7.go.
func TestAnchorsCoverFiveYears(t *testing.T) {
	checkCovered(t, rules.MinKeyTime, time.Now().AddDate(5, 0, 0))
}

// TestAnchorsCoverTheirYears checks each month of the span, and its edges.
func TestAnchorsCoverTheirYears(t *testing.T) {
	checkCovered(t, time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 23, 59, 59, 999e6, time.UTC))
}

func checkCovered(t *testing.T, first, last time.Time) {
	t.Helper()
	for id, befores := range structural {
		r := ruleOf(t, id)
		for _, before := range befores {
			for at := first; at.Before(last); at = at.AddDate(0, 1, 0) {
				if !covered(r, before, at) {
					t.Fatalf("%s has no anchor %s for keys of %s", id, before, at)
				}
			}
			if !covered(r, before, last) {
				t.Fatalf("%s has no anchor %s for keys of %s", id, before, last)
			}
		}
	}
}

// TestAnchorsChange checks both sides of the times at which the second digit of a key ID
// changes, and that there are no anchors beyond the span: each costs time.
func TestAnchorsChange(t *testing.T) {
	r := ruleOf(t, "qas-api-key")
	for at, want := range map[string]bool{
		"2018-08-25T07:47:11.849Z": false,
		"2018-08-25T07:47:11.850Z": true,
		"2023-07-07T03:45:55.034Z": true,
		"2023-07-07T03:45:55.035Z": true,
		"2028-05-17T23:44:38.219Z": true,
		"2028-05-17T23:44:38.220Z": true,
		"2033-03-29T19:43:21.404Z": true,
		"2033-03-29T19:43:21.405Z": true,
		"2038-02-08T15:42:04.588Z": true,
		"2038-02-08T15:42:04.590Z": false,
	} {
		created, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := covered(r, ".", created); got != want {
			t.Errorf("keys of %s have an anchor: %t, want %t", at, got, want)
		}
		if key := keytest.Key(1, created); want {
			if _, ok := r.Find([]byte(key), strings.IndexByte(key, '.')); !ok {
				t.Errorf("a key of %s is not found", at)
			}
		}
	}
	if len(r.Anchors) != 4 {
		t.Errorf("%d anchors, want 4: %v", len(r.Anchors), r.Anchors)
	}
}

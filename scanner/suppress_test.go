package scanner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// scanKey scans a repository and returns its finding about the key of a seed.
func scanKey(t *testing.T, dir string, seed uint64, opts scanner.Options) scanner.Finding {
	t.Helper()
	result, err := scanner.Scan(t.Context(), []string{dir}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if f.Key.TenantID == keytest.TenantID(seed) && !f.Rule.Lint {
			return f
		}
	}
	t.Fatalf("no finding about tenant %s", keytest.TenantID(seed))
	return scanner.Finding{}
}

func fingerprint(t *testing.T, seed uint64) string {
	t.Helper()
	key, ok := rules.ParseKey(keytest.Key(seed, keytest.Made))
	if !ok {
		t.Fatal("keytest made no key")
	}
	return key.Fingerprint()
}

// The configuration has priority over comments, and comments over the baseline.
func TestPrecedence(t *testing.T) {
	entry := func(reason string) []scanner.Ignore {
		return []scanner.Ignore{{Fingerprint: fingerprint(t, 1), Reason: reason}}
	}
	expired := entry("old")
	expired[0].Until = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	const comment = " # qasleaks" + ":allow -- by comment"
	for name, c := range map[string]struct {
		comment           string
		ignored, baseline []scanner.Ignore
		by, reason        string
		state             scanner.BaselineState
	}{
		"nothing":                           {},
		"comment":                           {comment: comment, by: "inline", reason: "by comment"},
		"configuration":                     {ignored: entry("c"), by: "config", reason: "c"},
		"baseline":                          {baseline: entry("b"), by: "baseline", reason: "b", state: scanner.BaselineUnchanged},
		"configuration, baseline":           {ignored: entry("c"), baseline: entry("b"), by: "config", reason: "c", state: scanner.BaselineUnchanged},
		"comment, baseline":                 {comment: comment, baseline: entry("b"), by: "inline", reason: "by comment", state: scanner.BaselineUnchanged},
		"configuration, comment":            {comment: comment, ignored: entry("c"), by: "config", reason: "c"},
		"expired configuration, baseline":   {ignored: expired, baseline: entry("b"), by: "baseline", reason: "b", state: scanner.BaselineUnchanged},
		"expired baseline":                  {baseline: expired, state: scanner.BaselineUnchanged},
		"empty baseline":                    {baseline: []scanner.Ignore{}, state: scanner.BaselineNew},
		"comment in HTML ends before -->":   {comment: " <!-- qasleaks" + ":allow -- by comment -->", by: "inline", reason: "by comment"},
		"comment in C ends before its mark": {comment: " /* qasleaks" + ":allow -- by comment */", by: "inline", reason: "by comment"},
	} {
		t.Run(name, func(t *testing.T) {
			r := gittest.New(t)
			r.Write("a.txt", keytest.Key(1, keytest.Made)+c.comment+"\n")
			f := scanKey(t, r.Dir, 1, scanner.Options{Ignores: c.ignored, Baseline: c.baseline})
			got := scanner.Suppression{}
			if f.Suppressed != nil {
				got = *f.Suppressed
			}
			if got.By != c.by || got.Reason != c.reason || f.Baseline != c.state {
				t.Errorf("suppressed by %q (%q), baseline %q; want %q (%q), %q", got.By, got.Reason, f.Baseline, c.by, c.reason, c.state)
			}
		})
	}
}

// One allowed occurrence does not allow the others, regardless of their order.
func TestOneAllowedOccurrence(t *testing.T) {
	for _, allowed := range []string{"a.txt", "b.txt"} {
		r := gittest.New(t)
		r.Write("a.txt", keytest.Key(1, keytest.Made)+"\n")
		r.Write("b.txt", keytest.Key(1, keytest.Made)+"\n")
		r.Write(allowed, keytest.Key(1, keytest.Made)+" // qasleaks"+":allow -- test\n")
		f := scanKey(t, r.Dir, 1, scanner.Options{})
		if f.Suppressed != nil || len(f.Occurrences) != 2 {
			t.Errorf("%s allowed: suppressed %v with %d occurrences", allowed, f.Suppressed, len(f.Occurrences))
		}
		for _, o := range f.Occurrences {
			if (o.Suppressed != nil) != (o.Path == allowed) {
				t.Errorf("%s allowed: %s is suppressed: %v", allowed, o.Path, o.Suppressed)
			}
		}
	}
}

// A key that is used for SCIM can do more than others.
func TestKeyForSCIM(t *testing.T) {
	const remark = "; it is used for SCIM, so it can create and disable users"
	for text, want := range map[string]bool{
		"curl -H 'Authorization: Bearer KEY' https://acme.eu1.qasphere.com/api/scim/v2/Users\n":                                       true,
		"url: https://acme.eu1.qasphere.com/api/scim/v2\ntoken: KEY\n":                                                                true,
		"curl -H 'Authorization: Bearer KEY' https://acme.eu1.qasphere.com/api/public/v0/users\n":                                     false,
		"url: https://acme.eu1.qasphere.com/api/scim/v2\n" + strings.Repeat("#\n", rules.Reach/2) + "token: KEY\n":                    false,
		"(self.webpackChunk=self.webpackChunk||[]).push([[1],{1(e){fetch('/api/scim/v2/Users',{headers:{Authorization:'Bearer KEY'}}": true,
	} {
		r := gittest.New(t)
		r.Write("a.js", strings.ReplaceAll(text, "KEY", keytest.Key(1, keytest.Made)))
		if f := scanKey(t, r.Dir, 1, scanner.Options{}); strings.HasSuffix(f.Message, remark) != want {
			t.Errorf("%s: message %q", text, f.Message)
		}
	}
}

// A key ID with a creation time in the future lowers the confidence, and the message
// reports it.
func TestKeyFromTheFuture(t *testing.T) {
	made := keytest.Made
	for ahead, want := range map[time.Duration]bool{23 * time.Hour: false, 25 * time.Hour: true} {
		r := gittest.New(t)
		r.Write("a.txt", keytest.Key(1, made)+"\n")
		f := scanKey(t, r.Dir, 1, scanner.Options{Now: made.Add(-ahead)})
		if got := strings.Contains(f.Message, "future"); got != want || (f.Confidence == rules.Low) != want {
			t.Errorf("%v ahead: confidence %v, message %q", ahead, f.Confidence, f.Message)
		}
	}
}

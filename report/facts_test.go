package report

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// The facts of a finding are the same in every format that has facts.
func TestFactsAreInEveryFormat(t *testing.T) {
	r := verified()
	for i := range r.Findings {
		f := &r.Findings[i]
		v := newView(&scanner.Result{Findings: []scanner.Finding{*f}, Coverage: wholeCoverage}, Options{Now: now})
		ids := map[factID]bool{}
		for _, fact := range v.factsOf(f) {
			if ids[fact.id] || fact.value == "" || fact.label == "" {
				t.Errorf("%s: %+v is there twice or empty", f.Fingerprint, fact)
			}
			ids[fact.id] = true
			for _, format := range []Format{{"html", HTML}, {"gitlab", GitLab}, {"junit", JUnit}} {
				got := render(t, format, v.result)
				switch format.Name {
				case "html":
					got = textOf(parseHTML(t, got))
				case "gitlab":
					got = strings.ReplaceAll(got, `\\`, `\`)
				}
				if !strings.Contains(got, fact.value) || !strings.Contains(got, fact.title()) {
					t.Errorf("%s lacks %s: %s", format.Name, fact.title(), fact.value)
				}
			}
		}
		for _, want := range []factID{factTenant, factKeyID, factCreated, factConfidence, factFingerprint} {
			if !ids[want] {
				t.Errorf("%s: there is no %s", f.Fingerprint, want)
			}
		}
		if access := f.Liveness.Access; ids[factAccess] != (access != nil) || ids[factCreatedBy] != (access != nil && access.User != "") {
			t.Errorf("%s: access %t, created by %t", f.Fingerprint, ids[factAccess], ids[factCreatedBy])
		}
		if ids[factLiveness] != (f.Liveness != scanner.Liveness{}) {
			t.Errorf("%s: liveness %t", f.Fingerprint, ids[factLiveness])
		}
	}
}

func TestExposure(t *testing.T) {
	for want, e := range map[string]scanner.Exposure{
		"":                         {},
		"in client-side code":      {Client: true},
		"at HEAD since 2025-01-03": {FirstCommitAt: day(2025, 1, 3), LastSeenAt: now, AtHead: true},
		"in client-side code, at HEAD since 2025-01-03": {FirstCommitAt: day(2025, 1, 3), AtHead: true, Client: true},
		"in history since 2025-01-03":                   {FirstCommitAt: day(2025, 1, 3)},
		"in history from 2025-05-06 to 2025-05-07":      {FirstCommitAt: day(2025, 5, 6), LastSeenAt: day(2025, 5, 7), Days: 1},
	} {
		if got := exposure(e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Messages of formats that show a finding as a message say where it is if the file
// does not show it: in history, in a message, in an archive.
func TestSummaryOf(t *testing.T) {
	head, past, message := inHead(), inHistory(), inHead()
	head.Occurrences = head.Occurrences[:1]
	message.Occurrences = message.Occurrences[3:]
	archived := finding(60, scanner.Occurrence{
		Path: "a.zip", Line: 2, Column: 1, Object: scanner.ObjectFile, OnDisk: true, Layers: []string{"zip:inner/a.js", "base64"},
	})
	blob := dangling()
	blob.Occurrences = blob.Occurrences[1:]
	for name, test := range map[string]struct {
		f    scanner.Finding
		want string
	}{
		"in the files": {head, "exposed at HEAD since 2025-01-03."},
		"in history": {past, "exposed in history from 2025-05-06 to 2025-05-09. In ci/nightly.yml:108:20: " +
			"added by d32c5f2 on 2025-05-06, removed by f65e6f0 on 2025-05-09; now only in history."},
		"in a message":  {message, "In message of commit affa4f5, line 3: committed on 2025-03-05."},
		"in an archive": {archived, "In a.zip:2:1: zip:inner/a.js, base64; in the working tree, not committed."},
		"in no tree":    {blob, "In blob 0000000, line 1: not reachable from any ref."},
		"in two places": {dangling(), "now only in the reflog. Also in 1 other place."},
	} {
		r := &scanner.Result{Findings: []scanner.Finding{test.f}, Coverage: wholeCoverage}
		if got := newView(r, Options{Now: now}).summaryOf(&test.f); !strings.HasSuffix(got, test.want) || !strings.HasPrefix(got, "A QA Sphere API key in plain text. Tenant ") {
			t.Errorf("%s: %q, want it to end in %q", name, got, test.want)
		}
		for _, f := range Formats() {
			switch f.Name {
			case "sarif", "github", "junit":
				if got := render(t, f, r); !strings.Contains(got, test.want) {
					t.Errorf("%s: %s does not say %q", name, f.Name, test.want)
				}
			}
		}
	}
}

// A title is a line of a terminal, of an alert and of an annotation.
func TestTitlesAreShort(t *testing.T) {
	const most = 60
	for _, rule := range append(rules.All(), liveRule) {
		if n := cells(rule.Title); n > most || n == 0 {
			t.Errorf("%s: the title has %d characters, and %d are the most", rule.ID, n, most)
		}
	}
}

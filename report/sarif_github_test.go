package report

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// forGitHub returns the SARIF of a result for GitHub, parsed, and what it said to
// have left out.
func forGitHub(t *testing.T, r *scanner.Result) (text string, run *sarif.Run, warnings []string) {
	t.Helper()
	text = render(t, Format{"sarif", SARIF}, r, func(o *Options) {
		o.SARIFForGitHub, o.Warn = true, func(text string) { warnings = append(warnings, text) }
	})
	report, err := sarif.FromString(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) < 100 { // on more it takes long
		if err := report.Validate(); err != nil {
			t.Error(err)
		}
	}
	return text, report.Runs[0], warnings
}

// What GitHub asks of a file, in its "SARIF support for code scanning".
func TestSARIFForGitHub(t *testing.T) {
	for name, r := range results() {
		text, run, _ := forGitHub(t, r)
		if !strings.HasSuffix(*run.AutomationDetails.ID, "/") {
			t.Errorf("%s: the category is %s", name, *run.AutomationDetails.ID)
		}
		for _, rule := range run.Tool.Driver.Rules {
			if rule.ShortDescription == nil || rule.FullDescription == nil || rule.Help == nil || rule.Help.Text == nil {
				t.Errorf("%s: rule %s is not described", name, *rule.ID)
			}
		}
		if got := len(run.Results); got != len(newView(r, Options{}).found) {
			t.Errorf("%s: %d results, want %d: what is suppressed would be an alert", name, got, len(newView(r, Options{}).found))
		}
		hashes := map[string]bool{}
		for _, result := range run.Results {
			hash := result.PartialFingerprints["primaryLocationLineHash"]
			if hash != result.PartialFingerprints[sarifFingerprint]+":1" || hashes[hash] && name != "hostile" {
				t.Errorf("%s: the hash is %s", name, hash)
			}
			hashes[hash] = true
			places := append(result.Locations, result.RelatedLocations...)
			for _, flow := range result.CodeFlows {
				for _, step := range flow.ThreadFlows[0].Locations {
					places = append(places, step.Location)
				}
			}
			for _, place := range places {
				region := place.PhysicalLocation.Region
				uri := *place.PhysicalLocation.ArtifactLocation.URI
				if parsed, err := url.Parse(uri); err != nil || parsed.IsAbs() || strings.HasPrefix(uri, "/") {
					t.Errorf("%s: %s is not relative", name, uri)
				}
				if region.StartLine == nil || region.EndLine == nil || region.StartColumn == nil || region.EndColumn == nil {
					t.Errorf("%s: the region of %s is not whole", name, uri)
				}
			}
		}
		for _, unread := range []string{`"suppressions"`, `"baselineState"`} {
			if strings.Contains(text, unread) {
				t.Errorf("%s: it has %s", name, unread)
			}
		}
	}
}

func TestSARIFForGitHubKeepsToLimits(t *testing.T) {
	r := crowded(6000, 200)
	r.Findings = append([]scanner.Finding{documented()}, r.Findings...)
	for i := range 2000 {
		r.Coverage.Skipped = append(r.Coverage.Skipped, scanner.Skip{Path: fmt.Sprint(i), Kind: scanner.SkipPolicy, Reason: "too large"})
	}
	r.Coverage.Skipped = append(r.Coverage.Skipped, scanner.Skip{Path: "broken", Kind: scanner.SkipFailed, Reason: "no"})
	_, run, warnings := forGitHub(t, r)
	if len(run.Results) != maxGitHubResults {
		t.Errorf("%d results", len(run.Results))
	}
	for _, result := range run.Results {
		if n := len(result.Locations) + len(result.RelatedLocations); n > maxGitHubPlaces {
			t.Errorf("%d locations", n)
		}
		if *result.RuleID == shortRule.ID {
			t.Error("a note is kept where errors are left out")
		}
	}
	notifications := run.Invocations[0].ToolExecutionNotifications
	if first := *notifications[0].Message.Text; first != "Could not be read: no" {
		t.Errorf("the first notification is %q, want the failure", first)
	}
	want := []string{
		"1,001 findings left out, the least urgent: GitHub keeps 5,000.",
		"1 finding in more places than are listed: GitHub shows 100.",
		"1,001 items that could not be read or were skipped by policy are not named.",
	}
	for i, text := range want {
		if said := *notifications[len(notifications)-len(want)+i].Message.Text; said != text {
			t.Errorf("it says %q, want %q", said, text)
		}
		if len(warnings) != len(want) || warnings[i] != "SARIF for GitHub: "+text {
			t.Errorf("the warnings are %q", warnings)
		}
	}
}

// However badly it compresses, the file is not too large.
func TestSARIFForGitHubFits(t *testing.T) {
	r := crowded(400, 1)
	random := rand.NewChaCha8([32]byte{1})
	for i := range r.Findings {
		f := &r.Findings[i]
		for range maxGitHubPlaces - 1 {
			at, name := f.Occurrences[0], make([]byte, 500)
			_, _ = random.Read(name)
			at.Path = fmt.Sprintf("%x", name)
			f.Occurrences = append(f.Occurrences, at)
		}
	}
	warned := 0
	text := render(t, Format{"sarif", SARIF}, r, func(o *Options) {
		o.SARIFForGitHub, o.Warn = true, func(string) { warned++ }
	})
	var size bytes.Buffer
	w := gzip.NewWriter(&size)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	if size.Len() > 10_000_000 || size.Len() < 7_000_000 {
		t.Errorf("%d bytes compressed", size.Len())
	}
	if n := strings.Count(text, `"ruleId"`); n >= len(r.Findings) || n == 0 || warned != 1 {
		t.Errorf("%d results and %d warnings", n, warned)
	}
}

// The history of a key: created, committed, moved, still there.
func TestSARIFFlow(t *testing.T) {
	f := inHead()
	s := &sarifLog{view: newView(&scanner.Result{Coverage: wholeCoverage}, Options{Now: now})}
	var got []string
	for _, step := range s.flow(&f, 0) {
		text := step.Location.Message.Text
		if place := step.Location.PhysicalLocation; place != nil {
			text = place.ArtifactLocation.URI + ": " + text
		}
		got = append(got, text)
	}
	want := []string{
		"2025-01-02: Created in QA Sphere, according to its key ID.",
		"src/old/client.js: Added by 8cc83f7 on 2025-01-03 by Ann Example: First try.",
		"src/api.js: Moved from src/old/client.js by 46641fb on 2025-02-03 by Ann Example: Add the API client.",
		"deploy/secret.yml: Added by 69962f9 on 2025-02-04 by Ann Example: Deploy.",
		".git/commit/affa4f51cdaffa4f51cdaffa4f51cdaffa4f51cd/message: In the message of affa4f5 on 2025-03-05 by Ann Example: Try the key.",
		"src/api.js: In the working tree and at HEAD; reachable from main, origin/main, tag v1.0 and 2 more.",
		"deploy/secret.yml: In the working tree and at HEAD; reachable from main.",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", strings.Join(got, "\n"))
	}
}

// A key in client-side code has a rule of its own, since a rule grades its alerts.
func TestSARIFClient(t *testing.T) {
	f := inHead()
	f.Exposure.Client = true
	client, err := rules.Select([]string{rules.ClientEmbeddedID})
	if err != nil {
		t.Fatal(err)
	}
	f.Rule = client[0]
	r := &scanner.Result{Coverage: wholeCoverage, Findings: []scanner.Finding{f, inHistory()}}
	report, err := sarif.FromString(render(t, Format{"sarif", SARIF}, r))
	if err != nil {
		t.Fatal(err)
	}
	run := report.Runs[0]
	for i, want := range []struct{ id, name, severity string }{
		{"qas-client-embedded-key", "QasClientEmbeddedKey", "9.8"}, {"qas-api-key", "QasApiKey", "8.6"},
	} {
		rule := run.Tool.Driver.Rules[i]
		severity := rule.Properties.Properties["security-severity"]
		if *rule.ID != want.id || *rule.Name != want.name || severity != want.severity || *run.Results[i].RuleID != want.id {
			t.Errorf("rule %d is %s, %s, %v", i, *rule.ID, *rule.Name, severity)
		}
	}
}

func TestSARIFVersionControl(t *testing.T) {
	r := clean()
	r.Base = "sub"
	r.Repositories = []scanner.Repository{
		{Name: ".", Remote: "https://example.com/o/r.git", Head: sha(1), Branch: "main"},
		{Name: "inner", Path: "inner", Remote: "https://example.com/o/inner", Head: sha(2)},
		{Name: "local", Path: "local", Head: sha(3)},
	}
	report, err := sarif.FromString(render(t, Format{"sarif", SARIF}, r))
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Validate(); err != nil {
		t.Error(err)
	}
	first, second, third := report.Runs[0].VersionControlProvenance, report.Runs[1].VersionControlProvenance, report.Runs[2].VersionControlProvenance
	if len(first) != 1 || *first[0].RevisionID != sha(1) || *first[0].Branch != "main" || *first[0].MappedTo.URI != "sub/" {
		t.Errorf("the first run is of %d", len(first))
	}
	if len(second) != 1 || *second[0].MappedTo.URI != "sub/inner/" || len(third) != 0 {
		t.Errorf("the other runs are of %d and %d", len(second), len(third))
	}
	forGitHub := render(t, Format{"sarif", SARIF}, r, func(o *Options) { o.SARIFForGitHub = true })
	if report, err = sarif.FromString(forGitHub); err != nil || len(report.Runs) != 1 || len(report.Runs[0].VersionControlProvenance) != 2 {
		t.Errorf("for GitHub: %d runs, %v", len(report.Runs), err)
	}
}

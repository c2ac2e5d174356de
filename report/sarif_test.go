package report

import (
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/scanner"
)

func TestSARIFIsValid(t *testing.T) {
	for name, r := range results() {
		report, err := sarif.FromString(render(t, Format{"sarif", SARIF}, r))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := report.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := len(report.Runs[0].Results); got != len(r.Findings) {
			t.Errorf("%s: %d results, want %d", name, got, len(r.Findings))
		}
	}
}

func TestSARIFHasNoNoise(t *testing.T) {
	for name, r := range results() {
		got := render(t, Format{"sarif", SARIF}, r)
		for _, noise := range []string{": -1", ": null", ": {}", `: ""`} {
			if strings.Contains(got, noise) {
				t.Errorf("%s: a member is %s", name, noise)
			}
		}
		got = strings.NewReplacer(`"results": []`, "", `"rules": []`, "").Replace(got)
		if strings.Contains(got, ": []") {
			t.Errorf("%s: a list is empty", name)
		}
	}
}

func TestSARIFPlaces(t *testing.T) {
	for _, test := range []struct{ base, dir, path, uri, root string }{
		{"", "", "a b/c#d?e.txt", "a%20b/c%23d%3Fe.txt", sourceRoot},
		{".", "", "src/api.js", "src/api.js", sourceRoot},
		{"", "", "100%.txt", "100%25.txt", sourceRoot},
		{"", "", "a:b", "./a:b", sourceRoot},
		{"", "", "caf\xe9/日本", "caf%E9/%E6%97%A5%E6%9C%AC", sourceRoot},
		{"sub/dir", "", "x", "sub/dir/x", sourceRoot},
		{"/srv/checkout", "", "x", "x", sourceRoot},
		{"../other", "", "x", "x", sourceRoot},
		{"/srv/checkout", "/srv/checkout", "x", "x", sourceRoot},
		{"/srv/checkout/sub", "/srv/checkout", "x", "sub/x", sourceRoot},
		{"", "/srv/checkout", "/srv/checkout/sub/x", "sub/x", sourceRoot},
		{"", "/srv/checkout", "/srv/checkout2/x", "file:///srv/checkout2/x", ""},
		{"", "", "/etc/x y", "file:///etc/x%20y", ""},
	} {
		s := &sarifLog{view: newView(&scanner.Result{Base: test.base}, Options{Dir: test.dir})}
		got := s.artifact(test.path)
		if got.URI != test.uri || got.URIBaseID != test.root {
			t.Errorf("%q in %q is %q from %q, want %q from %q", test.path, test.base, got.URI, got.URIBaseID, test.uri, test.root)
		}
	}
}

// The place that a viewer shows is one that is in the checkout.
func TestSARIFShowsThePresent(t *testing.T) {
	f := inHead()
	f.Occurrences[0], f.Occurrences[2] = f.Occurrences[2], f.Occurrences[0]
	f.Occurrences[1].Suppressed = &scanner.Suppression{By: "inline"}
	v := newView(&scanner.Result{Findings: []scanner.Finding{f}}, Options{})
	got := (&sarifLog{view: v}).resultOf(v.found[0])
	if uri := got.Locations[0].PhysicalLocation.ArtifactLocation.URI; len(got.Locations) != 1 || uri != "src/api.js" {
		t.Errorf("%d locations, the first at %s; want one at src/api.js", len(got.Locations), uri)
	}
	if len(got.RelatedLocations) != 2 { // one is allowed
		t.Errorf("%d related locations, want 2", len(got.RelatedLocations))
	}
}

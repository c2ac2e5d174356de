package report

import (
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// organisation is a result of several repositories: one key is in two of them, one is in no
// repository, and one repository was not read.
func organisation() *scanner.Result {
	at := func(repository, path string, suppressed bool) scanner.Occurrence {
		o := scanner.Occurrence{Path: path, Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true, Repository: repository}
		if suppressed {
			o.Suppressed = &scanner.Suppression{By: "inline"}
		}
		return o
	}
	warning := finding(3, at("b", "b/w.txt", false))
	warning.Severity = rules.Warning
	var repositories []scanner.Repository
	for _, name := range []string{"a", "b", "b/c", "clean", "gone"} {
		repositories = append(repositories, scanner.Repository{
			Name: name, Path: name, Remote: "https://example.com/" + name, Head: sha(1), State: scanner.RepositoryScanned, Objects: 3,
		})
	}
	repositories[4].State, repositories[4].Reason = scanner.RepositoryFailed, "no such file"
	return &scanner.Result{
		Findings: []scanner.Finding{
			finding(1, at("b/c", "b/c/x.txt", false), at("a", "a/x.txt", true)),
			finding(2, at("b/c", "b/c/y.txt", false)), warning,
			finding(4, at("", "loose.txt", false)),
		},
		Repositories: repositories,
		Coverage: scanner.Coverage{Files: 5, Objects: 15, Skipped: []scanner.Skip{
			{Path: "gone", Kind: scanner.SkipFailed, Reason: "no such file"},
			{Path: "b/c/big.zip", Kind: scanner.SkipPolicy, Reason: "too large"},
			{Path: "elsewhere.zip", Kind: scanner.SkipPolicy, Reason: "too large"},
		}},
	}
}

// People see the worst repositories first, and only the number of those with nothing.
func TestRepositoryTable(t *testing.T) {
	const want = `Repositories (5)
  b/c: 2 findings (2 errors)
  b: 1 finding
  gone: failed: no such file
  without findings: 2
`
	if got := render(t, Format{"text", Text}, organisation()); !strings.Contains(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	page := render(t, Format{"html", HTML}, organisation())
	last := 0
	for _, text := range []string{"<code>b/c</code>", ": 2 findings (2 errors)</dd>", "<code>b</code>", ": 1 finding</dd>", "<code>gone</code>", "failed: no such file</dd>", "<code>a</code>", "<code>clean</code>", ": scanned</dd>"} {
		at := strings.Index(page[last:], text)
		if at < 0 {
			t.Errorf("the page lacks %s after %d", text, last)
			continue
		}
		last += at
	}
	many := organisation()
	for len(many.Repositories) <= maxHTMLRepositories {
		many.Repositories = append(many.Repositories, many.Repositories[3])
	}
	if page := render(t, Format{"html", HTML}, many); !strings.Contains(page, "1 more repositories are not listed") {
		t.Error("the page does not say what is left out")
	}
	if strings.Contains(render(t, Format{"text", Text}, oneFile()), "Repositories (") {
		t.Error("one repository has a table")
	}
}

// SARIF has a run for each repository, with its version, its findings and what was not read
// of it; what is in no repository has a run of its own.
func TestSARIFRuns(t *testing.T) {
	report, err := sarif.FromString(render(t, Format{"sarif", SARIF}, organisation()))
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Validate(); err != nil {
		t.Error(err)
	}
	want := []struct {
		name                          string
		results, suppressed, notified int
	}{{"a", 1, 1, 0}, {"b", 1, 0, 0}, {"b/c", 2, 0, 1}, {"clean", 0, 0, 0}, {"gone", 0, 0, 1}, {"", 1, 0, 1}}
	if len(report.Runs) != len(want) {
		t.Fatalf("%d runs, want %d", len(report.Runs), len(want))
	}
	for i, w := range want {
		run := report.Runs[i]
		if w.name != "" && *run.VersionControlProvenance[0].RepositoryURI != "https://example.com/"+w.name {
			t.Errorf("run %d is not of %s", i, w.name)
		}
		suppressed := 0
		for _, r := range run.Results {
			suppressed += min(1, len(r.Suppressions))
			if len(r.RelatedLocations) > 0 {
				t.Errorf("%s: a result has places of other repositories", w.name)
			}
		}
		if len(run.Results) != w.results || suppressed != w.suppressed || len(run.Invocations[0].ToolExecutionNotifications) != w.notified {
			t.Errorf("%s: %d results, %d suppressed, %d notifications, want %+v", w.name, len(run.Results), suppressed, len(run.Invocations[0].ToolExecutionNotifications), w)
		}
		if *run.Invocations[0].ExecutionSuccessful != (w.name != "gone") {
			t.Errorf("%s: successful is wrong", w.name)
		}
	}
}

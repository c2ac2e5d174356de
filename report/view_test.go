package report

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// mixed has keys of every urgency, in the wrong order.
func mixed() *scanner.Result {
	live, head, past, lost, hidden := inHistory(), inHead(), inHistory(), dangling(), suppressed(20, "inline")
	_, live.Key = newKey(50)
	live.Fingerprint, live.Liveness.State = live.Key.Fingerprint(), scanner.Live
	local := finding(51, scanner.Occurrence{Path: "a/.env", Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true})
	client := finding(52, scanner.Occurrence{
		Path: "z/app.js", Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true, AtHead: true, Reachable: true, OID: sha(1),
	})
	client.Exposure.Client = true
	invalid := finding(53, client.Occurrences[0])
	invalid.Liveness.State = scanner.Invalid
	return &scanner.Result{Coverage: wholeCoverage, Findings: []scanner.Finding{
		documented(), invalid, local, plainLiteral(), lost, hidden, past, head, client, live,
	}}
}

// Every format has the findings in the order of urgency, and so have the steps and
// the last line.
func TestOneOrder(t *testing.T) {
	r := mixed()
	sorted := slices.Clone(r.Findings)
	scanner.SortFindings(sorted)
	var want []string
	for _, i := range []int{9, 8, 7, 6, 4, 2, 1, 3, 0, 5} {
		want = append(want, r.Findings[i].Fingerprint)
	}
	for i := range sorted {
		if sorted[i].Fingerprint != want[i] {
			t.Fatalf("the scanner sorts %v, want %v", sorted[i].Fingerprint, want[i])
		}
	}
	marks := map[string]string{ // what stands before the fingerprint of a finding
		"text": `fingerprint: `, "json": `"fingerprint": "`, "jsonl": `"fingerprint":"`, "sarif": `"qasleaks/v1": "`,
		"gitlab": `"name": "qasleaks `, "junit": `Fingerprint: `, "html": `<span class="fingerprint" hidden>`, "markdown": "fingerprint `",
	}
	for _, f := range Formats() {
		want := want[:len(want)-1]
		switch f.Name {
		case "github", "concise":
			continue // they have no fingerprints; see TestGitHubAnnotatesWhatIsThere and TestConcise
		case "json", "jsonl", "sarif":
			want = append(want, r.Findings[5].Fingerprint)
		}
		var got []string
		for _, match := range regexp.MustCompile(regexp.QuoteMeta(marks[f.Name])+`([0-9a-f]{16})`).FindAllStringSubmatch(render(t, f, r), -1) {
			got = append(got, match[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", f.Name, got, want)
		}
	}
	v := newView(r, Options{Now: now})
	if want := "Revoke " + name(&r.Findings[9]) + " first: it is live."; v.first() != want {
		t.Errorf("the last line is %q, want %q", v.first(), want)
	}
	if len(v.tally.keys) != 6 || v.tally.keys[1].Fingerprint != want[1] || v.tally.keys[5].Fingerprint != want[5] {
		t.Errorf("%d keys to revoke, not in order", len(v.tally.keys))
	}
}

func TestGitHubOrder(t *testing.T) {
	r := mixed()
	var got []string
	for _, match := range regexp.MustCompile(`key ID (\w+)`).FindAllStringSubmatch(render(t, Format{"github", GitHub}, r), -1) {
		got = append(got, match[1])
	}
	var want []string
	for _, i := range []int{9, 8, 7, 6, 4, 2, 1, 0} {
		want = append(want, r.Findings[i].Key.KeyID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The last line says why a key comes first, where there is a reason.
func TestFirst(t *testing.T) {
	r := mixed()
	local, lost, past, head, client, live := r.Findings[2], r.Findings[4], r.Findings[6], r.Findings[7], r.Findings[8], r.Findings[9]
	staged := finding(54, scanner.Occurrence{Path: "a", Line: 1, Column: 1, Object: scanner.ObjectIndex, OID: sha(3)})
	for name, test := range map[string]struct {
		findings []scanner.Finding
		want     string // KEY is the first
	}{
		"none":                      {nil, ""},
		"one":                       {[]scanner.Finding{head}, "Revoke it first."},
		"one live":                  {[]scanner.Finding{live}, "Revoke it first."},
		"one besides":               {[]scanner.Finding{head, plainLiteral()}, "Revoke it first."},
		"one to revoke of two":      {[]scanner.Finding{past, r.Findings[1]}, "Revoke KEY first."},
		"only invalid":              {[]scanner.Finding{r.Findings[1]}, ""},
		"live":                      {[]scanner.Finding{live, head}, "Revoke KEY first: it is live."},
		"both live":                 {[]scanner.Finding{live, live}, "Revoke KEY first: it is live."},
		"client":                    {[]scanner.Finding{client, head}, "Revoke KEY first: it is in client-side code."},
		"files":                     {[]scanner.Finding{head, past}, "Revoke KEY first: it is still in the files."},
		"both in the files":         {[]scanner.Finding{head, head}, "Revoke KEY first."},
		"history":                   {[]scanner.Finding{past, lost}, "Revoke KEY first: it is in the history."},
		"unreachable":               {[]scanner.Finding{lost, local}, "Revoke KEY first."},
		"staged":                    {[]scanner.Finding{staged}, "Remove it before you commit."},
		"staged and in the files":   {[]scanner.Finding{head, staged}, "Revoke KEY first."},
		"staged and never commited": {[]scanner.Finding{staged, local}, "Revoke KEY first: it is still in the files."},
	} {
		v := newView(&scanner.Result{Findings: test.findings}, Options{Now: now})
		want := test.want
		if len(test.findings) > 0 {
			want = strings.Replace(want, "KEY", test.findings[0].Key.TenantID+"."+test.findings[0].Key.KeyID, 1)
		}
		if got := v.first(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// The state says where a key is now, and whether it works.
func TestState(t *testing.T) {
	r := mixed()
	staged := finding(54, scanner.Occurrence{Path: "a", Line: 1, Column: 1, Object: scanner.ObjectIndex, OID: sha(3)})
	lint := r.Findings[2]
	lint.Rule.Lint = true
	for want, f := range map[string]scanner.Finding{
		"live, only in history":       r.Findings[9],
		"in client-side code":         r.Findings[8],
		"in the files":                r.Findings[7],
		"only in history":             r.Findings[6],
		"only in unreachable objects": r.Findings[4],
		"in the files, not committed": r.Findings[2],
		"invalid, in the files":       r.Findings[1],
		"staged":                      staged,
	} {
		if got := newView(r, Options{}).state(&f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := newView(r, Options{}).state(&lint); got != "in the files" {
		t.Errorf("a lint finding is %q", got)
	}
	outside := &scanner.Result{Coverage: scanner.Coverage{Files: 1}}
	if got := newView(outside, Options{}).state(&r.Findings[2]); got != "in the files" {
		t.Errorf("outside of repositories: %q", got)
	}
}

// What to do depends on where keys are.
func TestSteps(t *testing.T) {
	r := mixed()
	local, lost, past, head := r.Findings[2], r.Findings[4], r.Findings[6], r.Findings[7]
	staged := finding(54, scanner.Occurrence{Path: "a", Line: 1, Column: 1, Object: scanner.ObjectIndex, OID: sha(3)})
	const (
		revoke, create = "Revoke", "Create"
		files, commit  = "Remove the leaked key from the files", "and commit"
		unstage        = "Remove the leaked key from the staged changes"
		purge, drop    = "Removing keys from history", "Delete the objects"
	)
	for name, test := range map[string]struct {
		findings []scanner.Finding
		objects  int64
		want     []string
	}{
		"in a folder":     {[]scanner.Finding{local}, 0, []string{revoke, create, files}},
		"not committed":   {[]scanner.Finding{local}, 1, []string{revoke, create, files + " " + commit}},
		"committed":       {[]scanner.Finding{head}, 1, []string{revoke, create, files + " " + commit, purge}},
		"in history":      {[]scanner.Finding{past}, 1, []string{revoke, create, purge}},
		"in no ref":       {[]scanner.Finding{lost}, 1, []string{revoke, create, drop}},
		"staged":          {[]scanner.Finding{staged}, 0, []string{unstage, "Keep keys in"}},
		"staged and past": {[]scanner.Finding{past, staged}, 1, []string{revoke, create, "Remove the leaked keys from the staged changes", purge}},
		"invalid":         {[]scanner.Finding{r.Findings[1]}, 1, []string{files + " " + commit}},
		"other":           {[]scanner.Finding{plainLiteral()}, 0, []string{files}},
		"example":         {[]scanner.Finding{documented()}, 0, nil},
		"two":             {[]scanner.Finding{head, head}, 1, []string{revoke + " these 2 keys", create, "Remove the leaked keys from the files and commit", purge}},
	} {
		v := newView(&scanner.Result{Findings: test.findings, Coverage: scanner.Coverage{Files: 1, Objects: test.objects}}, Options{Now: now})
		steps := v.steps()
		if len(steps) != len(test.want) {
			t.Errorf("%s: %d steps, want %d: %v", name, len(steps), len(test.want), steps)
			continue
		}
		for i, step := range steps {
			if !strings.HasPrefix(step.text, test.want[i]) {
				t.Errorf("%s: step %d is %q, want %q", name, i+1, step.text, test.want[i])
			}
			if step.keys != strings.HasPrefix(step.text, revoke) || step.purge != strings.HasPrefix(step.text, purge) {
				t.Errorf("%s: step %d: keys %t, purge %t", name, i+1, step.keys, step.purge)
			}
		}
	}
	// Outside of repositories nothing is committed.
	if steps := newView(oneFile(), Options{Now: now}).steps(); strings.Contains(steps[2].text, commit) {
		t.Errorf("a folder is committed: %s", steps[2].text)
	}
}

// The speed of a short scan tells nothing.
func TestSpeed(t *testing.T) {
	for seconds, want := range map[float64]string{0: "", 0.5: "", shortScan: "", shortScan + 0.5: " (182 MB/s)", 100: " (10 MB/s)"} {
		if got := speed(scanner.Coverage{Bytes: 1_000_000_000, Seconds: seconds}); got != want {
			t.Errorf("%v s: %q, want %q", seconds, got, want)
		}
	}
}

// Without a time in the options ages are counted to the present.
func TestNow(t *testing.T) {
	before := time.Now()
	if got := newView(new(scanner.Result), Options{}).now; got.Before(before) {
		t.Errorf("now is %v", got)
	}
	if got := newView(new(scanner.Result), Options{Now: now}).now; !got.Equal(now) {
		t.Errorf("now is %v, want %v", got, now)
	}
	v := newView(&scanner.Result{Coverage: scanner.Coverage{Seconds: 90}}, Options{Now: now})
	if got := v.began(); !got.Equal(now.Add(-90 * time.Second)) {
		t.Errorf("it began at %v", got)
	}
}

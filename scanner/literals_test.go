package scanner_test

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// header returns a line with a literal that is not a key.
func header(name, literal string) string {
	return keytest.Expand(name + ` = {"Authorization": "ApiKey ` + literal + `"}` + "\n")
}

const other = "s3cr3t-valu3-of-0ld"

// literals scans a repository and returns the findings about literals that are not keys, by
// the path of their first occurrence.
func literals(t *testing.T, dir string, opts scanner.Options) map[string]scanner.Finding {
	t.Helper()
	result, err := scanner.Scan(t.Context(), []string{dir}, opts)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]scanner.Finding{}
	for _, f := range result.Findings {
		path := f.Occurrences[0].Path
		if _, twice := all[path]; twice {
			t.Errorf("two findings begin in %s", path)
		}
		all[path] = f
	}
	return all
}

// A literal that is not a key is one finding, wherever it is, and an entry for any of its
// places accepts it.
func TestLiteralInPlaces(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.py", header("a", "{{elastic}}")+header("b", "{{elastic}}"))
	before := literals(t, r.Dir, scanner.Options{})["a.py"]
	r.Write("b.py", header("a", "{{elastic}}"))
	r.Commit("old")
	r.Write("b.py", header("a", "{{elastic}}")+"x = 1\n")
	r.Write("0.py", header("a", other))
	all := literals(t, r.Dir, scanner.Options{})
	a, zero := all["a.py"], all["0.py"]
	if len(all) != 2 || len(before.Occurrences) != 2 || len(a.Occurrences) != 3 || len(zero.Occurrences) != 1 {
		t.Fatalf("%d findings, with %d, %d and %d occurrences", len(all), len(before.Occurrences), len(a.Occurrences), len(zero.Occurrences))
	}
	if a.Fingerprint != before.Fingerprint {
		t.Error("a later place has changed the fingerprint")
	}
	if len(a.Fingerprints()) != 3 || len(zero.Fingerprints()) != 1 {
		t.Errorf("%d and %d fingerprints", len(a.Fingerprints()), len(zero.Fingerprints()))
	}
	for _, id := range a.Fingerprints() {
		entry := []scanner.Ignore{{Fingerprint: id, Reason: "accepted"}}
		for path, f := range literals(t, r.Dir, scanner.Options{Ignores: entry}) {
			if (f.Suppressed != nil) != (path == "a.py") {
				t.Errorf("ignored %s: %s is suppressed: %v", id, path, f.Suppressed)
			}
		}
		for path, f := range literals(t, r.Dir, scanner.Options{Baseline: entry}) {
			if want := map[bool]scanner.BaselineState{true: scanner.BaselineUnchanged, false: scanner.BaselineNew}[path == "a.py"]; f.Baseline != want || (f.Suppressed != nil) != (path == "a.py") {
				t.Errorf("baseline of %s: %s is %s", id, path, f.Baseline)
			}
		}
		if m := mergeLiterals(t, r.Dir, entry); m.Baseline != scanner.BaselineUnchanged || m.Suppressed == nil || m.Fingerprint != a.Fingerprint {
			t.Errorf("baseline of %s: merged as %s", id, m.Baseline)
		}
	}
}

// Of several entries for a literal, the first that has not expired counts.
func TestLiteralWithEntries(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.py", header("a", "{{elastic}}")+header("b", "{{elastic}}")+header("c", "{{elastic}}"))
	var entries []scanner.Ignore
	f := literals(t, r.Dir, scanner.Options{})["a.py"]
	for i, id := range f.Fingerprints() {
		entries = append(entries, scanner.Ignore{Fingerprint: id, Reason: fmt.Sprint("reason ", i)})
	}
	entries[0].Until = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if f := literals(t, r.Dir, scanner.Options{Ignores: entries})["a.py"]; len(entries) != 3 || f.Suppressed == nil || f.Suppressed.Reason != "reason 1" {
		t.Errorf("%d entries, suppressed %v", len(entries), f.Suppressed)
	}
}

// Two lint findings of a rule in a file stay apart.
func TestLintsInOneFile(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.ts", "const a = 'http://acme.eu1.qasphere.com/api'\nconst b = 'http://other.eu1.qasphere.com/api/v2'\n")
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil || len(result.Findings) != 2 || result.Findings[0].Rule.ID != result.Findings[1].Rule.ID {
		t.Errorf("%d findings, %v", len(result.Findings), err)
	}
}

// mergeLiterals scans a repository, merges its report with itself as the one of another target,
// and returns the finding that is in most places.
func mergeLiterals(t *testing.T, dir string, baseline []scanner.Ignore) scanner.Finding {
	t.Helper()
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	if err := scanner.EncodeResult(&report, result); err != nil {
		t.Fatal(err)
	}
	read, err := scanner.ReadResult(bufio.NewReader(bytes.NewReader(report.Bytes())), bytes.NewReader(report.Bytes()), 0)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := scanner.Merge(slices.Values([]scanner.Part{{Target: "x", Result: read}, {Target: "y", Result: read}}), baseline)
	if err != nil {
		t.Fatal(err)
	}
	if len(merged.Findings) != len(result.Findings) {
		t.Fatalf("%d merged findings, %d before", len(merged.Findings), len(result.Findings))
	}
	most := scanner.Finding{}
	for i := range merged.Findings {
		if f := merged.Findings[i].Load(); len(f.Occurrences) > len(most.Occurrences) {
			most = *f
		}
	}
	return most
}

// A comment allows a literal in one place, and it counts while another place has none.
func TestLiteralAllowedInOnePlace(t *testing.T) {
	line := header("a", "{{elastic}}")
	text := line[:len(line)-1] + " # \xff qasleaks" + ":allow apikey-header -- by comment\n"
	wide := "\xff\xfe"
	for _, c := range strings.ToValidUTF8(text, "?") {
		wide += string([]byte{byte(c), byte(c >> 8)})
	}
	for name, text := range map[string]string{"plain": text, "UTF-16": wide} {
		r := gittest.New(t)
		r.Write("a.py", text)
		r.Write("b.py", line)
		f := literals(t, r.Dir, scanner.Options{})["a.py"]
		if len(f.Occurrences) != 2 || f.Suppressed != nil || f.Occurrences[0].Suppressed == nil || f.Occurrences[1].Suppressed != nil {
			t.Errorf("%s: %d occurrences, suppressed: %v", name, len(f.Occurrences), f.Suppressed)
		}
		r.Write("b.py", "")
		if f := literals(t, r.Dir, scanner.Options{})["a.py"]; f.Suppressed == nil || f.Suppressed.Reason != "by comment" {
			t.Errorf("%s: the comment does not count: %v", name, f.Suppressed)
		}
	}
}

// What follows the line of a comment may be the rest of a key, and is not shown.
func TestRestAfterComment(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	cut := len(key) - 12
	r := gittest.New(t)
	short, rest := key[cut:cut+5], key[cut+5:cut+10] // too short to be masked as what may be a secret
	r.Write("a.txt", "b: '"+keytest.Key(2, keytest.Made)+"'; QAS_TOKEN="+key[:cut]+" '"+short+" # qasleaks"+":allow\n   "+rest+" b: "+keytest.Key(3, keytest.Made)+"\n")
	result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			if shown := strings.Join(o.Frame.Lines, "\n"); strings.Contains(shown, short) || strings.Contains(shown, rest) {
				t.Errorf("the frame of %s shows the rest of a key", f.Key.TenantID)
			}
		}
	}
	if isAllowed := func(f scanner.Finding) bool { return f.Suppressed != nil }; len(result.Findings) != 3 || !slices.ContainsFunc(result.Findings, isAllowed) {
		t.Errorf("%d findings, none is suppressed", len(result.Findings))
	}
}

// Literals in equal lines of a file have one fingerprint, and are one finding.
func TestLiteralsInEqualLines(t *testing.T) {
	r := gittest.New(t)
	var text string
	for i := range 30 {
		text += header("a", fmt.Sprintf("%s-%d", other, i))
	}
	r.Write("a.py", text)
	r.Write("b.py", header("b", other+"-20")+header("c", "{{elastic}}"))
	all := literals(t, r.Dir, scanner.Options{})
	if f := all["a.py"]; len(all) != 2 || len(f.Occurrences) != 31 || len(f.Secrets) != 30 || len(f.Fingerprints()) != 2 {
		t.Errorf("%d findings, the first with %d occurrences and %d values", len(all), len(f.Occurrences), len(f.Secrets))
	}
}

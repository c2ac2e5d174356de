package report

import (
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

var text = Format{"text", Text}

// Only what cannot be broken is wider than the terminal.
func TestTextKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{0, 40, 80, 100, 200} {
		for name, r := range results() {
			if name == "hostile" {
				continue // its names are wider than any terminal
			}
			got := render(t, text, r, func(o *Options) { o.Width = width })
			for line := range strings.Lines(got) {
				line = strings.TrimRight(line, "\n")
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s: %q ends in a space", name, line)
				}
				if cells(line) > max(width, 80) && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s at %d columns: %q takes %d", name, width, line, cells(line))
				}
			}
		}
	}
}

func TestTextNeverSaysCleanOfWhatItDidNotRead(t *testing.T) {
	failed := []scanner.Skip{{Path: "x", Kind: scanner.SkipFailed, Reason: "permission denied"}}
	for name, test := range map[string]struct {
		coverage scanner.Coverage
		want     string
	}{
		"complete":     {scanner.Coverage{Files: 2, Bytes: 10}, "No keys found in 2 files, 10 bytes.\n"},
		"incomplete":   {scanner.Coverage{Files: 2, Skipped: failed}, "No keys found in what could be read.\n"},
		"nothing":      {scanner.Coverage{}, "Nothing was scanned, so there is no result.\n"},
		"only failure": {scanner.Coverage{Skipped: failed}, "Nothing was scanned, so there is no result.\n"},
	} {
		got := render(t, text, &scanner.Result{Coverage: test.coverage})
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: got %q, want it to end in %q", name, got, test.want)
		}
	}
}

// Outside repositories paths are those of the working directory, and in a repository those
// of its root, also if it is elsewhere.
func TestTextPaths(t *testing.T) {
	for _, test := range []struct {
		base string
		at   scanner.Occurrence
		want string
	}{
		{"sub/dir/", scanner.Occurrence{Path: "a.txt", Object: scanner.ObjectFile, Line: 3, Column: 7}, "sub/dir/a.txt:3:7"},
		{"sub", scanner.Occurrence{Path: "a.txt", Object: scanner.ObjectBlob, OnDisk: true, Line: 3, Column: 7}, "sub/a.txt:3:7"},
		{".", scanner.Occurrence{Path: "a.txt", Object: scanner.ObjectFile, Line: 3, Column: 7}, "a.txt:3:7"},
		{"", scanner.Occurrence{Path: "-", Object: scanner.ObjectFile, Line: 3, Column: 7}, "-:3:7"},
		{"", scanner.Occurrence{Object: scanner.ObjectBlob, OID: "abc", Line: 1, Column: 1}, "blob abc, line 1"},
	} {
		v := newView(&scanner.Result{Base: test.base}, Options{Now: now})
		if got := v.place(&test.at); got != test.want {
			t.Errorf("%q in %q is %q, want %q", test.at.Path, test.base, got, test.want)
		}
	}
	v := newView(&scanner.Result{Base: "/srv/repo", Repositories: []scanner.Repository{{}}, Coverage: wholeCoverage}, Options{Now: now})
	for _, kind := range []scanner.ObjectKind{scanner.ObjectBlob, scanner.ObjectFile} {
		if got := v.place(&scanner.Occurrence{Path: "a.txt", Object: kind, Line: 3, Column: 7}); got != "a.txt:3:7" {
			t.Errorf("a %s in a repository is %q", kind, got)
		}
	}
	if got := v.amount(); !strings.Contains(got, " (12 refs) of /srv/repo, ") {
		t.Errorf("the repository is not named: %s", got)
	}
}

// What is unusual about a key is said in reports that have its facts.
func TestRemarksOfAKey(t *testing.T) {
	f := finding(64, scanner.Occurrence{Path: "a", Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true})
	for message, want := range map[string]bool{"A key": false, "A key; it is used for SCIM": true} {
		f.Message = message
		r := &scanner.Result{Findings: []scanner.Finding{f}, Coverage: wholeCoverage}
		for _, format := range []Format{text, {"markdown", Markdown}, {"html", HTML}} {
			if got := render(t, format, r); strings.Contains(got, message) != want {
				t.Errorf("%s: %q is shown: %t", format.Name, message, !want)
			}
		}
	}
}

// Concise is a line for each finding, with the repository in its path.
func TestConcise(t *testing.T) {
	head, past := inHead(), inHistory()
	lint := finding(3, scanner.Occurrence{Path: "ci.yml", Line: 7, Column: 3, Object: scanner.ObjectFile, OnDisk: true})
	lint.Rule.Lint, lint.Key, lint.Message, lint.Severity = true, rules.Key{}, "The log shows it.", rules.Warning
	r := &scanner.Result{Findings: []scanner.Finding{head, past, lint}, Coverage: wholeCoverage}
	got := render(t, Format{"concise", Concise}, r)
	want := "src/api.js:3:10: error[qas-api-key] " + name(&head) + " made 2025-01-02 exposed at HEAD since 2025-01-03 and in 3 other places\n" +
		"ci/nightly.yml:108:20: error[qas-api-key] " + name(&past) + " made 2025-01-02 exposed in history from 2025-05-06 to 2025-05-09\n" +
		"ci.yml:7:3: warning[qas-api-key] The log shows it\n" +
		"Found 2 keys and 1 lint finding: 2 errors and 1 warning.\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	if colour := render(t, Format{"concise", Concise}, r, func(o *Options) { o.Color = true }); !strings.Contains(colour, "\x1b[1;33mwarning[") {
		t.Errorf("no colour in %q", colour)
	}
}

// Links lead to files on disk and to rules, change no width, and nothing ends them
// early.
func TestTextLinks(t *testing.T) {
	r := hostile()
	r.Base = "a b\x1b\\/sub"
	linked := render(t, text, r, func(o *Options) { o.LinkHost, o.Dir = "box", "/work" })
	sequence := regexp.MustCompile("\x1b]8;;([^\x1b]*)\x1b\\\\")
	if got := sequence.ReplaceAllString(linked, ""); got != render(t, text, r) {
		t.Errorf("links change the text: %q", got)
	}
	var to []string
	for _, match := range sequence.FindAllStringSubmatch(linked, -1) {
		to = append(to, match[1])
	}
	if len(to) != 4 || to[0] != rulesURI+keyRule.ID || to[1] != "" || to[3] != "" {
		t.Fatalf("links lead to %q", to)
	}
	u, err := url.Parse(to[2])
	if want := "/work/" + path.Clean(filepath.ToSlash(r.Base)+"/"+r.Findings[0].Occurrences[0].Path); err != nil || u.Host != "box" || u.Path != want {
		t.Errorf("the link leads to %q, want %q", u.Path, want)
	}
	past := render(t, text, &scanner.Result{Findings: []scanner.Finding{inHistory()}}, func(o *Options) { o.LinkHost = "box" })
	if strings.Contains(past, "file://") {
		t.Error("a file that is not there is linked")
	}
}

func TestDrawLine(t *testing.T) {
	long := strings.Repeat("a", 100) + "KEY" + strings.Repeat("b", 100)
	for _, test := range []struct {
		line       string
		start, end int
		want, mark string
	}{
		{"a = KEY", 4, 7, "a = KEY", "KEY"},
		{"\ta\t= KEY\r\n", 5, 8, "    a   = KEY", "KEY"},
		{"日本 KEY", 7, 10, "日本 KEY", "KEY"},
		{"\x1b[1mKEY", 4, 7, `\x1b[1mKEY`, "KEY"},
		{long, 100, 103, "…aaaaaaaaKEYbbbbbbb…", "KEY"},
		{long, 0, 3, "aaaaaaaaaaaaaaaaaaa…", "aaa"},
		{long, 200, 203, "…bbbbbbbbbbbbbbbbbbb", "bbb"},
		{long, 0, 203, "aaaaaaaaaaaaaaaaa…", "aaaaaaaaaaaaaaaaa…"},
		{long, 0, 180, "aaaaaaaaaaaaaaaaa…", "aaaaaaaaaaaaaaaaa…"},
		{"short", 90, 80, "short", ""},
		{"", 0, 0, "", ""},
	} {
		got := drawLine(test.line, test.start, test.end, 20)
		if got.text != test.want {
			t.Errorf("%q is drawn as %q, want %q", test.line, got.text, test.want)
		}
		if cells(got.text) > 20 {
			t.Errorf("%q takes %d cells", test.line, cells(got.text))
		}
		if mark := cellRange(got.text, got.from, got.to); mark != test.mark {
			t.Errorf("%q: %q is underlined, want %q", test.line, mark, test.mark)
		}
	}
}

// cellRange returns what stands in the cells from up to to.
func cellRange(text string, from, to int) string {
	var b strings.Builder
	at := 0
	for _, r := range text {
		if at >= from && at < to {
			b.WriteRune(r)
		}
		at += runeCells(r)
	}
	return b.String()
}

func FuzzDrawLine(f *testing.F) {
	f.Add("\ta = 日本\x1b[1m", 3, 9, 20)
	f.Fuzz(func(t *testing.T, line string, start, end, width int) {
		width = 10 + width&0xff
		got := drawLine(line, start, end, width)
		if cells(got.text) > width {
			t.Errorf("takes %d cells of %d", cells(got.text), width)
		}
		for _, r := range got.text {
			if !neutral.IsGraphic(r) {
				t.Errorf("holds %U", r)
			}
		}
	})
}

func TestQuantities(t *testing.T) {
	for got, want := range map[string]string{
		number(0): "0", number(999): "999", number(1000): "1,000", number(int64(205518999)): "205,518,999",
		plural.Size(1): "1 byte", plural.Size(999): "999 bytes", plural.Size(1000): "1 kB", plural.Size(4120): "4.1 kB", plural.Size(999_600): "1 MB",
		plural.Size(1_460_000_000): "1.5 GB", plural.Size(5_000_000_000_000_000): "5,000 TB",
		duration(0.0042): "4 ms", duration(0.72): "0.7 s", duration(61): "61 s", duration(600): "10 min",
		enumerate([]string{"a"}): "a", enumerate([]string{"a", "b", "c"}): "a, b and c",
		firstFew([]string{"a", "b", "c"}, 2): "a, b and 1 more", firstFew([]string{"a", "b"}, 2): "a, b",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The message is there where it says more than the title and the facts.
func TestTextMessages(t *testing.T) {
	client := inHead()
	client.Exposure.Client = true
	for name, test := range map[string]struct {
		f    scanner.Finding
		want bool
	}{"key": {inHead(), false}, "client": {client, true}, "other": {plainLiteral(), true}, "example": {documented(), true}} {
		got := render(t, text, &scanner.Result{Findings: []scanner.Finding{test.f}})
		message := "\n  " + wrap(message(&test.f), 78)[0] + "\n"
		if strings.Contains(got, message) != test.want {
			t.Errorf("%s: the message is there: %t", name, !test.want)
		}
	}
}

// Of many places the first are listed, each on one line if it fits.
func TestTextPlaces(t *testing.T) {
	f := inHistory()
	short, long := f.Occurrences[0], f.Occurrences[0]
	short.Commit, short.RemovedBy, short.Path, short.Line, short.Column = nil, nil, strings.Repeat("a", 80-2-len(":1:1")-2-len("now only in history")), 1, 1
	long = short
	long.Path += "a"
	f.Occurrences = append(f.Occurrences, short, long)
	for len(f.Occurrences) < 1+maxPlaces {
		f.Occurrences = append(f.Occurrences, short)
	}
	got := render(t, text, &scanner.Result{Findings: []scanner.Finding{f}, Coverage: wholeCoverage})
	for _, want := range []string{"\n  " + short.Path + ":1:1  now only in history\n", "\n  " + long.Path + ":1:1\n      now only in history\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "--format json") {
		t.Errorf("places are left out:\n%s", got)
	}
	f.Occurrences = append(f.Occurrences, short, short)
	got = render(t, text, &scanner.Result{Findings: []scanner.Finding{f}, Coverage: wholeCoverage})
	if want := "\n  +2 more; --format json lists all\n"; !strings.Contains(got, want) {
		t.Errorf("%q is not in:\n%s", want, got)
	}
}

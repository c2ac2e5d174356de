package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

func known(fingerprint, about, reason string, until time.Time) Known {
	return Known{Ignore: scanner.Ignore{Fingerprint: fingerprint, Reason: reason, Until: until}, About: about}
}

var someDay = time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)

func TestBaseline(t *testing.T) {
	all := []Known{
		known("b123456789abcdef", "", "it's: {odd}, #1 \"quoted\" \\ 日本 \u2028\u007f <&>", time.Time{}),
		known("0123456701234567", "acm0000123.1CJo8oDjj", "sandbox", someDay),
	}
	const want = baselineHead +
		`- {fingerprint: "0123456701234567", about: "acm0000123.1CJo8oDjj", reason: "sandbox", until: 2027-01-31}` + "\n" +
		`- {fingerprint: "b123456789abcdef", reason: "it's: {odd}, #1 \"quoted\" \\ 日本 \u2028\x7f <&>"}` + "\n"
	text := FormatBaseline(all)
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	got, err := ParseBaseline("f", text)
	slices.Reverse(all)
	if err != nil || !reflect.DeepEqual(got, all) {
		t.Errorf("it reads back as %v, %v", got, err)
	}
	if got, err := ParseBaseline("f", FormatBaseline(nil)); err != nil || len(got) != 0 {
		t.Errorf("an empty one reads back as %v, %v", got, err)
	}
}

// Whatever a reason holds reads back, as UTF-8.
func FuzzBaselineReason(f *testing.F) {
	for _, reason := range []string{"a", "\u0080\u0085\u009f", "\ufeff\ufffe\uffff", "\x00\x1b\x7f\xff", "\t\r\n\u2028\u202e\u00a0", "🔑\U000e0041\U0010ffff"} {
		f.Add(reason)
	}
	f.Fuzz(func(t *testing.T, reason string) {
		want := "x" + strings.ToValidUTF8(reason, "\ufffd")
		got, err := ParseBaseline("f", FormatBaseline([]Known{known("b123456789abcdef", "", "x"+reason, time.Time{})}))
		if err != nil || len(got) != 1 || got[0].Reason != want {
			t.Errorf("%q reads back as %q, %v", reason, got, err)
		}
	})
}

// A merge that keeps both sides leaves lines in any order, and some twice: the
// stricter counts.
func TestBaselineAfterMerge(t *testing.T) {
	got, err := ParseBaseline("f", []byte(`
- {fingerprint: b123456789abcdef, reason: a, until: 2027-02-01}
- {fingerprint: 0123456789abcdef, reason: b}
- {fingerprint: b123456789abcdef, reason: c, until: 2027-01-31}
- {fingerprint: 0123456789abcdef, reason: d, until: 2027-01-31}
`))
	want := []Known{known("b123456789abcdef", "", "a", someDay), known("0123456789abcdef", "", "b", someDay)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBaselineErrors(t *testing.T) {
	for content, want := range map[string]string{
		"- {fingerprint: 0123456789abcdef}\n":                              "f:1:3: expected the key reason",
		"- {fingerprint: 0123456789abcdef, reason: a, untill: 2027-01-31}": `f:1:46: unknown key "untill": expected one of about, fingerprint, reason, until`,
		"ignore: []\n": "f:1:1: expected a list of fingerprints with a reason, got a mapping",
		"- {fingerprint: 0123456789abcdef, reason: a}\n<<<<<<< HEAD\n":                                      "f:2: a merge conflict: <<<<<<<",
		"- {fingerprint: 0123456789abcdef, reason: a}\n---\n- {fingerprint: 1123456789abcdef, reason: a}\n": "f:2:1: expected one YAML document, got a second",
		"- [\n": "f:1: not valid YAML: did not find expected node content",
	} {
		_, err := ParseBaseline("f", []byte(content))
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", content, err, want)
		}
	}
}

// Two branches that add to a baseline merge without a conflict, as documented.
func TestBaselineMerges(t *testing.T) {
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
	}
	file := filepath.Join(dir, BaselineName)
	write := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(digits ...string) {
		t.Helper()
		var all []Known
		for _, digit := range digits {
			all = append(all, known(strings.Repeat(digit, 16), "", "known", someDay))
		}
		write(file, FormatBaseline(all))
		git("add", ".")
		git("commit", "-qm", strings.Join(digits, " "))
	}
	git("init", "-q", ".")
	git("symbolic-ref", "HEAD", "refs/heads/main")
	write(filepath.Join(dir, ".gitattributes"), []byte(BaselineName+" merge=union\n"))
	commit("1", "9")
	git("checkout", "-qb", "other")
	commit("1", "5", "6", "9")
	git("checkout", "-q", "main")
	commit("1", "4", "5", "9")
	git("merge", "-q", "--no-edit", "other")
	all, err := LoadBaseline(file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range all {
		got = append(got, k.Fingerprint[:1])
	}
	if slices.Sort(got); strings.Join(got, "") != "14569" {
		t.Errorf("got %v", got)
	}
}

func FuzzParseBaseline(f *testing.F) {
	f.Add("- {fingerprint: 0123456789abcdef, about: x, reason: a, until: 2027-01-31}\n")
	f.Add("[]\n")
	f.Fuzz(func(t *testing.T, content string) {
		all, err := ParseBaseline("f", []byte(content))
		if err != nil {
			if !hasPlace(err) {
				t.Errorf("got %v, want an error with a line", err)
			}
			return
		}
		again, err := ParseBaseline("f", FormatBaseline(all))
		if err != nil || len(again) != len(all) {
			t.Errorf("%q reads back as %v, %v", FormatBaseline(all), again, err)
		}
	})
}

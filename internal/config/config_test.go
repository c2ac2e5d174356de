package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, content string
		want          Config
	}{
		{"empty", "", Config{}},
		{"comments", "# nothing yet\n", Config{}},
		{"no document content", "---\n", Config{}},
		{"empty keys", "exclude:\nignore:\n", Config{}},
		{"exclude", "exclude: [\"vendor/**\", '*.min.js']\n", Config{Exclude: []string{"vendor/**", "*.min.js"}}},
		{"ignore", "ignore:\n  - fingerprint: 0123456789ABCDEF\n    reason: revoked\n", Config{
			Ignore: []scanner.Ignore{{Fingerprint: "0123456789abcdef", Reason: "revoked"}},
		}},
		{"until", "ignore:\n- {fingerprint: 0123456789abcdef, reason: a, until: 2027-01-31}\n- {fingerprint: 1123456789abcdef, reason: a, until: '2027-01-31'}\n", Config{
			Ignore: []scanner.Ignore{
				{Fingerprint: "0123456789abcdef", Reason: "a", Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
				{Fingerprint: "1123456789abcdef", Reason: "a", Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
			},
		}},
		{"fingerprints that look like numbers", "ignore:\n- {fingerprint: 0123456701234567, reason: a}\n- {fingerprint: 12345678901234e1, reason: b}\n", Config{
			Ignore: []scanner.Ignore{{Fingerprint: "0123456701234567", Reason: "a"}, {Fingerprint: "12345678901234e1", Reason: "b"}},
		}},
		{"levels", "min-confidence: medium\nfail-on: warning\n", Config{MinConfidence: rules.Medium, FailOn: rules.Warning}},
		{"never", "fail-on: never\n", Config{FailOn: Never}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(FileName, []byte(tt.content))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got %+v, want %+v", *got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, content, err, hint string }{
		{"unknown key", "exclude: []\n\nexlude: []\n", `f:3:1: unknown key "exlude": expected one of exclude, fail-on, ignore, min-confidence, rules`, "did you mean exclude?"},
		{"nothing near", "verify: true\n", `f:1:1: unknown key "verify": expected one of exclude, fail-on, ignore, min-confidence, rules`, ""},
		{"repeated key", "exclude: [a]\nexclude: [b]\n", `f:2:1: duplicate key "exclude"`, "merge the two"},
		{"not a mapping", "- exclude\n", "f:1:1: expected a mapping with the keys exclude, fail-on, ignore, min-confidence, rules, got a list", ""},
		{"text", "exclude\n", "f:1:1: expected a mapping with the keys exclude, fail-on, ignore, min-confidence, rules, got a string", ""},
		{"exclude is no list", "exclude: vendor\n", "f:1:10: expected a list of globs, got a string", "begin each element with a dash"},
		{"exclude of numbers", "exclude:\n  - 1\n", "f:2:5: expected a glob, got a number", "put it in quotes"},
		{"empty glob", "exclude: ['']\n", "f:1:11: expected a glob, got an empty string", ""},
		{"bad glob", "exclude: ['a[']\n", `f:1:11: invalid glob "a["`, `a glob can contain *, **, ?, [a-z] and {a,b}; "\" escapes the next character`},
		{"rooted glob", "exclude: [/dist]\n", `f:1:11: glob "/dist" matches nothing`, `paths are relative to the target: write "dist/**"`},
		{"folder glob", "exclude: [dist/]\n", `f:1:11: glob "dist/" matches nothing`, `to exclude a directory write "dist/**"`},
		{"negated glob", "exclude: ['!dist']\n", `f:1:11: glob "!dist": negation is not supported`, "list only paths to exclude"},
		{"ignore of texts", "ignore:\n- 0123456789abcdef\n", "f:2:3: expected a fingerprint and a reason, got a string", `write "- fingerprint: 0123456789abcdef" and under it "reason: …"`},
		{"no reason", "ignore:\n- fingerprint: 0123456789abcdef\n", "f:2:3: expected the key reason", "say why the finding does not count"},
		{"no fingerprint", "ignore:\n- reason: old\n", "f:2:3: expected the key fingerprint", `write "- fingerprint: 0123456789abcdef" and under it "reason: …"`},
		{"short fingerprint", "ignore:\n- fingerprint: 0123\n  reason: old\n", "f:2:16: expected a fingerprint of 16 hexadecimal digits", "copy the fingerprint from the report, not the key"},
		{"repeated fingerprint", "ignore:\n- {fingerprint: 0123456789abcdef, reason: a}\n- {fingerprint: 0123456789ABCDEF, reason: b}\n", "f:3:3: duplicate fingerprint 0123456789abcdef", ""},
		{"no date", "ignore:\n- {fingerprint: 0123456789abcdef, reason: a, until: soon}\n", "f:2:53: expected a date", "write the date on which the entry expires, such as 2027-01-31"},
		{"a time", "ignore:\n- {fingerprint: 0123456789abcdef, reason: a, until: 2027-01-31T10:00:00Z}\n", "f:2:53: expected a date", "write the date on which the entry expires, such as 2027-01-31"},
		{"unknown key of ignore", "ignore:\n- {fingerprint: 0123456789abcdef, raeson: a}\n", `f:2:35: unknown key "raeson": expected one of fingerprint, reason, until`, "did you mean reason?"},
		{"confidence", "min-confidence: sure\n", `f:1:17: unknown confidence "sure": expected high, medium or low`, ""},
		{"severity", "fail-on: [error]\n", `f:1:10: unknown severity "a list": expected error, warning, note or never`, ""},
		{"alias", "exclude: &a [b]\nignore: *a\n", "f:2:9: expected a list of fingerprints with a reason, got an alias", "begin each element with a dash"},
		{"two documents", "exclude: []\n---\nexclude: []\n", "f:2:1: expected one YAML document, got a second", ""},
		{"syntax", "exclude:\n  - a\n b: c\n", "f:2: not valid YAML: did not find expected key", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f", []byte(tt.content))
			if err == nil || err.Error() != tt.err {
				t.Fatalf("got  %v\nwant %s", err, tt.err)
			}
			if got := hint.Of(err); got != tt.hint {
				t.Errorf("got hint  %s\nwant hint %s", got, tt.hint)
			}
		})
	}
}

func TestPastedKeyIsNotShown(t *testing.T) {
	key := keytest.Key(1, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	_, err := Parse(FileName, []byte("ignore:\n- fingerprint: "+key+"\n  reason: old\n"))
	if err == nil || strings.Contains(err.Error(), keytest.Token(1)) {
		t.Errorf("got %v, want an error without the token", err)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"with/.git", "with/sub", "without"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(root, "with", FileName)
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	with, without := filepath.Join(root, "with"), filepath.Join(root, "without")
	tests := []struct {
		name    string
		targets []string
		want    string
	}{
		{"root", []string{with}, file},
		{"folder of git", []string{filepath.Join(with, ".git")}, file},
		{"folder inside", []string{filepath.Join(with, "sub")}, ""},
		{"none", []string{without}, ""},
		{"the first directory counts", []string{without, with}, ""},
		{"files and what is not there are passed over", []string{"-", filepath.Join(root, "gone"), file, with}, file},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Find(tt.targets)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yml")
	if err := os.WriteFile(big, make([]byte, maxSize+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                            "is not a regular file",
		big:                            "is larger than 16 MiB",
		filepath.Join(dir, "gone.yml"): "read configuration: ",
	} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%q): got %v, want an error with %q", path, err, want)
		}
	}
}

// hasPlace reports whether an error begins with the name of the file and a line.
func hasPlace(err error) bool { return place.MatchString(err.Error()) }

var place = regexp.MustCompile(`^[^:]+:[1-9]\d*:(?:[1-9]\d*:)? `)

// FuzzParse checks that any file gives a configuration or an error with a place.
func FuzzParse(f *testing.F) {
	f.Add("exclude: ['vendor/**']\nignore:\n- fingerprint: 0123456789abcdef\n  reason: old\n")
	f.Add("fail-on: never\nmin-confidence: low\n")
	f.Add("a: &a [*a]\n")
	f.Add("---\n---\n")
	f.Fuzz(func(t *testing.T, content string) {
		c, err := Parse(FileName, []byte(content))
		switch {
		case err == nil && c == nil:
			t.Error("neither a configuration nor an error")
		case err != nil && !hasPlace(err):
			t.Errorf("got %v, want an error with a line", err)
		}
	})
}

package report

import (
	"strings"
	"testing"
	"unicode"
)

func TestNeutral(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"src/api.js":              "src/api.js",
		"日本/café":                 "日本/café",
		"\x1b[2J\n\t\r\xff\u202e": `\x1b[2J\n\t\r\xff\u202e`,
		"std::vector":             "std::vector",
		"::set-output name=a::b":  `\x3a:set-output name=a::b`,
		"a ::error::b":            `a \x3a:error::b`,
		"a\u3000::error::b":       "a\u3000" + `\x3a:error::b`,
		"::::":                    `\x3a:::`,
		"x##[error]y":             `x\x23#[error]y`,
		"##vso[task.complete]":    `\x23#vso[task.complete]`,
		"###[a] ## not a command": `#\x23#[a] ## not a command`,
		"##[##[error]":            `\x23#[\x23#[error]`,
	} {
		if got := neutral(text); got != want {
			t.Errorf("neutral(%q) = %s, want %s", text, got, want)
		}
	}
}

func FuzzNeutral(f *testing.F) {
	f.Add("a ::b\x00##[x]\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := neutral(text)
		for _, r := range got {
			if !isShown(r) {
				t.Errorf("holds %U", r)
			}
		}
		for word := range strings.FieldsFuncSeq(got, unicode.IsSpace) {
			if strings.HasPrefix(word, "::") {
				t.Errorf("%q begins a command", word)
			}
		}
		if logCommand.MatchString(got) {
			t.Errorf("%q holds a command", got)
		}
	})
}

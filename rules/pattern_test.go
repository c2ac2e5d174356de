package rules_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// found returns the keys that a pattern finds in a text, exceptions left out.
func found(t *testing.T, p rules.Pattern, text string) []string {
	t.Helper()
	var keys []string
	for _, match := range regexp.MustCompile(p.Regexp()).FindAllStringSubmatch(text, -1) {
		if len(match) != 2 {
			t.Fatalf("%s has %d groups, want 1", p.ID, len(match)-1)
		}
		excepted := slices.ContainsFunc(p.Except(), func(e string) bool { return regexp.MustCompile(e).MatchString(match[1]) })
		if !excepted {
			keys = append(keys, match[1])
		}
	}
	return keys
}

func pattern(t *testing.T, id string) rules.Pattern {
	t.Helper()
	for _, p := range rules.Patterns() {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("there is no pattern %s", id)
	return rules.Pattern{}
}

// TestPatterns has the keys that are to be found in «».
func TestPatterns(t *testing.T) {
	long := strings.Repeat("x", 61) // a tenant of 64 characters begins with aB3
	cases := map[string][]string{
		"qas-api-key": {
			"«{{key 1}}»", "key: «{{key 1}}»\n", `"«{{key 1}}»"`, "a\n«{{key 1}}» «{{key 2}}»,«{{key 3}}»",
			`{"log":"a\n«{{key 1}}»\t«{{key 2}}»"}`, "?key%3D«{{key 1}}»", "_«{{key 1}}_»", "--«{{key 1}}»",
			"«aB3" + long + ".{{id 1}}.{{token 1}}»", "a-«aB3" + long + ".{{id 1}}.{{token 1}}»",
			"xaB3" + long + ".{{id 1}}.{{token 1}}",
			"«a.{{id 1}}.abcdefghijklmno1»", "a.{{id 1}}.abcdefghijklmn1",
			"«a-b_c.{{id 1}}.-{{token 1}}-»",
			"x.«{{key 1}}».x", "{{tenant 1}}.{{token 1}}.{{id 1}}", "{{tenant 1}}.{{id 1}}", "{{tenant 1}}.{{id 1}}.****",
			"img.{{id 1}}.thumbnailLargeRetina", "img.{{id 1}}.thumbnail-large-retina", "img.{{id 1}}.Thumbnail_large_retina", "«img.{{id 1}}.thumbnailLargeRETINA»",
			"{{clientexample}}", "{{short 1}}", "{{jwt}}", "«{{old 1}}»",
		},
		"qas-api-key-short": {
			"«{{short 1}}»", `token = "«{{short 1}}»"`, "«t1.{ak}2.12345678»", "«t1.{ak}2.abcdef78»", "«t1.{ak}2.78abcdef» «t1.{ak}2.a-7_8-bcdef»",
			`\n«t1.{ak}2.abcdef78»`, "at1.{ak}2.abcdef78", "t1.{ak}2.confirmationText", "t1.{ak}2.property1", "t.{ak}2.abcdef78", "t1.{ak}.abcdef78",
			"{{example}}", "{{key 1}}", "t12.{ak}34.internal",
		},
	}
	if len(cases) != len(rules.Patterns()) {
		t.Errorf("%d patterns are tested, want %d", len(cases), len(rules.Patterns()))
	}
	marked := regexp.MustCompile(`«(.*?)»`)
	for id, texts := range cases {
		for _, text := range texts {
			text = keytest.Expand(strings.ReplaceAll(text, "{ak}", "ak")) // none is committed
			var want []string
			for _, match := range marked.FindAllStringSubmatch(text, -1) {
				want = append(want, match[1])
			}
			if got := found(t, pattern(t, id), strings.NewReplacer("«", "", "»", "").Replace(text)); !slices.Equal(got, want) {
				t.Errorf("%s in %q: got %q", id, text, got)
			}
		}
	}
}

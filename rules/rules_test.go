package rules_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// TestKeyTime reads the time in the test vectors of github.com/Hypersequent/hqid7.
func TestKeyTime(t *testing.T) {
	for id, want := range map[string]string{
		"1CJo8oDjj_vkGo2rQAdzz4F": "2025-01-02T07:41:19.547Z",
		"1C3Rttz29_K2U2o4AdhPF5b": "2023-09-19T13:49:38.987Z",
		"1C3VGAJyH_iXkB2HfuhEusP": "2023-09-21T08:30:17.107Z",
	} {
		key, ok := rules.ParseKey("acme." + id + "." + keytest.Token(1))
		if got := key.CreatedAt.Format(time.RFC3339Nano); !ok || got != want {
			t.Errorf("%s was created at %s, want %s", id, got, want)
		}
	}
}

// TestNoKeyTime checks that IDs are refused that the upstream decoder accepts: other
// versions, other variants, and numbers of more than 128 bits.
func TestNoKeyTime(t *testing.T) {
	for what, id := range map[string]string{
		"version 15": "1CKCEtest_JYyckc3zYtest",
		"overflow":   "zzzzzzzzz_zzzzzzzzzzzzz",
		"too short":  "1CJo8oDjj_vkGo2rQAdzz4",
		"too long":   "1CJo8oDjj_vkGo2rQAdzz4FF",
		"no digit":   "1CJo8oDjj_vkGo2rQAdzz40",
		"moved":      "1CJo8oDj_jvkGo2rQAdzz4F",
	} {
		if key, ok := rules.ParseKey("acme." + id + "." + keytest.Token(1)); !ok || !key.CreatedAt.IsZero() {
			t.Errorf("%s: parsed %t with time %s", what, ok, key.CreatedAt)
		}
	}
}

func TestParseKey(t *testing.T) {
	token := keytest.Token(1)
	for literal, want := range map[string]bool{
		"acme.key." + token:                           true,
		"a-b_c.key." + token:                          true,
		"-acme.key." + token:                          false,
		"acme-.key." + token:                          false,
		"acme.key":                                    false,
		"acme..x" + token:                             false,
		".key." + token:                               false,
		"acme.key.short":                              false,
		"acme.key.sixsix":                             true,
		"a.b.sixsix":                                  true,
		"acme.key." + token + ".more":                 false,
		"acme.k y." + token:                           false,
		strings.Repeat("a", 65) + ".key." + token:     false,
		"acme.key." + strings.Repeat("a1", 65):        false,
		"acme.key." + strings.Repeat("a1", 64):        true,
		"acme." + strings.Repeat("k", 65) + ".a1b2c3": false,
	} {
		if _, got := rules.ParseKey(literal); got != want {
			t.Errorf("ParseKey(%q) = %t", strings.ReplaceAll(literal, token, "****"), got)
		}
	}
}

// TestFingerprint checks that a fingerprint depends only on the tenant and key IDs.
func TestFingerprint(t *testing.T) {
	fingerprint := func(literal string) string {
		key, _ := rules.ParseKey(literal)
		return key.Fingerprint()
	}
	if a, b := fingerprint("acme.key."+keytest.Token(1)), fingerprint("acme.key."+keytest.Token(2)); a != b || len(a) != 16 {
		t.Errorf("fingerprints %q and %q differ with the token", a, b)
	}
	if fingerprint("acme.key1."+keytest.Token(1)) == fingerprint("acme.key2."+keytest.Token(1)) {
		t.Error("two keys have one fingerprint")
	}
}

// TestKeysHideTokens checks that a formatted key does not contain its token.
func TestKeysHideTokens(t *testing.T) {
	key, _ := rules.ParseKey(keytest.Key(1, keytest.Made))
	if s := key.String(); strings.Contains(s, keytest.Token(1)) || !strings.HasSuffix(s, ".****") {
		t.Error("a key shows its token, or has no mask")
	}
}

// TestRandomTokens checks that bare keys are found whatever their random tokens are.
func TestRandomTokens(t *testing.T) {
	r := ruleOf(t, "qas-api-key")
	for seed := range uint64(100_000) {
		key := keytest.Key(seed, keytest.Made)
		if _, ok := r.Find([]byte(key), strings.IndexByte(key, '.')); !ok {
			t.Fatalf("the key of seed %d is not found", seed)
		}
	}
}

func TestSelect(t *testing.T) {
	all, err := rules.Select(nil)
	if err != nil || len(all) != len(rules.All()) {
		t.Errorf("Select(nil) = %d rules, %v", len(all), err)
	}
	some, err := rules.Select([]string{"qas-api-key"})
	if err != nil || len(some) != 1 || some[0].ID != "qas-api-key" {
		t.Errorf("Select(qas-api-key) = %v, %v", some, err)
	}
	if _, err := rules.Select([]string{"nonesuch"}); err == nil {
		t.Error("an unknown rule is no error")
	}
}

// TestLiterals checks that every rule is complete.
func TestLiterals(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules.All() {
		switch {
		case r.ID == "" || r.ID != strings.ToLower(r.ID) || seen[r.ID]:
			t.Errorf("rule %q: bad ID", r.ID)
		case r.Title == "" || strings.HasSuffix(r.Title, ".") || len(r.Title) > 60:
			t.Errorf("rule %s: bad title", r.ID)
		case !strings.Contains(r.Help, "\n## Remediation\n"):
			t.Errorf("rule %s: no remediation", r.ID)
		case r.Severity == 0 || r.Confidence == 0 || (r.Find == nil) != (len(r.Anchors) == 0),
			r.ID != rules.ClientEmbeddedID && (r.Find == nil) == (r.Check == nil):
			t.Errorf("rule %s: incomplete", r.ID)
		case r.Lint && !strings.Contains(r.Help, "\n## Example\n"), r.Check != nil && !r.Lint:
			t.Errorf("rule %s: a lint rule has an example", r.ID)
		}
		for _, a := range r.Anchors {
			if len(a.Literal) < 3 {
				t.Errorf("rule %s: anchor %q is too short", r.ID, a.Literal)
			}
		}
		seen[r.ID] = true
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(keytest.Key(1, keytest.Made))
	f.Add(keytest.Expand("{{short 1}}"))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, literal string) {
		key, ok := rules.ParseKey(literal)
		if ok && !strings.HasPrefix(literal, key.TenantID+"."+key.KeyID+".") {
			t.Errorf("the literal does not begin with its key %+v", key)
		}
		if !ok && key != (rules.Key{}) {
			t.Errorf("the literal is not a key, but has %+v", key)
		}
	})
}

// FuzzFind calls every rule at every anchor in a text: no rule panics, and its matches
// are within the text, are complete, and depend on nothing beyond rules.Reach.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"Authorization: ApiKey {{key 1}}", `"ApiKey" + " " + "{{plain 1}}"`, "QAS_TOKEN: string = '{{key 1}}'", "Bearer {{short 1}} qasphere",
		"QAS_TOKEN", "ApiKey", "ApiKey \"", ".1C", "\x1b[31m{{key 1}}", `\u000a{{key 1}}`, "%0a{{key 1}}", "- name: QAS_TOKEN\n  value: {{key 1}}",
		"VITE_QAS_TOKEN=", "define: {a: {b: QAS_TOKEN}}", "envPrefix: ['QAS_']", "nextConfig = { env: { QAS_TOKEN", "http://a.qasphere.com", "x://a:{{key 1}}@a.qasphere.com",
		"/api/public/v0?a=1&token=${a}", "a.qasphere.com?api_key={{plain 1}}", "Authorization: Token {{key 1}} qasphere.com", "authorization: bearer abcDEF123456 qasphere.com",
	} {
		f.Add([]byte(keytest.Expand(seed)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		for _, r := range rules.All() {
			for at := range text {
				if !slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool { return startsWith(text[at:], a) }) {
					continue
				}
				m, ok := r.Find(text, at)
				if !ok {
					continue
				}
				if m.Start < 0 || m.Start >= m.End || m.End > len(text) || m.Severity == 0 || m.Confidence == 0 || m.Message == "" {
					t.Fatalf("%s: %d..%d of %d, %v, %v", r.ID, m.Start, m.End, len(text), m.Severity, m.Confidence)
				}
				first := max(0, at-rules.Reach)
				last := min(len(text), at+rules.Reach)
				near, ok := r.Find(text[first:last], at-first)
				near.Start, near.End = near.Start+first, near.End+first
				if !ok || !reflect.DeepEqual(near, m) {
					t.Fatalf("%s: a different match with only the text within its reach", r.ID)
				}
			}
		}
		if !bytes.Equal(text, before) {
			t.Fatal("the text was changed")
		}
	})
}

func startsWith(text []byte, a rules.Anchor) bool {
	if len(text) < len(a.Literal) {
		return false
	}
	start := text[:len(a.Literal)]
	return string(start) == a.Literal || a.Fold && bytes.EqualFold(start, []byte(a.Literal))
}

func ruleOf(t *testing.T, id string) rules.Rule {
	t.Helper()
	selected, err := rules.Select([]string{id})
	if err != nil {
		t.Fatal(err)
	}
	return selected[0]
}

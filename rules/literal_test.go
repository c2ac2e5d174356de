package rules_test

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// TestAssignedLiterals checks which literals of three parts are keys where only the name
// of a variable says so.
func TestAssignedLiterals(t *testing.T) {
	r := ruleOf(t, "qas-assigned-key")
	for literal, want := range map[string]bool{
		"acme.k3y-1.{{token 1}}":              true,
		"t12." + "ak34.abc789xyz":             true,
		"{{jwt}}":                             false,
		"ewogICJhbGciOiJIUz.e30.{{token 1}}":  false,
		"SG.k3y-1.{{token 1}}":                false,
		"sg1.k3y-1.{{token 1}}":               true,
		"v4.local.{{token 1}}":                false,
		"v4.public.{{token 1}}":               false,
		"v4.other.{{token 1}}":                true,
		"v41.local.{{token 1}}":               true,
		"process.env.{{token 1}}":             false,
		"Settings.qas.{{token 1}}":            false,
		"my-tenantid.k3y-1.{{token 1}}":       false,
		"acme.your-key.{{token 1}}":           false,
		"acme.k3y-1.{{token 1}}.more":         false,
		"acme.k3y-1.{{token 1}}?.x":           false,
		"acme.k3y-1.{{token 1}}${X}":          false,
		"acme.k3y-1.{{token 1}}{x}":           false,
		"acme.k3y-1.{{token 1}}#{x}":          false,
		"acme.k3y-1.{{token 1}}***":           false,
		"acme.k3y-1.{{token 1}}\u2026":        false,
		"acme.k3y-1.{{token 1}}#comment":      true,
		"acme.k3y-1.a1b2c3":                   true,
		"acme.k3y-1.a1b2c":                    false,
		strings.Repeat("a", 64) + ".k.a1b2c3": true,
		strings.Repeat("a", 65) + ".k.a1b2c3": false,
	} {
		text := keytest.Expand("QAS_TOKEN=" + literal)
		if _, got := r.Find([]byte(text), 0); got != want {
			t.Errorf("%s is a key: %t, want %t", literal, got, want)
		}
	}
}

// TestBoundsOfLiterals checks where a key or a credential begins and ends.
func TestBoundsOfLiterals(t *testing.T) {
	for _, c := range []struct{ rule, anchor, text string }{
		{"qas-api-key", ".1C", "«{{key 1}}»"},
		{"qas-api-key", ".1C", "b-«{{key 1}}»"},
		{"qas-api-key", ".1C", "x/my_«{{key 1}}»/"},
		{"qas-api-key", ".1C", "--«{{key 1}}».\n"},
		{"qas-api-key", ".1C", `\n«{{key 1}}»`},
		{"qas-api-key", ".1C", `\x0a«{{key 1}}»`},
		{"qas-api-key", ".1C", `\u000a«{{key 1}}»`},
		{"qas-api-key", ".1C", "%0a«{{key 1}}»%0a"},
		{"qas-api-key", ".1C", "\x1b[31m«{{key 1}}»\x1b[0m"},
		{"qas-api-key", ".1C", "\x1b[1;31m«{{key 1}}»"},
		{"qas-api-key", ".1C", "[31m«{{key 1}}»"},
		{"qas-api-key", ".1C", `\x1b[32m«{{key 1}}»`},
		{"qas-api-key", ".1C", `\033[1;32m«{{key 1}}»`},
		{"qas-api-key", ".1C", "^[[32m«{{key 1}}»"},
		{"qas-api-key", ".1C", "[«{{key 1}}»"},
		{"qas-api-key", ".1C", "[«m{{key 1}}»"},
		{"qas-api-key", ".1C", `\012«{{key 1}}»`},
		{"qas-api-key", ".1C", `\0«{{key 1}}»`},
		{"qas-api-key", ".1C", "=3D«{{key 1}}»"},
		{"qas-api-key", ".1C", "=«{{key 1}}»"},
		{"qas-api-key", ".1C", "%253D«{{key 1}}»"},
		{"qas-api-key", ".1C", "%25250a«{{key 1}}»"},
		{"qas-api-key", ".1C", "apikey_«{{key 1}}»"},
		{"apikey-header", "ApiKey", "ApiKey apikey_«{{key 1}}»"},
		{"qas-bearer-header", "Bearer", "Bearer apikey_«{{key 1}}»"},
		{"qas-assigned-key", "QAS", "QAS_TOKEN=APIKEY_«{{plain 1}}»"},
		{"qas-assigned-key", "QAS", "QAS_TOKEN=key-«{{key 1}}»"},
		{"qas-bearer-header", "Bearer", "Bearer key-«{{key 1}}»"},
		{"apikey-header", "ApiKey", "ApiKey 3D«{{key 1}}»"},
		{"apikey-header", "ApiKey", `"ApiKey " + k, k = "key-«{{key 1}}»"`},
		{"apikey-header", "ApiKey", `"ApiKey " + k, k = "apikey_«{{plain 1}}»"`},
		{"qas-split-key", ".1C", `"key-«{{tenant 1}}" + ".{{id 1}}." + "{{token 1}}»"`},
		{"qas-api-key", ".1C", "\x00:«{{key 1}}»"},
		{"qas-api-key", ".1C", strings.Repeat("a", 65) + ".{{id 1}}.{{token 1}}"},
		{"apikey-header", "ApiKey", "Authorization: ApiKey «abcd1234»."},
		{"apikey-header", "ApiKey", "Authorization: ApiKey «abcd1234»: x"},
		{"apikey-header", "ApiKey", "Authorization: ApiKey «abcd:1234==», x"},
		{"apikey-header", "ApiKey", "Authorization: ApiKey abcd1234..."},
		{"apikey-header", "ApiKey", `"Authorization": "ApiKey " + "«abcd1234»"`},
	} {
		text, want := keytest.Expand(c.text), ""
		if before, rest, ok := strings.Cut(text, "«"); ok {
			literal, after, _ := strings.Cut(rest, "»")
			text, want = before+literal+after, literal
		}
		m, ok := ruleOf(t, c.rule).Find([]byte(text), strings.Index(text, c.anchor))
		switch {
		case ok != (want != ""):
			t.Errorf("%s: found: %t", c.text, ok)
		case ok && text[m.Start:m.End] != want:
			t.Errorf("%s: %d..%d", c.text, m.Start, m.End)
		}
	}
}

// TestLengthBeforeKey checks that a byte before a key is not part of its tenant ID if it may
// be the length of the key in a binary format.
func TestLengthBeforeKey(t *testing.T) {
	key := keytest.Key(1, keytest.Made)[7:] // 51 characters, and '3' is 51
	for before, want := range map[string]bool{"\x003": true, "\xd93": true, " 3": false, "\n3": false, "\x0a4": false, "3": false} {
		text := before + key
		m, ok := ruleOf(t, "qas-api-key").Find([]byte(text), strings.IndexByte(text, '.'))
		if !ok || (text[m.Start:] == key) != want || (m.Where != "") != want {
			t.Errorf("%q before a key of %d characters: found %t at %d, %q", before, len(key), ok, m.Start, m.Where)
		}
	}
}

// TestOldKeys checks that a key from before the first key IDs has a low confidence.
func TestOldKeys(t *testing.T) {
	for days, want := range map[int]rules.Confidence{-1: rules.Low, 0: rules.High, 1: rules.High} {
		key := keytest.Key(1, rules.MinKeyTime.AddDate(0, 0, days))
		m, ok := ruleOf(t, "qas-api-key").Find([]byte(key), strings.IndexByte(key, '.'))
		if !ok || m.Confidence != want {
			t.Errorf("a key of day %d: confidence %s, want %s", days, m.Confidence, want)
		}
	}
}

// TestTenantAfterToken checks that the end of a token directly before a tenant ID is no
// part of it: reports show the tenant ID.
func TestTenantAfterToken(t *testing.T) {
	tenant := keytest.TenantID(1)
	for before, want := range map[string]string{
		"":                   tenant,
		keytest.Token(2):     tenant,
		"aB3":                tenant,
		"9":                  tenant,
		"A":                  tenant,
		"dev-":               tenant,
		"qas_":               tenant,
		"x":                  "x" + tenant,
		keytest.Token(3)[:7]: tenant,
	} {
		key, ok := rules.ParseKey(before + keytest.Key(1, keytest.Made))
		if !ok || key.TenantID != want {
			t.Errorf("after %d bytes: got a tenant ID of %d, want %d", len(before), len(key.TenantID), len(want))
		}
	}
	for _, tenant := range []string{"A1", "acm123456", "Acme12345678", "aC3acm12345x7"} {
		if key, _ := rules.ParseKey(tenant + "." + keytest.KeyID(1, keytest.Made) + "." + keytest.Token(1)); key.TenantID != tenant {
			t.Errorf("%s: got %s", tenant, key.TenantID)
		}
	}
}

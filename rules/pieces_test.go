package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// matches returns what a rule matches in a text, at every anchor, without repetitions.
// The match of a key in pieces is its token.
func matches(t *testing.T, id, text string) []string {
	t.Helper()
	r := ruleOf(t, id)
	var found []string
	for at := range text {
		if !slices.ContainsFunc(r.Anchors, func(a rules.Anchor) bool { return startsWith([]byte(text[at:]), a) }) {
			continue
		}
		m, ok := r.Find([]byte(text), at)
		if !ok {
			continue
		}
		literal := text[m.Start:m.End]
		if m.Token != nil {
			literal = ""
			for _, part := range m.Token {
				literal += text[part.Start:part.End]
			}
			literal = m.Key.TenantID + " " + literal
		}
		if !slices.Contains(found, literal) {
			found = append(found, literal)
		}
	}
	return found
}

func TestKeysInPieces(t *testing.T) {
	id, token := keytest.KeyID(1, keytest.Made), keytest.Token(1)
	id2, token2 := keytest.KeyID(2, keytest.Made), keytest.Token(2)
	far := func(n int) string { return strings.Repeat("\n", n) }
	for name, c := range map[string]struct{ text, want string }{
		"plus":              {"'acme' + '." + id + ".' + '" + token + "'", "acme " + token},
		"whole":             {"'acme." + id + "." + token + "'", ""},
		"whole in a word":   {"\"QAS_TOKEN=acme." + id + "." + token + "\" \"more1\"", ""},
		"operator":          {"'ac' <+> 'me." + id + "." + token + "'", "acme " + token},
		"long operator":     {"'ac' <++> 'me." + id + "." + token + "'", ""},
		"list that goes on": {strings.ReplaceAll("'.'.join(['acme', ~'"+id+"', ~'"+token+"', ~'more1'])", "~", "\\\n"), "acme " + token},
		"list of Basic":     {strings.ReplaceAll("String.Join('.', { ~'acme', ~'"+id+"', ~'"+token+"', ~'more1'})", "~", "_\n"), "acme " + token},
		"joined list":       {"['acme', '" + id + "', '" + token + "'].join('.')", "acme " + token},
		"list":              {"['acme', '" + id + "', '" + token + "']", ""},
		"list by comma":     {"['acme', '" + id + "', '" + token + "'].join(',')", ""},
		"longer list":       {"['first', 'acme', '" + id + "', '" + token + "', 'last'].join('.')", "acme " + token},
		"format":            {`"%s.%s.%s" % ("acme", "` + id + `", "` + token + `")`, "acme " + token},
		"many pieces": {
			"'ac' + 'me.' + '" + id + "' + '." + token[:3] + "' + '" + token[3:6] + "' + '" + token[6:12] + "' + '" + token[12:16] + "' + '" + token[16:] + "'",
			"acme " + token,
		},
		"fields":             {"tenant: acme, keyId: " + id + ", token: " + token, "acme " + token},
		"nearest token":      {"token: " + token2 + ",\ntenant: acme, keyId: " + id + ", token: " + token, "acme " + token},
		"nearest tenant":     {"tenant: other" + far(40) + "tenant: acme, keyId: " + id + ", token: " + token, "acme " + token},
		"near token":         {"tenant: acme, keyId: " + id + far(399) + "token: " + token, "acme " + token},
		"far token":          {"tenant: acme, keyId: " + id + far(400) + "token: " + token, ""},
		"secret":             {"tenant: acme, keyId: " + id + ", secret: " + token, "acme " + token},
		"short token":        {"tenant: acme, keyId: " + id + ", token: a1b2c3d4e5f6g7h", ""},
		"token of 16":        {"tenant: acme, keyId: " + id + ", token: a1b2c3d4e5f6g7h8", "acme a1b2c3d4e5f6g7h8"},
		"key ID as a token":  {"tenant: acme, keyId: " + id + ", token: " + id2, ""},
		"placeholder tenant": {"tenant: your-tenant, keyId: " + id + ", token: " + token, ""},
		"longer key ID":      {"tenant: acme, keyId: " + id + "x, token: " + token, ""},
		"no tenant":          {"keyId: " + id + ", token: " + token, ""},
		"choice":             {`get("secret1") || "acme.` + id + "." + token + `"`, ""},
		"words":              {"%w[acme " + id + " " + token + "].join('.')", "acme " + token},
		"word without end":   {"%w[acme " + id + token + " " + token2 + "].join('.')", ""},
		"words of a format":  {"printf '%s.%s.%s' acme " + id + " " + token, "acme " + token},
		"words of a list":    {"acme " + id + " " + token, ""},
		"columns":            {"tenant,key,token\nacme," + id + "," + token, "acme " + token},
		"no header":          {"a,b,c\nacme," + id + "," + token, ""},
		"other column":       {"tenant,key,run,token\nacme,name," + id + "," + token, ""},
		"key ID in a cell":   {"tenant,key,token\nacme," + id + "x," + token, ""},
		"names":              {"a = 'acme'\nb = '" + id + "'\nc = '" + token + "'\nk = `${a}.${b}.${c}`", "acme " + token},
		"names not joined":   {"a = 'acme'\nb = '" + id + "'\nc = '" + token + "'\nk = `${a}/${b}/${c}`", ""},
		"names joined apart": {"a = 'acme'\nb = '" + id + "'\nc = '" + token + "'\nk = `${a}.${x}.${c}`", ""},
		"statements":         {"s.add('acme');\ns.add('.');\ns.add('" + id + "');\ns.add('.');\ns.add('" + token + "');", "acme " + token},
		"list by name":       {"p = ['acme', '" + id + "', '" + token + "']\nk = '.'.join(p)", "acme " + token},
		"list of other name": {"p = ['acme', '" + id + "', '" + token + "']\nk = '.'.join(q)", ""},
	} {
		if got := strings.Join(matches(t, "qas-split-key", c.text), ", "); got != c.want {
			t.Errorf("%s: found %t, want %t, and the right parts", name, got != "", c.want != "")
		}
	}
}

// TestShortKeys checks keys of the documented format at the limits of their tokens.
func TestShortKeys(t *testing.T) {
	for text, want := range map[string]bool{
		"x t12." + "ak34.abcdef12": true,
		"x t12." + "ak34.abcde12":  false, // 7 characters
		"x t12." + "ak34.abcdefg1": false, // one digit in running text
		"x=t12." + "ak34.abcdefg1": true,
		"'t12." + "ak34.abcdefg1'": true,
		"x:t12." + "ak34.abcdefg1": true,
		"x.t12." + "ak34.abcdef12": false,
		"x t12.ak.abcdef12":        false,
		"x t.ak34.abcdef12":        false,
		"Bearer t1.ak2.a1b2c":      false,
	} {
		if got := len(matches(t, "qas-api-key-short", text)) > 0; got != want {
			t.Errorf("%q: found: %t, want %t", text, got, want)
		}
	}
}

// TestHeaders checks what the surroundings of a header must show.
func TestHeaders(t *testing.T) {
	oauth := `{"accessToken": "{{plain 1}}", "accessTokenExpiresAt": "x", "tenantUrl": "y"}`
	for _, c := range []struct {
		rule, text string
		want       bool
	}{
		{"qas-bearer-header", "Bearer {{short 1}}", true},
		{"qas-bearer-header", "Bearer {{key 1}}", true},
		{"qas-bearer-header", "Bearer {{plain 1}}", false},
		{"qas-bearer-header", "Bearer {{plain 1}} for QASphere", true},
		{"qas-bearer-header", "Bearer {{key 1}}.more", false},
		{"apikey-header", `Authorization = new Header("ApiKey ` + `abcd1234")`, true},
		{"apikey-header", "Authorization with the scheme ApiKey " + "abcd1234", false},
		{"apikey-header", "Header ApiKey " + "abcd1234", false},
		{"apikey-header", "Authorization: myApiKey " + "abcd1234", false},
		{"qas-oauth-token", oauth, true},
		{"qas-oauth-token", strings.Replace(oauth, "ExpiresAt", "", 1), false},
		{"qas-oauth-token", strings.Replace(oauth, "tenantUrl", "url", 1), false},
	} {
		if got := len(matches(t, c.rule, keytest.Expand(c.text))) > 0; got != c.want {
			t.Errorf("%s in %q: %t, want %t", c.rule, c.text, got, c.want)
		}
	}
}

package rules

import (
	"bytes"
	"slices"
	"strings"
)

// keyBefore returns the start of the tenant ID that ends at text[dot], or -1. A run that
// is too long for one is returned with one byte too many.
func keyBefore(text []byte, dot int) int {
	start := dot
	for start > 0 && dot-start <= maxTenantLen && isWordByte(text[start-1]) {
		start--
	}
	start += escapeTail(text, start)
	start = min(dot, skipLabel(text, start))
	for start < dot && !isAlnum(text[start]) {
		start++
	}
	if start >= dot || !isAlnum(text[dot-1]) {
		return -1
	}
	if n := gluedTo(string(text[start:dot])); n > 0 && !isAlnum(text[start+n-1]) {
		start += n // key-acm0000123: a name before it
	}
	if start > 0 && text[start-1] == '-' && text[start] == 't' && isIssued(string(text[start+1:dot])) {
		start++ // the option -t of the client, without a blank
	}
	return start
}

// skipLabel returns the offset after apikey_ at text[at:], which some people write before a
// key, or at. It belongs to no documented form and is not part of the tenant ID.
func skipLabel(text []byte, at int) int {
	for _, label := range []string{"apikey_", "apikey-", "api_key_", "api-key-"} {
		if hasPrefixFold(text[at:], label) {
			return at + len(label)
		}
	}
	return at
}

// lengthBefore returns 1 if text[start], the first character of a key that ends at
// text[end], may be a byte with the key's length in a binary format: it has that value, and
// the byte before it is in no text. Otherwise it returns 0.
func lengthBefore(text []byte, start, end int) int {
	if start > 0 && (text[start-1] < '\t' || text[start-1] >= 0x7f) && int(text[start]) == end-start-1 && isAlnum(text[start+1]) {
		return 1
	}
	return 0
}

// threeParts returns the end of the three dotted words at text[at:], or -1.
func threeParts(text []byte, at int) int {
	tenant := wordEnd(text, at, maxTenantLen)
	if tenant == at || tenant >= len(text) || text[tenant] != '.' {
		return -1
	}
	_, end := twoParts(text, tenant+1)
	return end
}

// twoParts returns the ends of the key ID and of the token at text[at:], after the dot of a
// tenant ID; -1 for none.
func twoParts(text []byte, at int) (id, end int) {
	id = wordEnd(text, at, maxKeyIDLen)
	if id == at || id >= len(text) || text[id] != '.' {
		return -1, -1
	}
	end = wordEnd(text, id+1, maxTokenLen)
	if end-id-1 < minTokenLen || end-id-1 > maxTokenLen {
		return -1, -1
	}
	return id, end
}

// credentialEnd returns the end of the run of token68 characters (RFC 9110, section
// 11.2) and colons at text[at:].
func credentialEnd(text []byte, at int) int {
	end := at
	for end < len(text) && end-at < Reach/2 {
		c := text[end]
		if !isWordByte(c) && bytes.IndexByte([]byte(".~+/=:"), c) < 0 {
			break
		}
		end++
	}
	for end > at && (text[end-1] == '.' || text[end-1] == ':') {
		end--
	}
	return end
}

// continues reports whether a literal that ends at text[at] is only the beginning of
// a value: a reference follows (${x} in shells and JavaScript, #{x} in Ruby, {x} in
// Python), or a mask.
func continues(text []byte, at int) bool {
	for _, next := range []string{"$", "{", "#{", "*", ".*", "...", "\u2026", ".\u2026"} {
		if bytes.HasPrefix(text[at:], []byte(next)) {
			return true
		}
	}
	return false
}

// references are the roots of property chains that read a credential from elsewhere,
// in the languages of test teams.
var references = []string{
	"process", "import", "os", "env", "environ", "config", "configuration", "settings", "options", "opts", "self", "this",
	"system", "secrets", "vars", "var", "local", "data", "steps", "needs", "github", "inputs", "params", "props", "module",
	"app", "application", "environment", "credentials", "context", "ctx", "args", "state", "window", "globalthis", "cypress",
	"pm", "bru", "k6", "__env", "values", "each",
}

// otherScheme reports whether three dotted parts are not a QA Sphere key but a JSON
// web token (RFC 7519; its header is the base64 of `{"`), a PASETO, a SendGrid key or a
// property chain.
func otherScheme(tenant, id string) bool {
	switch {
	case strings.HasPrefix(tenant, "eyJ"), strings.HasPrefix(tenant, "ewog"), tenant == "SG":
		return true
	case len(tenant) == 2 && tenant[0] == 'v' && (id == "local" || id == "public"):
		return true
	}
	return slices.Contains(references, strings.ToLower(tenant))
}

// isShort reports whether a key has the format of the example on the authentication
// page: t<digits>.ak<digits>.<token>.
func isShort(k Key) bool {
	tenant, t := strings.CutPrefix(k.TenantID, "t")
	id, ak := strings.CutPrefix(k.KeyID, "ak")
	return t && ak && isDigits(tenant) && isDigits(id)
}

// keyInContext returns the key text[start:end], where the context says that there is
// a credential. It returns false for a placeholder, a token of another scheme, and for
// a literal that is not a key.
func keyInContext(text []byte, start, end int) (Key, bool) {
	key, ok := ParseKey(string(text[start:end]))
	if !ok {
		return Key{}, false
	}
	if !key.CreatedAt.IsZero() || key.Documented() {
		return key, true
	}
	token := tokenOf(key, text[start:end])
	if otherScheme(key.TenantID, key.KeyID) || !secretLike(token) && !isMixed(token) ||
		isPlaceholder([]byte(key.TenantID)) || isPlaceholder([]byte(key.KeyID)) || isNameLike(string(token)) ||
		isMadeOf(key.TenantID, partWords) && isMadeOf(key.KeyID, partWords) && !isMixed(token) {
		return Key{}, false
	}
	return key, true
}

// isExpression reports whether a key text[start:end] whose ID has no structure is code: a
// call, or a chain of properties.
func isExpression(text []byte, start, end int, key Key) bool {
	if !key.CreatedAt.IsZero() || key.Documented() || isQuote(text[start-1]) || end == len(text) {
		return false
	}
	switch text[end] {
	case '(', '[':
		return true
	case ';', ',', ')', ' ', '!':
		words := nameWords(string(tokenOf(key, text[start:end])))
		return len(words) == 1 && isName(words[0]) && !isShort(key)
	}
	return false
}

// isWholeKey reports whether a value is a key and nothing else, and is not a
// documented example.
func isWholeKey(value []byte) bool {
	end := threeParts(value, 0)
	if end != len(value) {
		return false
	}
	key, ok := keyInContext(value, 0, end)
	return ok && !key.Documented()
}

// tokenOf returns the token of the literal that key was parsed from.
func tokenOf(key Key, literal []byte) []byte {
	return literal[bytes.LastIndexByte(literal, '.')+1:]
}

// match returns the Match of the key text[start:end]. where says in what it is: "in an
// ApiKey header"; or nothing.
func match(text []byte, key Key, start, end int, c Confidence, where string) (Match, bool) {
	key.TenantID = key.TenantID[gluedTo(key.TenantID):]
	start += gluedTo(string(text[start:wordEnd(text, start, maxTenantLen)]))
	m := Match{
		Start: start, End: end, Key: key, Severity: Error, Confidence: c,
		Message: "QA Sphere API key of tenant " + key.TenantID, Where: where,
	}
	switch {
	case key.Documented():
		m.Severity, m.Message = Note, "Example key from QA Sphere's documentation"
	case !key.CreatedAt.IsZero() && key.CreatedAt.Before(MinKeyTime):
		m.Confidence = Low
	}
	return m, true
}

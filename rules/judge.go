package rules

import (
	"bytes"
	"slices"
	"strings"
)

// looksRandom reports whether a token may be drawn at random: it has characters
// of at least two classes (lower case, upper case, digits), and is more than
// words in camel case or with dashes.
func looksRandom(token []byte) bool {
	var lower, upper, digit int
	for _, c := range token {
		switch {
		case 'a' <= c && c <= 'z':
			lower = 1
		case 'A' <= c && c <= 'Z':
			upper = 1
		case '0' <= c && c <= '9':
			digit = 1
		}
	}
	return lower+upper+digit >= 2 && distinct(token) >= 6 && (digit > 0 || !isWords(token))
}

// isWords reports whether a token without digits is made of words: each two
// letters or more, and four on average, in lower case after the first, or all in
// upper case.
func isWords(token []byte) bool {
	words, letters := 0, 0
	for i := 0; i < len(token); {
		if token[i] == '-' || token[i] == '_' {
			i++
			continue
		}
		start := i
		for i < len(token) && 'A' <= token[i] && token[i] <= 'Z' {
			i++
		}
		capitals := i - start
		for i < len(token) && 'a' <= token[i] && token[i] <= 'z' {
			i++
		}
		if i-start < 2 || capitals > 1 && i-start > capitals {
			return false
		}
		words, letters = words+1, letters+i-start
	}
	return letters >= 4*words
}

func distinct(token []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range token {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// placeholderWords are words that people write where a credential goes.
var placeholderWords = []string{
	"your", "example", "placeholder", "xxxx", "changeme", "change-me", "change_me", "redacted", "dummy",
	"replace", "insert", "tenantid", "tenant_id", "tenant-id", "keyid", "key_id", "key-id",
	"apikey", "api_key", "api-key", "keytoken", "key_token", "key-token", "accesstoken", "access_token",
	"authtoken", "auth_token", "secretkey", "secret_key", "mytoken", "my_token", "my-token", "base64",
}

// isPlaceholder reports whether a literal stands for a credential and is none.
func isPlaceholder(literal []byte) bool {
	for _, word := range placeholderWords {
		if containsFold(literal, word) {
			return true
		}
	}
	return false
}

// isMixed reports whether a literal is drawn at random even if it has a word in it:
// its characters change between lower case, upper case and digits more often than
// those of words and numbers that are joined. Of random ones, two thirds do.
func isMixed(literal []byte) bool {
	changes, digit := 0, false
	for i := 1; i < len(literal); i++ {
		if class(literal[i]) != class(literal[i-1]) {
			changes++
		}
		digit = digit || class(literal[i]) == 3
	}
	return digit && len(literal) >= 16 && changes*5 >= len(literal)*2
}

func class(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return 1
	case 'A' <= c && c <= 'Z':
		return 2
	case '0' <= c && c <= '9':
		return 3
	}
	return 0
}

// secretLike reports whether a literal given where a credential goes can be
// one: words alone, of one case and without a digit, are a placeholder or a
// reference to a variable.
func secretLike(literal []byte) bool {
	if isPlaceholder(literal) || distinct(literal) < 4 {
		return false
	}
	return bytes.ContainsAny(literal, "0123456789") || looksRandom(literal)
}

// references are the roots of property chains that read a credential from
// somewhere, in the languages test teams use.
var references = []string{
	"process", "import", "os", "env", "environ", "config", "configuration", "settings", "options", "opts", "self", "this",
	"system", "secrets", "vars", "var", "local", "data", "steps", "needs", "github", "inputs", "params", "props", "module",
	"app", "application", "environment", "credentials", "context", "ctx", "args", "state", "window", "globalthis", "cypress",
	"pm", "bru", "k6", "__env", "values", "each",
}

// otherScheme reports whether three dotted parts belong to another kind of
// token or to none: a JSON web token (RFC 7519; its header is base64 of `{"`), a
// PASETO, a SendGrid key, a property chain.
func otherScheme(tenant, id string) bool {
	switch {
	case strings.HasPrefix(tenant, "eyJ"), strings.HasPrefix(tenant, "ewog"), tenant == "SG":
		return true
	case len(tenant) == 2 && tenant[0] == 'v' && (id == "local" || id == "public"):
		return true
	}
	return slices.Contains(references, strings.ToLower(tenant))
}

// isShort reports whether a key has the shape of the authentication page's
// example: t<digits>.ak<digits>.<token>.
func isShort(k Key) bool {
	tenant, t := strings.CutPrefix(k.TenantID, "t")
	id, ak := strings.CutPrefix(k.KeyID, "ak")
	return t && ak && isDigits(tenant) && isDigits(id)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// contextual returns the key that text[start:end] is, given that context says a
// credential goes there; or false if it is a placeholder, another scheme's
// token, or no key at all.
func contextual(text []byte, start, end int) (Key, bool) {
	key, ok := ParseKey(string(text[start:end]))
	if !ok {
		return Key{}, false
	}
	if !key.CreatedAt.IsZero() || key.Documented() {
		return key, true
	}
	token := tokenOf(key, text[start:end])
	if otherScheme(key.TenantID, key.KeyID) || !secretLike(token) && !isMixed(token) ||
		isPlaceholder([]byte(key.TenantID)) || isPlaceholder([]byte(key.KeyID)) && !isShort(key) {
		return Key{}, false
	}
	return key, true
}

// tokenOf returns the token of the literal that key was parsed from.
func tokenOf(key Key, literal []byte) []byte {
	return literal[len(key.TenantID)+1+len(key.KeyID)+1:]
}

// match is the Match of a key at text[start:end]. where ends the message: "in
// an ApiKey header".
func match(key Key, start, end int, c Confidence, where string) (Match, bool) {
	m := Match{Start: start, End: end, Key: key, Severity: Error, Confidence: c}
	if key.Documented() {
		m.Severity = Note
		m.Message = "Example key of QA Sphere's documentation " + where + ": no secret"
		return m, true
	}
	if !key.CreatedAt.IsZero() && key.CreatedAt.Before(MinKeyTime) {
		m.Confidence = Low
	}
	m.Message = "QA Sphere API key of tenant " + key.TenantID + " " + where
	return m, true
}

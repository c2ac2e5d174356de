package rules

import (
	"slices"
	"strings"
)

// isCredentialName reports whether a name certainly names a QA Sphere credential. It
// is for rules that see only the name.
func isCredentialName(name string) bool { return nameConfidence(name) == High }

// nameConfidence returns how certain it is that a name, in any style, is the name of a QA
// Sphere credential: High for QAS_TOKEN and qasphereApiKey; Low for KONG_QAS_TOKEN, in
// which QAS may be the word of another system, so that the value must be a key; zero for
// QAS_URL, HAS_QAS_TOKEN and QAS_TOKEN_HINT.
func nameConfidence(name string) Confidence {
	if !hasRoot(name, &credentialRoots) {
		return 0
	}
	lower := lowerASCII(name)
	var memory [16]Range // most names fit, and need no other
	words := appendWords(memory[:0], name)
	word := func(r Range) string { return lower[r.Start:r.End] }
	if !slices.ContainsFunc(words, func(r Range) bool { return isCredentialWord(word(r)) }) || slices.Contains(attributes, word(words[len(words)-1])) ||
		slices.Contains(questions, word(words[0])) || isSystemSetting(name) {
		return 0
	}
	certainty := Confidence(0)
	for i, r := range words {
		w := word(r)
		rest, sphere := strings.CutPrefix(w, "qasphere")
		if !sphere {
			rest = strings.TrimPrefix(w, "qas")
		}
		rest = withoutNumber(rest)
		switch {
		case rest == w && !(w == "qa" && i+1 < len(words) && word(words[i+1]) == "sphere"),
			rest != w && rest != "" && !isCredentialWord(rest):
		case rest == w || sphere || !slices.ContainsFunc(words[:i], func(r Range) bool { return !isQualifier(word(r)) }):
			return High
		default: // after another word it is an environment, as in KONG_QAS_TOKEN
			certainty = Low
		}
	}
	return certainty
}

// isSystemSetting reports whether a name is a setting of the system that SAP calls QAS:
// qas.db.password. The client's own name is followed by nothing but the credential.
func isSystemSetting(name string) bool {
	if strings.IndexByte(name, '.') < 0 {
		return false
	}
	parts := strings.Split(strings.ToLower(name), ".")
	i := slices.Index(parts, "qas")
	return i >= 0 && slices.ContainsFunc(parts[i+1:], func(part string) bool {
		return !slices.Contains(joinedWords, part) && !slices.ContainsFunc(nameWords(part), isCredentialWord)
	})
}

// isCredentialWord reports whether a word means a credential: token, key2, accesstoken.
func isCredentialWord(w string) bool {
	w = withoutNumber(w)
	if slices.Contains(credentialWords, w) {
		return true
	}
	for _, first := range joinedWords {
		if rest, ok := strings.CutPrefix(w, first); ok && isCredentialWord(rest) {
			return true
		}
	}
	return false
}

// lowerASCII returns a name of the same length with its ASCII letters in lower case.
func lowerASCII(name string) string {
	for i := range len(name) {
		if class(name[i]) == upperCase {
			var memory [maxNameLen]byte
			return string(appendLower(memory[:0], name))
		}
	}
	return name
}

// appendLower appends a name to memory, with its ASCII letters in lower case.
func appendLower(memory []byte, name string) []byte {
	lower := append(memory, name...)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] |= 0x20
		}
	}
	return lower
}

// withoutNumber returns a word without the digits at its end.
func withoutNumber(w string) string {
	for len(w) > 0 && '0' <= w[len(w)-1] && w[len(w)-1] <= '9' {
		w = w[:len(w)-1]
	}
	return w
}

var (
	credentialWords = []string{
		"token", "tokens", "key", "keys", "secret", "secrets", "credential", "credentials", "auth", "authorization",
		"pass", "passwd", "password", "passphrase", "pat",
	}
	// credentialRoots are parts of credentialWords, of which each word has one.
	credentialRoots = roots{
		'k': {{"token", 2}, {"key", 0}}, 'c': {{"secret", 2}, {"credential", 0}}, 'u': {{"auth", 1}}, 'p': {{"pass", 0}, {"pat", 0}},
	}
	// joinedWords are words that people join with one of credentialWords.
	joinedWords = []string{"qasphere", "qas", "api", "access", "refresh", "bearer", "auth", "secret", "private", "user"}
	// attributes are the last words of names whose value describes a credential, or tells
	// where one is.
	attributes = []string{
		"host", "hostname", "domain", "endpoint", "server", "url", "uri", "version", "path", "file", "dir", "location",
		"name", "id", "ids", "length", "size", "count", "limit", "type", "kind", "prefix", "suffix", "env", "var", "variable",
		"missing", "set", "header", "scheme", "hint", "policy", "service", "provider", "label", "title", "description", "help",
		"text", "message", "error", "placeholder", "pattern", "regex", "regexp", "format", "schema", "class", "field", "column",
		"selector", "role", "status", "state", "ttl", "expiry", "expires", "timeout", "mode", "method", "issuer", "audience",
		"algorithm", "alias", "namespace", "enabled", "required", "example", "docs", "link", "ref", "index",
	}
	// questions are the first words of names that ask whether there is a credential.
	questions = []string{"has", "is", "use", "no", "with", "without", "check", "validate", "missing", "require", "needs", "skip"}
	// qualifiers are words that may precede "qas", the name of the client.
	qualifiers = []string{"my", "our", "the", "ci", "test", "e2e", "old", "new", "tf", "var", "env", "default"}
)

func isQualifier(w string) bool {
	_, isEnvironment := environmentWords[w]
	return isEnvironment || slices.Contains(qualifiers, w)
}

// root is a part of words, and the offset of one of its letters.
type root struct {
	text string
	at   int
}

// roots are roots by one of their letters, which is rare in other names.
type roots [256][]root

// hasRoot reports whether a root is in a name, in any case.
func hasRoot[T string | []byte](name T, of *roots) bool {
	for i := range len(name) {
		for _, r := range of[name[i]|0x20] {
			start := i - r.at
			if start < 0 || len(name)-start < len(r.text) {
				continue
			}
			n := 0
			for n < len(r.text) && name[start+n]|0x20 == r.text[n] {
				n++
			}
			if n == len(r.text) {
				return true
			}
		}
	}
	return false
}

// nameWords splits a name into its words, in lower case.
func nameWords(name string) []string {
	lower := lowerASCII(name)
	var memory [16]Range
	var words []string
	for _, r := range appendWords(memory[:0], name) {
		words = append(words, lower[r.Start:r.End])
	}
	return words
}

// appendWords appends the ranges of the words of a name.
func appendWords(words []Range, name string) []Range {
	start := 0
	end := func(i int) {
		if i > start {
			words = append(words, Range{start, i})
		}
		start = i
	}
	for i := range len(name) {
		c := name[i]
		upper := class(c) == upperCase
		switch {
		case !isAlnum(c):
			end(i)
			start = i + 1
		case upper && i > start && class(name[i-1]) == lowerCase,
			upper && i > start && i+1 < len(name) && class(name[i+1]) == lowerCase:
			end(i)
		}
	}
	end(len(name))
	return words
}

// maxNameLen is how far a name is read from an offset in it.
const maxNameLen = 64

// nameAround returns the bounds of the name, of letters, digits and _, around text[at].
func nameAround(text []byte, at int) (start, end int) {
	return boundsAround(text, at, &inName)
}

// settingAround returns the bounds of the name of a setting around text[at], which may
// have - and . in it.
func settingAround(text []byte, at int) (start, end int) {
	return boundsAround(text, at, &inSetting)
}

// MayName reports whether the setting around text[at] may name a credential, or a section in
// which there is one. Most do not, and this is quick to say.
func MayName(text []byte, at int) bool {
	start, end := settingAround(text, at)
	return end-start <= len("qa_sphere") || start > 0 && (isQuote(text[start-1]) || text[start-1] == ':') || hasRoot(text[start:end], &credentialRoots)
}

// inName and inSetting have the bytes of names and of names of settings.
var (
	inName    = bytesThat(isIdentifierByte)
	inSetting = bytesThat(func(c byte) bool { return isWordByte(c) || c == '.' })
)

func bytesThat(are func(byte) bool) (set [256]bool) {
	for c := range set {
		set[c] = are(byte(c))
	}
	return set
}

func boundsAround(text []byte, at int, is *[256]bool) (start, end int) {
	start, end = at, at
	for start > 0 && at-start < maxNameLen && is[text[start-1]] {
		start--
	}
	for end < len(text) && end-at < maxNameLen && is[text[end]] {
		end++
	}
	return start, end
}

// credentialName is the name of a QA Sphere credential in a text.
type credentialName struct {
	start, end int
	name       string
}

// credentialNames returns the names of QA Sphere credentials in a text.
func credentialNames(text []byte) []credentialName {
	var found []credentialName
	for at := 0; at+3 <= len(text); at++ {
		if text[at]|0x20 != 'q' || !hasPrefixFold(text[at:], "qas") {
			continue
		}
		start, end := nameAround(text, at)
		if name := string(text[start:end]); isCredentialName(name) {
			found = append(found, credentialName{start, end, name})
		}
		at = max(at, end-1)
	}
	return found
}

package rules

import (
	"slices"
	"strings"
)

// isCredentialName reports whether a name, in any style, is the name of a QA Sphere
// credential: QAS_TOKEN or qasphereApiKey, but not QAS_URL or HAS_QAS_TOKEN. It is for
// rules that see only the name. Where the value is a key, [speaksOfCredential] is
// enough.
func isCredentialName(name string) bool {
	words := nameWords(name)
	if !speaksOfCredential(words) || slices.Contains(attributes, words[len(words)-1]) || slices.Contains(questions, words[0]) {
		return false
	}
	for i, w := range words {
		rest, ok := strings.CutPrefix(w, "qasphere")
		if !ok && !slices.ContainsFunc(words[:i], func(w string) bool { return !isQualifier(w) }) {
			rest, ok = strings.CutPrefix(w, "qas") // after another word it is an environment, as in KONG_QAS_TOKEN
		}
		if ok && (rest == "" || isCredentialWord(rest)) || w == "qa" && i+1 < len(words) && words[i+1] == "sphere" {
			return true
		}
	}
	return false
}

// speaksOfCredential reports whether the words of a name say that its value is a
// credential. QAS_AUTH_HOST and QAS_KEY_VERSION only have to do with one.
func speaksOfCredential(words []string) bool {
	return slices.ContainsFunc(words, isCredentialWord) && !slices.Contains(locations, words[len(words)-1])
}

// isCredentialWord reports whether a word means a credential: token, key2, accesstoken.
func isCredentialWord(w string) bool {
	w = strings.TrimRight(w, "0123456789")
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

var (
	credentialWords = []string{
		"token", "tokens", "key", "keys", "secret", "secrets", "credential", "credentials", "auth", "authorization",
		"pass", "passwd", "password", "passphrase", "pat",
	}
	// joinedWords are words that people join with one of credentialWords.
	joinedWords = []string{"qasphere", "qas", "api", "access", "refresh", "bearer", "auth", "secret", "private", "user"}
	// locations are the last words of names whose value tells where something is.
	locations = []string{"host", "hostname", "domain", "endpoint", "server", "url", "uri", "version", "path", "file"}
	// attributes are the last words of names whose value describes a credential.
	attributes = []string{"name", "id", "length", "type", "prefix", "env", "var", "missing", "set", "header", "scheme"}
	// questions are the first words of names that ask whether there is a credential.
	questions = []string{"has", "is", "use", "no", "with", "without", "check", "validate", "missing", "require", "needs", "skip"}
	// qualifiers are words that may precede "qas", the name of the client.
	qualifiers = []string{"my", "our", "the", "ci", "test", "e2e", "old", "new", "tf", "var", "env", "default"}
)

func isQualifier(w string) bool {
	_, isEnvironment := environmentWords[w]
	return isEnvironment || slices.Contains(qualifiers, w)
}

// nameWords splits a name into its words, in lower case.
func nameWords(name string) []string {
	var words []string
	start := 0
	end := func(i int) {
		if i > start {
			words = append(words, strings.ToLower(name[start:i]))
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
	return boundsAround(text, at, isIdentifierByte)
}

// settingAround returns the bounds of the name of a setting around text[at], which may
// have - and . in it.
func settingAround(text []byte, at int) (start, end int) {
	return boundsAround(text, at, func(c byte) bool { return isWordByte(c) || c == '.' })
}

func boundsAround(text []byte, at int, is func(byte) bool) (start, end int) {
	start, end = at, at
	for start > 0 && at-start < maxNameLen && is(text[start-1]) {
		start--
	}
	for end < len(text) && end-at < maxNameLen && is(text[end]) {
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

package rules

import (
	"slices"
	"strings"
)

// isCredentialName reports whether a name, in any style, is one for a QA Sphere
// credential: QAS_TOKEN, qasphereApiKey, VITE_QAS_TOKEN; and not QAS_URL, HAS_QAS_TOKEN.
func isCredentialName(name string) bool {
	words := nameWords(name)
	ours, credential := false, false
	for i, w := range words {
		for _, prefix := range []string{"qasphere", "qas"} {
			rest, ok := strings.CutPrefix(w, prefix)
			if prefix == "qas" && slices.ContainsFunc(words[:i], func(w string) bool { return !isQualifier(w) }) {
				break // of an environment that is called so, as in KONG_QAS_TOKEN
			}
			if ok && (rest == "" || isCredentialWord(rest)) {
				ours, credential = true, credential || rest != ""
			}
		}
		ours = ours || w == "qa" && i+1 < len(words) && words[i+1] == "sphere"
		credential = credential || isCredentialWord(w)
	}
	return ours && credential && !slices.Contains(aboutCredentials, words[len(words)-1]) && !slices.Contains(asks, words[0])
}

func isCredentialWord(w string) bool {
	return slices.Contains([]string{"token", "key", "apikey", "secret", "credential", "credentials", "auth", "password", "pat"}, w)
}

// isQualifier reports whether a word before "qas" leaves it the name of the client.
func isQualifier(w string) bool {
	_, environment := environmentWords[w]
	return environment || slices.Contains([]string{"my", "our", "the", "ci", "test", "e2e", "old", "new", "tf", "var", "env", "default"}, w)
}

// Last words of names that only have to do with a credential, and first words of
// those that ask whether there is one.
var (
	aboutCredentials = []string{"url", "uri", "host", "hostname", "domain", "endpoint", "version", "file", "path", "name", "id", "length", "type", "prefix", "env", "var", "missing", "set", "header", "scheme"}
	asks             = []string{"has", "is", "use", "no", "with", "without", "check", "validate", "missing", "require", "needs", "skip"}
)

// namesCredential reports whether a name with "qas" in it is one for a key, and
// not for what only has to do with one: QAS_AUTH_HOST, QAS_KEY_VERSION.
func namesCredential(name []byte) bool {
	for _, word := range []string{"host", "hostname", "domain", "endpoint", "server", "url", "uri", "version", "path", "file"} {
		if at := len(name) - len(word); at > 0 && hasPrefixFold(name[at:], word) {
			return false
		}
	}
	for _, word := range []string{"token", "key", "secret", "credential", "auth", "pass"} {
		if containsFold(name, word) {
			return true
		}
	}
	return false
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

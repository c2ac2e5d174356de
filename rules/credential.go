package rules

import (
	"bytes"
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
		upper := 'A' <= c && c <= 'Z'
		switch {
		case !isAlnum(c):
			end(i)
			start = i + 1
		case upper && i > start && 'a' <= name[i-1] && name[i-1] <= 'z',
			upper && i > start && i+1 < len(name) && 'a' <= name[i+1] && name[i+1] <= 'z':
			end(i)
		}
	}
	end(len(name))
	return words
}

// nameAround returns the bounds of the name, of letters, digits and _, that holds
// text[at].
func nameAround(text []byte, at int) (start, end int) {
	start, end = at, at
	for start > 0 && at-start < 64 && isIdentifierByte(text[start-1]) {
		start--
	}
	for end < len(text) && end-at < 64 && isIdentifierByte(text[end]) {
		end++
	}
	return start, end
}

func isIdentifierByte(c byte) bool { return isAlnum(c) || c == '_' }

// named is a place of the name of a QA Sphere credential in a text.
type named struct {
	start, end int
	name       string
}

// credentialNames returns the names of QA Sphere credentials in a text.
func credentialNames(text []byte) []named {
	var found []named
	for at := 0; at+3 <= len(text); at++ {
		if text[at]|0x20 != 'q' || !hasPrefixFold(text[at:], "qas") {
			continue
		}
		start, end := nameAround(text, at)
		if name := string(text[start:end]); isCredentialName(name) {
			found = append(found, named{start, end, name})
		}
		at = max(at, end-1)
	}
	return found
}

// writtenOut returns the literal that stands as the value of a name ending at
// text[at], if it looks like a credential: no reference, no placeholder.
func writtenOut(text []byte, at int) (start, end int, ok bool) {
	start = valueStart(text, at)
	if start < 0 || bytes.IndexByte(text[at:start], '\n') >= 0 && bytes.IndexByte(text[at:start], ':') < 0 {
		return 0, 0, false
	}
	if end = threeParts(text, start); end >= 0 && !goesOn(text, end) {
		if _, ok := contextual(text, start, end); ok {
			return start, end, true
		}
	}
	end = credentialEnd(text, start)
	literal := text[start:end]
	if end-start < 8 || goesOn(text, end) || !credentialLike(literal) || isForTests(literal) || bytes.Contains(literal, []byte("://")) {
		return 0, 0, false
	}
	if end < len(text) && (text[end] == '(' || text[end] == '[') {
		return 0, 0, false // a call
	}
	root, _, chain := strings.Cut(strings.ToLower(string(literal)), ".")
	return start, end, !chain || !slices.Contains(references, root)
}

// Values returns the bounds of what a text gives to the names of credentials, whether
// it is a key or not: it is not to be shown.
func Values(text []byte) [][2]int {
	var found [][2]int
	for _, n := range credentialNames(text) {
		if start, end, ok := writtenOut(text, n.end); ok {
			found = append(found, [2]int{start, end})
		}
	}
	return found
}

// isForTests reports whether a literal says that it is none but for tests.
func isForTests(literal []byte) bool {
	for _, word := range []string{"test", "fake", "mock", "sample", "foo", "invalid", "none", "not-a"} {
		if containsFold(literal, word) {
			return true
		}
	}
	return false
}

// holdsCredential reports whether a file of variables or of JSON gives a QA Sphere
// credential a value.
func holdsCredential(text []byte) bool {
	for _, n := range credentialNames(text) {
		if _, _, ok := writtenOut(text, n.end); ok {
			return true
		}
	}
	// What the official client's login stores: tokens beside the URL of the tenant.
	return containsFold(text, "tenanturl") && containsFold(text, "accesstoken")
}

package rules

import (
	"bytes"
	"regexp"
)

var (
	// afterScheme matches a variable, after a scheme, that has the credential.
	afterScheme = regexp.MustCompile("^(?:[ ]?[^\\w\n]{0,8}| (?:%s|\\{\\})[\"'][^\\n(]{0,10}[( ,]+)([A-Za-z_]\\w*)")
	// afterName matches what is between a variable that has the scheme and a literal.
	afterName = regexp.MustCompile("^[^\\w\n]{0,8}[\"'`]")
	// folded matches the end of a line of a header that goes on.
	folded = regexp.MustCompile(`^[ \t]*\r?\n[ \t]+`)
	// argumentBefore matches the argument before another.
	argumentBefore = regexp.MustCompile("[\"']([\\w.-]+)[\"'], *(?:\\w+[=:] *)?[\"']$")
	// credentialFields are parts of the names of fields beside the scheme.
	credentialFields = []string{"token", "credential", "parameter", "authorization"}
)

// credentialApart returns the key that is sent with the scheme at
// text[at:] and written elsewhere: on the next line of a header, in a variable, or in another
// field or argument.
func credentialApart(text []byte, at int) (Match, bool) {
	end := at + len("apikey")
	if end > len(text) || !mayHaveKey(around(text, at, Reach, Reach)) {
		return Match{}, false
	}
	after := around(text, end, 0, maxNameLen)
	if m := folded.Find(after); m != nil && inAuthorization(text, at, end) {
		if m, ok := sentKey(text, end+len(m)); ok {
			return m, true
		}
	}
	if m := afterScheme.FindSubmatch(after); m != nil && nameConfidence(string(m[1])) == 0 {
		if m, ok := nearestKey(text, at, called(m[1])); ok {
			return m, true
		}
	}
	if m, ok := withConstant(text, at); ok {
		return m, true
	}
	if !isAllOfValue(text, at, end) {
		return Match{}, false
	}
	before := around(text, at, Reach/8, 0)
	if m := argumentBefore.FindSubmatchIndex(before); m != nil {
		if m, ok := sentKey(text, at-len(before)+m[2]); ok {
			return m, true
		}
	}
	for _, field := range credentialFields {
		if m, ok := nearestKey(text, at, named(field)); ok {
			return m, true
		}
	}
	return Match{}, false
}

// isAllOfValue reports whether text[at:end] is a literal, or the value of a setting.
func isAllOfValue(text []byte, at, end int) bool {
	if at == 0 || end == len(text) {
		return false
	}
	before := text[at-1]
	return isQuote(before) && text[end] == before || (before == ' ' || before == '=' || before == ':') && (text[end] == '\n' || text[end] == '\r')
}

// withConstant returns the key that is joined with the constant that has the scheme at
// text[at:]: SCHEME = "ApiKey "; SCHEME + "x".
func withConstant(text []byte, at int) (Match, bool) {
	found := nameBefore.FindSubmatch(around(text, at, maxNameLen, 0))
	if found == nil || at == 0 || !isQuote(text[at-1]) {
		return Match{}, false
	}
	for i := range called(found[1]).all(text, at, min(len(text), at+fieldReach)) {
		end := i + len(found[1])
		after := around(text, end, 0, maxNameLen)
		if m := afterName.Find(after); m != nil {
			if m, ok := sentKey(text, end+len(m)); ok {
				return m, true
			}
		}
		if m := afterScheme.FindSubmatch(after); m != nil && nameConfidence(string(m[1])) == 0 {
			if m, ok := nearestKey(text, at, called(m[1])); ok {
				return m, true
			}
		}
	}
	return Match{}, false
}

// mayHaveKey reports whether a text has three dotted words that [sentKey] may accept. Most
// texts around the name apiKey have none, and this is quick to say.
func mayHaveKey(text []byte) bool {
	for {
		dot := bytes.IndexByte(text, '.')
		if dot < 0 {
			return false
		}
		text = text[dot+1:]
		id, end := twoParts(text, 0)
		if end >= 0 && (bytes.ContainsAny(text[:end], "0123456789") || looksRandom(text[id+1:end])) {
			return true
		}
	}
}

// sentKey returns the key at text[start:].
func sentKey(text []byte, start int) (Match, bool) {
	start = skipLabel(text, start)
	end := threeParts(text, start)
	if end < 0 || continues(text, end) || !endsValue(text, end) {
		return Match{}, false
	}
	key, ok := keyInContext(text, start, end)
	if !ok || start == 0 || isExpression(text, start, end, key) || bytes.IndexByte([]byte("(["), text[start-1]) >= 0 {
		return Match{}, false
	}
	return match(text, key, start, end, Medium, "sent in an ApiKey header")
}

// nearestKey returns the key nearest to text[at:] that is the value of a
// name.
func nearestKey(text []byte, at int, name nextName) (Match, bool) {
	start := nearest(text, at, at, name, func(name int) int {
		if isCredentialOf(text, name) {
			return -1
		}
		end := nameEnd(text, name)
		start := valueStart(text, end)
		if start < 0 && end+1 < len(text) && text[end] == '(' && isQuote(text[end+1]) {
			start = end + 2
		}
		if start < 0 {
			return -1
		}
		if _, ok := sentKey(text, start); !ok {
			return -1
		}
		return start
	})
	if start < 0 {
		return Match{}, false
	}
	return sentKey(text, start)
}

// isCredentialOf reports whether text[at] is in the name of a QA Sphere credential, whose
// value another rule finds.
func isCredentialOf(text []byte, at int) bool {
	start, end := settingAround(text, at)
	return nameConfidence(string(text[start:end])) != 0
}

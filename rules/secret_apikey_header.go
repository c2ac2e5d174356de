package rules

import (
	"bytes"
	"regexp"
)

// apikeyHeader finds a literal with the ApiKey scheme of an Authorization header, in the
// syntax of any language.
var apikeyHeader = Rule{
	ID:    "apikey-header",
	Title: "Credential in an ApiKey Authorization header",
	Help: `A credential is hard-coded in an Authorization header with the scheme ` + "`ApiKey`" + `.
QA Sphere's API accepts keys in this form, and so do some other services, such as
Elasticsearch. Three parts joined by dots are a QA Sphere key, and an error. Any other
literal is a warning.

## Remediation

1. Revoke the credential in the service that issued it; for QA Sphere: Settings →
   API Keys.
2. Create a new one, and read it from an environment variable or a secret manager:
   ` + "`Authorization: ApiKey $QAS_TOKEN`" + `.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    []Anchor{{Literal: "ApiKey", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		if at > 0 && isWordByte(text[at-1]) && escapeTail(text, at-1) != 1 {
			return Match{}, false
		}
		start := credentialStart(text, at+len("apikey"))
		if start < 0 {
			return credentialApart(text, at)
		}
		first := skipLabel(text, start)
		if end := threeParts(text, first); end >= 0 && !continues(text, end) {
			if key, ok := keyInContext(text, first, end); ok {
				return match(text, key, first, end, High, "in an ApiKey header")
			}
		}
		if m, ok := credentialApart(text, at); ok {
			return m, true
		}
		if before := text[start-1]; before != ' ' && before != '\t' && !isQuote(before) {
			return Match{}, false // an encoded blank: the end of the literal is known once it is decoded
		}
		end := credentialEnd(text, start)
		if end-start < 8 || continues(text, end) || !inAuthorization(text, at, end) ||
			!credentialLike(text[start:end]) || isEncodedTest(text[start:end]) || isCutKey(text[start:end]) {
			return Match{}, false
		}
		return Match{
			Start: start, End: end, Severity: Warning, Confidence: Medium,
			Message: "Hard-coded credential in an ApiKey Authorization header",
		}, true
	},
}

// isCutKey reports whether a literal is a key that is cut in its key ID or at the start of its
// token, as where a page of a database ends. It is no other credential.
func isCutKey(literal []byte) bool {
	_, rest, _ := bytes.Cut(literal, []byte("."))
	id, token, _ := bytes.Cut(rest, []byte("."))
	if len(id) < 2 || len(id) > hqid7Len || id[0] != base58[0] || len(token) >= minTokenLen {
		return false
	}
	for i, c := range id {
		if i == hqid7Underscore && c != '_' || i != hqid7Underscore && base58Value[c] < 0 {
			return false
		}
	}
	return true
}

// joinMarks may be between a scheme and the literal that is joined with it.
const joinMarks = " \t\r\n+.,&*^~|\\()"

// credentialStart returns the start of the credential after a scheme that ends at
// text[at]: after blanks ("ApiKey x"), or in the next string literal if the scheme is at
// the end of one ("ApiKey " + "x", "ApiKey", "x"). It returns -1 if there is none.
func credentialStart(text []byte, at int) int {
	start := skip(text, at, " \t", 8)
	if start == at && start < len(text) && (text[start] == '%' || text[start] == '\\' || text[start] == '+') {
		start = skipBlankEscape(text, start)
	}
	if start >= len(text) {
		return -1
	}
	if formatted := formattedStart(text, start); formatted >= 0 && start > at {
		return formatted
	}
	if quote := skip(text, start, "\\", 4); quote < len(text) && isQuote(text[quote]) {
		open, hasBlank := skip(text, quote+1, joinMarks, 32), start > at
		if bytes.HasPrefix(text[open:], []byte("<> ")) { // of Elixir or Haskell
			open += len("<> ")
		}
		joined := bytes.ContainsAny(text[quote+1:open], "+.&*^~|<")
		if open+2 < len(text) && isQuote(text[open]) && text[open+1] == ' ' && text[open+2] == text[open] {
			open, hasBlank = skip(text, open+3, joinMarks, 32), true // a string of one blank is in between
		}
		if open == quote+1 || open+1 >= len(text) || !isQuote(text[open]) || joined && !hasBlank {
			return -1
		}
		return open + 1
	}
	if start == at || !isAlnum(text[start]) && !beginsBase64(text, start) {
		return -1
	}
	return start
}

// beginsBase64 reports whether text[at], a + or /, is the first digit of a long number in
// base64, and not an operator or a path.
func beginsBase64(text []byte, at int) bool {
	const shortest = 16
	literal := text[at:credentialEnd(text, at)]
	return (text[at] == '+' || text[at] == '/') && len(literal) >= shortest && looksRandom(literal) &&
		bytes.ContainsAny(literal, "0123456789") && bytes.Count(literal, []byte("/")) < 3
}

// formattedStart returns the start of the literal that a format at text[at:] is replaced
// by: "ApiKey %s", "x"; "ApiKey {}".format("x"); `ApiKey ${"x"}`. It returns -1 if there is
// none.
func formattedStart(text []byte, at int) int {
	if m := defaultOf.Find(text[at:min(len(text), at+maxNameLen)]); m != nil {
		return at + len(m)
	}
	for _, open := range []string{"${", "$(", "#{", "{", "\\("} {
		if rest, ok := bytes.CutPrefix(text[at:], []byte(open)); ok && len(rest) > 1 && isQuote(rest[0]) && isAlnum(rest[1]) {
			return at + len(open) + 1
		}
	}
	for _, verb := range []string{"%s", "%v", "%@", "{}", "{0}"} {
		quote := at + len(verb)
		if !bytes.HasPrefix(text[at:], []byte(verb)) || quote+1 >= len(text) {
			continue
		}
		next := quote + 1
		if words := skip(text, next, " \t", 8); words > next && threeParts(text, words) >= 0 && (isQuote(text[quote]) || text[quote] == ' ') {
			return words // the words of a shell or of Robot Framework
		}
		if !isQuote(text[quote]) {
			continue
		}
		for _, call := range []string{".format(", ".formatted(", " -f "} {
			if bytes.HasPrefix(text[next:], []byte(call)) {
				next += len(call)
			}
		}
		if next = skip(text, next, " \t\r\n,%(@", 16); next > quote+1 && next+1 < len(text) && isQuote(text[next]) && isAlnum(text[next+1]) {
			return next + 1
		}
	}
	return -1
}

// defaultOf matches the reference to a variable or a property before its default value.
var defaultOf = regexp.MustCompile(`^\$\{(?:\w+:-?|__\w+\(\w+,+)`)

// skipBlankEscape returns the offset after an encoded blank at text[at:], or at.
func skipBlankEscape(text []byte, at int) int {
	for _, blank := range []string{"%20", "+", "\\ ", "\\u0020", "\\x20", "\\t"} {
		if bytes.HasPrefix(text[at:], []byte(blank)) {
			return at + len(blank)
		}
	}
	return at
}

// inAuthorization reports whether the code before a scheme at text[at], or after its
// credential that ends at text[end], names an Authorization header. In some languages,
// such as Swift, the name of a header follows its value.
func inAuthorization(text []byte, at, end int) bool {
	const header = "authorization"
	before, after := around(text, at, 160, 0), around(text, end, 0, 100)
	if i := lastFold(before, header); i >= 0 && !isProse(before[i+len(header):]) {
		return true
	}
	if i := lastFold(after, header); i >= 0 && !isProse(after[:i]) {
		return true
	}
	return containsFold(around(text, at, 80, 0), "authenticationheadervalue")
}

// isProse reports whether text has more words separated only by blanks than code does,
// such as "new Header". It ignores tags.
func isProse(text []byte) bool {
	pairs, tag := 0, false
	for i, c := range text {
		switch {
		case c == '<':
			tag = true
		case c == '>':
			tag = false
		case c == ' ' && !tag && i > 0 && i+1 < len(text) && isAlnum(text[i-1]) && isAlnum(text[i+1]):
			pairs++
		}
	}
	return pairs > 1
}

package rules

import "bytes"

// apikeyHeader sees a literal under the ApiKey scheme of an Authorization
// header, however a language writes one.
var apikeyHeader = Rule{
	ID:    "apikey-header",
	Title: "Credential in an ApiKey Authorization header",
	Help: `An Authorization header of the scheme ` + "`ApiKey`" + ` has its credential written out.
QA Sphere's API takes its keys this way, as some other services do (Elasticsearch,
for one). Three dotted parts are a QA Sphere key, and an error; any other literal
is a warning.

## Remediation

1. Revoke the credential where it was made; for QA Sphere: Settings → API Keys.
2. Read the new one from the environment or a secret manager, and build the header
   from that: ` + "`Authorization: ApiKey $QAS_TOKEN`" + `.
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
			return Match{}, false
		}
		if end := threeParts(text, start); end >= 0 && !goesOn(text, end) {
			if key, ok := contextual(text, start, end); ok {
				return match(key, start, end, High, "in an ApiKey header")
			}
		}
		if before := text[start-1]; before != ' ' && before != '\t' && !isQuote(before) {
			return Match{}, false // an encoded blank: where the literal ends is known once it is decoded
		}
		end := credentialEnd(text, start)
		if end-start < 8 || goesOn(text, end) || !inAuthorization(text, at, end) || !credentialLike(text[start:end]) {
			return Match{}, false
		}
		return Match{
			Start: start, End: end, Severity: Warning, Confidence: Medium,
			Message: "Credential written out in an ApiKey Authorization header",
		}, true
	},
}

// credentialStart returns where the credential after a scheme that ends at
// text[at] begins: after blanks ("ApiKey x"), or in the next string literal
// where the scheme ends one ("ApiKey " + "x", "ApiKey", "x"); -1 if there is
// none.
func credentialStart(text []byte, at int) int {
	start := skip(text, at, " \t", 8)
	if start == at && start < len(text) && (text[start] == '%' || text[start] == '\\' || text[start] == '+') {
		start = skipBlankEscape(text, start)
	}
	if start >= len(text) {
		return -1
	}
	if quote := skip(text, start, "\\", 4); quote < len(text) && isQuote(text[quote]) {
		open := skip(text, quote+1, " \t\r\n+.,&\\()", 32)
		if open+2 < len(text) && isQuote(text[open]) && text[open+1] == ' ' && text[open+2] == text[open] {
			open = skip(text, open+3, " \t\r\n+.,&\\()", 32) // a string of one blank between
		}
		if open == quote+1 || open+1 >= len(text) || !isQuote(text[open]) {
			return -1
		}
		return open + 1
	}
	if start == at || !isAlnum(text[start]) {
		return -1
	}
	return start
}

// skipBlankEscape returns the place after an encoded blank at text[at:], or at.
func skipBlankEscape(text []byte, at int) int {
	for _, blank := range []string{"%20", "+", "\\u0020", "\\x20", "\\t"} {
		if bytes.HasPrefix(text[at:], []byte(blank)) {
			return at + len(blank)
		}
	}
	return at
}

// skip returns the place after at most longest bytes of set at text[at:].
func skip(text []byte, at int, set string, longest int) int {
	end := at
	for end < len(text) && end-at < longest && bytes.IndexByte([]byte(set), text[end]) >= 0 {
		end++
	}
	return end
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

// inAuthorization reports whether the code before a scheme at text[at], or
// after its credential that ends at end, names an Authorization header. Some
// languages name the header after its value, as Swift does.
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

// isProse reports whether text holds words with nothing but blanks between
// them, more than "new Header" has. Inside of tags it does not look.
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

// credentialLike reports whether a literal that is no key of ours can be a
// credential.
func credentialLike(literal []byte) bool {
	return secretLike(literal) && distinct(literal) >= 5
}

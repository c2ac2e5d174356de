package rules

import "strings"

// malformedAPIKeyHeader finds Authorization headers that QA Sphere refuses and that send
// a credential all the same.
var malformedAPIKeyHeader = Rule{
	ID:    "malformed-apikey-header",
	Title: "Authorization header that QA Sphere does not accept",
	Help: `An Authorization header near a QA Sphere host has a value that is not a key (three parts
joined by dots: tenant ID, key ID, token), or has a key with another scheme or without
one. QA Sphere refuses the request, but logs may still contain the value: a part of a
key, or the credential of another service.

## Example

~~~sh upload.sh
curl -H "Authorization: Token $QAS_TOKEN" https://acme.eu1.qasphere.com/api/public/v0/project
~~~

Better:

~~~sh upload.sh
curl -H "Authorization: Bearer $QAS_TOKEN" https://acme.eu1.qasphere.com/api/public/v0/project
~~~

## Remediation

1. Send the whole key with the scheme ` + "`Bearer`" + ` (or the older ` + "`ApiKey`" + `).
2. Rotate credentials that were sent to the wrong service.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Anchors:    []Anchor{{Literal: "Authorization", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		m, ok := refusedHeader(text, at)
		near := around(text, at, Reach/2, Reach/2)
		return m, ok && (containsFold(near, "qasphere.com") || containsFold(near, "/api/public/v0"))
	},
}

// refusedHeader judges the header whose name is at text[at:].
func refusedHeader(text []byte, at int) (Match, bool) {
	scheme := headerValue(text, at+len("authorization"))
	if scheme < 0 {
		return Match{}, false
	}
	end := wordEnd(text, scheme, 32)
	value := skip(text, end, " ", 4)
	if value == end { // no scheme
		if end = threeParts(text, scheme); end >= 0 && !continues(text, end) && isWholeKey(text[scheme:end]) {
			return Match{
				Start: scheme, End: end, Severity: Warning, Confidence: Medium,
				Message: "A key without a scheme: QA Sphere accepts Authorization: Bearer, or ApiKey",
			}, true
		}
		return Match{}, false
	}
	name := string(text[scheme:end])
	if strings.EqualFold(name, "bearer") || strings.EqualFold(name, "apikey") {
		return malformedValue(text, value, name)
	}
	return unknownScheme(text, scheme, end, value)
}

// headerValue returns the start of the value of a header whose name ends at text[at]:
// "Authorization: x", 'Authorization': `x`, ("Authorization", "x"); -1 if there is none.
func headerValue(text []byte, at int) int {
	start := skip(text, at, "\"'`] \t:=,>", 16)
	if start == at || start >= len(text) || !isAlnum(text[start]) {
		return -1
	}
	return start
}

// malformedValue judges a value with a scheme that QA Sphere accepts.
func malformedValue(text []byte, start int, scheme string) (Match, bool) {
	if start >= len(text) || !isAlnum(text[start]) {
		return Match{}, false
	}
	if end := threeParts(text, start); end >= 0 {
		return Match{}, false
	}
	end := credentialEnd(text, start)
	literal := text[start:end]
	if len(literal) < 12 || continues(text, end) || !credentialLike(literal) || isForTests(literal) || otherScheme(string(literal[:3]), "") {
		return Match{}, false
	}
	return Match{
		Start: start, End: end, Severity: Warning, Confidence: Medium,
		Message: "The " + scheme + " value for QA Sphere is not a key, which has three parts joined by dots",
	}, true
}

// unknownScheme judges a header with a scheme that QA Sphere does not accept.
func unknownScheme(text []byte, scheme, end, value int) (Match, bool) {
	last := value
	for last < len(text) && last-value < MaxKeyLen && text[last] != '"' && text[last] != '\'' && text[last] != '`' && text[last] != '\n' {
		last++
	}
	literal := text[value:last]
	if key := threeParts(text, value); key < 0 || !isWholeKey(text[value:key]) {
		if !refersToCredential(literal) || isWordByte(literal[0]) {
			return Match{}, false
		}
	}
	name := string(text[scheme:end])
	return Match{
		Start: scheme, End: end, Severity: Warning, Confidence: Medium, Subject: name, Replace: "Bearer",
		Message: "QA Sphere does not accept the scheme " + name + ": use Authorization: Bearer, or ApiKey",
	}, true
}

package rules

// malformedAPIKeyHeader sees an Authorization header for QA Sphere that cannot work,
// and still sends what it holds.
var malformedAPIKeyHeader = Rule{
	ID:    "malformed-apikey-header",
	Title: "Authorization header that QA Sphere does not take",
	Help: `Near a QA Sphere host, an Authorization header holds what is no key (three parts
joined by dots: tenant, key ID, token), or a key under a scheme that QA Sphere does not
take, or under none. The request fails, and what it sends is in logs all the same: part
of a key, or the credential of another service.

## Example

~~~sh upload.sh
curl -H "Authorization: Token $QAS_TOKEN" https://acme.eu1.qasphere.com/api/public/v0/project
~~~

Better:

~~~sh upload.sh
curl -H "Authorization: Bearer $QAS_TOKEN" https://acme.eu1.qasphere.com/api/public/v0/project
~~~

## Remediation

1. Send the whole key, under ` + "`Bearer`" + `, or the older ` + "`ApiKey`" + `.
2. Rotate what was sent where it does not belong.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Anchors:    []Anchor{{Literal: "Authorization", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		const near = Reach / 2
		scheme := headerValue(text, at+len("authorization"))
		if scheme < 0 || !containsFold(around(text, at, near, near), "qasphere.com") && !containsFold(around(text, at, near, near), "/api/public/v0") {
			return Match{}, false
		}
		end := wordEnd(text, scheme, 32)
		value := skip(text, end, " ", 4)
		if value == end { // no scheme
			if end = threeParts(text, scheme); end >= 0 && !goesOn(text, end) && isWholeKey(text[scheme:end]) {
				return Match{
					Start: scheme, End: end, Severity: Warning, Confidence: Medium,
					Message: "A key under no scheme: QA Sphere takes Authorization: Bearer, or ApiKey",
				}, true
			}
			return Match{}, false
		}
		name := string(text[scheme:end])
		if hasPrefixFold([]byte(name), "bearer") && len(name) == len("bearer") || hasPrefixFold([]byte(name), "apikey") && len(name) == len("apikey") {
			return malformedValue(text, value, name)
		}
		return otherSchemes(text, scheme, end, value)
	},
}

// headerValue returns where the value of a header begins whose name ends at text[at]:
// "Authorization: x", 'Authorization': `x`, ("Authorization", "x"); -1 if there is none.
func headerValue(text []byte, at int) int {
	start := skip(text, at, "\"'`] \t:=,>", 16)
	if start == at || start >= len(text) || !isAlnum(text[start]) {
		return -1
	}
	return start
}

// malformedValue judges what stands under a scheme that QA Sphere takes.
func malformedValue(text []byte, start int, scheme string) (Match, bool) {
	if start >= len(text) || !isAlnum(text[start]) {
		return Match{}, false
	}
	if end := threeParts(text, start); end >= 0 {
		return Match{}, false
	}
	end := credentialEnd(text, start)
	literal := text[start:end]
	if len(literal) < 12 || goesOn(text, end) || !credentialLike(literal) || isForTests(literal) || otherScheme(string(literal[:3]), "") {
		return Match{}, false
	}
	return Match{
		Start: start, End: end, Severity: Warning, Confidence: Medium,
		Message: "What is sent to QA Sphere under " + scheme + " is no key, which has three parts joined by dots",
	}, true
}

// otherSchemes judges a header of a scheme that QA Sphere does not take.
func otherSchemes(text []byte, scheme, end, value int) (Match, bool) {
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
		Message: "QA Sphere does not take keys under " + name + ": it is Authorization: Bearer, or ApiKey",
	}, true
}

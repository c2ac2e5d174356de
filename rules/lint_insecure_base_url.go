package rules

import "bytes"

// insecureBaseURL sees a QA Sphere host that is spoken to without TLS.
var insecureBaseURL = Rule{
	ID:    "insecure-base-url",
	Title: "QA Sphere URL without TLS",
	Help: `A URL of a QA Sphere tenant begins with ` + "`http:`" + `. A client that follows it sends its
key in the clear, once at least, before the server can tell it to use https. QA
Sphere's documentation asks for HTTPS for every request.

## Example

~~~sh .env
QAS_URL=http://acme.eu1.qasphere.com
~~~

Better:

~~~sh .env
QAS_URL=https://acme.eu1.qasphere.com
~~~

## Remediation

1. Write ` + "`https:`" + ` in its place.
2. Rotate keys that were sent there: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Anchors:    []Anchor{{Literal: tenantDomain, Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		host, end := hostAround(text, at)
		if host < 0 {
			return Match{}, false
		}
		for _, scheme := range []string{"http://", `http:\/\/`} {
			start := host - len(scheme)
			if start < 0 || !hasPrefixFold(text[start:], scheme) || start > 0 && isAlnum(text[start-1]) && escapeTail(text, start-1) != 1 {
				continue
			}
			url := string(text[start:end])
			return Match{
				Start: start, End: end, Severity: Warning, Confidence: High, Subject: url,
				Replace: "https" + url[len("http"):],
				Message: "Keys that are sent to " + url + " go over the network in the clear",
			}, true
		}
		return Match{}, false
	},
}

// tenantDomain is what hosts of tenants end with: https://{company}.{region}.qasphere.com,
// older ones without a region (docs.qasphere.com, api_intro).
const tenantDomain = ".qasphere.com"

// publicHosts are the first labels of hosts that are no tenants.
var publicHosts = []string{"www", "docs", "help", "blog", "status", "support"}

// hostAround returns the bounds of the name of a tenant's host whose domain begins at
// text[at], or -1.
func hostAround(text []byte, at int) (start, end int) {
	start, end = at, at+len(tenantDomain)
	for start > 0 && at-start < 160 && (isWordByte(text[start-1]) || text[start-1] == '.') {
		start--
	}
	if start == at || end < len(text) && (isWordByte(text[end]) || text[end] == '.' && end+1 < len(text) && isAlnum(text[end+1])) {
		return -1, -1
	}
	label, _, _ := bytes.Cut(text[start:at], []byte{'.'})
	for _, public := range publicHosts {
		if bytes.EqualFold(label, []byte(public)) {
			return -1, -1
		}
	}
	return start, end
}

package rules

// insecureBaseURL finds URLs of QA Sphere hosts without TLS.
var insecureBaseURL = Rule{
	ID:    "insecure-base-url",
	Title: "QA Sphere URL without TLS",
	Help: `The URL of a QA Sphere tenant begins with ` + "`http:`" + `. A client that uses it sends its key
without encryption at least once, before the server can redirect it to HTTPS. QA
Sphere's documentation requires HTTPS for every request.

## Example

~~~sh .env
QAS_URL=http://acme.eu1.qasphere.com
~~~

Better:

~~~sh .env
QAS_URL=https://acme.eu1.qasphere.com
~~~

## Remediation

1. Use ` + "`https:`" + `.
2. Rotate the keys that were sent to this URL: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Anchors:    []Anchor{{Literal: tenantDomain, Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		host, name, end, ok := hostAround(text, at)
		if !ok || host.Reserved() {
			return Match{}, false
		}
		for _, scheme := range []string{"http://", `http:\/\/`} {
			start := name - len(scheme)
			if start < 0 || !hasPrefixFold(text[start:], scheme) || start > 0 && isAlnum(text[start-1]) && escapeTail(text, start-1) != 1 {
				continue
			}
			url := string(text[start:end])
			return Match{
				Start: start, End: end, Severity: Warning, Confidence: High, Subject: url,
				Replace: "https" + url[len("http"):],
				Message: "Keys that are sent to " + url + " cross the network without encryption",
			}, true
		}
		return Match{}, false
	},
}

package rules

// qasBearerHeader finds a key with the Bearer scheme, which QA Sphere's newer
// documentation prefers (docs.eu1.qasphere.com/docs/v0/authentication).
var qasBearerHeader = Rule{
	ID:    "qas-bearer-header",
	Title: "QA Sphere API key in a Bearer Authorization header",
	Help: `A QA Sphere API key is hard-coded in an Authorization header with the scheme
` + "`Bearer`" + `. A literal of three parts is reported if its key ID has the format of QA
Sphere's key IDs, or if QA Sphere is mentioned nearby. JSON web tokens are not reported.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Create a new key, and read it from an environment variable or a secret manager:
   ` + "`Authorization: Bearer $QAS_TOKEN`" + `.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    []Anchor{{Literal: "Bearer", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		start := credentialStart(text, at+len("bearer"))
		if start < 0 {
			return Match{}, false
		}
		start = skipLabel(text, start)
		end := threeParts(text, start)
		if end < 0 || continues(text, end) || end < len(text) && text[end] == '.' {
			return Match{}, false
		}
		key, ok := keyInContext(text, start, end)
		switch {
		case !ok:
			return Match{}, false
		case !key.CreatedAt.IsZero() || key.Documented() || isShort(key):
			return match(text, key, start, end, High, "in a Bearer header")
		case containsFold(around(text, at, Reach/2, Reach/2), "qasphere"):
			return match(text, key, start, end, Medium, "in a Bearer header")
		}
		return Match{}, false
	},
}

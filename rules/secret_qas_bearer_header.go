package rules

// qasBearerHeader sees a key under the Bearer scheme, which QA Sphere's newer
// documentation prefers (docs.eu1.qasphere.com/docs/v0/authentication).
var qasBearerHeader = Rule{
	ID:    "qas-bearer-header",
	Title: "QA Sphere API key in a Bearer Authorization header",
	Help: `An Authorization header of the scheme ` + "`Bearer`" + ` has a QA Sphere API key written
out. A three-part literal counts if its key ID is one of QA Sphere's, or if QA
Sphere is spoken of nearby; JSON web tokens never do.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Read the new one from the environment or a secret manager, and build the header
   from that: ` + "`Authorization: Bearer $QAS_TOKEN`" + `.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    []Anchor{{Literal: "Bearer", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		start := credentialStart(text, at+len("bearer"))
		if start < 0 {
			return Match{}, false
		}
		end := threeParts(text, start)
		if end < 0 || goesOn(text, end) || end < len(text) && text[end] == '.' {
			return Match{}, false
		}
		key, ok := contextual(text, start, end)
		switch {
		case !ok:
			return Match{}, false
		case !key.CreatedAt.IsZero() || key.Documented() || isShort(key):
			return match(key, start, end, High, "in a Bearer header")
		case containsFold(around(text, at, Reach/2, Reach/2), "qasphere"):
			return match(key, start, end, Medium, "in a Bearer header")
		}
		return Match{}, false
	},
}

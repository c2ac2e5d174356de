package rules

// qasAPIKeyShort sees the shape of the authentication page's example,
// t123.ak456.abc789xyz (docs.qasphere.com/api/authentication).
var qasAPIKeyShort = Rule{
	ID:    "qas-api-key-short",
	Title: "QA Sphere API key of the documented shape",
	Help: `A literal of the shape that QA Sphere's authentication page shows stands here:
` + "`t<digits>.ak<digits>.<token>`" + `. Whoever can read it can call the QA Sphere API.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Make a new one, and keep it in an environment variable or a secret manager.
3. If it is no key, say so: ` + "`qasleaks:allow`" + ` on its line, or its fingerprint in .qasleaks.yml.
`,
	Severity:   Error,
	Confidence: Medium,
	Anchors:    []Anchor{{Literal: ".ak"}},
	Find: func(text []byte, at int) (Match, bool) {
		start := keyBefore(text, at)
		if start < 0 {
			return Match{}, false
		}
		end := threeParts(text, start)
		if end < 0 || start > 0 && text[start-1] == '.' {
			return Match{}, false
		}
		key, ok := contextual(text, start, end)
		if !ok || !isShort(key) {
			return Match{}, false
		}
		token := tokenOf(key, text[start:end])
		if !key.Documented() && (len(token) < 8 || !isGiven(text, start) && digits(token) < 2) {
			return Match{}, false
		}
		return match(key, start, end, Medium, "in the clear")
	},
}

func digits(token []byte) int {
	n := 0
	for _, c := range token {
		if '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}

// isGiven reports whether text[start] begins a value, and no expression.
func isGiven(text []byte, start int) bool {
	return start > 0 && (isQuote(text[start-1]) || text[start-1] == '=' || text[start-1] == ':')
}

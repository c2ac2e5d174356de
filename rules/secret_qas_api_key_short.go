package rules

// qasAPIKeyShort finds keys in the format of the example on the authentication page,
// t123.ak456.abc789xyz (docs.qasphere.com/api/authentication).
var qasAPIKeyShort = Rule{
	ID:    "qas-api-key-short",
	Title: "QA Sphere API key in the documented format",
	Help: `This literal has the format of the example on QA Sphere's authentication page:
` + "`t<digits>.ak<digits>.<token>`" + `. Anyone who can read a key can call the QA Sphere API.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Create a new key, and store it in an environment variable or a secret manager.
3. If it is not a key, suppress the finding: write ` + "`qasleaks:allow`" + ` in a comment on its line,
   or add its fingerprint to ` + "`.qasleaks.yml`" + `.
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
		key, ok := keyInContext(text, start, end)
		if !ok || !isShort(key) {
			return Match{}, false
		}
		token := tokenOf(key, text[start:end])
		if !key.Documented() && (len(token) < 8 || !isGiven(text, start) && digits(token) < 2) {
			return Match{}, false
		}
		return match(text, key, start, end, Medium, "")
	},
}

// digits returns the number of digits in a token.
func digits(token []byte) int {
	n := 0
	for _, c := range token {
		if '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}

// isGiven reports whether text[start] is the beginning of a value, not of an expression.
func isGiven(text []byte, start int) bool {
	return start > 0 && (isQuote(text[start-1]) || text[start-1] == '=' || text[start-1] == ':')
}

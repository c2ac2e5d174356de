package rules

// qasOAuthToken sees what the official client keeps of a login.
var qasOAuthToken = Rule{
	ID:    "qas-oauth-token",
	Title: "OAuth token of QA Sphere's command-line client",
	Help: `The official command-line client keeps what it got by logging in to QA Sphere in
` + "`~/.config/qasphere/credentials.json`" + `: an access token and a refresh token. Either
stands for the person who logged in. They live for 90 days, and are renewed when used.

## Remediation

1. Log the client out where it was logged in, and end the session in QA Sphere.
2. Take the file out of the repository, and ignore it: ` + "`credentials.json`" + `.
3. In CI use an API key from a secret, ` + "`QAS_TOKEN`" + `, and not a person's login.
`,
	Severity:   Error,
	Confidence: High,
	// The fields that github.com/Hypersequent/qas-cli writes, also within a string.
	Anchors: []Anchor{{Literal: `accessToken"`}, {Literal: `refreshToken"`}, {Literal: `accessToken\`}, {Literal: `refreshToken\`}},
	Find: func(text []byte, at int) (Match, bool) {
		quote := nameEnd(text, at)
		start := valueStart(text, quote)
		if start < 1 || !isQuote(text[start-1]) {
			return Match{}, false
		}
		end := threeParts(text, start)
		if end < 0 || goesOn(text, end) || end < len(text) && text[end] == '.' {
			return Match{}, false
		}
		near := around(text, at, 1024, 1024)
		if !containsFold(near, "tokenexpiresat") || !containsFold(near, "tenanturl") {
			return Match{}, false
		}
		key, ok := contextual(text, start, end)
		if !ok {
			return Match{}, false
		}
		m, ok := match(key, start, end, High, "")
		m.Message = "Token of a login of QA Sphere's command-line client, of tenant " + key.TenantID
		return m, ok
	},
}

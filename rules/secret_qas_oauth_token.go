package rules

// qasOAuthToken finds the tokens that the official client stores after a login.
var qasOAuthToken = Rule{
	ID:    "qas-oauth-token",
	Title: "OAuth token of QA Sphere's command-line client",
	Help: `After a login, QA Sphere's command-line client stores an access token and a refresh
token in ` + "`~/.config/qasphere/credentials.json`" + `. Either gives access as the user who
logged in. The tokens are valid for 90 days, and are renewed when they are used.

## Remediation

1. Log out with the client, and end the session in QA Sphere.
2. Remove ` + "`credentials.json`" + ` from the repository, and add it to ` + "`.gitignore`" + `.
3. In CI, use an API key in the secret ` + "`QAS_TOKEN`" + `, not the login of a person.
`,
	Severity:   Error,
	Confidence: High,
	// The fields that github.com/Hypersequent/qas-cli writes, also inside a JSON string.
	// OAuth answers (RFC 6749, section 5.1) have names in snake case.
	Anchors: []Anchor{{Literal: `access_token"`}, {Literal: `refresh_token"`}, {Literal: `accessToken"`}, {Literal: `refreshToken"`}, {Literal: `accessToken\`}, {Literal: `refreshToken\`}},
	Find: func(text []byte, at int) (Match, bool) {
		quote := nameEnd(text, at)
		start := valueStart(text, quote)
		if start < 1 || !isQuote(text[start-1]) {
			return Match{}, false
		}
		end := threeParts(text, start)
		if end < 0 || continues(text, end) || end < len(text) && text[end] == '.' {
			return Match{}, false
		}
		near := around(text, at, 1024, 1024)
		stored := containsFold(near, "tokenexpiresat") && containsFold(near, "tenanturl")
		stored = stored || containsFold(near, "token_expires_at") && containsFold(near, "tenant_url")
		answered := containsFold(near, "expires_in") && containsFold(near, "qasphere")
		if !stored && !answered {
			return Match{}, false
		}
		key, ok := keyInContext(text, start, end)
		if !ok {
			return Match{}, false
		}
		m, ok := match(text, key, start, end, High, "")
		m.Message = "OAuth token of QA Sphere's command-line client, for tenant " + key.TenantID
		return m, ok
	},
}

package rules

// qasAPIKey sees a key by its structure alone: a key ID that is a valid hqid7
// between a tenant and a token that looks drawn at random.
var qasAPIKey = Rule{
	ID:    "qas-api-key",
	Title: "QA Sphere API key",
	Help: `A QA Sphere API key stands here in the clear. Whoever can read this can call
the QA Sphere API as the person who made the key: read and change projects, test
cases, runs and results. Keys never expire by themselves.

The key ID in the middle is checked digit by digit (it holds the time the key was
made), so that this is hardly ever a false alarm.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Make a new one, and keep it in an environment variable or a secret manager.
3. Look at the audit log for use that was not yours.
4. Only then clean the history; a key that was ever pushed is public, cleaned or not.
`,
	Severity:   Error,
	Confidence: High,
	// An hqid7 of the years 2018 to 2028 begins with one of these.
	Anchors: []Anchor{{Literal: ".1B"}, {Literal: ".1C"}, {Literal: ".1D"}},
	Find: func(text []byte, at int) (Match, bool) {
		id, token := at+1, at+1+hqid7Len+1
		if len(text) < token+minTokenLen || text[id+hqid7Underscore] != '_' || text[token-1] != '.' {
			return Match{}, false
		}
		start, end := keyBefore(text, at), wordEnd(text, token, maxTokenLen)
		if start < 0 {
			return Match{}, false
		}
		key, ok := ParseKey(string(text[start:end]))
		if !ok || !key.Documented() && (key.CreatedAt.IsZero() || end-token < 16 || !looksRandom(text[token:end])) {
			return Match{}, false
		}
		return match(key, start, end, High, "in the clear")
	},
}

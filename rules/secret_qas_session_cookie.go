package rules

// qasSessionCookie finds the cookie of a login, which gives the access of the user who logged
// in, beside a host of a tenant.
var qasSessionCookie = Rule{
	ID:    "qas-session-cookie",
	Title: "Session cookie of a QA Sphere account",
	Help: `The cookie of a login is written out beside the host of a tenant: in a recorded request,
a command or the stored state of a browser. Until the session ends, anyone who can read it
can act as the user who logged in.

## Remediation

1. Log out of that session in QA Sphere, which ends it.
2. Remove the record, or mask its cookies: keep traces, HAR files and the state of browsers
   (` + "`storageState.json`, `playwright/.auth/`" + `) out of the repository.
3. In tests, log in with credentials from the environment, or use an API key.
`,
	Severity:   Warning,
	Confidence: Medium,
	Anchors: []Anchor{
		{Literal: "session=", Plain: true},
		{Literal: `"session"`, Plain: true},
		{Literal: "\tsession\t", Plain: true},
		{Literal: "_devauth", Plain: true},
	},
	Find: func(text []byte, at int) (Match, bool) {
		if isWordByte(text[at]) && at > 0 && (isWordByte(text[at-1]) || text[at-1] == '?' || text[at-1] == '&' || text[at-1] == '.') {
			return Match{}, false
		}
		name := skip(text, at, "\"\t", 1)
		end := nameEnd(text, name)
		start := end + 1
		if start >= len(text) {
			return Match{}, false
		}
		if text[end] == '"' {
			if start = valueStart(text, end); start < 0 || !isQuote(text[start-1]) {
				return Match{}, false
			}
		} else if text[end] != '=' && text[end] != '\t' {
			return Match{}, false
		}
		end = start
		for end < len(text) && end-start < Reach/4 && (isWordByte(text[end]) || text[end] == '.' || text[end] == '%' || text[end] == '~' || text[end] == '+') {
			end++
		}
		literal := text[start:end]
		if len(literal) < minBareTokenLen || continues(text, end) || !looksRandom(literal) || !credentialLike(literal) || isNameLike(string(literal)) || isForTests(literal) && !isMixed(literal) ||
			isChain(literal) || end < len(text) && (text[end] == '(' || text[end] == '[') {
			return Match{}, false
		}
		if !besideTenant(text, at) {
			return Match{}, false
		}
		return Match{Start: start, End: end, Severity: Warning, Confidence: Medium, Message: "Session cookie of a QA Sphere account"}, true
	},
}

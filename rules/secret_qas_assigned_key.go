package rules

// qasAssignedKey finds a key that is assigned to a variable of the client (QAS_TOKEN), of
// the MCP server (QASPHERE_API_KEY), or with a similar name.
var qasAssignedKey = Rule{
	ID:    "qas-assigned-key",
	Title: "QA Sphere API key assigned to a variable",
	Help: `A QA Sphere API key is hard-coded as the value of a variable or a setting, such as
` + "`QAS_TOKEN`" + ` or ` + "`QASPHERE_API_KEY`" + `.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Create a new key, and set the variable outside the repository: in the shell, in a
   file that git ignores, or as a secret of the CI service.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		name, end := settingAround(text, at)
		if nameConfidence(string(text[name:end])) == 0 {
			return Match{}, false
		}
		start := valueStart(text, end)
		if start < 0 {
			start = valueBefore(text, name)
		}
		if start < 0 {
			return Match{}, false
		}
		start = skipLabel(text, start)
		end = threeParts(text, start)
		if end < 0 || continues(text, end) || end < len(text) && (text[end] == '.' || text[end] == '?') {
			return Match{}, false
		}
		key, ok := keyInContext(text, start, end)
		if !ok || isExpression(text, start, end, key) {
			return Match{}, false
		}
		return match(key, start, end, High, "assigned to "+string(text[name:nameEnd(text, at)]))
	},
}

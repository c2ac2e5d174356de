package rules

import (
	"bytes"
	"slices"
	"strings"
)

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
	Anchors:    []Anchor{{Literal: "QAS", Fold: true, Name: true}, {Literal: "Qas"}, {Literal: "QaS"}},
	Find: func(text []byte, at int) (Match, bool) {
		name, end := settingAround(text, at)
		if section := sectionsEnd(text, name, end); section > end && nameConfidence(strings.ReplaceAll(string(text[name:section]), ":", "_")) != 0 {
			end = section
		} else if nameConfidence(string(text[name:end])) == 0 {
			if !isSphere(text[name:end]) {
				return Match{}, false
			}
			start, field := valueInSection(text, end)
			if start < 0 {
				return Match{}, false
			}
			return assigned(text, start, "assigned to "+string(text[name:end])+" "+string(text[field-len(lastName(text[:field])):field]))
		}
		where := func(m Match) (Match, bool) {
			m.Where = "assigned to " + string(text[name:nameEnd(text, at)])
			return m, true
		}
		start := valueStart(text, end)
		if start >= 0 {
			if m, ok := assigned(text, start, ""); ok && (m.Key.Documented() || !m.Key.CreatedAt.IsZero() || isShort(m.Key) || !inCall(text, end, start) || isMixed(tokenOf(m.Key, text[m.Start:m.End]))) {
				return where(m)
			}
		}
		for _, start := range []int{valueBefore(text, name), valueAfter(text, end)} {
			if start >= 0 {
				if m, ok := assigned(text, start, ""); ok {
					return where(m)
				}
			}
		}
		return Match{}, false
	},
}

// assigned returns the Match of the key at text[start:] that is a value.
func assigned(text []byte, start int, where string) (Match, bool) {
	start = skipLabel(text, start)
	end := threeParts(text, start)
	if end < 0 || continues(text, end) || end < len(text) && (text[end] == '.' || text[end] == '?') {
		return Match{}, false
	}
	key, ok := keyInContext(text, start, end)
	if !ok || isExpression(text, start, end, key) {
		return Match{}, false
	}
	return match(text, key, start, end, High, where)
}

// sectionsEnd returns the end of a name text[name:end] in quotes with the sections after it,
// as .NET writes them: "QaSphere:ApiKey".
func sectionsEnd(text []byte, name, end int) int {
	if name == 0 || !isQuote(text[name-1]) && text[name-1] != ':' {
		return end
	}
	const longest = 4 * maxNameLen
	for end+1 < len(text) && end-name < longest && text[end] == ':' && isWordByte(text[end+1]) {
		end = nameEnd(text, end+1)
	}
	return end
}

// isSphere reports whether a name is QA Sphere's, and nothing else.
func isSphere(name []byte) bool {
	return slices.ContainsFunc([]string{"qasphere", "qa-sphere", "qa_sphere"}, func(sphere string) bool { return strings.EqualFold(string(name), sphere) })
}

// inCall reports whether a value at text[start:] is the argument of a function that is
// called after text[end:].
func inCall(text []byte, end, start int) bool {
	open := bytes.LastIndexByte(text[end:start], '(')
	return open > 0 && isIdentifierByte(text[end+open-1]) && bytes.IndexByte(text[end+open:start], ')') < 0
}

// lastName returns the name at the end of a text.
func lastName(text []byte) []byte {
	start := len(text)
	for start > 0 && len(text)-start < maxNameLen && isWordByte(text[start-1]) {
		start--
	}
	return text[start:]
}

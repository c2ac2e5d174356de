package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// liveRule takes the place of its rule where a finding is a live key: in SARIF the
// number that grades alerts belongs to the rule.
var liveRule = rules.Rule{
	ID:    "qas-live-api-key",
	Title: "Live QA Sphere API key",
	Help: `This QA Sphere API key works: the QA Sphere API has accepted it. Anyone who can read
this place can use it now.

## Remediation

1. Revoke the key immediately: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Check the audit log for use of the key by others.
3. Create a new key, and keep it in an environment variable or a secret manager.
4. Check that the old key no longer works: ` + "`qasleaks verify`" + `.
`,
	Severity:   rules.Error,
	Confidence: rules.High,
}

// sarifRule is a rule as SARIF has it. The severity of an alert belongs to its rule
// there, so that live keys and keys in client-side code have rules of their own.
type sarifRule struct {
	id   string
	rule rules.Rule
	// security is the number GitHub code scanning grades alerts by: over 9.0 is
	// critical, from 7.0 high, from 4.0 medium, below low.
	security string
}

// sarifRuleOf returns the rule of a finding.
func sarifRuleOf(f *scanner.Finding) sarifRule {
	rule := sarifRule{id: f.Rule.ID, rule: f.Rule}
	switch {
	case f.Liveness.State.Alive():
		rule.id, rule.rule, rule.security = liveRule.ID, liveRule, "9.8"
	case f.Rule.ID == rules.ClientEmbeddedID:
		rule.security = "9.8"
	case f.Rule.Severity == rules.Error:
		rule.security = "8.6"
	case f.Rule.Severity == rules.Warning:
		rule.security = "5.5"
	default:
		rule.security = "1.0"
	}
	return rule
}

func (r sarifRule) descriptor() *sarifDescriptor {
	help := strings.TrimSpace(r.rule.Help)
	return &sarifDescriptor{
		ID:                   r.id,
		Name:                 pascalCase(r.id),
		ShortDescription:     sarifText{Text: r.rule.Title},
		FullDescription:      sarifText{Text: firstParagraph(help, r.rule.Title)},
		Help:                 sarifText{Text: help, Markdown: help},
		HelpURI:              rulesURI + r.rule.ID,
		DefaultConfiguration: sarifConfiguration{Level: r.rule.Severity.String()},
		Properties: sarifProperties{
			"security-severity": r.security, "precision": sarifPrecision(r.rule.Confidence), "tags": sarifTags(r.rule),
		},
	}
}

// sarifTags are CWE-798 (hard-coded credentials) for a leak, CWE-522 (insufficiently
// protected credentials) for a lint finding.
func sarifTags(rule rules.Rule) []string {
	if rule.Lint {
		return []string{"security", "external/cwe/cwe-522"}
	}
	return []string{"security", "secret", "external/cwe/cwe-798"}
}

// pascalCase returns an ID in kebab-case as an identifier.
func pascalCase(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '-' || r == '/' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// sarifPrecision is the precision of a rule in the terms of GitHub code scanning.
func sarifPrecision(c rules.Confidence) string {
	if c == rules.High {
		return "very-high"
	}
	return c.String()
}

// firstParagraph returns the first paragraph of a Markdown text that is not a
// heading, on one line.
func firstParagraph(markdown, otherwise string) string {
	for paragraph := range strings.SplitSeq(markdown, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if paragraph != "" && !strings.HasPrefix(paragraph, "#") {
			return strings.Join(strings.Fields(paragraph), " ")
		}
	}
	return otherwise
}

package rules

import "slices"

// qasWebhookSecret finds the secret with which QA Sphere signs what it sends to a webhook.
var qasWebhookSecret = Rule{
	ID:    "qas-webhook-secret",
	Title: "Secret of a QA Sphere webhook",
	Help: `The secret of a webhook of QA Sphere is hard-coded. Anyone who can read it can send
events to the receiver that look like QA Sphere's. It gives no access to QA Sphere.

## Remediation

1. Replace the secret in the settings of the webhook and of its receiver.
2. Read the new secret from an environment variable or a secret manager.
`,
	Severity:   Warning,
	Confidence: Medium,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true, Plain: true, Name: true}},
	Find: func(text []byte, at int) (Match, bool) {
		name, end := settingAround(text, at)
		if !containsFold(text[name:end], "hook") || nameConfidence(string(text[name:end])) == 0 {
			return Match{}, false
		}
		isHook := slices.ContainsFunc(nameWords(string(text[name:end])), func(w string) bool { return w == "webhook" || w == "hook" || w == "webhooksecret" })
		if !isHook {
			return Match{}, false
		}
		nameEnd := end
		start := fieldValue(text, end)
		if start < 0 {
			start = valueBefore(text, name)
		}
		if start < 1 || threeParts(text, start) >= 0 {
			return Match{}, false
		}
		end = credentialEnd(text, start)
		literal := text[start:end]
		const shortest = 12
		if len(literal) < shortest || continues(text, end) || !credentialLike(literal) || isForTests(literal) && !isMixed(literal) || isNameLike(string(literal)) ||
			!isQuote(text[start-1]) && isChain(literal) || end < len(text) && (text[end] == '(' || text[end] == '[') {
			return Match{}, false
		}
		m := Match{Start: start, End: end, Severity: Warning, Confidence: Medium, Message: "Secret of a QA Sphere webhook"}
		return m, isMeantBy(text, name, nameEnd)
	},
}

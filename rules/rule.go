// Package rules defines what qasleaks reports and how it finds it: the grammar of a QA
// Sphere key and of a QA Sphere host, and one [Rule] literal in each file secret_*.go
// and lint_*.go. It does no I/O and knows nothing of git or of networks.
package rules

import (
	"fmt"
	"slices"
)

// Severity is how bad a finding is. The rule sets it, and no later stage lowers it.
type Severity uint8

// The severities, lowest first.
const (
	Note Severity = iota + 1
	Warning
	Error
)

// String returns the name of the severity in reports and flags.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "none"
}

// ParseSeverity is the inverse of [Severity.String]; it accepts "note",
// "warning" and "error".
func ParseSeverity(name string) (Severity, error) {
	for _, s := range []Severity{Note, Warning, Error} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: expected error, warning or note", name)
}

// Confidence is how certain a rule is that a match is a credential.
type Confidence uint8

// The confidences, lowest first.
const (
	Low Confidence = iota + 1
	Medium
	High
)

// String returns the name of the confidence in reports and flags.
func (c Confidence) String() string {
	switch c {
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	}
	return "none"
}

// ParseConfidence is the inverse of [Confidence.String]; it accepts "low",
// "medium" and "high".
func ParseConfidence(name string) (Confidence, error) {
	for _, c := range []Confidence{Low, Medium, High} {
		if c.String() == name {
			return c, nil
		}
	}
	return 0, fmt.Errorf("unknown confidence %q: expected high, medium or low", name)
}

// Reach is how far from its anchor, in bytes to either side, a rule may look. The
// scanner gives Find at least that much text where the blob has it, and judges an
// anchor again only if text within Reach of it has changed.
const Reach = 2048

// Anchor is a literal that is part of every text that its rule can match. The scanner
// searches for anchors, in plain text and in every encoding it knows, and calls the rule
// only there. An anchor is at least three bytes long, and rare in other text.
type Anchor struct {
	Literal string
	// Fold matches ASCII letters in either case. In encoded text it matches the literal
	// as it is, in upper case, and in lower case.
	Fold bool
	// Plain says that it is searched for in plain text only, because it is too short or too
	// common for more.
	Plain bool
	// Name says that Find returns false where [MayName] does.
	Name bool
}

// Rule is a kind of leak or of unsafe practice: how to find it, how bad it is, and what
// to do. To add one, write one literal in one file, and list it in [All].
type Rule struct {
	// ID is in kebab-case and never changes: suppressions and dashboards refer to it.
	ID string
	// Title is one line of at most 60 characters without a full stop: "QA Sphere API key".
	Title string
	// Help is Markdown: what was found, why it matters, and under the heading
	// "Remediation" what to do.
	Help string
	// Severity is the highest severity of a match; each match has its own.
	Severity Severity
	// Confidence is the highest confidence of a match; each match has its own.
	Confidence Confidence
	// Lint says that the rule is about an unsafe practice and not about a leaked key. It
	// looks at files on disk and in the index, never at history, and its findings have
	// no key.
	Lint bool
	// Tuning is what a configuration may change.
	Tuning Tuning
	// Anchors are where Find is called. The anchors of a lint rule are searched for in
	// plain text only.
	Anchors []Anchor
	// Find judges the anchor that begins at text[at]. It reads at most Reach bytes to
	// either side of the anchor, depends on nothing else, and returns false if the rule
	// does not match there. It accepts any input, and neither keeps nor changes text. It
	// is nil for the rule [ClientEmbeddedID], which has no anchors.
	Find func(text []byte, at int) (Match, bool)
	// Check, which a lint rule may have in place of Anchors and Find, judges the files of
	// a scan together.
	Check func(p Project) []Lint
}

// Tuning is what a configuration may change about a rule.
type Tuning struct {
	// Severity replaces the severity of every match; zero to keep it.
	Severity Severity
	// Days is the threshold of a rule; zero for a rule that has none.
	Days int
	// Paths and Exclude are globs of the files that the rule applies to, and of the files
	// that it does not apply to. Without Paths it applies to all.
	Paths, Exclude []string
}

// Match is a literal that a rule found, as a range of the text that the rule was given.
// It has no part of the token.
type Match struct {
	// Start and End bound the literal: text[Start:End], without quotes.
	Start, End int
	// Key is the key that the literal is; the zero Key if it is not one.
	Key Key
	// Severity and Confidence are of this match.
	Severity   Severity
	Confidence Confidence
	// Message says what was found.
	Message string
	// Where completes the message: "in an ApiKey header"; empty if there is nothing to say.
	Where string
	// Subject, of a match of a lint rule, is a name that reports show in the place of the
	// literal. Together with the rule and the path it identifies the finding. It is never
	// a secret. If it is empty, the literal is treated as a secret and masked.
	Subject string
	// Replace, of a match of a lint rule, is the text that fixes the literal; empty if
	// there is no mechanical fix.
	Replace string
	// ByName, of a match of a lint rule, says that it rests on nothing but the name of
	// a variable, so that it counts only where the project speaks of QA Sphere, see [Signs].
	ByName bool
	// Token is the token of a key in pieces, whose parts are apart; else nil.
	Token []Range
}

// Range is a range of a text.
type Range struct{ Start, End int }

// All returns every rule, in order of preference: if several match a literal, the
// first of them names the occurrence.
func All() []Rule {
	return []Rule{
		apikeyHeader,
		qasBearerHeader,
		qasAssignedKey,
		qasOAuthToken,
		qasSessionCookie,
		qasAccountPassword,
		qasWebhookSecret,
		qasSplitKey,
		qasAPIKey,
		qasAPIKeyShort,
		qasClientEmbeddedKey,
		trackedCredentialFile,
		unignoredCredentialFile,
		clientEnvPrefix,
		plaintextCICredential,
		credentialInCILog,
		credentialAsArgument,
		credentialInImage,
		credentialInTestBrowser,
		credentialToUntrustedCode,
		insecureBaseURL,
		tlsVerificationOff,
		wrongBaseURL,
		unhandledAuthFailure,
		keyInURL,
		malformedAPIKeyHeader,
		productionKeyInDevelopment,
		sharedKeyAcrossEnvironments,
		sharedKeyAcrossApplications,
		staleKey,
	}
}

// Select returns the rules with the given IDs, in the order of [All], or all of them if
// ids is empty. An unknown ID is an error.
func Select(ids []string) ([]Rule, error) {
	all := All()
	if len(ids) == 0 {
		return all, nil
	}
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(r Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("unknown rule %q", id)
		}
	}
	return slices.DeleteFunc(all, func(r Rule) bool { return !slices.Contains(ids, r.ID) }), nil
}

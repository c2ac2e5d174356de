// Package rules says what is wrong and how to see it: the grammar of a QA
// Sphere key and one literal for each rule. It is a leaf: no I/O, no git, no
// network.
package rules

import (
	"fmt"
	"slices"
)

// Severity says how bad a finding is. It is set by the rule, and never lowered
// by what is learned later.
type Severity uint8

// The severities, least first.
const (
	Note Severity = iota + 1
	Warning
	Error
)

// String returns the name of the severity as reports and flags write it.
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

// Confidence says how sure a rule is that what it saw is a credential.
type Confidence uint8

// The confidences, least first.
const (
	Low Confidence = iota + 1
	Medium
	High
)

// String returns the name of the confidence as reports and flags write it.
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

// Reach is how far from its anchor, in bytes to either side, a rule may look.
// The scanner hands Find at least that much text where the blob has it, and
// judges an anchor again only when text within Reach of it has changed.
const Reach = 2048

// Anchor is a literal that stands in every text its rule can match. The scanner
// looks for anchors, plain and in every encoding it knows, and asks the rule
// only there. An anchor is at least three bytes long, and rare in other text.
type Anchor struct {
	Literal string
	// Fold matches ASCII letters in either case where the text is plain; in an
	// encoding, the literal as it is, in upper case, and in lower case.
	Fold bool
}

// Rule is one kind of leak: how to find it, how bad it is, what to do.
// A rule is a value; adding one is one file with one literal, listed in All.
type Rule struct {
	// ID is kebab-case and stable: ignores and dashboards refer to it.
	ID string
	// Title is one line without a full stop: "QA Sphere API key".
	Title string
	// Help is Markdown: what was found, why it matters, and under the heading
	// "Remediation" what to do.
	Help string
	// Severity is that of the gravest match; each match has its own.
	Severity Severity
	// Confidence is that of the surest match; each match has its own.
	Confidence Confidence
	// Lint says that the rule is about a habit that leaks keys, and not about a
	// leak: it sees files on disk and in the index, never history, and what it finds
	// has no key.
	Lint bool
	// Tuning is what a configuration may change.
	Tuning Tuning
	// Anchors open a window for Find; any one of them suffices. Those of a lint rule
	// are looked for as they are, in no encoding.
	Anchors []Anchor
	// Find judges the anchor that begins at text[at]. It reads text at most
	// Reach bytes to either side of the anchor, decides by nothing else, and
	// answers false when the anchor belongs to no leak of this kind. It never
	// keeps or changes text, and holds for any input without panicking. It is nil for
	// the rule of [ClientEmbeddedID], which has no anchors.
	Find func(text []byte, at int) (Match, bool)
	// Check, which a lint rule may have in place of Anchors and Find, judges the
	// files of a scan together.
	Check func(p Project) []Lint
}

// Tuning is what a configuration may change of a rule.
type Tuning struct {
	// Severity takes the place of that of every match; zero for each its own.
	Severity Severity
	// Days is a rule's threshold; zero for a rule that has none.
	Days int
	// Paths and Exclude are globs of where the rule holds, and where not; no Paths are
	// everywhere.
	Paths, Exclude []string
}

// Match is one literal that a rule saw, as a range of the text it was given.
// It holds no part of the token.
type Match struct {
	// Start and End bound the literal: text[Start:End], without quotes.
	Start, End int
	// Key tells which key the literal is; the zero Key if it is not one.
	Key Key
	// Severity and Confidence are those of the match.
	Severity   Severity
	Confidence Confidence
	// Message says in a sentence what was found.
	Message string
	// Subject, of a lint rule's match, is what is shown in place of the literal and
	// identifies the finding, with the rule and the path: a name, never a secret. If it
	// is empty the literal is taken for one, and masked.
	Subject string
	// Replace, of a lint rule's match, is what may be written in place of the literal;
	// empty if no edit is mechanical.
	Replace string
	// Token is where the token stands if the literal is a key in pieces, whose parts
	// do not follow one another; else nil.
	Token []Range
}

// Range is a range of a text.
type Range struct{ Start, End int }

// All returns every rule, in order of preference: where several match one
// literal, the first of them names the occurrence.
func All() []Rule {
	return []Rule{
		apikeyHeader,
		qasBearerHeader,
		qasAssignedKey,
		qasOAuthToken,
		qasSplitKey,
		qasAPIKey,
		qasAPIKeyShort,
		qasClientEmbeddedKey,
		trackedCredentialFile,
		unignoredCredentialFile,
		clientEnvPrefix,
		plaintextCICredential,
		credentialInCILog,
		insecureBaseURL,
		keyInURL,
		malformedAPIKeyHeader,
		productionKeyInDevelopment,
		sharedKeyAcrossEnvironments,
		sharedKeyAcrossApplications,
		staleKey,
	}
}

// Select returns the rules with the given IDs, in the order of All; all of them
// if ids is empty. An unknown ID is an error.
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

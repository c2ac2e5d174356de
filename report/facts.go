package report

import (
	"cmp"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// fact is one line about a finding: a label and a value.
type fact struct {
	// id names it in formats for programs, label in those for people.
	id           factID
	label, value string
}

type factID string

const (
	factTenant      factID = "tenant"
	factKeyID       factID = "key_id"
	factCreated     factID = "created"
	factExposed     factID = "exposed"
	factLiveness    factID = "liveness"
	factAnswer      factID = "answer"
	factCreatedBy   factID = "created_by"
	factAccess      factID = "access"
	factAudit       factID = "audit_log"
	factConfidence  factID = "confidence"
	factFingerprint factID = "fingerprint"
	factAllowed     factID = "allowed"
)

// title returns the label as it begins a line.
func (f fact) title() string { return capital(f.label) }

// factsOf returns what is known of a finding, apart from where it is. It has dates, and
// no times relative to now: two reports of the same content are the same. It is the one
// list from which every format for people takes its facts.
func (v *view) factsOf(f *scanner.Finding) []fact {
	var facts []fact
	add := func(id factID, label, value string) {
		if value != "" {
			facts = append(facts, fact{id, label, neutral.Log(value)})
		}
	}
	add(factTenant, "tenant", f.Key.TenantID)
	add(factKeyID, "key ID", f.Key.KeyID)
	if created := f.Key.CreatedAt; !created.IsZero() {
		add(factCreated, "created", date(created))
	}
	add(factExposed, "exposed", exposure(f.Exposure))
	if l := f.Liveness; l != (scanner.Liveness{}) {
		add(factLiveness, "liveness", livenessWords(l))
		if !l.State.Alive() {
			add(factAnswer, "answer", l.Answer.String())
		}
		if a := l.Access; a != nil {
			add(factCreatedBy, "created by", joinKnown(a.User, a.Email, a.Role))
			add(factAccess, "access", a.Summary)
		}
		if a := l.Audit; a != nil {
			add(factAudit, "audit log", a.Summary)
		}
	}
	add(factConfidence, "confidence", f.Confidence.String())
	add(factFingerprint, "fingerprint", f.Fingerprint)
	if n := v.allowed[f.Fingerprint]; n > 0 {
		add(factAllowed, "allowed", count(n, "other place")+", by qasleaks:allow")
	}
	return facts
}

const inClientCode = "in client-side code"

// exposure says where and since when a key is exposed; "" if it is only known to be in a
// file.
func exposure(e scanner.Exposure) string {
	var all []string
	if e.Client {
		all = append(all, inClientCode)
	}
	first, last := e.FirstCommitAt, e.LastSeenAt
	switch {
	case first.IsZero():
	case e.AtHead:
		all = append(all, "at HEAD since "+date(first))
	case last.IsZero():
		all = append(all, "in history since "+date(first))
	default:
		all = append(all, "in history from "+date(first)+" to "+date(last))
	}
	return strings.Join(all, ", ")
}

// livenessWords says what a host said of a key, which host and when.
func livenessWords(l scanner.Liveness) string {
	words := l.State.String()
	if l.Host != "" {
		words += " at " + l.Host
	}
	if !l.CheckedAt.IsZero() {
		words += " on " + l.CheckedAt.UTC().Format("2006-01-02 15:04 UTC")
	}
	if l.Reason != "" {
		words += ": " + l.Reason
	}
	return words
}

// joinKnown joins the texts that are not empty.
func joinKnown(texts ...string) string {
	var known []string
	for _, text := range texts {
		if text != "" {
			known = append(known, text)
		}
	}
	return strings.Join(known, ", ")
}

// title returns what a finding is.
func title(f *scanner.Finding) string { return neutral.Log(f.Rule.Title) }

// name returns what tells a finding from others: the key as QA Sphere lists it, the
// message of a lint finding, or else the title of the rule.
func name(f *scanner.Finding) string {
	switch kindOf(f) {
	case keyFinding, exampleFinding, localFinding:
		return neutral.Log(f.Key.TenantID + "." + f.Key.KeyID)
	case lintFinding:
		return message(f)
	}
	return title(f)
}

// message returns the message of a finding without a full stop.
func message(f *scanner.Finding) string {
	return neutral.Log(strings.TrimSuffix(cmp.Or(f.Message, f.Rule.Title), "."))
}

// saysMore reports whether the message of a finding says more than its title and its facts:
// what is unusual about a key follows a semicolon.
func saysMore(f *scanner.Finding) bool {
	return kindOf(f) != keyFinding || f.Exposure.Client || strings.Contains(f.Message, "; ")
}

// summaryOf says in a few sentences what was found, which key it is, what is known
// of it and where it is, for formats that show each finding as a message.
func (v *view) summaryOf(f *scanner.Finding) string {
	var identity, sentences []string
	for _, fact := range v.factsOf(f) {
		switch fact.id {
		case factTenant, factKeyID, factCreated, factExposed:
			identity = append(identity, fact.label+" "+fact.value)
		case factLiveness, factAnswer, factAccess, factAudit:
			sentences = append(sentences, fact.title()+": "+strings.TrimSuffix(fact.value, "."))
		}
	}
	if len(identity) > 0 {
		sentences = append([]string{capital(strings.Join(identity, ", "))}, sentences...)
	}
	sentences = append([]string{message(f)}, sentences...)
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	if !at.Present() || len(at.Layers) > 0 || at.Original != "" {
		sentences = append(sentences, "In "+strings.TrimSuffix(v.place(at)+": "+v.inShort(at), ": "))
	}
	if others := len(f.Occurrences) - 1; others > 0 {
		sentences = append(sentences, "Also in "+count(others, "other place"))
	}
	return strings.Join(sentences, ". ") + "."
}

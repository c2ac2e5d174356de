package report

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// sentence says what was found and which key it is.
func sentence(f *scanner.Finding) string {
	message := strings.TrimSuffix(f.Message, ".") + "."
	if f.Key == (rules.Key{}) {
		return message
	}
	message += fmt.Sprintf(" Tenant %s, key ID %s", f.Key.TenantID, f.Key.KeyID)
	if !f.Key.CreatedAt.IsZero() {
		message += ", made " + date(f.Key.CreatedAt)
	}
	return message + "." + livenessSentence(f.Liveness)
}

// remedy says in a sentence what to do about a finding.
func remedy(f *scanner.Finding) string {
	switch kind := kindOf(f); {
	case kind == example:
		return "Nothing to revoke: it is an example of the documentation."
	case f.Liveness.State == scanner.Invalid:
		return "It is dead, so there is nothing to revoke: take it out all the same, so that it hides no other."
	case kind == habit:
		return "qasleaks rules " + f.Rule.ID + " says what to do instead; a key that it has exposed must be rotated, too."
	case f.Rule.ID == "qas-oauth-token":
		return "End the login with `qasphere auth logout` where it was made, and ignore the file it is kept in."
	case kind == literal:
		return "Revoke it where it was made, and read the new one from the environment or a secret manager."
	}
	return "Revoke it in QA Sphere's web application (Settings → API Keys), then read the new key from the environment or a secret manager."
}

// keyName names what was found as the web application lists it, or else by its
// rule.
func keyName(f *scanner.Finding) string {
	if f.Key == (rules.Key{}) {
		return f.Rule.Title
	}
	return f.Key.TenantID + "." + f.Key.KeyID
}

// urgent returns the findings that count, most urgent first: by severity, then
// keys before other literals, live ones first and dead ones last, and what is in
// the checkout before what is only in history.
func urgent(findings []scanner.Finding) []*scanner.Finding {
	var found []*scanner.Finding
	for i := range findings {
		if findings[i].Suppressed == nil {
			found = append(found, &findings[i])
		}
	}
	rank := func(f *scanner.Finding) int {
		switch {
		case f.Liveness.State.Alive():
			return 0
		case f.Liveness.State == scanner.Invalid:
			return 3
		case isPresentFinding(f):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(found, func(a, b *scanner.Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity), cmp.Compare(kindOf(a), kindOf(b)), cmp.Compare(rank(a), rank(b)),
		)
	})
	return found
}

// fromRoot returns a path of an occurrence relative to the root of the checkout,
// which is taken to be where the scan was started, or the target if that is
// elsewhere.
func (p *printer) fromRoot(name string) string { return fromRoot(p.r.Base, p.o.Dir, name) }

func fromRoot(base, dir, name string) string {
	isAbs := func(name string) bool { return path.IsAbs(name) || filepath.IsAbs(filepath.FromSlash(name)) }
	within := func(name string) string {
		if dir == "" || !isAbs(name) {
			return name
		}
		if rel, err := filepath.Rel(dir, filepath.FromSlash(name)); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
		return name
	}
	if isAbs(name) {
		return within(name)
	}
	if base = within(filepath.ToSlash(base)); base != "" && filepath.IsLocal(filepath.FromSlash(base)) {
		return path.Join(base, name)
	}
	return name
}

// primaryOccurrence returns the index of the occurrence to show where only one
// is: one that a reader finds in the checkout, if there is any.
func primaryOccurrence(occurrences []scanner.Occurrence) int {
	for i, at := range occurrences {
		if isPresent(at) && at.Suppressed == nil {
			return i
		}
	}
	for i, at := range occurrences {
		if isPresent(at) {
			return i
		}
	}
	return 0
}

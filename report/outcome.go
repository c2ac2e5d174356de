package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// outcome says in a sentence what was found. It never says that there are no keys,
// only that none were found in what was read.
func (v *view) outcome() string {
	c := v.result.Coverage
	switch {
	case v.nothingRead():
		return capital(v.nothingToScan()) + "."
	case len(v.found) > 0:
		return "Found " + v.foundWords() + "."
	case !c.Complete():
		return "No keys found in what could be read."
	case v.tally.hidden() > 0:
		return "No other keys found in " + v.amount() + "."
	}
	return "No keys found in " + v.amount() + "."
}

func (v *view) nothingRead() bool { return v.result.Coverage.Files+v.result.Coverage.Objects == 0 }

// mostSevere returns the highest severity of the findings; false if there are none.
func (v *view) mostSevere() (rules.Severity, bool) {
	for _, s := range []rules.Severity{rules.Error, rules.Warning, rules.Note} {
		if v.tally.severities[s] > 0 {
			return s, true
		}
	}
	return 0, false
}

// verdict is the outcome with what to do first.
func (v *view) verdict() string { return strings.TrimSpace(v.outcome() + " " + v.first()) }

// foundWords says how many of what were found, and how severe they are.
func (v *view) foundWords() string {
	var kinds, severities []string
	for _, k := range []struct {
		kind kind
		noun string
	}{{keyFinding, "key"}, {otherFinding, "other credential"}, {exampleFinding, "documented example"}, {localFinding, "local key"}, {lintFinding, "lint finding"}} {
		n := v.tally.kinds[k.kind]
		if n == 0 {
			continue
		}
		text := count(n, k.noun)
		if k.kind == keyFinding {
			text += v.tally.checked()
		}
		kinds = append(kinds, text)
	}
	for _, s := range []rules.Severity{rules.Error, rules.Warning, rules.Note} {
		if n := v.tally.severities[s]; n > 0 {
			severities = append(severities, count(n, s.String()))
		}
	}
	return enumerate(kinds) + ": " + enumerate(severities)
}

// checked says how many of the keys are live, invalid and unverifiable.
func (t *tally) checked() string {
	var words []string
	for _, state := range []struct {
		n    int
		word string
	}{{t.live, "live"}, {t.invalid, "invalid"}, {t.unverifiable, "unverifiable"}} {
		if state.n > 0 {
			words = append(words, number(state.n)+" "+state.word)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// notChecked says how many keys were to be verified and could not be asked about; "" if
// there are none.
func (v *view) notChecked() string {
	if v.tally.unverifiable == 0 {
		return ""
	}
	return count(v.tally.unverifiable, "key") + " not checked: no host given."
}

// firstKey returns the key to revoke first; nil if there is none.
func (v *view) firstKey() *scanner.Finding {
	if len(v.tally.keys) == 0 {
		return nil
	}
	return v.tally.keys[0]
}

// first says which key to revoke first, and why that one.
func (v *view) first() string {
	f := v.firstKey()
	switch {
	case f == nil:
		return ""
	case v.options.Moment == BeforeMessage:
		return "Remove it from the message."
	case v.options.Moment == BeforePush:
		return "Remove it from the commits before you push."
	case v.tally.onlyStaged():
		return "Remove it before you commit."
	case v.options.Moment == OnInput:
		return ""
	case v.tally.kinds[keyFinding] == 1:
		return "Revoke it first."
	}
	return "Revoke " + name(f) + " first" + v.reason() + "."
}

// reason says why the first key is more urgent than the last; "" if it only has
// been exposed for longer.
func (v *view) reason() string {
	first, last := v.load(v.tally.keys[0]), v.load(v.tally.keys[len(v.tally.keys)-1])
	switch {
	case first.Liveness.State.Alive():
		return ": it is live"
	case first.Urgency() == last.Urgency():
		return ""
	case first.Urgency() == scanner.UrgencyClient:
		return ": it is in client-side code"
	case first.Urgency() == scanner.UrgencyFiles:
		return ": it is still in the files"
	case first.Urgency() == scanner.UrgencyHistory:
		return ": it is in the history"
	}
	return ""
}

// state says in a few words whether the key of a finding is live, and where it is
// now.
func (v *view) state(f *scanner.Finding) string {
	switch {
	case f.Liveness.State.Alive():
		return "live, " + v.whereNow(f)
	case f.Liveness.State == scanner.Invalid:
		return "invalid, " + v.whereNow(f)
	}
	return v.whereNow(f)
}

func (v *view) whereNow(f *scanner.Finding) string {
	switch f.Urgency() {
	case scanner.UrgencyClient:
		return inClientCode
	case scanner.UrgencyFiles:
		switch {
		case onlyStaged(f):
			return "staged"
		case v.options.Moment == BeforeMessage:
			return "in the message"
		case v.options.Moment == OnInput:
			return "in the input"
		}
		return "in the files"
	case scanner.UrgencyHistory:
		return "only in history"
	case scanner.UrgencyUnreachable:
		return "only in unreachable objects"
	}
	if v.hasHistory() && !f.Rule.Lint {
		return "in the files, not committed"
	}
	return "in the files"
}

func onlyStaged(f *scanner.Finding) bool {
	for i := range f.Occurrences {
		if at := &f.Occurrences[i]; at.Present() && at.Object != scanner.ObjectIndex {
			return false
		}
	}
	return true
}

// suppressedWords counts what is suppressed: "2 suppressed (1 inline, 1 config)."
func (v *view) suppressedWords() string {
	var by []string
	for _, name := range []string{"inline", "config", "baseline"} {
		if n := v.tally.suppressed[name]; n > 0 {
			by = append(by, number(n)+" "+name)
		}
	}
	if len(by) == 0 {
		return ""
	}
	return number(v.tally.hidden()) + " suppressed (" + strings.Join(by, ", ") + ")."
}

// incomplete says that the scan is, and why; "" if it is complete.
func (v *view) incomplete() string {
	n := len(v.skips(scanner.SkipFailed))
	if n == 0 {
		return ""
	}
	return "The scan is incomplete: " + count(n, "item") + " could not be read."
}

// coverageNotes are the remarks on what was covered.
func (v *view) coverageNotes() []string {
	var notes []string
	for _, note := range v.result.Coverage.Notes {
		notes = append(notes, neutral.Log(note))
	}
	if v.result.Coverage.Shallow {
		notes = append(notes, "This is a shallow clone: the history before it was not scanned. Run git fetch --unshallow to get it.")
	}
	return notes
}

// covered says how much was read.
func (v *view) covered() string {
	c := v.result.Coverage
	switch v.options.Moment {
	case BeforeCommit:
		return count(c.Files, "staged file")
	case BeforePush:
		return count(c.Objects, "new object")
	case BeforeMessage:
		return "the commit message"
	case OnInput:
		return "standard input"
	}
	text := count(c.Files, "file")
	if c.Objects > 0 {
		text += " and " + count(c.Objects, "object") + " (" + count(c.Refs, "ref") + ")"
	}
	return text
}

// amount says how much was read, of which repository if paths do not say so, and how long
// it took.
func (v *view) amount() string {
	of := ""
	if base := v.result.Base; len(v.result.Repositories) > 0 && base != "" && base != "." && v.options.Moment == AnyTime {
		of = " of " + neutral.Log(base)
	}
	return v.covered() + of + v.effort()
}

// effort says how many bytes were read, and how long it took.
func (v *view) effort() string {
	c := v.result.Coverage
	text := ", " + plural.Size(c.Bytes)
	if c.Seconds > 0 {
		text += " in " + duration(c.Seconds)
	}
	return text
}

// shortScan is how many seconds a scan takes at most whose speed tells nothing.
const shortScan = 5

// speed returns how fast the scan was, after its amount; "" for a short scan.
func speed(c scanner.Coverage) string {
	if c.Seconds <= shortScan {
		return ""
	}
	return " (" + plural.Short(float64(c.Bytes)/1e6/c.Seconds) + " MB/s)"
}

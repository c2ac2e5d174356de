package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// notRead lists what was not read and why: failures apart from decisions.
func (p *printer) notRead() {
	var failed, leftOut []scanner.Skip
	for _, s := range p.r.Coverage.Skipped {
		if s.Kind == scanner.SkipFailed {
			failed = append(failed, s)
		} else {
			leftOut = append(leftOut, s)
		}
	}
	p.skips(p.paint(red, "Could not be read")+p.paint(bold, " ("+number(len(failed))+")"), failed, maxFailed)
	p.skips(p.paint(bold, "Left out by policy ("+number(len(leftOut))+")"), leftOut, maxLeftOut)
}

func (p *printer) skips(heading string, skips []scanner.Skip, limit int) {
	if len(skips) == 0 {
		return
	}
	p.line("%s", heading)
	for _, s := range skips[:min(len(skips), limit)] {
		where, why := "  "+neutral.Log(s.Path), neutral.Log(s.Reason)
		if cells(where)+2+cells(why) <= p.width {
			p.line("%s: %s", where, why)
			continue
		}
		p.line("%s:", where)
		p.prose("      ", why)
	}
	if left := len(skips) - limit; left > 0 {
		p.line("  %s", p.paint(faint, "+"+number(left)+" more; --format json lists all"))
	}
	p.line("")
}

// coverageNotes are the remarks on what was covered.
func coverageNotes(c scanner.Coverage) []string {
	notes := listed(c.Notes)
	if c.Shallow {
		notes = append(notes[:len(notes):len(notes)], "The history is cut short, since this is a shallow clone: git fetch --unshallow brings the rest.")
	}
	return notes
}

// summary ends the report with what was read, how many were found and how bad
// they are, and what to do first. It never says that nothing is there, only
// that nothing was found in what was read.
func (p *printer) summary() {
	c := p.r.Coverage
	for _, note := range coverageNotes(c) {
		p.prose("note: ", neutral.Log(note))
	}
	if hidden := p.hidden(); hidden != "" {
		p.prose("", hidden)
	}
	if failed := p.countFailed(); c.Files+c.Objects > 0 && (p.tally.found() > 0 || failed > 0) {
		p.prose("", "Read "+amount(c)+pace(c)+".")
		p.incomplete(failed)
	}
	p.conclude(p.outcomeStyle(), p.outcome())
	if first := p.first(); first != "" {
		p.conclude(bold, first)
	}
}

// outcome says in a sentence what was found.
func (p *printer) outcome() string {
	c := p.r.Coverage
	switch {
	case c.Files+c.Objects == 0:
		return "Nothing was read, so nothing can be said."
	case p.tally.found() > 0:
		return "Found " + p.foundWords() + "."
	case !c.Complete():
		return "No keys found in what could be read."
	case p.hidden() != "":
		return "No other keys found in " + amount(c) + "."
	}
	return "No keys found in " + amount(c) + "."
}

func (p *printer) outcomeStyle() style {
	switch c := p.r.Coverage; {
	case c.Files+c.Objects == 0:
		return yellow
	case p.tally.found() > 0:
		return p.gravest()
	case !c.Complete():
		return yellow
	}
	return green
}

// verdict is the outcome with what to do first.
func (p *printer) verdict() string { return strings.TrimSpace(p.outcome() + " " + p.first()) }

func (p *printer) countFailed() int {
	n := 0
	for _, s := range p.r.Coverage.Skipped {
		if s.Kind == scanner.SkipFailed {
			n++
		}
	}
	return n
}

func (p *printer) incomplete(failed int) {
	if failed > 0 {
		p.conclude(red, "The scan is incomplete: "+count(failed, "thing")+" could not be read.")
	}
}

// conclude writes a sentence in a style of its own.
func (p *printer) conclude(s style, text string) {
	for _, line := range wrap(text, min(p.width, maxProse)) {
		p.line("%s", p.paint(s, line))
	}
}

// covered says how many things were read.
func covered(c scanner.Coverage) string {
	text := count(c.Files, "file")
	if c.Objects > 0 {
		text += " and " + count(c.Objects, "object") + " (" + count(c.Refs, "ref") + ")"
	}
	return text
}

// amount says how much was read and how long it took.
func amount(c scanner.Coverage) string {
	text := covered(c) + ", " + size(c.Bytes)
	if c.Seconds > 0 {
		text += " in " + duration(c.Seconds)
	}
	return text
}

func pace(c scanner.Coverage) string {
	if c.Seconds <= 0 {
		return ""
	}
	return ", " + short(float64(c.Bytes)/1e6/c.Seconds) + " MB/s"
}

func (p *printer) gravest() style {
	for _, s := range []rules.Severity{rules.Error, rules.Warning} {
		if p.tally.severities[s] > 0 {
			return severityStyle(s)
		}
	}
	return severityStyle(rules.Note)
}

// foundWords says how many of what, and how bad.
func (p *printer) foundWords() string {
	t := p.tally
	var kinds, severities []string
	if n := len(t.keys) + t.dead; n > 0 {
		kinds = append(kinds, count(n, "key")+t.asked())
	}
	if t.literals > 0 {
		kinds = append(kinds, count(t.literals, "credential"))
	}
	if t.examples > 0 {
		kinds = append(kinds, count(t.examples, "example"))
	}
	if t.habits > 0 {
		kinds = append(kinds, count(t.habits, "habit"))
	}
	for _, s := range []rules.Severity{rules.Error, rules.Warning, rules.Note} {
		if n := t.severities[s]; n > 0 {
			severities = append(severities, count(n, s.String()))
		}
	}
	return enumerate(kinds) + ": " + enumerate(severities)
}

// firstKey returns the key to revoke first; nil if there is none.
func (p *printer) firstKey() *scanner.Finding {
	if len(p.tally.keys) == 0 {
		return nil
	}
	return p.tally.keys[0]
}

// first says which key to revoke first, and why that one.
func (p *printer) first() string {
	keys := p.tally.keys
	switch {
	case len(keys) == 0:
		return ""
	case p.tally.onlyStaged():
		return "Take it out before you commit."
	case keys[0].Liveness.State.Alive() && (len(keys) > 1 || p.tally.dead > 0):
		return "Revoke first " + neutral.Log(keyName(keys[0])) + ", which is live."
	case len(keys) == 1 && p.tally.dead == 0:
		return "Revoke it first."
	case isPresentFinding(keys[0]) && !isPresentFinding(keys[len(keys)-1]):
		return "Revoke first " + neutral.Log(keyName(keys[0])) + ", which still is in the files."
	}
	return "Revoke first " + neutral.Log(keyName(keys[0])) + "."
}

// hidden counts what is suppressed: "2 suppressed (1 inline, 1 config)."
func (p *printer) hidden() string {
	total, by := 0, []string{}
	for _, name := range []string{"inline", "config", "baseline"} {
		if n := p.tally.suppressed[name]; n > 0 {
			total += n
			by = append(by, number(n)+" "+name)
		}
	}
	if total == 0 {
		return ""
	}
	return number(total) + " suppressed (" + strings.Join(by, ", ") + ")."
}

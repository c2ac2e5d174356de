package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Rules of this output:
//   - What a person acts on comes last, where the terminal is: what to do, then how
//     much was read, then the outcome.
//   - A place is a line of its own, path:line:column, so that a click opens it.
//   - Colour repeats what words say.
//   - Lines are as wide as the terminal, and 80 where there is none. Only a path, a
//     command or a name that cannot be broken is wider.
//   - Long lists are cut, and say how much is left out and where it is shown.

// Limits of what is listed.
const (
	maxFrames  = 3  // occurrences of a finding shown with a frame
	maxPlaces  = 10 // occurrences of a finding shown without one
	maxNames   = 3  // refs, reflog entries
	maxKeys    = 10 // keys under "What to do"
	maxFailed  = 10 // items that could not be read
	maxSkipped = 5  // items skipped by policy
	maxTable   = 20 // repositories
)

const moreInJSON = " more; --format json lists all"

// Text writes what a person reads: each finding with its places, what to do about
// them, what was read and what was not, and the outcome. Suppressed findings are
// only counted.
func Text(w io.Writer, r *scanner.Result, o Options) error {
	t := &textReport{view: newView(r, o), terminal: newTerminal(w, r, o)}
	for f := range t.each(t.found) {
		t.finding(f)
	}
	t.repositoryTable()
	t.whatToDo()
	t.notRead()
	t.summary()
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write text report: %w", err)
	}
	return nil
}

// textReport draws a view on a terminal.
type textReport struct {
	*view
	*terminal
}

func (t *textReport) heading(text string) { t.line("%s", t.paint(bold, text)) }

// more says how many items of a list are left out, if any.
func (t *textReport) more(indent string, n int) {
	if n > 0 {
		t.line("%s%s", indent, t.paint(faint, "+"+number(n)+moreInJSON))
	}
}

// finding writes the title of a finding, the first place, the facts, and then the
// source of each place.
func (t *textReport) finding(f *scanner.Finding) {
	s := severityStyle(f.Severity)
	rule := t.link(rulesURI+f.Rule.ID, t.paint(s, f.Severity.String()+"["+f.Rule.ID+"]"))
	t.line("%s%s %s", rule, t.paint(bold, ":"), t.paint(bold, title(f)))
	shown := make([]bool, len(f.Occurrences))
	frames := 0
	for i := range f.Occurrences {
		at := &f.Occurrences[i]
		// After the first, those in the checkout have to be edited.
		if frames == maxFrames || i > 0 && !at.Present() {
			break
		}
		if i > 0 {
			t.line("")
		}
		t.line("%s", t.linkFile(at, t.paint(bold, t.place(at))))
		if i == 0 {
			t.facts(f)
		}
		t.source(f, at, s)
		shown[i] = true
		frames++
	}
	t.places(f.Occurrences, shown)
	t.line("")
}

// facts writes what is known of a finding apart from where it is. The message is
// left out where it says no more than the title and the facts.
func (t *textReport) facts(f *scanner.Finding) {
	if saysMore(f) {
		t.paragraph("  ", message(f), plain)
	}
	var items []labelled
	for _, fact := range t.factsOf(f) {
		s := plain
		switch {
		case fact.id == factConfidence && f.Confidence == rules.High, fact.id == factKeyID:
			continue // the key is shown as a whole
		case fact.id == factTenant:
			fact.label, fact.value = "key", name(f)
		case fact.id == factLiveness && f.Liveness.State.Alive():
			s = red
		case fact.id == factFingerprint && t.options.ShowSecrets:
			items = append(items, labelled{"value", neutral.Log(f.Secret.Reveal()), plain})
		}
		items = append(items, labelled{fact.label, fact.value, s})
	}
	t.flow("  ", items)
}

// source writes the source of an occurrence and the remarks on it.
func (t *textReport) source(f *scanner.Finding, at *scanner.Occurrence, s style) {
	if hasMark(at.Frame) {
		t.frame(at.Frame, s)
	}
	for _, note := range t.notes(f, at) {
		t.note(at.Frame, note)
	}
}

// places writes the occurrences that have not been shown, a line each.
func (t *textReport) places(occurrences []scanner.Occurrence, shown []bool) {
	listed, left := 0, 0
	for i := range occurrences {
		switch {
		case shown[i]:
		case listed == maxPlaces:
			left++
		default:
			if listed == 0 {
				t.line("")
				t.line("%s", t.paint(faint, "  also in:"))
			}
			t.listPlace(&occurrences[i])
			listed++
		}
	}
	t.more("  ", left)
}

func (t *textReport) listPlace(at *scanner.Occurrence) {
	place, words := t.place(at), t.inShort(at)
	shown := "  " + t.linkFile(at, place)
	if words == "" {
		t.line("%s", shown)
		return
	}
	if cells(place)+4+cells(words) <= t.width {
		t.line("%s  %s", shown, t.paint(faint, words))
		return
	}
	t.line("%s", shown)
	t.paragraph("      ", words, faint)
}

// whatToDo says once for all findings how to act on them.
func (t *textReport) whatToDo() {
	if len(t.found) == 0 {
		return
	}
	t.heading("What to do")
	for i, step := range t.steps() {
		t.paragraph(fmt.Sprintf("  %d. ", i+1), step.text+step.end(step.keys), plain)
		if step.keys {
			t.keyList()
		}
		for _, command := range step.commands {
			t.line("       %s", t.paint(bold, command))
		}
	}
	for _, remark := range t.remarks() {
		t.paragraph("  -  ", remark, plain)
	}
	t.line("")
}

// keyList names the keys to revoke, as the web application lists them.
func (t *textReport) keyList() {
	keys := t.tally.keys
	shown := keys[:min(len(keys), maxKeys)]
	width := 0
	for _, f := range shown {
		width = max(width, cells(neutral.Log(f.Key.TenantID)))
	}
	for _, f := range shown {
		tenant := fmt.Sprintf("%-*s", width, neutral.Log(f.Key.TenantID))
		t.line("       tenant %s  key ID %s", t.paint(bold, tenant), t.paint(bold, neutral.Log(f.Key.KeyID)))
	}
	t.more("       ", len(keys)-len(shown))
}

// notRead lists what was not read and why: failures apart from decisions.
func (t *textReport) notRead() {
	t.skipList("Could not be read", red, t.skips(scanner.SkipFailed), maxFailed)
	t.skipList("Skipped by policy", bold, t.skips(scanner.SkipPolicy), maxSkipped)
}

func (t *textReport) skipList(heading string, s style, skips []scanner.Skip, limit int) {
	if len(skips) == 0 {
		return
	}
	t.line("%s%s", t.paint(s, heading), t.paint(bold, " ("+number(len(skips))+")"))
	for _, s := range skips[:min(len(skips), limit)] {
		where, why := "  "+neutral.Log(s.Path)+":", neutral.Log(s.Reason)
		if cells(where)+1+cells(why) <= t.width {
			t.line("%s %s", where, why)
			continue
		}
		t.line("%s", where)
		t.paragraph("      ", why, plain)
	}
	t.more("  ", len(skips)-limit)
	t.line("")
}

// repositoryTable writes what the repositories have, the worst first. Those with nothing
// are only counted.
func (t *textReport) repositoryTable() {
	all := t.repositories()
	if len(all) == 0 {
		return
	}
	shown := slices.DeleteFunc(slices.Clone(all), func(r repositoryRow) bool { return r.findings == 0 && !r.broken() })
	t.line("%s", t.paint(bold, "Repositories ("+number(len(all))+")"))
	for _, r := range shown[:min(len(shown), maxTable)] {
		t.paragraph("  "+neutral.Log(r.Name)+": ", neutral.Log(r.outcome()), plain)
	}
	t.more("  ", len(shown)-maxTable)
	if clean := len(all) - len(shown); clean > 0 {
		t.line("  without findings: %s", number(clean))
	}
	t.line("")
}

// summary ends the report with what was read, how many findings there are and how
// severe they are, and what to do first.
func (t *textReport) summary() {
	for _, note := range t.coverageNotes() {
		t.paragraph("note: ", note, plain)
	}
	if text := t.suppressedWords(); text != "" {
		t.paragraph("", text, plain)
	}
	c, incomplete := t.result.Coverage, t.incomplete()
	if !t.nothingRead() && (len(t.found) > 0 || incomplete != "") {
		t.paragraph("", "Scanned "+t.amount()+speed(c)+".", plain)
		t.paragraph("", incomplete, red)
	}
	t.paragraph("", t.outcome(), t.outcomeStyle())
	t.paragraph("", t.first(), bold)
	t.paragraph("", t.notChecked(), severityStyle(rules.Warning))
}

func (t *textReport) outcomeStyle() style {
	severity, found := t.mostSevere()
	switch {
	case found && !t.nothingRead():
		return severityStyle(severity)
	case t.nothingRead(), !t.result.Coverage.Complete():
		return severityStyle(rules.Warning)
	}
	return green
}

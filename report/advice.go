package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// kind is what a finding is to somebody who has to act on it.
type kind int

const (
	leakedKey kind = iota // a key of a tenant
	literal               // something in the place of a key that is none
	example               // a key that QA Sphere's documentation shows
)

func kindOf(f *scanner.Finding) kind {
	switch {
	case f.Key.Documented():
		return example
	case f.Key == (rules.Key{}):
		return literal
	}
	return leakedKey
}

// tally is what a result comes to.
type tally struct {
	keys       []*scanner.Finding // those to revoke, most urgent first
	literals   int
	examples   int
	live, dead int // keys that were asked about; the dead are not among keys
	severities map[rules.Severity]int
	suppressed map[string]int // by what suppresses them
	// Where keys and literals are; examples do not count.
	present, staged, history, unreachable bool
}

func newTally(findings []scanner.Finding) tally {
	t := tally{severities: map[rules.Severity]int{}, suppressed: map[string]int{}}
	var past []*scanner.Finding
	for i := range findings {
		f := &findings[i]
		if f.Suppressed != nil {
			t.suppressed[f.Suppressed.By]++
			continue
		}
		t.severities[f.Severity]++
		switch kindOf(f) {
		case example:
			t.examples++
			continue
		case literal:
			t.literals++
		case leakedKey:
			switch state := f.Liveness.State; {
			case state == scanner.Invalid:
				t.dead++
			case state.Alive():
				t.live++
				t.keys = append(t.keys, f)
			case isPresentFinding(f):
				t.keys = append(t.keys, f)
			default:
				past = append(past, f)
			}
		}
		t.locate(f)
	}
	t.keys = append(t.keys, past...)
	return t
}

func (t *tally) locate(f *scanner.Finding) {
	for _, at := range f.Occurrences {
		switch {
		case at.Object == scanner.ObjectIndex:
			t.staged = true
		case isPresent(at):
			t.present = true
		}
		switch {
		case isUnreachable(at):
			t.unreachable = true
		case at.Commit != nil || at.OID != "" && at.Reachable:
			t.history = true
		}
	}
}

func isPresentFinding(f *scanner.Finding) bool {
	for _, at := range f.Occurrences {
		if isPresent(at) {
			return true
		}
	}
	return false
}

// found is the number of findings that are not suppressed.
func (t *tally) found() int { return len(t.keys) + t.dead + t.literals + t.examples }

// whatToDo says once for all findings how to act on them, in the order in which
// it helps: a key that is revoked is harmless wherever it still stands, and one
// that is only deleted is not.
func (p *printer) whatToDo() {
	t := p.tally
	if t.found() == 0 {
		return
	}
	p.heading("What to do")
	p.steps()
	if t.dead > 0 {
		p.advice("-", deadAdvice(t.dead))
	}
	if t.literals > 0 {
		p.advice("-", "A credential that is no whole key belongs to QA Sphere or to another service with ApiKey headers, such as Elasticsearch: revoke it there.")
	}
	if t.examples > 0 {
		p.advice("-", "The example keys of QA Sphere's documentation open nothing: nothing to revoke. See that no real key takes their place in the file.")
	}
	p.advice("-", "Not a leak? Write qasleaks:allow in a comment on its line, or list its fingerprint under ignore in .qasleaks.yml.")
	p.line("")
}

// steps says what to do about keys.
func (p *printer) steps() {
	t := p.tally
	n := 0
	step := func(format string, args ...any) {
		n++
		p.advice(fmt.Sprintf("%d.", n), fmt.Sprintf(format, args...))
	}
	if len(t.keys) > 0 {
		step("Revoke %s in QA Sphere's web application, Settings → API Keys. This alone stops the leak:", theKeys(len(t.keys)))
		p.keyList()
		step("Make a new key, and keep it in an environment variable (QAS_TOKEN, QASPHERE_API_KEY) or a secret manager, never in a file that is committed.")
	}
	if t.staged {
		step("Take it out of what is staged: edit the file, then git add it again.")
	}
	switch {
	case t.present && p.r.Coverage.Objects > 0:
		step("Take it out of the files above, and commit.")
	case t.present:
		step("Take it out of the files above.")
	}
	if t.history && len(t.keys) > 0 {
		step("Clean the history only after that, if at all: clones and forks keep what they have. Write a file with a line like this for each key, for the options --replace-text and --replace-message of git filter-repo:")
		p.command(filterExpression(t.keys[0].Key))
	}
	if t.unreachable {
		step("Then drop the objects that no ref reaches; the reflog and older stashes go with them:")
		p.command("git reflog expire --expire=now --all && git gc --prune=now")
	}
}

func theKeys(n int) string {
	if n == 1 {
		return "this key"
	}
	return "these " + number(n) + " keys"
}

func (p *printer) advice(bullet, text string) { p.prose("  "+fmt.Sprintf("%-2s", bullet)+" ", text) }

func (p *printer) command(text string) { p.line("       %s", p.paint(bold, text)) }

// keyList names the keys to revoke, as the web application lists them.
func (p *printer) keyList() {
	keys := p.tally.keys
	width := 0
	for _, f := range keys[:min(len(keys), maxKeys)] {
		width = max(width, cells(f.Key.TenantID))
	}
	for i, f := range keys {
		if i == maxKeys {
			p.line("       +%s more; --format json lists all", number(len(keys)-maxKeys))
			return
		}
		p.line("       tenant %s  key %s", p.paint(bold, fmt.Sprintf("%-*s", width, neutral(f.Key.TenantID))), p.paint(bold, neutral(f.Key.KeyID)))
	}
}

// filterExpression is the line for git filter-repo that finds a key by what is
// no secret of it. Its syntax is that of --replace-text in git-filter-repo(1),
// with Python's regular expressions.
func filterExpression(k rules.Key) string {
	return `regex:` + regexp.QuoteMeta(k.TenantID+"."+k.KeyID+".") + `[\w-]+==>REMOVED`
}

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
		where, why := "  "+neutral(s.Path), neutral(s.Reason)
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
		p.prose("note: ", neutral(note))
	}
	failed, hidden := p.countFailed(), p.hidden()
	if hidden != "" {
		p.prose("", hidden)
	}
	switch {
	case c.Files+c.Objects == 0:
		p.conclude(yellow, "Nothing was read, so nothing can be said.")
	case p.tally.found() > 0:
		p.prose("", "Read "+amount(c)+pace(c)+".")
		p.incomplete(failed)
		p.conclude(p.gravest(), "Found "+p.foundWords()+".")
	case failed > 0:
		p.prose("", "Read "+amount(c)+pace(c)+".")
		p.incomplete(failed)
		p.conclude(yellow, "No keys found in what could be read.")
	case hidden != "":
		p.conclude(green, "No other keys found in "+amount(c)+".")
	default:
		p.conclude(green, "No keys found in "+amount(c)+".")
	}
	if first := p.first(); first != "" {
		p.conclude(bold, first)
	}
}

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

// amount says how much was read and how long it took.
func amount(c scanner.Coverage) string {
	text := count(c.Files, "file")
	if c.Objects > 0 {
		text += " and " + count(c.Objects, "object") + " (" + count(c.Refs, "ref") + ")"
	}
	text += ", " + size(c.Bytes)
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
	for _, s := range []rules.Severity{rules.Error, rules.Warning, rules.Note} {
		if n := t.severities[s]; n > 0 {
			severities = append(severities, count(n, s.String()))
		}
	}
	return enumerate(kinds) + ": " + enumerate(severities)
}

// first says which key to revoke first, and why that one.
func (p *printer) first() string {
	keys := p.tally.keys
	if len(keys) == 0 {
		return ""
	}
	if len(keys) == 1 && p.tally.dead == 0 {
		return "Revoke it first."
	}
	key := neutral(keys[0].Key.TenantID) + "." + neutral(keys[0].Key.KeyID)
	if keys[0].Liveness.State.Alive() {
		return "Revoke first " + key + ", which is live."
	}
	if isPresentFinding(keys[0]) && !isPresentFinding(keys[len(keys)-1]) {
		return "Revoke first " + key + ", which still is in the files."
	}
	return "Revoke first " + key + "."
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

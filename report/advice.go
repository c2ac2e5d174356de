package report

import (
	"fmt"
	"regexp"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// kind is what a finding is to somebody who has to act on it.
type kind int

const (
	leakedKey kind = iota // a key of a tenant
	literal               // something in the place of a key that is none
	example               // a key that QA Sphere's documentation shows
	habit                 // what leaks keys sooner or later
)

func kindOf(f *scanner.Finding) kind {
	switch {
	case f.Rule.Lint:
		return habit
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
	habits     int
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
		case habit:
			t.habits++
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

// onlyStaged reports whether all there is would come with the next commit.
func (t *tally) onlyStaged() bool {
	return t.staged && !t.present && !t.history && !t.unreachable
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
func (t *tally) found() int { return len(t.keys) + t.dead + t.literals + t.examples + t.habits }

// step is one thing to do, in the order in which it helps.
type step struct {
	// text has no full stop, since a list may follow it.
	text string
	// keys says that the keys of the tally are listed below it.
	keys bool
	// commands are to be typed.
	commands []string
	// purge says that it is about history.
	purge bool
}

// steps says how to act on keys: a key that is revoked is harmless wherever it
// still stands, and one that is only deleted is not. committed says that there is
// a history.
func (t *tally) steps(committed bool) []step {
	var steps []step
	add := func(text string, commands ...string) { steps = append(steps, step{text: text, commands: commands}) }
	if t.onlyStaged() {
		add("Take it out of what is staged: edit the file, then git add it again. Nothing is committed yet, so there is nothing to revoke if it is nowhere else")
		add("Keep it in an environment variable (QAS_TOKEN, QASPHERE_API_KEY) or a secret manager, never in a file that is committed")
		return steps
	}
	if len(t.keys) > 0 {
		steps = append(steps, step{keys: true, text: fmt.Sprintf(
			"Revoke %s in QA Sphere's web application, Settings → API Keys. This alone stops the leak", theKeys(len(t.keys)))})
		add("Make a new key, and keep it in an environment variable (QAS_TOKEN, QASPHERE_API_KEY) or a secret manager, never in a file that is committed")
	}
	if t.staged {
		add("Take it out of what is staged: edit the file, then git add it again")
	}
	switch {
	case t.present && committed:
		add("Take it out of the files, and commit")
	case t.present:
		add("Take it out of the files")
	}
	if t.history && len(t.keys) > 0 {
		add("Clean the history only after that, if at all: clones and forks keep what they have. Write a file with a line like this for each key, for the options --replace-text and --replace-message of git filter-repo",
			filterExpression(t.keys[0].Key))
		steps[len(steps)-1].purge = true
	}
	if t.unreachable {
		add("Then drop the objects that no ref reaches; the reflog and older stashes go with them", dropUnreachable)
	}
	return steps
}

const dropUnreachable = "git reflog expire --expire=now --all && git gc --prune=now"

// remarks says how to act on what is no key to revoke.
func (t *tally) remarks() []string {
	var remarks []string
	if t.dead > 0 {
		remarks = append(remarks, deadAdvice(t.dead))
	}
	if t.literals > 0 {
		remarks = append(remarks, "A credential that is no whole key belongs to QA Sphere or to another service with ApiKey headers, such as Elasticsearch: revoke it there.")
	}
	if t.examples > 0 {
		remarks = append(remarks, "The example keys of QA Sphere's documentation open nothing: nothing to revoke. See that no real key takes their place in the file.")
	}
	if t.habits > 0 {
		remarks = append(remarks, "Habits lead to leaks: the fix, or \"qasleaks rules ID\", says what to do instead. A key that such a line has exposed must be rotated as well.")
	}
	return append(remarks, "Not a leak? Write qasleaks:allow in a comment on its line, or list its fingerprint under ignore in .qasleaks.yml.")
}

func theKeys(n int) string {
	if n == 1 {
		return "this key"
	}
	return "these " + number(n) + " keys"
}

// filterExpression is the line for git filter-repo that finds a key by what is
// no secret of it. Its syntax is that of --replace-text in git-filter-repo(1),
// with Python's regular expressions.
func filterExpression(k rules.Key) string {
	return `regex:` + regexp.QuoteMeta(k.TenantID+"."+k.KeyID+".") + `[\w-]+==>REMOVED`
}

// whatToDo says once for all findings how to act on them.
func (p *printer) whatToDo() {
	t := p.tally
	if t.found() == 0 {
		return
	}
	p.heading("What to do")
	for i, step := range t.steps(p.r.Coverage.Objects > 0) {
		end := "."
		if step.keys || len(step.commands) > 0 {
			end = ":"
		}
		p.advice(fmt.Sprintf("%d.", i+1), step.text+end)
		if step.keys {
			p.keyList()
		}
		for _, command := range step.commands {
			p.line("       %s", p.paint(bold, command))
		}
	}
	for _, remark := range t.remarks() {
		p.advice("-", remark)
	}
	p.line("")
}

func (p *printer) advice(bullet, text string) { p.prose("  "+fmt.Sprintf("%-2s", bullet)+" ", text) }

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
		p.line("       tenant %s  key %s", p.paint(bold, fmt.Sprintf("%-*s", width, neutral.Log(f.Key.TenantID))), p.paint(bold, neutral.Log(f.Key.KeyID)))
	}
}

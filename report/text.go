package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Rules of this output:
//   - What a person acts on comes last, where the terminal stands: what to do,
//     then how much was read, then the sum of it.
//   - A place is a line of its own, path:line:column, so that a click opens it.
//   - Colour repeats what words say, and says nothing alone.
//   - Lines are as wide as the terminal, and 80 where there is none; only a
//     path, a command or a name that cannot be broken is wider.
//   - Long lists are cut, and say how much is left out and where it is shown.

// Limits of what is listed.
const (
	maxFrames  = 3  // occurrences of a finding shown with a frame
	maxPlaces  = 10 // occurrences of a finding shown without one
	maxNames   = 3  // refs, reflog entries
	maxKeys    = 10 // keys under "What to do"
	maxFailed  = 10 // things that could not be read
	maxLeftOut = 5  // things left out by policy
)

const (
	defaultWidth = 80
	minWidth     = 40
	maxProse     = 100 // wider prose is hard to read
)

// Text writes what a person reads: each finding with its places, what to do
// about them, what was read and what was not, and the sum. Suppressed findings
// are only counted.
func Text(w io.Writer, r *scanner.Result, o Options) error {
	p := newPrinter(w, r, o)
	for i := range r.Findings {
		if r.Findings[i].Suppressed == nil {
			p.finding(&r.Findings[i])
		}
	}
	p.whatToDo()
	p.notRead()
	p.summary()
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write text report: %w", err)
	}
	return nil
}

// style is a terminal's way of showing text: parameters of Select Graphic
// Rendition (ECMA-48, 8.3.117), from the sixteen colours that a theme may set.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "1;31"
	yellow style = "1;33"
	green  style = "1;32"
	cyan   style = "1;36"
)

func severityStyle(s rules.Severity) style {
	switch s {
	case rules.Error:
		return red
	case rules.Warning:
		return yellow
	}
	return cyan
}

// printer writes a text report. Its writer keeps the first error and gives it
// when flushed.
type printer struct {
	w     *bufio.Writer
	r     *scanner.Result
	o     Options
	width int
	now   time.Time
	tally tally
}

func newPrinter(w io.Writer, r *scanner.Result, o Options) *printer {
	now := o.Now
	if now.IsZero() {
		now = time.Now()
	}
	return &printer{
		w: bufio.NewWriter(w), r: r, o: o, now: now, tally: newTally(r.Findings),
		width: max(cmp.Or(o.Width, defaultWidth), minWidth),
	}
}

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.w, format, args...)
	_ = p.w.WriteByte('\n')
}

func (p *printer) paint(s style, text string) string {
	if !p.o.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// prose writes text in lines that fit, the first after lead, the others below
// its end.
func (p *printer) prose(lead, text string) {
	indent := cells(lead)
	for _, line := range wrap(text, min(p.width, maxProse)-indent) {
		p.line("%s%s", lead, line)
		lead = strings.Repeat(" ", indent)
	}
}

// heading begins a part of the report.
func (p *printer) heading(text string) { p.line("%s", p.paint(bold, text)) }

func (p *printer) finding(f *scanner.Finding) {
	s := severityStyle(f.Severity)
	title := neutral.Log(f.Rule.Title)
	if f.Confidence < rules.High {
		title += " (" + f.Confidence.String() + " confidence)"
	}
	rule := p.link(rulesURI+f.Rule.ID, p.paint(s, f.Severity.String()+"["+f.Rule.ID+"]"))
	p.line("%s%s %s", rule, p.paint(bold, ":"), p.paint(bold, title))
	if kindOf(f) != leakedKey || f.Exposure.Client {
		p.prose("  ", neutral.Log(f.Message))
	}
	p.facts(f)
	shown := p.framed(f, s)
	p.places(f.Occurrences, shown)
	p.line("")
}

// facts writes what is known of a finding apart from where it is.
func (p *printer) facts(f *scanner.Finding) {
	if f.Key != (rules.Key{}) {
		p.fact("tenant", neutral.Log(f.Key.TenantID))
		p.fact("key ID", neutral.Log(f.Key.KeyID))
	}
	if p.o.ShowSecrets {
		p.fact("value", neutral.Log(f.Secret.Reveal()))
	}
	if made := f.Key.CreatedAt; !made.IsZero() {
		p.fact("made", made.UTC().Format("2006-01-02 15:04 UTC")+", "+ago(made, p.now))
	}
	if exposed := p.exposure(f.Exposure); exposed != "" {
		p.fact("exposed", exposed)
	}
	p.liveness(f.Liveness)
	p.fact("fingerprint", f.Fingerprint)
}

func (p *printer) fact(label, text string) { p.styledFact(label, text, plain) }

// styledFact writes a fact in as many lines as it takes.
func (p *printer) styledFact(label, text string, s style) {
	const indent = 15
	for _, line := range wrap(text, min(p.width, maxProse)-indent) {
		p.line("  %s  %s", p.paint(faint, fmt.Sprintf("%-11s", label)), p.paint(s, line))
		label = ""
	}
}

// exposure says since when and how far a key is exposed; "" if all that is known
// is that it is in a file.
func (p *printer) exposure(e scanner.Exposure) string {
	var words []string
	if e.Client {
		words = append(words, "in client code")
	}
	first, last := e.FirstCommitAt, e.LastSeenAt
	switch {
	case first.IsZero():
	case e.AtHead:
		words = append(words, "since "+date(first)+", "+ago(first, p.now), "still at HEAD")
	case last.IsZero():
		words = append(words, "in history since "+date(first)+", "+ago(first, p.now))
	default:
		words = append(words, "in history from "+date(first)+" to "+date(last)+" ("+count(e.Days, "day")+")")
	}
	return strings.Join(words, ", ")
}

// framed writes the occurrences that are worth a frame: the first, and others
// that are in the checkout, since those have to be edited. It returns how each
// occurrence was dealt with.
func (p *printer) framed(f *scanner.Finding, s style) []bool {
	shown := make([]bool, len(f.Occurrences))
	frames := 0
	for i, at := range f.Occurrences {
		if frames == maxFrames || i > 0 && !isPresent(at) {
			break
		}
		p.line("")
		p.line("%s", p.linkPlace(at, p.paint(bold, p.place(at))))
		if hasMark(at.Frame) {
			p.frame(at.Frame, s)
		}
		for _, note := range p.notes(f, at) {
			p.note(at.Frame, note)
		}
		shown[i] = true
		frames++
	}
	return shown
}

func (p *printer) note(f scanner.Frame, text string) {
	lead := strings.Repeat(" ", gutterWidth(f)+1)
	lines := wrap(text, p.width-len(lead)-2)
	for i, line := range lines {
		if i == 0 {
			p.line("%s%s %s", lead, p.paint(faint, "="), line)
		} else {
			p.line("%s  %s", lead, line)
		}
	}
}

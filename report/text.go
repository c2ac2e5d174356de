package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	title := neutral(f.Rule.Title)
	if f.Confidence < rules.High {
		title += " (" + f.Confidence.String() + " confidence)"
	}
	p.line("%s%s %s", p.paint(s, f.Severity.String()+"["+f.Rule.ID+"]"), p.paint(bold, ":"), p.paint(bold, title))
	if kindOf(f) != leakedKey {
		p.prose("  ", neutral(f.Message))
	}
	p.facts(f)
	shown := p.framed(f, s)
	p.places(f.Occurrences, shown)
	p.line("")
}

// facts writes what is known of a finding apart from where it is.
func (p *printer) facts(f *scanner.Finding) {
	if f.Key != (rules.Key{}) {
		p.fact("tenant", neutral(f.Key.TenantID))
		p.fact("key ID", neutral(f.Key.KeyID))
	}
	if p.o.ShowSecrets {
		p.fact("value", neutral(f.Secret.Reveal()))
	}
	if made := f.Key.CreatedAt; !made.IsZero() {
		p.fact("made", made.UTC().Format("2006-01-02 15:04 UTC")+", "+ago(made, p.now))
	}
	if exposed := p.exposure(f.Exposure); exposed != "" {
		p.fact("exposed", exposed)
	}
	p.fact("fingerprint", f.Fingerprint)
}

func (p *printer) fact(label, text string) {
	p.line("  %s  %s", p.paint(faint, fmt.Sprintf("%-11s", label)), text)
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
		p.line("%s", p.paint(bold, p.place(at)))
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

// place writes where an occurrence is, so that an editor opens it.
func (p *printer) place(at scanner.Occurrence) string {
	name := placeName(at)
	if (at.OnDisk || at.Object == scanner.ObjectFile) && p.r.Base != "" && p.r.Base != "." && !path.IsAbs(name) {
		name = path.Join(filepath.ToSlash(p.r.Base), name)
	}
	name = neutral(name)
	if at.Line < 1 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, at.Line, max(at.Column, 1))
}

// placeName is the path of an occurrence, or what there is where no tree gives
// its blob a name.
func placeName(at scanner.Occurrence) string {
	if at.Path != "" {
		return at.Path
	}
	return ".git/" + string(at.Object) + "/" + at.OID
}

// notes says how an occurrence came to be and where it still is.
func (p *printer) notes(f *scanner.Finding, at scanner.Occurrence) []string {
	var notes []string
	if len(at.Layers) > 0 {
		notes = append(notes, "inside "+neutral(strings.Join(at.Layers, ", ")))
	}
	if at.Rule.ID != f.Rule.ID {
		notes = append(notes, "seen by "+at.Rule.ID+": "+neutral(at.Rule.Title))
	}
	if c := at.Commit; c != nil {
		notes = append(notes, origin(at.Object)+" "+commitLine(*c))
	}
	if c := at.RemovedBy; c != nil {
		notes = append(notes, "removed by "+commitLine(*c))
	}
	if where := p.whereabouts(at); where != "" {
		notes = append(notes, where)
	}
	if s := at.Suppressed; s != nil {
		notes = append(notes, strings.TrimSuffix("suppressed ("+neutral(s.By)+"): "+neutral(s.Reason), ": "))
	}
	return notes
}

// origin says how a commit and a thing that it holds belong together.
func origin(kind scanner.ObjectKind) string {
	switch kind {
	case scanner.ObjectCommit:
		return "in the message of"
	case scanner.ObjectTag:
		return "in the message of a tag on"
	case scanner.ObjectNote:
		return "in a note on"
	}
	return "added by"
}

func originInShort(kind scanner.ObjectKind) string {
	switch kind {
	case scanner.ObjectCommit, scanner.ObjectTag, scanner.ObjectNote:
		return string(kind) + " message,"
	}
	return "added"
}

func commitLine(c scanner.Commit) string {
	name, _, _ := strings.Cut(c.Author, " <")
	line := shortSHA(c.SHA)
	if !c.Date.IsZero() {
		line += " on " + date(c.Date)
	}
	if name != "" {
		line += " by " + cutRight(neutral(name), 30)
	}
	if c.Summary != "" {
		line += ": " + cutRight(neutral(c.Summary), 72)
	}
	return line
}

// shortSHA abbreviates an object ID to what even a large repository tells apart.
func shortSHA(sha string) string {
	return neutral(sha[:min(len(sha), 10)])
}

// whereabouts says where an occurrence still is; "" where its path says it all.
func (p *printer) whereabouts(at scanner.Occurrence) string {
	var words []string
	switch {
	case at.OnDisk && at.AtHead:
		words = append(words, "on disk and at HEAD")
	case at.AtHead:
		words = append(words, "at HEAD")
	case at.Object == scanner.ObjectIndex:
		words = append(words, "staged for the next commit")
	case at.OnDisk && p.r.Coverage.Objects > 0 && at.Commit == nil && len(at.Refs) == 0:
		words = append(words, "on disk, in no commit")
	case at.OnDisk && p.r.Coverage.Objects > 0:
		words = append(words, "on disk")
	}
	if len(at.Refs) > 0 {
		words = append(words, "reachable from "+firstFew(refNames(at.Refs), maxNames))
	}
	if len(at.Reflogs) > 0 {
		only := ""
		if !at.Reachable {
			only = "in no ref, only "
		}
		words = append(words, only+"in the reflog at "+firstFew(neutrals(at.Reflogs), maxNames))
	}
	if isUnreachable(at) && len(at.Reflogs) == 0 {
		words = append(words, "in no ref; still on disk until git gc prunes it")
	}
	return strings.Join(words, "; ")
}

// refNames shortens the full names of refs as git does in its own output.
func refNames(refs []string) []string {
	names := neutrals(refs)
	for i, name := range names {
		switch {
		case strings.HasPrefix(name, "refs/tags/"):
			names[i] = "tag " + strings.TrimPrefix(name, "refs/tags/")
		case strings.HasPrefix(name, "refs/heads/"):
			names[i] = strings.TrimPrefix(name, "refs/heads/")
		case strings.HasPrefix(name, "refs/remotes/"):
			names[i] = strings.TrimPrefix(name, "refs/remotes/")
		case name == "refs/stash":
			names[i] = "the stash"
		}
	}
	return names
}

// neutrals makes neutral as many of the texts as are shown.
func neutrals(texts []string) []string {
	shown := slices.Clone(texts)
	for i := range min(len(shown), maxNames) {
		shown[i] = neutral(shown[i])
	}
	return shown
}

// isPresent reports whether an occurrence is in the checkout or about to be
// committed, rather than in history only.
func isPresent(at scanner.Occurrence) bool {
	return at.OnDisk || at.AtHead || at.Object == scanner.ObjectFile || at.Object == scanner.ObjectIndex
}

// isUnreachable reports whether an occurrence is in an object that no ref
// reaches.
func isUnreachable(at scanner.Occurrence) bool {
	return !at.Reachable && !isPresent(at) && at.Object != ""
}

// places writes the occurrences that have not been shown, a line each.
func (p *printer) places(occurrences []scanner.Occurrence, shown []bool) {
	listed, left := 0, 0
	for i, at := range occurrences {
		switch {
		case shown[i]:
		case listed == maxPlaces:
			left++
		default:
			if listed == 0 {
				p.line("")
				p.line("%s", p.paint(faint, "  also in"))
			}
			p.listPlace(at)
			listed++
		}
	}
	if left > 0 {
		p.line("  %s", p.paint(faint, "+"+number(left)+" more; --format json lists all"))
	}
}

func (p *printer) listPlace(at scanner.Occurrence) {
	place, history := "  "+p.place(at), p.inShort(at)
	if history == "" {
		p.line("%s", place)
		return
	}
	if cells(place)+2+cells(history) <= p.width {
		p.line("%s  %s", place, p.paint(faint, history))
		return
	}
	p.line("%s", place)
	for _, line := range wrap(history, p.width-6) {
		p.line("      %s", p.paint(faint, line))
	}
}

// inShort says of an occurrence what notes does, on a line.
func (p *printer) inShort(at scanner.Occurrence) string {
	var words []string
	if len(at.Layers) > 0 {
		words = append(words, neutral(strings.Join(at.Layers, ", ")))
	}
	if at.Commit != nil {
		words = append(words, originInShort(at.Object)+" "+shortCommit(*at.Commit))
	}
	if at.RemovedBy != nil {
		words = append(words, "removed "+shortCommit(*at.RemovedBy))
	}
	switch {
	case at.OnDisk && at.AtHead:
		words = append(words, "on disk and at HEAD")
	case at.AtHead:
		words = append(words, "at HEAD")
	case at.OnDisk:
		words = append(words, "on disk")
	case at.Object == scanner.ObjectIndex:
		words = append(words, "staged")
	case isUnreachable(at) && len(at.Reflogs) > 0:
		words = append(words, "reflog only")
	case isUnreachable(at):
		words = append(words, "in no ref")
	}
	return strings.Join(words, ", ")
}

func shortCommit(c scanner.Commit) string {
	if c.Date.IsZero() {
		return shortSHA(c.SHA)
	}
	return date(c.Date) + " " + shortSHA(c.SHA)
}

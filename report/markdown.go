package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxMarkdown is how many bytes a Markdown report has at most. GitHub refuses a
// comment of more than 65,536 characters, and drops a step summary over 1 MiB.
const maxMarkdown = 60_000

// markdownMark begins each Markdown report, unseen, so that a workflow finds its
// own comment again and updates it.
const markdownMark = "<!-- qasleaks -->"

// Markdown writes GitHub Flavored Markdown for a comment on a pull request or a
// step summary: the sum, a table of the findings, what to do, every place, and
// what was read; as much of it as fits into 60,000 bytes, most urgent first.
// Whatever came from the scanned tree stands in code spans, where it neither
// links nor mentions anybody.
func Markdown(w io.Writer, r *scanner.Result, o Options) error {
	m := &markdown{printer: newPrinter(nil, r, o)}
	m.summary()
	m.table()
	m.whatToDo()
	m.places()
	m.coverage()
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write Markdown report: %w", err)
	}
	return nil
}

// markdown is a report in the making.
type markdown struct {
	*printer
	text strings.Builder
}

// fits adds text if there is room for it with as much more.
func (m *markdown) fits(text string, reserve int) bool {
	if m.text.Len()+len(text)+reserve > maxMarkdown {
		return false
	}
	m.text.WriteString(text)
	return true
}

// Each part leaves this much room for those that come after it.
const (
	afterTable  = 16_000
	afterPlaces = 6_000
	afterPart   = 200 // to close it, and say what is left out
)

func (m *markdown) summary() {
	t := m.tally
	fmt.Fprintf(&m.text, "%s\n### qasleaks\n\n", markdownMark)
	fmt.Fprintf(&m.text, "**%s**", m.outcome())
	if key := m.firstKey(); key != nil && len(t.keys) > 1 {
		fmt.Fprintf(&m.text, " Revoke %s first, %s.", markdownCode(keyName(key)), state(key))
	}
	m.text.WriteString("\n")
	if n := m.countFailed(); n > 0 {
		fmt.Fprintf(&m.text, "\n**The scan is incomplete:** %s could not be read.\n", count(n, "thing"))
	}
	if hidden := m.hidden(); hidden != "" {
		fmt.Fprintf(&m.text, "\n%s\n", hidden)
	}
}

func (m *markdown) table() {
	found := urgent(m.r.Findings)
	if len(found) == 0 {
		return
	}
	m.text.WriteString("\n| | what | where | exposed |\n|---|---|---|---|\n")
	for i, f := range found {
		if !m.fits(m.row(f), afterTable) {
			fmt.Fprintf(&m.text, "\n%s more; `--format json` lists all.\n", number(len(found)-i))
			return
		}
	}
}

func (m *markdown) row(f *scanner.Finding) string {
	at := f.Occurrences[primaryOccurrence(f.Occurrences)]
	what := neutral.Markdown(f.Rule.Title)
	switch kindOf(f) {
	case literal:
	case habit:
		what += "<br>" + neutral.Markdown(f.Message)
	default:
		what += "<br>" + markdownCode(keyName(f))
	}
	where := markdownCode(m.place(at))
	if words := m.inShort(at); words != "" && !isPresent(at) {
		where += "<br>" + neutral.Markdown(words)
	}
	if others := len(f.Occurrences) - 1; others > 0 {
		where += "<br>and " + count(others, "other place")
	}
	exposed := m.exposure(f.Exposure)
	if f.Liveness != (scanner.Liveness{}) {
		exposed = strings.TrimPrefix(exposed+"<br>", "<br>") + "**" + f.Liveness.State.String() + "**"
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", f.Severity, what, where, exposed)
}

func (m *markdown) whatToDo() {
	t := m.tally
	if t.found() == 0 {
		return
	}
	m.text.WriteString("\n#### What to do\n\n")
	for i, step := range t.steps(m.r.Coverage.Objects > 0) {
		end := "." // the keys are in the table
		if len(step.commands) > 0 {
			end = ":"
		}
		fmt.Fprintf(&m.text, "%d. %s%s\n", i+1, neutral.MarkdownWords(step.text), end)
		for _, command := range step.commands {
			fmt.Fprintf(&m.text, "   ```\n   %s\n   ```\n", neutral.Log(command))
		}
	}
	for _, remark := range t.remarks() {
		fmt.Fprintf(&m.text, "\n%s\n", neutral.MarkdownWords(remark))
	}
}

// places lists every place of every finding, folded.
func (m *markdown) places() {
	found := urgent(m.r.Findings)
	if len(found) == 0 || !m.fits("\n<details><summary>Every place</summary>\n\n", afterPlaces) {
		return
	}
	for i, f := range found {
		heading := fmt.Sprintf("- %s %s, fingerprint `%s`\n", neutral.Markdown(f.Rule.Title), markdownCode(keyName(f)), f.Fingerprint)
		if kind := kindOf(f); kind == literal || kind == habit {
			heading = fmt.Sprintf("- %s, fingerprint `%s`\n", neutral.Markdown(f.Rule.Title), f.Fingerprint)
		}
		if !m.fits(heading, afterPlaces) {
			fmt.Fprintf(&m.text, "\n%s more; `--format json` lists all.\n", count(len(found)-i, "finding"))
			break
		}
		for j, at := range f.Occurrences {
			line := "  - " + markdownCode(m.place(at))
			if words := m.inShort(at); words != "" {
				line += " " + neutral.Markdown(words)
			}
			if j == maxPlaces || !m.fits(line+"\n", afterPlaces) {
				fmt.Fprintf(&m.text, "  - and %s more\n", number(len(f.Occurrences)-j))
				break
			}
		}
	}
	m.text.WriteString("\n</details>\n")
}

// coverage says what was read and what was not, folded.
func (m *markdown) coverage() {
	c := m.r.Coverage
	if len(c.Skipped)+len(coverageNotes(c)) == 0 {
		fmt.Fprintf(&m.text, "\nRead %s.\n", amount(c))
		return
	}
	fmt.Fprintf(&m.text, "\n<details><summary>Read %s</summary>\n\n", amount(c))
	for _, note := range coverageNotes(c) {
		if !m.fits("- "+neutral.Markdown(neutral.Log(note))+"\n", afterPart) {
			break
		}
	}
	for i, s := range c.Skipped {
		kind := "left out by policy"
		if s.Kind == scanner.SkipFailed {
			kind = "could not be read"
		}
		line := fmt.Sprintf("- %s: %s: %s\n", kind, markdownCode(s.Path), markdownCode(s.Reason))
		if i == maxFailed || !m.fits(line, afterPart) {
			fmt.Fprintf(&m.text, "- and %s more; `--format json` lists all\n", number(len(c.Skipped)-i))
			break
		}
	}
	m.text.WriteString("\n</details>\n")
}

// maxSpan is how many cells of text a code span shows at most.
const maxSpan = 200

// markdownCode makes a code span of a text from the scanned tree.
func markdownCode(text string) string {
	return neutral.MarkdownCode(cutRight(neutral.Log(text), maxSpan))
}

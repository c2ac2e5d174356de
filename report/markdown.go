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

// markdownMark begins each Markdown report, invisibly, so that a workflow finds its
// own comment again and updates it.
const markdownMark = "<!-- qasleaks -->"

// Markdown writes GitHub Flavored Markdown for a comment on a pull request or a
// step summary: the outcome, a table of the findings, what to do, all locations, and
// what was read; as much of it as fits into 60,000 bytes, the most urgent first.
func Markdown(w io.Writer, r *scanner.Result, o Options) error {
	m := &markdown{view: newView(r, o)}
	m.summary()
	m.table()
	m.whatToDo()
	m.locations()
	m.coverage()
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write Markdown report: %w", err)
	}
	return nil
}

// markdown is a report in the making.
type markdown struct {
	*view
	text strings.Builder
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.text, format, args...) }

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
	afterTable     = 16_000
	afterLocations = 6_000
	afterPart      = 200 // to close it, and say what is left out
)

const moreInMarkdown = " more; `--format json` lists all"

func (m *markdown) summary() {
	m.printf("%s\n### qasleaks\n\n**%s**", markdownMark, m.outcome())
	if len(m.tally.keys) > 1 {
		m.printf(" Revoke %s first%s.", markdownCode(name(m.firstKey())), m.reason())
	}
	m.printf("\n")
	for _, text := range []string{m.incomplete(), m.notChecked()} {
		if text != "" {
			m.printf("\n**%s**\n", text)
		}
	}
	if text := m.suppressedWords(); text != "" {
		m.printf("\n%s\n", text)
	}
}

func (m *markdown) table() {
	if len(m.found) == 0 {
		return
	}
	m.printf("\n| Severity | Finding | Location | Exposed |\n|---|---|---|---|\n")
	for i, f := range m.found {
		if !m.fits(m.row(m.load(f)), afterTable) {
			m.printf("\n%s%s.\n", number(len(m.found)-i), moreInMarkdown)
			return
		}
	}
}

func (m *markdown) row(f *scanner.Finding) string {
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	where := markdownCode(m.place(at))
	if words := m.inShort(at); words != "" && (!at.Present() || len(at.Layers) > 0 || at.Original != "") {
		where += "<br>" + neutral.Markdown(words)
	}
	if others := len(f.Occurrences) - 1; others > 0 {
		where += "<br>and " + count(others, "other place")
	}
	var exposed string
	for _, fact := range m.factsOf(f) {
		switch fact.id {
		case factExposed:
			exposed = fact.value
		case factLiveness:
			exposed = strings.TrimPrefix(exposed+"<br>", "<br>") + "**" + f.Liveness.State.String() + "**"
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", f.Severity, markdownFinding(f, "<br>"), where, exposed)
}

// markdownFinding names a finding: its title, and what tells it from others.
func markdownFinding(f *scanner.Finding, separator string) string {
	text := neutral.Markdown(title(f))
	switch kindOf(f) {
	case keyFinding, exampleFinding, localFinding:
		text += separator + markdownCode(name(f))
	case lintFinding:
		text += separator + neutral.Markdown(name(f))
	}
	return text
}

func (m *markdown) whatToDo() {
	if len(m.found) == 0 {
		return
	}
	m.printf("\n#### What to do\n\n")
	for i, step := range m.steps() {
		// The keys are in the table.
		m.printf("%d. %s%s\n", i+1, neutral.MarkdownWords(step.text), step.end(false))
		if len(step.commands) == 0 {
			continue
		}
		m.printf("   ```sh\n")
		for _, command := range step.commands {
			m.printf("   %s\n", neutral.Log(command))
		}
		m.printf("   ```\n")
	}
	for _, remark := range m.remarks() {
		m.printf("\n%s\n", neutral.MarkdownWords(remark))
	}
}

// locations lists every place of every finding, folded.
func (m *markdown) locations() {
	if len(m.found) == 0 || !m.fits("\n<details><summary>All locations</summary>\n\n", afterLocations) {
		return
	}
	for i, f := range m.found {
		f = m.load(f)
		heading := fmt.Sprintf("- %s, fingerprint `%s`\n", markdownFinding(f, " "), f.Fingerprint)
		if !m.fits(heading, afterLocations) {
			m.printf("\n%s%s.\n", number(len(m.found)-i), moreInMarkdown)
			break
		}
		if saysMore(f) && kindOf(f) != lintFinding {
			m.fits("  - "+neutral.Markdown(message(f))+"\n", afterLocations)
		}
		for _, fact := range m.factsOf(f) {
			if fact.id == factLiveness || fact.id == factAnswer {
				m.fits("  - "+fact.label+": "+neutral.Markdown(fact.value)+"\n", afterLocations)
			}
		}
		for j := range f.Occurrences {
			at := &f.Occurrences[j]
			line := "  - " + markdownCode(m.place(at))
			if words := m.inShort(at); words != "" {
				line += " " + neutral.Markdown(words)
			}
			if j == maxPlaces || !m.fits(line+"\n", afterLocations) {
				m.printf("  - %s%s\n", number(len(f.Occurrences)-j), moreInMarkdown)
				break
			}
		}
	}
	m.printf("\n</details>\n")
}

// coverage says what was read and what was not, folded.
func (m *markdown) coverage() {
	c, notes := m.result.Coverage, m.coverageNotes()
	if len(c.Skipped)+len(notes) == 0 {
		m.printf("\nScanned %s.\n", m.amount())
		return
	}
	m.printf("\n<details><summary>Scanned %s</summary>\n\n", m.amount())
	for _, note := range notes {
		if !m.fits("- "+neutral.Markdown(note)+"\n", afterPart) {
			break
		}
	}
	for i, s := range c.Skipped {
		kind := "skipped by policy"
		if s.Kind == scanner.SkipFailed {
			kind = "could not be read"
		}
		line := fmt.Sprintf("- %s: %s: %s\n", kind, markdownCode(s.Path), markdownCode(s.Reason))
		if i == maxFailed || !m.fits(line, afterPart) {
			m.printf("- %s%s\n", number(len(c.Skipped)-i), moreInMarkdown)
			break
		}
	}
	m.printf("\n</details>\n")
}

// maxSpan is how many cells of text a code span shows at most.
const maxSpan = 200

// markdownCode makes a code span of a text from the scanned tree.
func markdownCode(text string) string {
	return neutral.MarkdownCode(cutRight(neutral.Log(text), maxSpan))
}

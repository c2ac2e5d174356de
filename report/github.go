package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxAnnotations is how many of one level GitHub shows for a step; more are
// dropped without a word.
const maxAnnotations = 10

// GitHub writes workflow commands that become annotations of the files of a pull
// request ("Workflow commands for GitHub Actions"): the ten worst findings, then
// how many there are in all, and whether something could not be read. Those that
// are not in the checkout are annotations of the step.
func GitHub(w io.Writer, r *scanner.Result, o Options) error {
	p := newPrinter(w, r, o)
	worst := urgent(r.Findings)
	for _, f := range worst[:min(len(worst), maxAnnotations)] {
		p.annotation(f)
	}
	if n := p.countFailed(); n > 0 {
		p.workflowCommand("warning", []property{{"title", "qasleaks: the scan is incomplete"}},
			count(n, "thing")+" could not be read; the other formats say what and why.")
	}
	total := p.verdict()
	if left := len(worst) - maxAnnotations; left > 0 {
		total += fmt.Sprintf(" The worst %d are annotated.", maxAnnotations)
	}
	p.line("%s", total)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write GitHub annotations: %w", err)
	}
	return nil
}

func (p *printer) annotation(f *scanner.Finding) {
	at := f.Occurrences[primaryOccurrence(f.Occurrences)]
	text := sentence(f)
	properties := []property{{"title", f.Rule.Title}}
	if isPresent(at) && at.Line > 0 {
		place := []property{
			{"file", p.fromRoot(at.Path)},
			{"line", fmt.Sprint(at.Line)},
			{"endLine", fmt.Sprint(max(at.EndLine, at.Line))},
		}
		if at.EndLine == at.Line && at.Column > 0 {
			place = append(place, property{"col", fmt.Sprint(at.Column)}, property{"endColumn", fmt.Sprint(at.EndColumn)})
		}
		properties = append(place, properties...)
	} else {
		text += " In " + p.place(at)
		if words := p.inShort(at); words != "" {
			text += ", " + words
		}
		text += "."
	}
	if others := len(f.Occurrences) - 1; others > 0 {
		text += " It is in " + count(others, "other place") + ", too."
	}
	p.workflowCommand(githubLevel(f.Severity), properties, text, remedy(f))
}

// githubLevel names a severity as workflow commands do.
func githubLevel(s rules.Severity) string {
	if s == rules.Note {
		return "notice"
	}
	return s.String()
}

// property is a name of a workflow command with its value.
type property struct{ name, value string }

// workflowCommand writes one command on one line.
func (p *printer) workflowCommand(name string, properties []property, lines ...string) {
	values := make([]string, len(properties))
	for i, property := range properties {
		values[i] = property.name + "=" + neutral.WorkflowProperty(property.value)
	}
	p.line("::%s %s::%s", name, strings.Join(values, ","), neutral.WorkflowData(lines...))
}

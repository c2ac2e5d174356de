package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// maxAnnotations is how many of one level GitHub shows for a step; it drops the
// others silently.
const maxAnnotations = 10

// GitHub writes workflow commands that become annotations of the files of a pull
// request ("Workflow commands for GitHub Actions"): the ten most urgent findings,
// then the outcome, and whether something could not be read. Findings that are not
// in the checkout are annotations of the step.
func GitHub(w io.Writer, r *scanner.Result, o Options) error {
	g := &annotations{view: newView(r, o), w: bufio.NewWriter(w)}
	shown := g.found[:min(len(g.found), maxAnnotations)]
	for f := range g.each(shown) {
		g.annotate(f)
	}
	if n := len(g.skips(scanner.SkipFailed)); n > 0 {
		g.command("warning", []property{{"title", "qasleaks: incomplete scan"}},
			count(n, "item")+" could not be read. The other formats say which and why.")
	}
	if text := g.notChecked(); text != "" {
		g.command("warning", []property{{"title", "qasleaks: keys not checked"}},
			text+" Name it with the input url of the action, with --url or in QAS_URL.")
	}
	total := g.verdict()
	if len(g.found) > len(shown) {
		total += fmt.Sprintf(" The %d most urgent findings are annotated.", len(shown))
	}
	fmt.Fprintln(g.w, total)
	if err := g.w.Flush(); err != nil {
		return fmt.Errorf("write GitHub annotations: %w", err)
	}
	return nil
}

// annotations are workflow commands in the making.
type annotations struct {
	*view
	w *bufio.Writer
}

func (g *annotations) annotate(f *scanner.Finding) {
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	properties := []property{{"title", f.Rule.Title}}
	if at.Present() && at.Line > 0 {
		place := []property{
			{"file", g.fromRoot(at.Path)},
			{"line", fmt.Sprint(at.Line)},
			{"endLine", fmt.Sprint(max(at.EndLine, at.Line))},
		}
		if at.EndLine == at.Line && at.Column > 0 {
			place = append(place, property{"col", fmt.Sprint(at.Column)}, property{"endColumn", fmt.Sprint(at.EndColumn)})
		}
		properties = append(place, properties...)
	}
	g.command(githubLevel(f.Severity), properties, g.summaryOf(f), remedy(f))
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

// command writes one command on one line.
func (g *annotations) command(name string, properties []property, lines ...string) {
	values := make([]string, len(properties))
	for i, property := range properties {
		values[i] = property.name + "=" + neutral.WorkflowProperty(property.value)
	}
	fmt.Fprintf(g.w, "::%s %s::%s\n", name, strings.Join(values, ","), neutral.WorkflowData(lines...))
}

package report

import (
	"fmt"
	"io"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Concise writes a line for each finding, as compilers do:
//
//	src/api.js:3:10: error[qas-api-key] TENANT.KEYID made 2025-01-02 exposed at HEAD since 2025-01-03
//
// and then what could not be read, if anything, and the outcome.
func Concise(w io.Writer, r *scanner.Result, o Options) error {
	c := &textReport{view: newView(r, o), terminal: newTerminal(w, r, o)}
	for f := range c.each(c.found) {
		c.conciseLine(f)
	}
	for _, skip := range c.skips(scanner.SkipFailed) {
		c.line("%s: %s %s", neutral.Log(skip.Path), c.paint(red, "not read:"), neutral.Log(skip.Reason))
	}
	c.ending()
	if err := c.w.Flush(); err != nil {
		return fmt.Errorf("write concise report: %w", err)
	}
	return nil
}

func (t *textReport) conciseLine(f *scanner.Finding) {
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	severity := t.paint(severityStyle(f.Severity), f.Severity.String()+"["+f.Rule.ID+"]")
	line := t.linkFile(at, t.paint(bold, t.place(at))) + ": " + severity + " " + name(f)
	if created := f.Key.CreatedAt; !created.IsZero() {
		line += " made " + date(created)
	}
	if exposed := exposure(f.Exposure); exposed != "" {
		line += " exposed " + exposed
	}
	if f.Liveness != (scanner.Liveness{}) {
		line += " " + f.Liveness.State.String()
	}
	if others := len(f.Occurrences) - 1; others > 0 {
		line += " and in " + count(others, "other place")
	}
	t.line("%s", line)
}

// ending writes what was not covered, and the outcome.
func (t *textReport) ending() {
	for _, text := range []string{t.suppressedWords(), t.notChecked(), t.incomplete()} {
		if text != "" {
			t.line("%s", t.paint(severityStyle(rules.Warning), text))
		}
	}
	t.line("%s", t.paint(t.outcomeStyle(), t.outcome()))
}

package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// JUnit writes the XML that build services read for test results: a test case a
// finding, which fails from Options.FailOn on and is skipped if suppressed, and
// one for the coverage, which is in error if something could not be read. So a
// clean scan has one case, which passes.
func JUnit(w io.Writer, r *scanner.Result, o Options) error {
	j := &junitCases{view: newView(r, o), w: bufio.NewWriter(w)}
	failed, errors := 0, 0
	for _, f := range j.found {
		if f.Severity >= o.FailOn {
			failed++
		}
	}
	if !r.Coverage.Complete() {
		errors = 1
	}
	counts := fmt.Sprintf(`tests="%d" failures="%d" errors="%d" time="%.3f"`, len(j.all)+1, failed, errors, r.Coverage.Seconds)
	j.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	j.line(`<testsuites name="qasleaks" %s>`, counts)
	j.line(`  <testsuite name="qasleaks" %s skipped="%d" timestamp="%s">`, counts, j.tally.hidden(), j.began().UTC().Format("2006-01-02T15:04:05"))
	for f := range j.each(j.all) {
		j.testCase(f)
	}
	j.coverageCase()
	j.line(`  </testsuite>`)
	j.line(`</testsuites>`)
	if err := j.w.Flush(); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

// junitCases are a JUnit report in the making.
type junitCases struct {
	*view
	w *bufio.Writer
}

func (j *junitCases) line(format string, args ...any) { fmt.Fprintf(j.w, format+"\n", args...) }

func (j *junitCases) testCase(f *scanner.Finding) {
	at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
	fmt.Fprint(j.w, `    <testcase`)
	j.attribute("classname", f.Rule.ID)
	j.attribute("name", name(f)+" in "+j.fileOf(at))
	j.attribute("file", j.fileOf(at))
	if at.Line > 0 {
		j.attribute("line", fmt.Sprint(at.Line))
	}
	j.line(` time="0">`)
	switch {
	case f.Suppressed != nil:
		fmt.Fprint(j.w, `      <skipped`)
		j.attribute("message", suppression(f.Suppressed))
		j.line(`/>`)
	case f.Severity >= j.options.FailOn:
		fmt.Fprint(j.w, `      <failure`)
		j.attribute("type", f.Severity.String())
		j.attribute("message", j.summaryOf(f))
		fmt.Fprint(j.w, `>`)
		j.text(j.details(f))
		j.line(`</failure>`)
	default:
		fmt.Fprint(j.w, `      <system-out>`)
		j.text(j.details(f))
		j.line(`</system-out>`)
	}
	j.line(`    </testcase>`)
}

// details say in lines what is known of a finding, what to do about it, and where it
// is.
func (j *junitCases) details(f *scanner.Finding) []string {
	lines := []string{message(f), remedy(f), ""}
	for _, fact := range j.factsOf(f) {
		lines = append(lines, fact.title()+": "+fact.value)
	}
	lines = append(lines, "")
	for i := range f.Occurrences {
		if i == maxPlaces {
			lines = append(lines, "+"+number(len(f.Occurrences)-i)+moreInJSON)
			break
		}
		at := &f.Occurrences[i]
		line := j.place(at)
		if words := j.inShort(at); words != "" {
			line += "  " + words
		}
		lines = append(lines, line)
	}
	return lines
}

// coverageCase passes if everything was read.
func (j *junitCases) coverageCase() {
	fmt.Fprint(j.w, `    <testcase classname="coverage" name="everything was read" time="0">`)
	if failed := j.skips(scanner.SkipFailed); len(failed) > 0 {
		fmt.Fprint(j.w, `<error`)
		j.attribute("type", "incomplete")
		j.attribute("message", count(len(failed), "item")+" could not be read")
		fmt.Fprint(j.w, `>`)
		var lines []string
		for i, s := range failed {
			if i == maxPlaces {
				lines = append(lines, "+"+number(len(failed)-i)+moreInJSON)
				break
			}
			lines = append(lines, neutral.Log(s.Path)+": "+neutral.Log(s.Reason))
		}
		j.text(lines)
		fmt.Fprint(j.w, `</error>`)
	}
	fmt.Fprint(j.w, `<system-out>`)
	j.text([]string{j.verdict()})
	j.line(`</system-out></testcase>`)
}

// text writes lines between tags.
func (j *junitCases) text(lines []string) {
	for _, line := range lines {
		_ = j.w.WriteByte('\n')
		_, _ = j.w.WriteString(neutral.XML(line))
	}
	_ = j.w.WriteByte('\n')
}

// attribute writes an attribute of an element, with a space before it.
func (j *junitCases) attribute(name, value string) {
	fmt.Fprintf(j.w, ` %s="%s"`, name, neutral.XML(value))
}

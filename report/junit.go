package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// JUnit writes the XML that build services read for test results: a test case a
// finding, which fails from Options.FailOn on and is skipped if suppressed, and
// one for the coverage, which is in error if something could not be read. So a
// clean scan has one case, which passes.
func JUnit(w io.Writer, r *scanner.Result, o Options) error {
	p := newPrinter(w, r, o)
	failed, skipped, errors := 0, 0, 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Suppressed != nil:
			skipped++
		case f.Severity >= o.FailOn:
			failed++
		}
	}
	if !r.Coverage.Complete() {
		errors = 1
	}
	counts := fmt.Sprintf(`tests="%d" failures="%d" errors="%d" time="%.3f"`, len(r.Findings)+1, failed, errors, r.Coverage.Seconds)
	started := p.now.Add(-time.Duration(r.Coverage.Seconds * float64(time.Second))).UTC()
	p.line(`<?xml version="1.0" encoding="UTF-8"?>`)
	p.line(`<testsuites name="qasleaks" %s>`, counts)
	p.line(`  <testsuite name="qasleaks" %s skipped="%d" timestamp="%s">`, counts, skipped, started.Format("2006-01-02T15:04:05"))
	for i := range r.Findings {
		p.testCase(&r.Findings[i])
	}
	p.coverageCase()
	p.line(`  </testsuite>`)
	p.line(`</testsuites>`)
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func (p *printer) testCase(f *scanner.Finding) {
	at := f.Occurrences[primaryOccurrence(f.Occurrences)]
	fmt.Fprint(p.w, `    <testcase`)
	attribute(p.w, "classname", f.Rule.ID)
	attribute(p.w, "name", neutral.Log(keyName(f))+" in "+neutral.Log(p.fromRoot(placeName(at))))
	attribute(p.w, "file", neutral.Log(p.fromRoot(placeName(at))))
	if at.Line > 0 {
		attribute(p.w, "line", fmt.Sprint(at.Line))
	}
	p.line(` time="0">`)
	switch {
	case f.Suppressed != nil:
		fmt.Fprint(p.w, `      <skipped`)
		attribute(p.w, "message", "suppressed ("+neutral.Log(f.Suppressed.By)+"): "+neutral.Log(f.Suppressed.Reason))
		p.line(`/>`)
	case f.Severity >= p.o.FailOn:
		fmt.Fprint(p.w, `      <failure`)
		attribute(p.w, "type", f.Severity.String())
		attribute(p.w, "message", neutral.Log(sentence(f)))
		fmt.Fprint(p.w, `>`)
		p.caseText(f)
		p.line(`</failure>`)
	default:
		fmt.Fprint(p.w, `      <system-out>`)
		p.caseText(f)
		p.line(`</system-out>`)
	}
	p.line(`    </testcase>`)
}

// caseText says what to do about a finding and where it is, in lines.
func (p *printer) caseText(f *scanner.Finding) {
	lines := []string{neutral.Log(sentence(f)), remedy(f)}
	if exposed := p.exposure(f.Exposure); exposed != "" {
		lines = append(lines, "Exposed "+exposed+".")
	}
	lines = append(lines, "Fingerprint "+f.Fingerprint+".", "")
	for _, at := range f.Occurrences[:min(len(f.Occurrences), maxPlaces)] {
		lines = append(lines, strings.TrimSuffix(p.place(at)+"  "+p.inShort(at), "  "))
	}
	if left := len(f.Occurrences) - maxPlaces; left > 0 {
		lines = append(lines, "+"+number(left)+" more; --format json lists all")
	}
	p.xmlLines(lines)
}

// xmlLines writes text between tags, which stand on lines of their own.
func (p *printer) xmlLines(lines []string) {
	for _, line := range lines {
		_ = p.w.WriteByte('\n')
		_, _ = p.w.WriteString(neutral.XML(line))
	}
	_ = p.w.WriteByte('\n')
}

// coverageCase passes if everything was read.
func (p *printer) coverageCase() {
	fmt.Fprint(p.w, `    <testcase classname="coverage" name="everything was read" time="0">`)
	var lines []string
	for _, s := range p.r.Coverage.Skipped {
		if s.Kind == scanner.SkipFailed {
			lines = append(lines, neutral.Log(s.Path)+": "+neutral.Log(s.Reason))
		}
	}
	if n := len(lines); n > 0 {
		fmt.Fprint(p.w, `<error`)
		attribute(p.w, "type", "incomplete")
		attribute(p.w, "message", count(n, "thing")+" could not be read")
		fmt.Fprint(p.w, `>`)
		if n > maxPlaces {
			lines = append(lines[:maxPlaces], "+"+number(n-maxPlaces)+" more; --format json lists all")
		}
		p.xmlLines(lines)
		fmt.Fprint(p.w, `</error>`)
	}
	fmt.Fprint(p.w, `<system-out>`)
	p.xmlLines([]string{p.verdict()})
	p.line(`</system-out></testcase>`)
}

// attribute writes an attribute of an element, with a space before it.
func attribute(w *bufio.Writer, name, value string) {
	fmt.Fprintf(w, ` %s="%s"`, name, neutral.XML(value))
}

package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// remoteWidth is what fits on 80 columns after the "remote: " that git adds.
const remoteWidth = 72

// A message to the person who pushes lists at most so many findings, and places of each.
const (
	maxToldFindings = 20
	maxToldPlaces   = 3
)

// tell prints paragraphs to the person who pushes.
func (s *session) tell(paragraphs ...string) {
	for _, text := range paragraphs {
		for _, line := range wrapRemote(hide(text)) {
			fmt.Fprintln(s.stderr, line)
		}
	}
}

// tellResult prints what a scan of a push found.
func (s *session) tellResult(result *scanner.Result, failOn rules.Severity, status int) {
	switch status {
	case plan.Clean:
		s.tell(fmt.Sprintf("qasleaks: no keys found in %s of the push.", plural.Count(int(result.Coverage.Objects), "object")))
		return
	case plan.Incomplete:
		s.tell("qasleaks: the push is rejected: some of it could not be read.")
	default:
		s.tell("qasleaks: the push is rejected: it contains keys or other findings.")
	}
	told, left := 0, 0
	for i := range result.Findings {
		f := &result.Findings[i]
		if f.Suppressed != nil || f.Severity < failOn {
			continue
		}
		if told == maxToldFindings {
			left++
			continue
		}
		told++
		s.tell("  " + f.Severity.String() + ": " + f.Message)
		if f.Key != (rules.Key{}) {
			s.tell("    " + f.Key.String())
		}
		for j, at := range f.Occurrences {
			if j == maxToldPlaces {
				s.tell(fmt.Sprintf("    and %s more", plural.Count(len(f.Occurrences)-j, "place")))
				break
			}
			s.tell("    in " + placeOf(at))
		}
	}
	if left > 0 {
		s.tell(fmt.Sprintf("  and %s more", plural.Count(left, "finding")))
	}
	for _, skip := range result.Coverage.Skipped {
		if skip.Kind == scanner.SkipFailed {
			s.tell("  not read: " + printable(skip.Path) + ": " + printable(skip.Reason))
		}
	}
	if status == plan.Findings {
		s.tell("Remove each key from all commits of the push (git rebase -i), then push again. Revoke a key that others may have seen.")
	}
}

// placeOf describes where an occurrence is.
func placeOf(at scanner.Occurrence) string {
	text := fmt.Sprintf("%s:%d", printable(at.Path), at.Line)
	if at.Commit != nil {
		text += " of commit " + at.Commit.SHA[:min(12, len(at.Commit.SHA))]
	}
	return text
}

// printable escapes text unless it is printable ASCII, as git does with paths
// (core.quotePath in git-config(1)): how wide other text is depends on the terminal.
func printable(text string) string {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return strconv.QuoteToASCII(text)
		}
	}
	return text
}

// wrapRemote breaks text at spaces, and words that are too long anywhere, into lines
// that fit. It keeps the indentation.
func wrapRemote(text string) []string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var lines []string
	line := indent
	for word := range strings.FieldsSeq(printable(text)) {
		if line != indent && len(line)+1+len(word) > remoteWidth {
			lines, line = append(lines, line), indent
		}
		if line != indent {
			line += " "
		}
		for line += word; len(line) > remoteWidth; line = indent + line[remoteWidth:] {
			lines = append(lines, line[:remoteWidth])
		}
	}
	return append(lines, line)
}

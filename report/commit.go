package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of the texts of a commit, in cells.
const (
	maxAuthor  = 30
	maxSummary = 72
)

// datedCommit says which commit, when, by whom and what its summary is.
func datedCommit(c scanner.Commit) string {
	line := shortSHA(c.SHA)
	if !c.Date.IsZero() {
		line += " on " + date(c.Date)
	}
	if author := authorOf(c); author != "" {
		line += " by " + author
	}
	return line + summaryOfCommit(c)
}

// undatedCommit says what [datedCommit] says but when, where a column has the date.
func undatedCommit(c scanner.Commit) string {
	line := shortSHA(c.SHA)
	if author := authorOf(c); author != "" {
		line += ", " + author
	}
	return line + summaryOfCommit(c)
}

// shortCommit says only which commit and when.
func shortCommit(c scanner.Commit) string {
	if c.Date.IsZero() {
		return shortSHA(c.SHA)
	}
	return shortSHA(c.SHA) + " on " + date(c.Date)
}

func authorOf(c scanner.Commit) string {
	name, _, _ := strings.Cut(c.Author, " <")
	return cutRight(neutral.Log(name), maxAuthor)
}

func summaryOfCommit(c scanner.Commit) string {
	if c.Summary == "" {
		return ""
	}
	return ": " + cutRight(neutral.Log(c.Summary), maxSummary)
}

// shortSHA abbreviates the ID of an object as git does.
func shortSHA(sha string) string { return neutral.Log(sha[:min(len(sha), 7)]) }

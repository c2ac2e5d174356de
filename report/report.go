// Package report writes the result of a scan for people and for programs, with one
// file for each format. It only shows a result: it does not scan, verify or decide an
// exit status, and secrets in a result are already redacted by the scanner.
//
// What all formats say is in view.go (the findings in order), tally.go (counts),
// facts.go (what is known of a finding), occurrence.go and commit.go (where it is),
// history.go (what happened to it), advice.go (what to do) and outcome.go (what was
// found). What a terminal needs is in terminal.go, cells.go and frame.go.
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Options say how to write. The zero value writes for a file: no colour, 80
// columns, no secrets.
type Options struct {
	// Color allows terminal colours; the caller decides by the terminal and NO_COLOR.
	Color bool
	// Width of the terminal in columns; 0 if there is none or it is not known.
	Width int
	// LinkHost is the name of this machine, if the terminal shows links
	// (OSC 8); else empty.
	LinkHost string
	// Moment is when the scan runs, which decides the advice.
	Moment Moment
	// MessageFile is the file of the commit message for [BeforeMessage].
	MessageFile string
	// ShowSecrets adds the value of each secret to text, and to keys in JSON and
	// JSON Lines.
	ShowSecrets bool
	// FailOn is the lowest severity that fails a scan: findings of it or a higher one
	// fail their JUnit test case.
	FailOn rules.Severity
	// Dir is the absolute path of the working directory, which services that show
	// files take for the root of the checkout, and which links to files begin with.
	Dir string
	// SARIFForGitHub limits SARIF to what GitHub code scanning reads and accepts.
	SARIFForGitHub bool
	// Warn, if not nil, is called with a sentence that says what a format had to
	// leave out for the service that it is for.
	Warn func(string)
	// Version is that of qasleaks itself.
	Version string
	// Now is the time that ages are counted to; the zero time means the current one.
	Now time.Time
}

// Format is one way to write a result. Write wraps the first error of the writer.
type Format struct {
	Name  string
	Write func(io.Writer, *scanner.Result, Options) error
}

// Formats returns all formats, the default first.
func Formats() []Format {
	return []Format{
		{"text", Text},
		{"concise", Concise},
		{"json", JSON},
		{"jsonl", JSONL},
		{"sarif", SARIF},
		{"gitlab", GitLab},
		{"junit", JUnit},
		{"markdown", Markdown},
		{"html", HTML},
		{"github", GitHub},
	}
}

// Names returns the names of all formats, the default first.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// Lookup returns the format with a name. The error lists all names.
func Lookup(name string) (Format, error) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("unknown format %q: expected one of %s", name, strings.Join(Names(), ", "))
}

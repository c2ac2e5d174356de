// Package report writes the result of a scan for people and for programs, one
// file a format. It only shows: it neither scans, verifies nor decides an exit
// status, and what it shows of a secret is what the scanner has redacted.
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
	// Color allows terminal colours; the caller knows of terminals and NO_COLOR.
	Color bool
	// Width is that of the terminal in columns; 0 if there is none or it is not
	// known.
	Width int
	// LinkHost is the name of this machine, if the terminal shows links
	// (OSC 8); else empty.
	LinkHost string
	// ShowSecrets adds the value of each secret to text, and to keys in JSON and
	// JSON Lines.
	ShowSecrets bool
	// FailOn is the least severity that fails a scan: findings from there on fail
	// their JUnit test case.
	FailOn rules.Severity
	// Dir is the working directory, absolute: what services that show files take
	// for the root of the checkout, and what links to files begin with.
	Dir string
	// SARIFForGitHub keeps SARIF to what GitHub code scanning reads and takes.
	SARIFForGitHub bool
	// Warn, if not nil, is told in a sentence what a format had to leave out for
	// the service that it is for.
	Warn func(string)
	// Version is that of qasleaks itself.
	Version string
	// Now is what ages are counted to; the zero time stands for the clock's.
	Now time.Time
}

// Format is one way to write a result. Write returns the first error of the
// writer, wrapped.
type Format struct {
	Name  string
	Write func(io.Writer, *scanner.Result, Options) error
}

// Formats returns every format there is, the default first.
func Formats() []Format {
	return []Format{
		{"text", Text},
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

// Lookup returns the format of that name. The error names those there are.
func Lookup(name string) (Format, error) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("unknown format %q: expected one of %s", name, strings.Join(Names(), ", "))
}

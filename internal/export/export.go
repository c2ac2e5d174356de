// Package export writes the patterns of package rules in the formats of other tools,
// and reads their configurations to tell whether these have them.
//
// A format is cited where it is written: its public documentation or its source, and
// the date of what was read.
package export

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
)

// Target is a tool that patterns can be written for.
type Target struct {
	// Name is how the command line calls it.
	Name string
	// Form says in a few words what is written.
	Form string
	// Next says in a line what to do with it.
	Next string
	// write returns the patterns in the tool's format.
	write func(patterns []rules.Pattern) string
	// read returns the rules that a file in the tool's format has.
	read func(file []byte) ([]rule, error)
}

// Targets returns all targets.
func Targets() []Target {
	return []Target{gitleaks, betterleaks, gitlab, trufflehog, kingfisher, titus, github, secretlint, semgrep, vscode, ripgrep}
}

// Names returns the names of all targets.
func Names() []string {
	var names []string
	for _, t := range Targets() {
		names = append(names, t.Name)
	}
	return names
}

// Find returns the target of that name.
func Find(name string) (Target, bool) {
	all := Targets()
	i := slices.IndexFunc(all, func(t Target) bool { return t.Name == name })
	if i < 0 {
		return Target{}, false
	}
	return all[i], true
}

// Config returns the patterns in the format of the target.
func (t Target) Config() []byte { return []byte(t.write(rules.Patterns())) }

// remediation is what to do about a key, in one line.
const remediation = "Revoke the key in QA Sphere (Settings, API Keys), make a new one, and keep it in an environment variable or a secret manager."

// written is the first line of what may have comments.
func written(target string) string {
	return "# QA Sphere API keys, written by \"qasleaks export " + target + "\".\n"
}

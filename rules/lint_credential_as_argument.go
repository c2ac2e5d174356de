package rules

import (
	"regexp"
	"slices"
	"strings"
)

// credentialAsArgument finds credentials on command lines.
var credentialAsArgument = Rule{
	ID:    "credential-as-argument",
	Title: "Credential on a command line",
	Help: `A command gets a QA Sphere credential as an argument. Every user and process of the machine
can read the arguments of a process, and tools write them to logs, crash reports and
shell histories. The official client reads ` + "`QAS_TOKEN`" + ` from the environment.

A header of ` + "`curl -H`" + ` is not reported: QA Sphere's documentation shows it. To keep the
header from other users of a machine, write it to a file that curl reads: ` + "`-H @FILE`" + `.

## Example

~~~sh ci/upload.sh
export QAS_URL=https://acme.eu1.qasphere.com
npx qas-cli junit-upload --token "$QAS_TOKEN" results.xml
~~~

Better:

~~~sh ci/upload.sh
export QAS_URL=https://acme.eu1.qasphere.com
npx qas-cli junit-upload results.xml
~~~

## Remediation

1. Let the program read the credential from its environment, from standard input or from a
   file.
2. If other people use the machine or read its logs, rotate the key: QA Sphere, Settings →
   API Keys.
`,
	Severity:   Note,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if !f.Names || ciOf(f.Path) == noCI && !isShell(f.Path) {
				continue
			}
			for _, s := range p.pipeline(f).steps {
				for _, code := range s.scripts {
					for _, c := range code.calls() {
						found = append(found, asArguments(f.Path, code, c)...)
					}
				}
			}
		}
		return found
	},
}

var (
	// noProcess are the commands that a shell runs itself, without a process.
	noProcess = []string{
		"", "echo", "printf", "test", "[", "[[", "export", "set", "read", ":", "true", "local", "declare", "readonly", "typeset", "unset", "eval",
		"Write-Host", "Write-Output",
	}
	// beforeValue matches what is before a credential in a word: an option or a name.
	beforeValue = regexp.MustCompile(`^["']?(?:-{0,2}[\w.-]+=){0,2}["']?$`)
)

// asArguments returns the arguments of a command that are credentials.
func asArguments(name string, code script, c shellCall) []Lint {
	var found []Lint
	if slices.Contains(noProcess, c.name) {
		return nil
	}
	for i, w := range c.args {
		if len(w.refs) == 0 {
			continue
		}
		ref := w.refs[0]
		before, after := string(code.text[w.start:ref.start]), strings.Trim(string(code.text[ref.end:w.end]), `"'`)
		if !beforeValue.MatchString(before) || after != "" && !strings.ContainsAny(after[:1], ":-%#/?^,}") || isOption(before, "--build-arg") {
			continue
		}
		m := Match{
			Start: ref.start, End: ref.end, Severity: Note, Confidence: High, ByName: true,
			Message: ref.name + " is an argument of " + c.name + ": other users of the machine and logs can show it; pass it in the environment",
		}
		if i > 0 && isOption(c.args[i-1].text, "-e", "--env") && strings.Trim(before, `"'`) == ref.name+"=" && after == "" {
			m.Start, m.End, m.Replace = w.start, w.end, ref.name
		} else if i > 0 && c.args[i-1].text == "--build-arg" {
			continue // credential-in-image reports it
		}
		m.Subject = string(code.text[m.Start:m.End])
		m.Start, m.End = code.place(m.Start, m.End)
		found = append(found, Lint{Path: name, Match: m})
	}
	return found
}

package rules

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// credentialInCILog finds commands in CI pipelines that write a credential to the log.
var credentialInCILog = Rule{
	ID:    "credential-in-ci-log",
	Title: "Credential written to a CI log",
	Help: `A command in a CI pipeline writes a QA Sphere credential to the log: ` + "`echo`" + ` or a similar
command, ` + "`set -x`" + ` around a command that gets the credential, or ` + "`curl -v`" + `, which prints
request headers, ` + "`" + `env` + "`" + ` in a step that has the credential, or Groovy that
puts it into a text of a Jenkinsfile. CI services mask only the exact value of a secret; encoded, truncated or
quoted values appear in the log. More people can read logs than secrets, and logs are
kept for a long time.

## Example

~~~yaml .github/workflows/ci.yml
steps:
  - run: echo "uploading with $QAS_TOKEN"
  - run: npx qas-cli junit-upload results.xml
~~~

Better:

~~~yaml .github/workflows/ci.yml
steps:
  - run: test -n "$QAS_TOKEN" || { echo "QAS_TOKEN is not set"; exit 1; }
  - run: npx qas-cli junit-upload results.xml
~~~

## Remediation

1. Remove the command, write ` + "`set +x`" + ` before it, or remove ` + "`-v`" + ` from curl.
2. Delete the logs that contain the credential, and rotate the key: QA Sphere, Settings →
   API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if f.Names && ciOf(f.Path) != noCI {
				code := p.pipeline(f)
				found = append(append(found, loggedIn(code)...), uploaded(code)...)
			}
		}
		return found
	},
}

// loggedIn returns the credentials that a pipeline writes to its log.
func loggedIn(f pipeline) []Lint {
	var found []Lint
	for _, s := range f.steps {
		for _, code := range s.scripts {
			shebang := bytes.TrimSpace(firstLine(code.text))
			tracing := bytes.HasPrefix(shebang, []byte("#!")) && bytes.HasSuffix(shebang, []byte(" -x"))
			for _, c := range code.calls() {
				if on, off := traces(c); on || off {
					tracing = on
					continue
				}
				ref, why := logged(c, s, tracing)
				if why == "" {
					continue
				}
				start, end := code.place(ref.start, ref.end)
				found = append(found, logLint(f.Path, start, end, string(code.text[ref.start:ref.end]), ref.name+" "+why))
			}
		}
	}
	if ciOf(f.Path) == jenkins {
		found = append(found, loggedByGroovy(f.File)...)
	}
	return found
}

func logLint(name string, start, end int, subject, message string) Lint {
	return Lint{Path: name, Match: Match{
		Start: start, End: end, Severity: Warning, Confidence: High, ByName: true, Subject: subject, Message: message,
	}}
}

var (
	printing = []string{"echo", "printf", "Write-Host", "Write-Output", "print", "puts"}
	masking  = regexp.MustCompile(`^(?:::add-mask|##vso\[task\.setvariable .*issecret=true)`)
)

// logged returns the credential that a command writes to the log, and why.
func logged(c shellCall, s step, tracing bool) (credentialName, string) {
	refs := slices.Collect(func(yield func(credentialName) bool) {
		for _, w := range c.all() {
			for _, ref := range w.refs {
				if !yield(ref) {
					return
				}
			}
		}
	})
	visible := !c.redirected && !c.captured && c.pipedTo == ""
	masks := slices.ContainsFunc(c.args, func(w shellWord) bool { return masking.MatchString(w.text) })
	switch {
	case len(refs) > 0 && visible && !masks && (slices.Contains(printing, c.name) || c.name == "cat" && len(c.input) > 0):
		return refs[0], "is printed to the log"
	case len(refs) > 0 && tracing:
		return refs[0], "is printed to the log: set -x prints commands with the values of variables"
	case len(refs) > 0 && c.name == "curl" && c.has("-v", "--verbose", "--trace", "--trace-ascii"):
		return refs[0], "is printed to the log: curl -v prints request headers"
	case c.name == "printenv" && visible && len(c.args) == 1 && isCredentialName(c.args[0].text):
		return credentialName{c.args[0].start, c.args[0].end, c.args[0].text}, "is printed to the log"
	}
	all := c.name == "printenv" || c.name == "env" || c.name == "set" || c.name == "export" && c.has("-p")
	if all && len(c.args)+len(c.assigns) == 0 && !c.redirected && !c.captured && (c.pipedTo == "" || c.pipedTo == "sort") {
		for _, v := range s.env {
			if isCredentialName(v.name) {
				return credentialName{c.start, c.end, v.name}, "is printed to the log: " + c.name + " prints all variables"
			}
		}
	}
	return credentialName{}, ""
}

// loggedByGroovy returns the credentials that a Jenkinsfile puts into texts which Jenkins
// prints: what echo prints, and the commands of sh (jenkins.io/doc/book/pipeline/jenkinsfile,
// "String interpolation").
func loggedByGroovy(f File) []Lint {
	var found []Lint
	text := f.Read()
	for _, c := range groovyCalls(text) {
		for _, ref := range interpolatedIn(text, c) {
			why := " is printed to the log"
			if !slices.Contains([]string{"echo", "print", "println"}, c.name) {
				why = " may be printed to the log: Groovy puts its value into the command; write it in single quotes, so that the shell reads it"
			}
			found = append(found, logLint(f.Path, ref.start, ref.end, string(text[ref.start:ref.end]), ref.name+why))
		}
	}
	return found
}

// traces reports whether a command turns the tracing of commands on or off: set -x,
// set -euxo pipefail, set +o xtrace.
func traces(c shellCall) (on, off bool) {
	if c.name != "set" {
		return false, false
	}
	for i, w := range c.args {
		if w.text == "" {
			continue
		}
		sign := w.text[0]
		if w.text == "xtrace" && i > 0 && c.args[i-1].text != "" {
			sign = c.args[i-1].text[0]
		} else if len(w.text) < 2 || w.text[1] == '-' || !strings.Contains(w.text, "x") {
			continue
		}
		if sign == '-' || sign == '+' {
			return sign == '-', sign == '+'
		}
	}
	return false, false
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

package rules

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// unhandledAuthFailure finds calls of QA Sphere whose failure nobody can see.
var unhandledAuthFailure = Rule{
	ID:    "unhandled-auth-failure",
	Title: "Refused key that nobody would notice",
	Help: `QA Sphere's API answers 401, 403 or 400 if a key was revoked, its tenant is suspended, or the
domain is wrong. This call ignores the answer: an HTTP library that does not raise an
error for it, without a look at the status; ` + "`curl` without `--fail`" + ` whose output is not
printed; ` + "`|| true`, `continue-on-error`, `allow_failure`" + ` or an empty exception handler
around the client. Results get lost without a message, and a key that someone revoked or
replaced is noticed late.

Only the function or the step of the call is judged. A response that is returned or given
to another function is not reported, nor one whose body is printed.

## Example

~~~python upload.py
import requests

def upload(results):
    requests.post("https://acme.eu1.qasphere.com/api/public/v0/project/BD/run", json=results)
~~~

Better:

~~~python upload.py
import requests

def upload(results):
    response = requests.post("https://acme.eu1.qasphere.com/api/public/v0/project/BD/run", json=results)
    response.raise_for_status()
~~~

## Remediation

1. Make the program fail, or write a message that someone reads: ` + "`raise_for_status()`,\n`if (!response.ok) throw …`, `curl --fail-with-body`" + `.
2. If the tests must not fail with the upload, print a warning instead of ignoring it:
   ` + "`|| echo \"::warning::the upload failed\"`" + `.
`,
	Severity:   Note,
	Confidence: Medium,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			switch {
			case f.Speaks && isSource(f.Path):
				found = append(found, unhandledInSource(f)...)
			case (f.Speaks || f.Names) && (ciOf(f.Path) != noCI || isShell(f.Path)):
				found = append(found, unhandledInSteps(p.pipeline(f))...)
			}
		}
		return found
	},
}

func unhandledLint(name string, start, end int, subject, replace, message string) Lint {
	return Lint{Path: name, Match: Match{
		Start: start, End: end, Severity: Note, Confidence: Medium, Subject: subject, Replace: replace, Message: message,
	}}
}

// unhandledInSteps judges the commands of a pipeline.
func unhandledInSteps(f pipeline) []Lint {
	var found []Lint
	for _, s := range f.steps {
		client := ""
		for _, code := range s.scripts {
			for _, c := range apiCalls(s, code) {
				client = c.name
				start, end := code.place(c.start, c.start+len(firstWord(code.text[c.start:])))
				text := firstWord(code.text[c.start:])
				switch {
				case c.forgiven:
					found = append(found, unhandledLint(f.Path, start, end, text, "", "A failure of "+c.name+" is ignored: a refused key goes unnoticed"))
				case c.name == "curl" && ignoresStatus(c):
					replace := ""
					if text == "curl" {
						replace = "curl --fail-with-body"
					}
					found = append(found, unhandledLint(f.Path, start, end, text, replace,
						"curl succeeds if QA Sphere refuses the key, and the answer is not printed: use --fail-with-body"))
				}
			}
		}
		if client == "" {
			continue
		}
		for _, n := range ignoredFailures(s) {
			start, end := f.find(n, 0, len(n.Value))
			found = append(found, unhandledLint(f.Path, start, end, n.Value, "false", "A failure of "+client+" is ignored: a refused key goes unnoticed"))
		}
	}
	slices.SortStableFunc(found, func(a, b Lint) int { return a.Start - b.Start })
	return slices.CompactFunc(found, func(a, b Lint) bool { return a.Start == b.Start })
}

func firstWord(text []byte) string {
	word, _, _ := strings.Cut(string(firstLine(text)), " ")
	return word
}

// ignoresStatus reports whether nobody sees that a curl command was refused.
func ignoresStatus(c shellCall) bool {
	if c.has("-f", "--fail", "--fail-with-body", "--fail-early", "-w", "--write-out", "-i", "--include", "-I", "--head", "-v", "--verbose", "-D", "--dump-header") || c.examined && c.pipedTo != "" {
		return false
	}
	switch c.pipedTo {
	case "":
		return c.redirected || c.has("-o", "--output", "-O", "--remote-name")
	case "jq":
		return !strings.Contains(c.pipeline, " -e") && !strings.Contains(c.pipeline, "--exit-status") && c.captured
	}
	return false
}

// ignoredFailures returns the settings of a step or of its job that ignore its failure.
func ignoredFailures(s step) []*yaml.Node {
	var found []*yaml.Node
	for _, n := range []*yaml.Node{s.node, s.job} {
		for _, key := range []string{"continue-on-error", "continueOnError", "allow_failure", "ignoreFailures", "ignore_failures", "ignore_errors"} {
			if v := field(n, key); v != nil && v.Value == "true" && !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
	}
	return found
}

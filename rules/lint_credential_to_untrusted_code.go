package rules

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// credentialToUntrustedCode finds workflows that run code of strangers with a credential.
var credentialToUntrustedCode = Rule{
	ID:    "credential-to-untrusted-code",
	Title: "Credential available to code of a pull request",
	Help: `A workflow of GitHub Actions that runs for ` + "`pull_request_target` or `workflow_run`" + ` has the
secrets of the repository, also for a pull request from a fork. This one checks out the
code of the pull request and has a QA Sphere credential in the same job: anyone can open
a pull request whose tests or build scripts read the credential.

## Example

~~~yaml .github/workflows/e2e.yml
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: npm ci && npm test && npx qas-cli junit-upload results.xml
        env:
          QAS_TOKEN: ${{ secrets.QAS_TOKEN }}
~~~

Better, without secrets for the code of a pull request:

~~~yaml .github/workflows/e2e.yml
on:
  push:
    branches: [main]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: npm ci && npm test && npx qas-cli junit-upload results.xml
        env:
          QAS_TOKEN: ${{ secrets.QAS_TOKEN }}
~~~

## Remediation

1. Run the tests of pull requests with the event ` + "`pull_request`" + `, without the credential, and
   upload their results in a workflow that does not run their code.
2. If strangers can open pull requests, rotate the key: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if f.Names && ciOf(f.Path) == gitHub {
				found = append(found, toUntrustedCode(p.pipeline(f))...)
			}
		}
		return found
	},
}

var (
	headOfPull   = regexp.MustCompile(`github\.head_ref|github\.event\.(?:pull_request\.(?:head|merge_commit_sha)|workflow_run\.head|number|pull_request\.number)|refs/pull/`)
	checksOut    = regexp.MustCompile(`\bgh\s+pr\s+checkout\b|\bgit\s+(?:fetch|pull)\b.*\bpull/`)
	onlyFromHere = regexp.MustCompile(`head\.repo\.full_name\s*==\s*github\.repository|head\.repo\.fork|head_repository\.full_name\s*==|!=\s*'pull_request_target'`)
)

func toUntrustedCode(f pipeline) []Lint {
	var found []Lint
	for _, doc := range f.docs {
		event := untrustedEvent(field(doc, "on"))
		jobs := field(doc, "jobs")
		if event == "" || jobs == nil || jobs.Kind != yaml.MappingNode {
			continue
		}
		for i := 1; i < len(jobs.Content); i += 2 {
			job := jobs.Content[i]
			list := field(job, "steps")
			if list == nil || onlyFromHere.MatchString(scalar(job, "if")) {
				continue
			}
			at := slices.IndexFunc(list.Content, checksOutHead)
			if at < 0 {
				continue
			}
			holders := append([]*yaml.Node{field(doc, "env"), field(job, "env")}, list.Content[at+1:]...)
			for _, holder := range holders {
				for _, n := range secretsIn(holder, nil) {
					start, end := f.find(n, 0, len(n.Value))
					if at := strings.Index(n.Value, "${{"); at >= 0 {
						end := at + max(2, strings.Index(n.Value[at:], "}}")+2)
						start, end = f.find(n, at, end)
						found = append(found, untrustedLint(f.Path, start, end, n.Value[at:], event))
						continue
					}
					found = append(found, untrustedLint(f.Path, start, end, n.Value, event))
				}
			}
		}
	}
	return found
}

func untrustedLint(name string, start, end int, expression, event string) Lint {
	credential := inGitHubExpression(expression)
	return Lint{Path: name, Match: Match{
		Start: start, End: end, Severity: Warning, Confidence: High, ByName: true, Subject: credential,
		Message: credential + " is available to the code of a pull request, which this job checks out: " + event + " gives it the secrets of the repository",
	}}
}

// untrustedEvent returns the event that gives secrets to a workflow of a pull request, or "".
func untrustedEvent(on *yaml.Node) string {
	for _, event := range []string{"pull_request_target", "workflow_run"} {
		if on != nil && (on.Value == event || slices.ContainsFunc(on.Content, func(n *yaml.Node) bool { return n.Value == event })) {
			return event
		}
	}
	return ""
}

// checksOutHead reports whether a step checks out the code of a pull request.
func checksOutHead(step *yaml.Node) bool {
	if onlyFromHere.MatchString(scalar(step, "if")) {
		return false
	}
	return strings.HasPrefix(scalar(step, "uses"), "actions/checkout@") && headOfPull.MatchString(scalar(step, "with", "ref")) ||
		checksOut.MatchString(scalar(step, "run"))
}

// secretsIn returns the scalars below a node that have a credential in an expression.
func secretsIn(n *yaml.Node, found []*yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "secrets") && inGitHubExpression(n.Value) != "":
		return append(found, n)
	case n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode:
		for _, inner := range n.Content {
			found = secretsIn(inner, found)
		}
	}
	return found
}

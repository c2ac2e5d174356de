package rules

import (
	"cmp"
	"slices"
	"strings"
)

// sharedKeyAcrossEnvironments finds a key that several environments use.
var sharedKeyAcrossEnvironments = Rule{
	ID:    "shared-key-across-environments",
	Title: "Key shared by several environments",
	Help: `The settings of several environments have the same key. The names of files, folders and
variables show the environment: ` + "`.env.staging`, `values-prod.yaml`, `QAS_TOKEN_DEV`" + `.
Anyone with access to the least protected environment has the key of all of them, and it
cannot be revoked for one environment only.

A secret of a CI service that jobs for several environments use is a note. A job that sets
` + "`" + `environment` + "`" + ` is left out: the service may have a secret of that name for each environment.

## Example

~~~sh .env.staging
QAS_TOKEN=KEY
~~~

~~~sh .env.production
QAS_TOKEN=KEY
~~~

Better, with a separate key for each, and none in a file of the repository:

~~~sh .env.staging
QAS_TOKEN=
~~~

## Remediation

1. Create a key for each environment: QA Sphere, Settings → API Keys.
2. Revoke the shared key.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, places := range p.places() {
			var all []string
			first := -1
			for _, i := range places {
				e := cmp.Or(environmentOf(p.Keys[i]))
				if e != "" && !slices.Contains(all, string(e)) {
					all = append(all, string(e))
				}
				if e != "" && first < 0 {
					first = i
				}
			}
			if len(all) > 1 {
				slices.Sort(all)
				found = append(found, keyLint(first, p.Keys[first].Key, Warning, Medium,
					"is shared by several environments: "+strings.Join(all, ", ")))
			}
		}
		for _, u := range p.usesAcross() {
			slices.Sort(u.environments)
			found = append(found, Lint{Path: u.path, Match: Match{
				Start: u.start, End: u.end, Severity: Note, Confidence: Medium, ByName: true, Subject: u.name,
				Message: "The secret " + u.name + " is used in several environments: " + strings.Join(u.environments, ", "),
			}})
		}
		return found
	},
}

package rules

import (
	"slices"
	"strings"
)

// sharedKeyAcrossEnvironments sees one key for several environments.
var sharedKeyAcrossEnvironments = Rule{
	ID:    "shared-key-across-environments",
	Title: "One key for several environments",
	Help: `The same key stands in the settings of several environments, by the names of files,
folders and variables: ` + "`.env.staging`, `values-prod.yaml`, `QAS_TOKEN_DEV`" + `. Whoever gets
at the weakest of them has the key of all, and it cannot be revoked for one alone.

## Example

~~~sh .env.staging
QAS_TOKEN=KEY
~~~

~~~sh .env.production
QAS_TOKEN=KEY
~~~

Better, each with its own, and none in a file of the repository:

~~~sh .env.staging
QAS_TOKEN=
~~~

## Remediation

1. Make a key for each environment: QA Sphere, Settings → API Keys.
2. Revoke the shared one.
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
				byName, byPath := environmentOf(p.Keys[i])
				e := byName
				if e == "" {
					e = byPath
				}
				if e != "" && !slices.Contains(all, string(e)) {
					all = append(all, string(e))
				}
				if e != "" && first < 0 {
					first = i
				}
			}
			if len(all) > 1 {
				slices.Sort(all)
				l := keyLint(first, p.Keys[first].Key, Warning, "is for several environments: "+strings.Join(all, ", "))
				l.Confidence = Medium
				found = append(found, l)
			}
		}
		return found
	},
}

package rules

import "cmp"

// productionKeyInDevelopment finds production keys in settings for development.
var productionKeyInDevelopment = Rule{
	ID:    "production-key-in-development",
	Title: "Production key in a development environment",
	Help: `A production key is in settings for development or tests. It is a production key by the
name of its variable or secret, or because the settings for production have it, too. The
rule also looks at jobs of pipelines that use such a secret for development. The machines
of developers and of CI are less protected, and a faulty test can change real projects.

## Example

~~~sh .env.development
QAS_TOKEN_PROD=KEY
~~~

Better, with a separate key in a file that git ignores:

~~~sh .env.development
QAS_TOKEN=
~~~

## Remediation

1. Create a key for development, preferably of a user with few permissions: QA Sphere,
   Settings → API Keys.
2. Revoke the production key, and create a new one that is used only in production.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			for _, u := range p.secretUses(f) {
				if u.byName == production && (u.place == development || u.place == testing) {
					found = append(found, Lint{Path: u.path, Match: Match{
						Start: u.start, End: u.end, Severity: Warning, Confidence: Medium, ByName: true, Subject: u.name,
						Message: u.name + " is a production key by its name, and is used in a development environment: create a key for each",
					}})
				}
			}
		}
		for _, places := range p.places() {
			inProduction := false
			for _, i := range places {
				inProduction = inProduction || cmp.Or(environmentOf(p.Keys[i])) == production
			}
			if !inProduction {
				continue
			}
			for _, i := range places {
				byName, byPath := environmentOf(p.Keys[i])
				if byPath == development || byPath == testing || byName == development {
					found = append(found, keyLint(i, p.Keys[i].Key, Warning, Medium,
						"is a production key in a development environment: create a key for each"))
				}
			}
		}
		return found
	},
}

package rules

// productionKeyInDevelopment sees keys for production in settings for development.
var productionKeyInDevelopment = Rule{
	ID:    "production-key-in-development",
	Title: "Key for production in development",
	Help: `A key that is for production, by the name of its variable or because it also stands
in the settings of production, is in settings for development or tests. Machines of
developers and of CI are less guarded, and a test that goes wrong changes real projects.

## Example

~~~sh .env.development
QAS_TOKEN_PROD=KEY
~~~

Better, a key of its own, and in a file that git ignores:

~~~sh .env.development
QAS_TOKEN=
~~~

## Remediation

1. Make a key for development, best of a user who may do little: QA Sphere, Settings →
   API Keys.
2. Revoke the one for production, and make a new one that stays there.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, places := range p.places() {
			inProduction := false
			for _, i := range places {
				byName, byPath := environmentOf(p.Keys[i])
				inProduction = inProduction || byName == production || byName == "" && byPath == production
			}
			if !inProduction {
				continue
			}
			for _, i := range places {
				byName, byPath := environmentOf(p.Keys[i])
				if byPath == development || byPath == testing || byName == development {
					l := keyLint(i, p.Keys[i].Key, Warning, "is for production, and here for development: make one for each")
					l.Confidence = Medium
					found = append(found, l)
				}
			}
		}
		return found
	},
}

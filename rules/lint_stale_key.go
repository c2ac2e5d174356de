package rules

import (
	"fmt"
	"time"
)

// staleKey finds keys that have not been rotated for a long time.
var staleKey = Rule{
	ID:    "stale-key",
	Title: "Stale API key",
	Help: `A key was created more than 180 days ago, according to the time in its key ID. Keys of
QA Sphere do not expire. The older a key is, the more people, machines and backups have
had it. To change the threshold, set ` + "`days`" + ` in the configuration:

~~~yaml .qasleaks.yml
rules:
  stale-key: {days: 90}
~~~

## Example

~~~sh .env
QAS_TOKEN=OLD-KEY
~~~

Better, with a key that is rotated, and not in a file:

~~~sh .env
QAS_TOKEN=
~~~

## Remediation

1. Create a new key, and replace the old one wherever it is used.
2. Revoke the old key: QA Sphere, Settings → API Keys, by tenant and key ID.
`,
	Severity:   Note,
	Confidence: High,
	Lint:       true,
	Tuning:     Tuning{Days: 180},
	Check: func(p Project) []Lint {
		var found []Lint
		for _, places := range p.places() {
			key := p.Keys[places[0]].Key
			age := int(p.Now.Sub(key.CreatedAt) / (24 * time.Hour))
			if key.CreatedAt.IsZero() || age <= p.Days {
				continue
			}
			found = append(found, keyLint(places[0], key, Note, High, fmt.Sprintf(
				"was created on %s, %d days ago: rotate keys every %d days", key.CreatedAt.UTC().Format(time.DateOnly), age, p.Days)))
		}
		return found
	},
}

package rules

import (
	"fmt"
	"time"
)

// staleKey finds keys that have not been rotated for a long time.
var staleKey = Rule{
	ID:    "stale-key",
	Title: "Stale API key",
	Help: `A key was created more than 180 days ago, according to the time in its key ID. If the
key ID has no time, the first commit that has the key counts. Keys of QA Sphere do not
expire. The older a key is, the more people, machines and backups have had it. A key that
is reported as an error has to be revoked anyway: its own finding shows its age, and this
rule does not report it. To change the threshold, set ` + "`days`" + ` in the configuration:

~~~yaml .qasleaks.yml
rules:
  stale-key: {days: 90}
~~~

## Example

~~~sh .gitignore
.env
~~~

~~~sh +.env
QAS_TOKEN=OLD-KEY
~~~

Better, with a key that is rotated:

~~~sh +.env
QAS_TOKEN=KEY
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
			k := p.Keys[places[0]]
			since, did := k.Key.CreatedAt, "created"
			if since.IsZero() {
				since, did = k.Since, "first committed"
			}
			age := int(p.Now.Sub(since) / (24 * time.Hour))
			if k.Leaked || since.IsZero() || age <= p.Days {
				continue
			}
			found = append(found, keyLint(places[0], k.Key, Note, High, fmt.Sprintf(
				"was %s on %s: rotate keys every %d days", did, since.UTC().Format(time.DateOnly), p.Days)))
		}
		return found
	},
}

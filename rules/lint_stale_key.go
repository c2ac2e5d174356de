package rules

import (
	"fmt"
	"time"
)

// staleKey sees keys that were not rotated for long.
var staleKey = Rule{
	ID:    "stale-key",
	Title: "QA Sphere API key that was not rotated for long",
	Help: `A key was made more than 180 days ago: its key ID tells when. Keys of QA Sphere never
expire by themselves, and the older one is, the more people, machines and backups
have seen it. The threshold is ` + "`days`" + ` in the configuration:

~~~yaml .qasleaks.yml
rules:
  stale-key: {days: 90}
~~~

## Example

~~~sh .env
QAS_TOKEN=OLD-KEY
~~~

Better, a key that is rotated, and not in a file:

~~~sh .env
QAS_TOKEN=
~~~

## Remediation

1. Make a new key, and put it wherever the old one is in use.
2. Revoke the old one: QA Sphere, Settings → API Keys, by tenant and key ID.
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
			found = append(found, keyLint(places[0], key, Note, fmt.Sprintf(
				"was made on %s, %d days ago: rotate keys every %d days", key.CreatedAt.UTC().Format(time.DateOnly), age, p.Days)))
		}
		return found
	},
}

// keyLint is what a rule says of a key at the sighting of that index: that it "was
// made …".
func keyLint(sighting int, key Key, severity Severity, what string) Lint {
	message := "Key " + key.TenantID + "." + key.KeyID + " " + what
	return Lint{
		Seen:  sighting + 1,
		Match: Match{Severity: severity, Confidence: High, Subject: key.String(), Message: message},
	}
}

package rules

import "path"

// trackedCredentialFile finds credential files that git tracks.
var trackedCredentialFile = Rule{
	ID:    "tracked-credential-file",
	Title: "Credential file tracked by git",
	Help: `git tracks a file for credentials (` + "`.env`" + ` and similar names, ` + "`.qaspherecli`" + `,
` + "`credentials.json`" + `) in which a QA Sphere credential has a value. The next commit and every
clone contain all values that are added to it. Templates such as ` + "`.env.example`" + ` and files
in which credentials have no values are not reported.

## Example

~~~sh .env
QAS_URL=https://acme.eu1.qasphere.com
QAS_TOKEN=f9d0K2xQ8m-part-of-a-key
~~~

Better, with ` + "`.env`" + ` in ` + "`.gitignore`" + `:

~~~sh .env.example
QAS_URL=https://acme.eu1.qasphere.com
QAS_TOKEN=
~~~

## Remediation

1. Rotate the credentials in it, since the history has them: QA Sphere, Settings → API
   Keys.
2. Remove it from git but not from the disk: ` + "`git rm --cached .env`" + `.
3. Add its name to ` + "`.gitignore`" + `, and commit a template without values.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if !f.Tracked || !isCredentialFile(f.Path) || !p.hasCredential(f) {
				continue
			}
			found = append(found, Lint{
				Path: f.Path,
				Match: Match{
					Severity: Warning, Confidence: High, Subject: path.Base(f.Path), ByName: true,
					Message: "git tracks " + path.Base(f.Path) + ", in which a QA Sphere credential has a value: rotate it, run git rm --cached, and ignore the file",
				},
				Append: ignoreLine(f),
			})
		}
		return found
	},
}

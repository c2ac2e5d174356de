package rules

import "path"

// trackedCredentialFile sees files for credentials that git tracks.
var trackedCredentialFile = Rule{
	ID:    "tracked-credential-file",
	Title: "Credential file tracked by git",
	Help: `git tracks a file in which people keep credentials (` + "`.env`" + ` and its kin, ` + "`.qaspherecli`" + `,
` + "`credentials.json`" + `), and a QA Sphere credential has a value in it. What comes into it is
in the next commit, and in every clone for ever. Templates such as ` + "`.env.example`" + `,
and files whose credentials have no values, are fine.

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

1. Rotate what is in it: QA Sphere, Settings → API Keys. It is in the history.
2. Take it out of git, not off the disk: ` + "`git rm --cached .env`" + `.
3. Write its name into ` + "`.gitignore`" + `, and commit a template without values.
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
					Severity: Warning, Confidence: High, Subject: path.Base(f.Path),
					Message: "git tracks " + path.Base(f.Path) + ", in which a QA Sphere credential has a value: rotate it, take the file out with git rm --cached, and ignore it",
				},
				Append: ignoreLine(f),
			})
		}
		return found
	},
}

// hasCredential reports whether a credential file has a QA Sphere credential in it.
func (p Project) hasCredential(f File) bool {
	for _, k := range p.Keys {
		if k.Path == f.Path {
			return !k.Accepted
		}
	}
	return holdsCredential(f.Read())
}

// ignoreLine is what .gitignore should say of a file.
func ignoreLine(f File) Append {
	return Append{f.Root + ".gitignore", "/" + f.Path[len(f.Root):]}
}

package rules

import "slices"

// plaintextCICredential finds credentials that are hard-coded in CI pipelines.
var plaintextCICredential = Rule{
	ID:    "plaintext-ci-credential",
	Title: "Hard-coded credential in a CI pipeline",
	Help: `A CI pipeline contains a QA Sphere credential as a literal instead of a reference to a
secret of the CI service. Anyone who can read the repository can read the credential, and
the service does not mask it in logs, because it masks only its own secrets.

## Example

~~~yaml .github/workflows/ci.yml
env:
  QAS_URL: https://acme.eu1.qasphere.com
  QAS_TOKEN: f9d0K2xQ8m-part-of-a-key
~~~

Better:

~~~yaml .github/workflows/ci.yml
env:
  QAS_URL: https://acme.eu1.qasphere.com
  QAS_TOKEN: ${{ secrets.QAS_TOKEN }}
~~~

## Remediation

1. Rotate the key: QA Sphere, Settings → API Keys.
2. Store the new one as a secret of the service: on GitHub under Settings → Secrets and
   variables → Actions, on GitLab as a masked variable under Settings → CI/CD.
3. Refer to it with ` + "`${{ secrets.QAS_TOKEN }}`" + ` on GitHub. On GitLab, pipelines get the
   variables of the project without a line in the file.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			service := ciOf(f.Path)
			if service == noCI {
				continue
			}
			text := f.Read()
			add := func(start, end int) {
				if slices.ContainsFunc(p.Keys, func(k Sighting) bool { return k.Accepted && k.Path == f.Path && k.Start == start }) {
					return
				}
				if slices.ContainsFunc(found, func(l Lint) bool { return l.Path == f.Path && l.Start < end && start < l.End }) {
					return
				}
				m := Match{
					Start: start, End: end, Severity: Warning, Confidence: High, ByName: true,
					Message: "A credential is hard-coded in a CI pipeline: rotate it, and store the new one as a secret of the CI service",
				}
				if service == gitHub && isWholeValue(text, start, end) {
					m.Replace = "${{ secrets.QAS_TOKEN }}"
				}
				found = append(found, Lint{Path: f.Path, Match: m})
			}
			for _, n := range credentialNames(text) {
				if start, end, ok := literalValue(text, n.end); ok {
					add(start, end)
				}
			}
			for _, k := range p.Keys {
				if k.Path == f.Path && k.End <= len(text) {
					add(k.Start, k.End)
				}
			}
		}
		return found
	},
}

// isWholeValue reports whether text[start:end] is a whole YAML scalar.
func isWholeValue(text []byte, start, end int) bool {
	if start == 0 {
		return false
	}
	before, after := text[start-1], byte('\n')
	if end < len(text) {
		after = text[end]
	}
	if isQuote(before) {
		return before == after && before != '`'
	}
	return before == ' ' && start > 1 && text[start-2] == ':' && (after == '\n' || after == '\r')
}

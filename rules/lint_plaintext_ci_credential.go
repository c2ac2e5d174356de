package rules

import "slices"

// plaintextCICredential sees credentials written out in what a CI service runs.
var plaintextCICredential = Rule{
	ID:    "plaintext-ci-credential",
	Title: "Credential written out in a CI pipeline",
	Help: `A pipeline gives a QA Sphere credential as a literal where it should name a secret of
the CI service. Everybody who reads the repository reads it, and the service masks in
its logs only what it knows as a secret.

## Example

~~~yaml .github/workflows/ci.yml
env:
  QAS_TOKEN: f9d0K2xQ8m-part-of-a-key
~~~

Better:

~~~yaml .github/workflows/ci.yml
env:
  QAS_TOKEN: ${{ secrets.QAS_TOKEN }}
~~~

## Remediation

1. Rotate the key: QA Sphere, Settings → API Keys.
2. Store the new one as a secret of the service: on GitHub under Settings → Secrets and
   variables → Actions, on GitLab as a masked variable under Settings → CI/CD.
3. Name it: ` + "`${{ secrets.QAS_TOKEN }}`" + ` on GitHub; on GitLab a variable of the project needs
   no line in the file.
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
					Start: start, End: end, Severity: Warning, Confidence: High,
					Message: "A credential is written out in a pipeline: keep it as a secret of the CI service, and rotate it",
				}
				if service == gitHub && isWholeValue(text, start, end) {
					m.Replace = "${{ secrets.QAS_TOKEN }}"
				}
				found = append(found, Lint{Path: f.Path, Match: m})
			}
			for _, n := range credentialNames(text) {
				if start, end, ok := writtenOut(text, n.end); ok {
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

// isWholeValue reports whether text[start:end] is the whole of a YAML scalar.
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

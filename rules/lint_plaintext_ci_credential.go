package rules

import "bytes"

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
			if service := ciOf(f.Path); service != noCI {
				found = append(found, p.hardCoded(f, service == gitHub)...)
			}
		}
		return found
	},
}

// hardCoded returns the credentials that are written out in a pipeline, one for each place.
func (p Project) hardCoded(f File, onGitHub bool) []Lint {
	text := f.Read()
	var places []Range
	for _, n := range credentialNames(text) {
		if start, end, ok := literalValue(text, n.end); ok {
			places = append(places, Range{start, end})
		}
	}
	accepted := map[int]bool{}
	for _, k := range p.keysIn(f.Path) {
		if accepted[k.Start] = accepted[k.Start] || k.Accepted; k.End <= len(text) {
			places = append(places, Range{k.Start, k.End})
		}
	}
	if len(places) == 0 {
		return nil
	}
	var found []Lint
	taken := make([]byte, len(text)) // 1 for each byte of a place
	for _, r := range places {
		if accepted[r.Start] || bytes.IndexByte(taken[r.Start:r.End], 1) >= 0 {
			continue
		}
		for i := range taken[r.Start:r.End] {
			taken[r.Start+i] = 1
		}
		m := Match{
			Start: r.Start, End: r.End, Severity: Warning, Confidence: High, ByName: true,
			Message: "A credential is hard-coded in a CI pipeline: rotate it, and store the new one as a secret of the CI service",
		}
		if onGitHub && isWholeValue(text, r.Start, r.End) {
			m.Replace = "${{ secrets.QAS_TOKEN }}"
		}
		found = append(found, Lint{Path: f.Path, Match: m})
	}
	return found
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

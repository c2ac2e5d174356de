package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// credentialInTestBrowser finds credentials that test runners give to the browser.
var credentialInTestBrowser = Rule{
	ID:    "credential-in-test-browser",
	Title: "Credential in the browser of tests",
	Help: `A test runner gives a QA Sphere credential to the browser under test, where the pages, their
scripts and the artifacts of the run have it:

- Cypress copies all of ` + "`env`, and variables that begin with `CYPRESS_`" + `, into the browser.
- Playwright sends ` + "`extraHTTPHeaders`" + ` with every request of a page, to any host, and writes
  them into traces and recordings.
- A storage state has everything that a test puts into the local storage.

## Example

~~~ts playwright.config.ts
// results are uploaded to QA Sphere
export default defineConfig({
  use: {
    trace: 'retain-on-failure',
    extraHTTPHeaders: { Authorization: ` + "`Bearer ${process.env.QAS_TOKEN}`" + ` },
  },
});
~~~

Better, with a request that no page and no trace sees:

~~~ts playwright.config.ts
// results are uploaded to QA Sphere by a reporter, which reads QAS_TOKEN
export default defineConfig({
  use: { trace: 'retain-on-failure' },
  reporter: [['./qasphere-reporter.ts']],
});
~~~

## Remediation

1. Call QA Sphere from Node.js: from a reporter, a global teardown, ` + "`cy.task`" + ` or a step after
   the tests.
2. Delete the traces, videos and storage states, and rotate the key: QA Sphere, Settings →
   API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		traced := slices.ContainsFunc(p.Files, func(f File) bool { return isPlaywrightConfig(path.Base(f.Path)) && keepsTraces(f.Read()) })
		for _, f := range p.Files {
			if !f.Names {
				continue
			}
			for _, m := range inTestBrowser(f, traced) {
				m.Severity, m.Confidence, m.ByName = Warning, High, true
				found = append(found, Lint{Path: f.Path, Match: m})
			}
		}
		return found
	},
}

func isCypressConfig(base string) bool {
	return strings.HasPrefix(base, "cypress.config.") || base == "cypress.json" || base == "cypress.env.json"
}

func isPlaywrightConfig(base string) bool { return strings.HasPrefix(base, "playwright.config.") }

// keepsTraces reports whether a configuration of Playwright writes what a browser sends.
func keepsTraces(text []byte) bool {
	for _, setting := range []string{"trace:", "recordHar:", "recordVideo:", "tracing.start", "routeFromHAR"} {
		for at := 0; ; {
			i := bytes.Index(text[at:], []byte(setting))
			if i < 0 {
				break
			}
			at += i + len(setting)
			if value := skip(text, at, " \t\"'`", 8); !bytes.HasPrefix(text[value:], []byte("off")) {
				return true
			}
		}
	}
	return false
}

// inTestBrowser returns the names of credentials that a file gives to a browser.
func inTestBrowser(f File, traced bool) []Match {
	var found []Match
	base := path.Base(f.Path)
	text := f.Read()
	add := func(n credentialName, why string) {
		found = append(found, Match{Start: n.start, End: n.end, Subject: n.name, Message: n.name + why})
	}
	for _, n := range cypressVariables(text) {
		add(n, " is in the browser: Cypress copies variables that begin with CYPRESS_ into it")
	}
	if !isSource(f.Path) && !isCypressConfig(base) {
		return found
	}
	s := readSource(f)
	names := credentialNames(s.bare)
	for _, n := range names[:min(len(names), maxJudged)] {
		block, open := s.enclosing(n.start)
		before := s.bare[max(0, n.start-16):n.start]
		isEnv := bytes.HasSuffix(before, []byte("config.env.")) || bytes.HasSuffix(before, []byte("config.env['")) || bytes.HasSuffix(before, []byte(`config.env["`))
		switch {
		case bytes.HasSuffix(before, []byte("Cypress.env('")), bytes.HasSuffix(before, []byte(`Cypress.env("`)),
			isCypressConfig(base) && (isEnv || base == "cypress.env.json" || slices.Contains(open, "env") && !bytes.HasSuffix(before, []byte("process.env."))):
			add(n, " is in the browser: Cypress copies its env into it")
		case slices.Contains(open, "extraHTTPHeaders") && (traced || keepsTraces(s.bare)):
			add(n, " is in traces and sent to every host: extraHTTPHeaders are headers of all requests of a page")
		case bytes.Contains(s.bare[block:n.start], []byte("localStorage.setItem(")) && bytes.Contains(s.bare, []byte("storageState")):
			add(n, " is in the storage state: the local storage is part of it")
		}
	}
	return found
}

// cypressVariables returns the names of credentials in a text that begin with CYPRESS_.
func cypressVariables(text []byte) []credentialName {
	var found []credentialName
	const prefix = "cypress_"
	for at := 0; at+len(prefix) < len(text); at++ {
		if text[at]|0x20 != 'c' || !hasPrefixFold(text[at:], prefix) || at > 0 && isIdentifierByte(text[at-1]) {
			continue
		}
		_, end := nameAround(text, at)
		if name := string(text[at:end]); isCredentialName(name[len(prefix):]) {
			found = append(found, credentialName{at, end, name})
		}
		at = end - 1
	}
	return found
}

// enclosing returns where the statement around an offset begins, and the names before the
// brackets that are open there, innermost first: env of env: { and f of f(.
func (s source) enclosing(at int) (start int, open []string) {
	const longest = 4 * Reach
	depth := 0
	start = -1
	for i := at - 1; i >= 0 && at-i < longest; i-- {
		switch c := s.code[i]; c {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth > 0 {
				depth--
				continue
			}
			word, _ := wordBefore(s.bare, i)
			open = append(open, word)
		case ';', '\n':
			if start < 0 && depth == 0 {
				start = i + 1
			}
		}
	}
	return max(start, 0), open
}

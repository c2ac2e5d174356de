package rules

import (
	"bytes"
	"regexp"
	"strings"
)

// credentialInCILog finds commands in CI pipelines that write a credential to the log.
var credentialInCILog = Rule{
	ID:    "credential-in-ci-log",
	Title: "Credential written to a CI log",
	Help: `A command in a CI pipeline writes a QA Sphere credential to the log: ` + "`echo`" + ` or a similar
command, ` + "`set -x`" + ` around a command that gets the credential, or ` + "`curl -v`" + `, which prints
request headers. CI services mask only the exact value of a secret; encoded, truncated or
quoted values appear in the log. More people can read logs than secrets, and logs are
kept for a long time.

## Example

~~~yaml .github/workflows/ci.yml
steps:
  - run: echo "uploading with $QAS_TOKEN"
  - run: npx qas-cli junit-upload results.xml
~~~

Better:

~~~yaml .github/workflows/ci.yml
steps:
  - run: test -n "$QAS_TOKEN" || { echo "QAS_TOKEN is not set"; exit 1; }
  - run: npx qas-cli junit-upload results.xml
~~~

## Remediation

1. Remove the command, write ` + "`set +x`" + ` before it, or remove ` + "`-v`" + ` from curl.
2. Delete the logs that contain the credential, and rotate the key: QA Sphere, Settings →
   API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if !f.Names || ciOf(f.Path) == noCI {
				continue
			}
			if text := f.Read(); len(credentialNames(text)) > 0 {
				found = append(found, loggedIn(f.Path, text)...)
			}
		}
		return found
	},
}

var (
	// stepStart is the first line of the commands of a new shell.
	stepStart = regexp.MustCompile(`^\s*(?:-\s+)?(?:name|uses|run|script|before_script|after_script|bash|pwsh)\s*:`)
	// yamlLead is the YAML before a command.
	yamlLead = regexp.MustCompile(`^\s*(?:-\s+)?(?:(?:run|script|bash)\s*:\s*)?["']?[|>]?[-+]?\s*`)
	printing = regexp.MustCompile(`^(?:echo|printf|Write-Host|Write-Output|print|puts|printenv)\b`)
	verbose  = regexp.MustCompile(`\bcurl\b.*\s(?:-[a-zA-Z]*v[a-zA-Z]*|--verbose|--trace(?:-ascii)?)(?:\s|=|$)`)
)

// loggedIn returns the credentials that the commands in a pipeline file write to the log.
func loggedIn(name string, text []byte) []Lint {
	var found []Lint
	tracing := bytes.HasPrefix(text, []byte("#!")) && bytes.HasSuffix(bytes.TrimSpace(firstLine(text)), []byte(" -x"))
	for at := 0; at < len(text); {
		line := logicalLine(text[at:])
		start := at
		at += len(line)
		if stepStart.Match(line) {
			tracing = false
		}
		lead := yamlLead.FindIndex(line)[1]
		for _, c := range commands(line[lead:]) {
			command := bytes.TrimSpace(line[lead+c.start : lead+c.end])
			if len(command) > 0 && command[0] == '#' {
				continue
			}
			if on, off := traces(command); on || off {
				tracing = on
				continue
			}
			offset := start + lead + c.start
			ref, ok := expanded(text[offset : start+lead+c.end])
			why := ""
			switch {
			case ok && printing.Match(command) && !c.redirected && !bytes.Contains(command, []byte("add-mask")):
				why = "is printed to the log"
			case ok && tracing:
				why = "is printed to the log: set -x prints commands with the values of variables"
			case ok && verbose.Match(command):
				why = "is printed to the log: curl -v prints request headers"
			case !ok && bytes.HasPrefix(command, []byte("printenv")) && !c.redirected:
				if names := credentialNames(command); len(names) == 1 {
					i := bytes.Index(text[offset:], []byte(names[0].name))
					ref, why = credentialName{i, i + len(names[0].name), names[0].name}, "is printed to the log"
				}
			}
			if why == "" {
				continue
			}
			found = append(found, Lint{Path: name, Match: Match{
				Start: offset + ref.start, End: offset + ref.end, Severity: Warning, Confidence: High, ByName: true,
				Subject: string(text[offset+ref.start : offset+ref.end]), Message: ref.name + " " + why,
			}})
		}
	}
	return found
}

// traces reports whether a command turns the tracing of commands on or off: set -x,
// set -euxo pipefail, set +o xtrace.
func traces(command []byte) (on, off bool) {
	words := strings.Fields(string(command))
	if len(words) < 2 || words[0] != "set" {
		return false, false
	}
	for i, w := range words[1:] {
		switch {
		case w == "xtrace" && i > 0, len(w) > 1 && w[1] != '-' && strings.Contains(w, "x") && strings.ContainsRune("-+", rune(w[0])):
			sign := w[0]
			if w == "xtrace" {
				sign = words[i][0]
			}
			return sign == '-', sign == '+'
		}
	}
	return false, false
}

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

// logicalLine returns the first line of a text, with the lines that \ joins to it.
func logicalLine(text []byte) []byte {
	end := 0
	for {
		next := bytes.IndexByte(text[end:], '\n')
		if next < 0 {
			return text
		}
		end += next + 1
		if !bytes.HasSuffix(bytes.TrimRight(text[:end], "\r\n"), []byte(`\`)) {
			return text[:end]
		}
	}
}

// command is a command in a line of shell.
type command struct {
	start, end int
	redirected bool // to another command or a file
}

// commands splits a line of shell at ;, && and ||.
func commands(line []byte) []command {
	var all []command
	now := command{}
	end := func(i, skip int) {
		now.end = i
		all = append(all, now)
		now = command{start: i + skip}
	}
	var quote byte
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '$' && bytes.HasPrefix(line[i:], []byte("${{")):
			i += max(0, bytes.Index(line[i:], []byte("}}")))
		case c == ';', c == '&' && next(line, i) == '&', c == '|' && next(line, i) == '|':
			width := 1
			if c != ';' {
				width = 2
			}
			end(i, width)
			i += width - 1
		case c == '|' && !bytes.HasPrefix(bytes.TrimSpace(line[i+1:]), []byte("tee")):
			now.redirected = true
		case c == '>' && next(line, i) != '&' && !strings.HasPrefix(strings.TrimLeft(string(line[i+1:]), "> "), "/dev/std"):
			now.redirected = true
		}
	}
	end(len(line), 0)
	return all
}

func next(line []byte, i int) byte {
	if i+1 < len(line) {
		return line[i+1]
	}
	return 0
}

// reference matches a variable of a shell, of PowerShell or of GitHub's expressions that
// is replaced by its value.
var reference = regexp.MustCompile(`\$\{\{\s*(?:secrets|env|inputs|vars)\.(\w+)\s*\}\}|\$\{(\w+)(?::?[-?=][^}]*|:[0-9][^}]*|[%#/,^][^}]*)?\}|\$env:(\w+)|\$(\w+)`)

// expanded returns the first reference to a credential in a command that the shell or
// the CI service replaces by its value.
func expanded(command []byte) (credentialName, bool) {
	for _, at := range reference.FindAllSubmatchIndex(command, -1) {
		for group := 2; group < len(at); group += 2 {
			if at[group] < 0 || !isCredentialName(string(command[at[group]:at[group+1]])) {
				continue
			}
			if group == 2 || !inSingleQuotes(command[:at[0]]) {
				end := at[1]
				if group == 4 && command[end-1] == '}' && command[at[group+1]] != '}' {
					end = at[group+1] // the text after the name may be a secret
				}
				return credentialName{at[0], end, string(command[at[group]:at[group+1]])}, true
			}
		}
	}
	return credentialName{}, false
}

// inSingleQuotes reports whether a single quote is open at the end of a text.
func inSingleQuotes(text []byte) bool {
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote == c:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	return quote == '\''
}

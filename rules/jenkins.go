package rules

import (
	"bytes"
	"slices"
)

// groovyCall is a step of a Jenkinsfile with a text: sh '…', echo "…", sh(script: "…").
type groovyCall struct {
	name       string
	start, end int // of the text, without its quotes
	// interpolated says that Groovy replaces variables in it.
	interpolated bool
}

var groovySteps = []string{"sh", "bash", "bat", "pwsh", "powershell", "echo", "print", "println"}

// groovyCalls returns the steps of a Jenkinsfile that run or print a text. There is no
// parser of Groovy to use: it is enough to know where comments and strings end.
func groovyCalls(text []byte) []groovyCall {
	var found []groovyCall
	name := "" // the step whose text has not come yet
	for at := 0; at < len(text); {
		c := text[at]
		switch {
		case bytes.HasPrefix(text[at:], []byte("//")):
			at += len(firstLine(text[at:]))
		case bytes.HasPrefix(text[at:], []byte("/*")):
			end := bytes.Index(text[at+2:], []byte("*/"))
			if end < 0 {
				return found
			}
			at += end + 4
		case c == '"' || c == '\'':
			start, end, after := groovyString(text, at)
			if name != "" {
				found = append(found, groovyCall{name, start, end, c == '"'})
			}
			name, at = "", after
		case isIdentifierByte(c):
			end := at
			for end < len(text) && isIdentifierByte(text[end]) {
				end++
			}
			switch word := string(text[at:end]); {
			case slices.Contains(groovySteps, word) && (at == 0 || text[at-1] != '.'):
				name = word
			case word == "script" || word == "message" || word == "label" || word == "returnStdout" || word == "returnStatus" || word == "true" || word == "false":
			default:
				name = ""
			}
			at = end
		case c == '(' || c == ':' || c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r':
			at++
		default:
			name = ""
			at++
		}
	}
	return found
}

// groovyString returns the bounds of the string that begins at text[at], and its end with
// its quotes.
func groovyString(text []byte, at int) (start, end, after int) {
	quote := text[at : at+1]
	if triple := bytes.Repeat(quote, 3); bytes.HasPrefix(text[at:], triple) {
		quote = triple
	}
	start = at + len(quote)
	for end = start; end < len(text); end++ {
		switch {
		case text[end] == '\\':
			end++
		case bytes.HasPrefix(text[end:], quote):
			return start, end, end + len(quote)
		case text[end] == '\n' && len(quote) == 1:
			return start, end, end
		}
	}
	return start, len(text), len(text)
}

// jenkinsSteps returns the shell code of a Jenkinsfile. Variables that Groovy replaces are
// judged elsewhere, by [interpolatedIn].
func jenkinsSteps(text []byte) []step {
	var found []step
	for _, c := range groovyCalls(text) {
		if c.name != "sh" && c.name != "bash" {
			continue
		}
		code := bytes.Clone(text[c.start:c.end])
		if c.interpolated { // \$ is for the shell, $ is not
			for i, b := range code {
				if b == '$' {
					if i > 0 && code[i-1] == '\\' {
						code[i-1] = ' '
					} else {
						code[i] = '_'
					}
				}
			}
		}
		found = append(found, step{scripts: []script{newScript(code, false, func(from, to int) (int, int) { return c.start + from, c.start + to })}})
	}
	return found
}

// interpolatedIn returns the credentials that Groovy replaces by their values in a text.
func interpolatedIn(text []byte, c groovyCall) []credentialName {
	if !c.interpolated {
		return nil
	}
	var found []credentialName
	for at := c.start; at < c.end; at++ {
		switch text[at] {
		case '\\':
			at++
		case '$':
			end := nameEnd(text, at+1)
			if at+1 < c.end && text[at+1] == '{' {
				length := bytes.IndexByte(text[at:c.end], '}')
				if length < 0 {
					return found
				}
				end = at + length + 1
			}
			if names := credentialNames(text[at:min(end, c.end)]); len(names) == 1 {
				found = append(found, credentialName{at, min(end, c.end), names[0].name})
			}
		}
	}
	return found
}

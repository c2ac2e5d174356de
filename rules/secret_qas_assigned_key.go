package rules

import "bytes"

// qasAssignedKey sees a key given to a variable of the client (QAS_TOKEN), of
// the MCP server (QASPHERE_API_KEY), or to one named alike.
var qasAssignedKey = Rule{
	ID:    "qas-assigned-key",
	Title: "QA Sphere API key assigned to a variable",
	Help: `A QA Sphere API key is written out as the value of a variable or a setting, such
as ` + "`QAS_TOKEN`" + ` or ` + "`QASPHERE_API_KEY`" + `.

## Remediation

1. Revoke the key: QA Sphere, Settings → API Keys, by tenant and key ID.
2. Set the variable outside of the repository: in the shell, in a file that git
   ignores, or as a secret of the CI system.
`,
	Severity:   Error,
	Confidence: High,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		name := at
		for name > 0 && at-name < 64 && isNameByte(text[name-1]) {
			name--
		}
		end := at
		for end < len(text) && end-at < 64 && isNameByte(text[end]) {
			end++
		}
		if !namesCredential(text[name:end]) {
			return Match{}, false
		}
		start := valueStart(text, end)
		if start < 0 {
			return Match{}, false
		}
		end = threeParts(text, start)
		if end < 0 || goesOn(text, end) || end < len(text) && (text[end] == '.' || text[end] == '?') {
			return Match{}, false
		}
		key, ok := contextual(text, start, end)
		if !ok {
			return Match{}, false
		}
		return match(key, start, end, High, "assigned to "+string(text[name:nameEnd(text, at)]))
	},
}

func isNameByte(c byte) bool { return isWordByte(c) || c == '.' }

// maxNameLen bounds the rest of a variable's name.
const maxNameLen = 64

func nameEnd(text []byte, at int) int { return wordEnd(text, at, maxNameLen) }

// namesCredential reports whether a name with "qas" in it is one for a key, and
// not for what only has to do with one: QAS_AUTH_HOST, QAS_KEY_VERSION.
func namesCredential(name []byte) bool {
	for _, word := range []string{"host", "hostname", "domain", "endpoint", "server", "url", "uri", "version", "path", "file"} {
		if at := len(name) - len(word); at > 0 && hasPrefixFold(name[at:], word) {
			return false
		}
	}
	for _, word := range []string{"token", "key", "secret", "credential", "auth", "pass"} {
		if containsFold(name, word) {
			return true
		}
	}
	return false
}

// valueWords may stand between a name and its value: `name: X` / `value: …` of a
// Kubernetes manifest, `X: string = …` of a typed language.
var valueWords = []string{"value", "string", "str", "text", "default", "const", "or"}

// valueStart returns where the value of a name that ends at text[at] begins, or
// -1: after an assignment, a comma, a colon, an element's end, or a default. A
// YAML anchor may stand between, and the tags of a property list.
func valueStart(text []byte, at int) int {
	const longest = 96
	assigned := false
	for i := at; i < len(text) && i-at < longest; {
		c := text[i]
		switch {
		case assigned && (c == '_' || c == '-') && beginsToken(text, i):
			return i
		case c == '=' || c == ':' || c == ',' || c == '>' || c == '|' || c == '?':
			assigned = true
			i++
		case c == '\\':
			i += 1 + escapeTail(text, i+1)
		case c == '&' && assigned && text[i-1] == ' ':
			i = skip(text, wordEnd(text, i+1, maxTenantLen), " ", 1)
		case bytes.HasPrefix(text[i:], []byte("</key>")):
			i = skip(text, i+len("</key>"), " \t\r\n", 32)
			if !bytes.HasPrefix(text[i:], []byte("<string>")) {
				return -1
			}
			i += len("<string")
		case c == ' ' || c == '\t' || c == '-' || c == '(' || c == ')' || c == ']' || c == '[' || isQuote(c):
			i++
		case c == '\r' || c == '\n':
			// Only a manifest's or a formatted call's value stands on the next line.
			next := skip(text, i, " \t\r\n-", 64)
			if next < len(text) && !isQuote(text[next]) && !startsValueWord(text, next) {
				return -1
			}
			i = next
		case !isAlnum(c):
			return -1
		default:
			word := wordEnd(text, i, maxTenantLen)
			if isValueWord(text[i:word]) && (word >= len(text) || text[word] != '.') {
				assigned = true
				i = word
				continue
			}
			if !assigned && skip(text, at, " \t", longest) != i {
				return -1 // but ENV NAME value of a Dockerfile has only blanks
			}
			return i
		}
	}
	return -1
}

// beginsToken reports whether the mark at text[at] is the first character of a token
// that is given by itself, and not a part of the language.
func beginsToken(text []byte, at int) bool {
	before := text[at-1]
	return (isQuote(before) || before == '=' || before == ' ' || before == '>') && wordEnd(text, at, maxTokenLen)-at >= 16
}

func startsValueWord(text []byte, at int) bool {
	return isValueWord(text[at:wordEnd(text, at, maxTenantLen)])
}

func isValueWord(word []byte) bool {
	for _, w := range valueWords {
		if bytes.EqualFold(word, []byte(w)) {
			return true
		}
	}
	return false
}

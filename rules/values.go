package rules

import (
	"bytes"
	"slices"
	"strings"
)

// Values returns the bounds of the values that a text gives to names of credentials.
// A report must not show them, whether they are keys or not.
func Values(text []byte) [][2]int {
	var found [][2]int
	for _, n := range credentialNames(text) {
		if start, end, ok := literalValue(text, n.end); ok {
			found = append(found, [2]int{start, end})
		}
	}
	return found
}

// holdsCredential reports whether a file of variables or of JSON gives a QA Sphere
// credential a value.
func holdsCredential(text []byte) bool {
	// The official client stores the tokens of a login together with the tenant's URL.
	return len(Values(text)) > 0 || containsFold(text, "tenanturl") && containsFold(text, "accesstoken")
}

// literalValue returns the literal that is the value of a name which ends at text[at],
// if it looks like a credential and is neither a reference nor a placeholder.
func literalValue(text []byte, at int) (start, end int, ok bool) {
	start = valueStart(text, at)
	if start < 0 || bytes.IndexByte(text[at:start], '\n') >= 0 && bytes.IndexByte(text[at:start], ':') < 0 {
		return 0, 0, false
	}
	if end = threeParts(text, start); end >= 0 && !continues(text, end) {
		if _, ok := keyInContext(text, start, end); ok {
			return start, end, true
		}
	}
	end = credentialEnd(text, start)
	literal := text[start:end]
	if end-start < 8 || continues(text, end) || !credentialLike(literal) || isForTests(literal) || bytes.Contains(literal, []byte("://")) {
		return 0, 0, false
	}
	if end < len(text) && (text[end] == '(' || text[end] == '[') {
		return 0, 0, false // a call
	}
	root, _, chain := strings.Cut(strings.ToLower(string(literal)), ".")
	return start, end, !chain || !slices.Contains(references, root)
}

// nameEnd returns the end of the name that text[at] is in.
func nameEnd(text []byte, at int) int { return wordEnd(text, at, maxNameLen) }

// valueWords are the words that may be between a name and its value: `name: X` and
// `value: …` of a Kubernetes manifest, `X: string = …` of a typed language.
var valueWords = []string{"value", "string", "str", "text", "default", "const", "or", "final", "optional", "static", "undefined", "null", "to"}

// valueStart returns the start of the value of a name that ends at text[at], or -1. It
// accepts an assignment, a comma, a colon, the end of an element, and a default, with a
// YAML anchor or the tags of a property list in between.
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
		case c == '{' && !assigned: // a property of C#
			accessors := []byte("{ get; set; }")
			if !bytes.HasPrefix(text[i:], accessors) {
				return -1
			}
			i += len(accessors)
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
			// Only in a manifest or a formatted call is the value on the next line.
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
			if blank := skip(text, at, " \t", longest); !assigned && blank != i && (blank == at || skip(text, blank, "\"'", 1) != i) {
				return -1 // ENV NAME value in a Dockerfile has only blanks
			}
			return i
		}
	}
	return -1
}

// valueBefore returns the start of the value of the name at text[at:] in an object that has
// its fields in the other order: {"value": "x", "name": "QAS_TOKEN"}. It returns -1 if there
// is none.
func valueBefore(text []byte, at int) int {
	before := bytes.TrimRight(around(text, at, 240, 0), "\"'\\: \t")
	if !bytes.HasSuffix(before, []byte("name")) && !bytes.HasSuffix(before, []byte("key")) {
		return -1
	}
	field := lastFold(before, "value")
	if field < 0 || bytes.ContainsAny(before[field:], "{}") || bytes.Contains(before[field:], []byte("- ")) {
		return -1
	}
	field += max(0, at-240)
	return valueStart(text, nameEnd(text, field))
}

// beginsToken reports whether text[at], a - or _, is the first character of a token
// without a tenant and a key ID, and not an operator.
func beginsToken(text []byte, at int) bool {
	before := text[at-1]
	return (isQuote(before) || before == '=' || before == ' ' || before == '>') && wordEnd(text, at, maxTokenLen)-at >= 16
}

func startsValueWord(text []byte, at int) bool {
	return isValueWord(text[at:wordEnd(text, at, maxTenantLen)])
}

func isValueWord(word []byte) bool {
	return slices.ContainsFunc(valueWords, func(w string) bool { return bytes.EqualFold(word, []byte(w)) })
}

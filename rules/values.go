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
var valueWords = []string{
	"value", "string", "str", "text", "default", "defaultvalue", "const", "or", "final", "optional", "static", "undefined", "null", "to",
	"get", "set", "init", "return", "private", "protected", "internal", "by", "lazy", "body", "as",
}

// valueStart returns the start of the value of a name that ends at text[at], or -1. It
// accepts an assignment, a comma, a colon, the end of an element, and a default, with a
// YAML anchor, a call or the tags of a property list in between.
func valueStart(text []byte, at int) int {
	const longest = 96
	assigned, accessors := false, false
	for i := at; i < len(text) && i-at < longest; {
		c := text[i]
		switch {
		case assigned && (c == '_' || c == '-') && beginsToken(text, i):
			return i
		case c == '=' || c == ':' || c == ',' || c == '>' || c == '|' || c == '?':
			assigned = true
			i++
		case c == '{' && opensValue(text, i+1): // a property of C#, a block of Ruby or Kotlin
			accessors, assigned = true, true
			i++
		case accessors && (c == '}' || c == ';'):
			i++
		case i == at && endsReference(text, i) > i: // of Azure or Robot Framework
			assigned = true
			i = endsReference(text, i)
		case c == '\\':
			i += 1 + escapeTail(text, i+1)
		case c == '&' && assigned && text[i-1] == ' ':
			i = skip(text, wordEnd(text, i+1, maxTenantLen), " ", 1)
		case bytes.HasPrefix(text[i:], []byte("<<<")): // of a shell
			assigned = true
			i += len("<<<")
		case c == '@' && i+1 < len(text) && isQuote(text[i+1]): // of C# or Objective-C
			i++
		case assigned && bytes.HasPrefix(text[i:], []byte("!!")): // a tag of YAML
			i = wordEnd(text, i+len("!!"), maxTenantLen)
		case c == '<' && assigned && isAlnum(text[i-1+min(2, len(text)-i)]): // a cast
			i = skip(text, wordEnd(text, i+1, maxTenantLen), ">", 1)
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
			if next < len(text) && !isQuote(text[next]) && !startsValueWord(text, next) && !opensText(text, i) {
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
			if call := callEnd(text, word); assigned && call >= 0 {
				i = call
				continue
			}
			if next := skip(text, word, " \t", 4); assigned && next > word && next+1 < len(text) && text[next] == '=' && text[next+1] != '=' {
				i = next // a type
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

// opensText reports whether text[:end], to the end of a line, opens a text of several lines:
// a block of YAML, or a literal in triple quotes.
func opensText(text []byte, end int) bool {
	line := bytes.TrimRight(around(text, end, 8, 0), " \t\r")
	if bytes.HasSuffix(line, []byte(`"""`)) || bytes.HasSuffix(line, []byte("'''")) {
		return true
	}
	line = bytes.TrimRight(line, "+-")
	return bytes.HasSuffix(line, []byte(": |")) || bytes.HasSuffix(line, []byte(": >"))
}

// fieldValue returns the start of the value of a field whose name ends at text[at], also in
// the next element of XML, or -1.
func fieldValue(text []byte, at int) int {
	if start := valueStart(text, at); start >= 0 || at >= len(text) || text[at] != '<' {
		return start
	}
	return valueAfter(text, at)
}

// opensValue reports whether a block at text[at:] begins with a value or an accessor.
func opensValue(text []byte, at int) bool {
	at = skip(text, at, " \t\r\n", 32)
	if at < len(text) && isQuote(text[at]) {
		return true
	}
	word := string(text[at:wordEnd(text, at, maxTenantLen)])
	return slices.Contains([]string{"get", "set", "init", "return", "private"}, word)
}

// endsReference returns the offset after the end of a name in ${NAME}, which two blanks
// follow in Robot Framework, or in ##vso[task.setvariable variable=NAME;issecret=true] of
// Azure, if it is at text[at:]; else at.
func endsReference(text []byte, at int) int {
	switch {
	case text[at] == '}' && skip(text, at+1, " \t", 2) >= at+2:
		return at + 1
	case text[at] == ']' || text[at] == ';':
		end := skip(text, at, ";=abcdefghijklmnopqrstuvwxyzIOS", 48)
		if end+1 < len(text) && text[end] == ']' && isAlnum(text[end+1]) {
			return end + 1
		}
	}
	return at
}

// callEnd returns the offset after the rest of the name of a function at text[at:] and the
// parenthesis, if its first argument is a literal or has a name; else -1: String::from("x").
func callEnd(text []byte, at int) int {
	for n := 0; n < maxNameLen && at < len(text) && (isIdentifierByte(text[at]) || text[at] == '.' || text[at] == ':'); n++ {
		at++
	}
	if at+1 < len(text) && text[at] == '(' && (isQuote(text[at+1]) || startsValueWord(text, at+1)) {
		return at + 1
	}
	return -1
}

// valueBefore returns the start of the value of the name at text[at:] in an object that has
// its fields in the other order: {"value": "x", "name": "QAS_TOKEN"}. It returns -1 if there
// is none.
func valueBefore(text []byte, at int) int {
	before := bytes.TrimRight(around(text, at, 240, 0), "\"'\\:= \t")
	element := bytes.HasSuffix(before, []byte("<name>"))
	if !element && !bytes.HasSuffix(before, []byte("name")) && !bytes.HasSuffix(before, []byte("key")) {
		return -1
	}
	field := lastFold(before, "value")
	if element {
		if end := bytes.LastIndex(before, []byte("</")); end >= 0 && field > end {
			field = lastFold(before[:end], "value")
		}
	}
	if field < 0 || bytes.ContainsAny(before[field:], "{}") || bytes.Contains(before[field:], []byte("- ")) {
		return -1
	}
	field += max(0, at-240)
	return valueStart(text, nameEnd(text, field))
}

// valueAfter returns the start of the value of a name that ends at text[at] in an object that
// has other fields in between: the default of a parameter. It returns -1 if there is none.
func valueAfter(text []byte, at int) int {
	const longest = 240
	if !holdsLetter(around(text, at, 0, longest+maxNameLen), "vfc") { // of value, default and secret
		return -1
	}
	own := -1
	for i := at; i < len(text) && i-at < longest; i++ {
		switch c := text[i]; {
		case c == '}', c == '\\' && i+1 < len(text) && (text[i+1] == 'u' || text[i+1] == 'x'), c == '/' && i+1 < len(text) && text[i+1] == '>':
			return -1
		case c == '\n' || c == '\\' && i+1 < len(text) && text[i+1] == 'n':
			if c == '\\' {
				i++
			}
			if own < 0 {
				own = indentation(text, at)
			}
			next := skip(text, i+1, " \t", longest)
			if next < len(text) && text[next] != '<' && next-i-1 <= own || bytes.HasPrefix(text[next:], []byte("- ")) {
				return -1
			}
		case isAlnum(c) && (i == at || !isIdentifierByte(text[i-1])):
			end := wordEnd(text, i, maxNameLen)
			is := func(words ...string) bool {
				return slices.ContainsFunc(words, func(w string) bool { return len(w) == end-i && hasPrefixFold(text[i:], w) })
			}
			switch {
			case is("default", "defaultvalue", "value", "currentvalue", "initialvalue"):
				return valueStart(text, end)
			case is("secret"):
				if end+1 < len(text) && (isQuote(text[end]) || text[end] == '>' || text[end] == ':' && text[end+1] == ' ') {
					return valueStart(text, end)
				}
			case is("name", "key"):
				if i > 0 && text[i-1] == '<' {
					return -1
				}
				if end < len(text) && bytes.IndexByte([]byte("=:\"'"), text[end]) >= 0 && !containsFold(around(text, end, 0, 20), "value\"") {
					return -1
				}
			}
			i = end - 1
		}
	}
	return -1
}

// indentation returns how many blanks the line of text[at] begins with.
func indentation(text []byte, at int) int {
	_, start := lastBreak(text[:at])
	return skip(text, start, " \t", Reach) - start
}

// valueInSection returns the start of the value of a credential in a section, an object or a
// table that has the name of QA Sphere, which ends at text[at]; and the end of its name. It
// returns -1 if there is none.
func valueInSection(text []byte, at int) (start, name int) {
	const longest = 240
	open := skip(text, at, "\"'\\:=( \t]", 8)
	if open >= len(text) || text[open] != '{' && text[open] != '\n' && text[open] != '\r' || open == at {
		return -1, 0
	}
	own := indentation(text, at)
	for i := open + 1; i < len(text) && i-open < longest; i++ {
		switch c := text[i]; {
		case c == '}' || c == '[':
			return -1, 0
		case c == '\n' && text[open] != '{' && text[at] != ']' && skip(text, i+1, " ", longest)-i-1 <= own:
			return -1, 0
		case isAlnum(c):
			end := wordEnd(text, i, maxNameLen)
			words := nameWords(string(text[i:end]))
			if len(words) > 0 && len(words) < 4 && isCredentialWord(words[len(words)-1]) {
				if start := valueStart(text, end); start >= 0 {
					return start, end
				}
			}
			i = end - 1
		}
	}
	return -1, 0
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
	return slices.ContainsFunc(valueWords, func(w string) bool { return len(w) == len(word) && hasPrefixFold(word, w) })
}

package rules

import (
	"bytes"
	"regexp"
	"slices"
)

// joinReach is how far from a list the call that joins it may be.
const joinReach = 120

// joinCalls are the functions that join a list, without the case of their letters.
var joinCalls = []string{"join", "implode", "mkstring", "concat", "paste", "str_c", "intercalate", "catenate", "separated by", "reduce", "ifs="}

// Places in a text that values replace: in a format those of its arguments, or of variables.
const (
	formatArgument = `(?:%\d+(?:\$s)?|%[sv@]|\{\d*\}|~a)`
	embeddedName   = `(?:%\(\w+\)s|%\w+%|[$#]?\{\w+\}|\$\(\w+\)|\$\w+|\\\(\w+\))`
)

var (
	// dottedFormat and dottedText match texts that put dots between three values.
	dottedFormat = regexp.MustCompile(formatArgument + `\.` + formatArgument + `\.` + formatArgument)
	dottedText   = regexp.MustCompile(`(` + embeddedName + `)` + `\.` + embeddedName + `\.` + embeddedName)
	// listName matches the name of a list in the statement before its elements.
	listName = regexp.MustCompile(`(\w+)(?:: [\w<>\[\]]+)? *(?::?=|<-|\.(?:append|add|push|Add|Append)\()[^=]*$`)
	// separator matches a dot as an argument.
	separator = regexp.MustCompile("\"\\.[\"']|'\\.'|`\\.`|(?i:sep\\w*|ifs)=\\.|(?:join|list.*\\]) \\.(?:[ \\])]|$)|\\* '\\.'|^\\.[\\])]")
)

// joinsByDots reports whether the list text[start:end] is joined by dots: by the call that
// it is an argument of, by a call on the list, or in a statement nearby that has its name.
func joinsByDots(text []byte, start, end int) bool {
	before, after := statementAround(text, start, end)
	if dottedFormat.Match(before) || dottedText.Match(before) || joinsWithDot(before, after) {
		return true
	}
	near := around(text, start, joinReach, end-start+joinReach)
	if m := dottedText.FindSubmatch(near); m != nil && bytes.IndexByte(text[start:end], '=') < 0 && containsName(before, bytes.Trim(m[1], "%$#{}()\\s")) {
		return true
	}
	name := listName.FindSubmatch(before)
	if name == nil {
		return false
	}
	for line := range bytes.Lines(bytes.ReplaceAll(near, []byte(`\n`), []byte("\n"))) {
		if containsName(line, name[1]) && joinsWithDot(line, nil) {
			return true
		}
	}
	return false
}

// joinsWithDot reports whether the text on either side of a list has a call that joins, and
// a dot as its argument.
func joinsWithDot(before, after []byte) bool {
	if !separator.Match(before) && !separator.Match(after) {
		return false
	}
	return bytes.HasPrefix(after, []byte("*")) /* of Ruby */ || slices.ContainsFunc(joinCalls, func(call string) bool {
		return containsFold(before, call) || containsFold(after, call)
	})
}

// statementAround returns the text before and after a list that belongs to its statement.
func statementAround(text []byte, start, end int) (before, after []byte) {
	before = around(text, start, joinReach, 0)
	for at := len(before); ; {
		line, next := lastBreak(before[:at])
		if line < 0 {
			break
		}
		above := bytes.TrimRight(before[:line], " \t\r\\_")
		if len(above) == 0 || bytes.IndexByte([]byte("([{,:&|+='\""), above[len(above)-1]) < 0 {
			before = before[next:]
			break
		}
		at = line
	}
	rest := around(text, end, 0, joinReach)
	after = bytes.TrimLeft(rest, "\\\"'` \t\r\n,)]}")
	if escaped := rest[:len(rest)-len(after)]; len(after) > 0 && after[0] == 'n' && bytes.HasSuffix(escaped, []byte("\\")) {
		after = nil // the next line
	}
	if passed := rest[:len(rest)-len(after)]; bytes.IndexByte(passed, '\n') >= 0 && (len(after) == 0 || bytes.IndexByte([]byte(".|*-"), after[0]) < 0) {
		after = nil
	}
	after, _, _ = bytes.Cut(after, []byte("\n"))
	if bytes.HasPrefix(after, []byte(`."`)) || bytes.HasPrefix(after, []byte(`.'`)) { // the rest of a last argument that is a dot
		after = slices.Concat(after[1:2], after)
	}
	return before, after
}

// containsName reports whether a text has a name as a whole word.
func containsName(text, name []byte) bool {
	return len(name) > 0 && called(name)(text, 0, len(text)) >= 0
}

// wordsKey returns the key whose ID, at text[id:], is a word in a list of words without
// quotes that the program joins: %w[a b c].join('.').
func wordsKey(text []byte, id int) (Match, bool) {
	from, dotted, ok := blanksBefore(text, id)
	if !ok {
		return Match{}, false
	}
	start := from
	for start > 0 && from-start <= maxTenantLen && isWordByte(text[start-1]) {
		start--
	}
	to := id + hqid7Len
	if to < len(text) && text[to] == '.' && dotted {
		to++
	} else if dotted {
		return Match{}, false
	}
	token := to + len(leadingBlanks(text[to:min(len(text), to+maxGlue)]))
	end := wordEnd(text, token, maxTokenLen)
	if start == from || token == to || end == token || end < len(text) && bytes.IndexByte([]byte(" \t\r\n])}\"'|;"), text[end]) < 0 {
		return Match{}, false
	}
	m, ok := keyFromPieces(text, []Range{{start, from}}, id, []Range{{token, end}}, Medium, "joined from words")
	if !ok || dotted && !containsFold(around(text, start, joinReach, 0), "catenate") || !dotted && !joinsByDots(text, start, end) {
		return Match{}, false
	}
	return m, true
}

// blanksBefore returns the end of the word that only blanks, and marks of a line that goes
// on, separate from text[at:], and whether a dot is after that word.
func blanksBefore(text []byte, at int) (end int, dotted, ok bool) {
	const mark = "..."
	end = at
	for end > 0 && at-end < maxGlue {
		switch c := text[end-1]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-' || c == '\\':
			end--
		case bytes.HasSuffix(text[:end], []byte(mark)):
			end -= len(mark)
		default:
			if c == '.' {
				return end - 1, true, end < at
			}
			return end, false, end < at
		}
	}
	return 0, false, false
}

// leadingBlanks returns the blanks at the start of a text, with marks of a line that goes
// on.
func leadingBlanks(text []byte) []byte {
	rest := text
	for {
		next := bytes.TrimPrefix(bytes.TrimLeft(rest, " \t\r\n\\"), []byte("..."))
		next = bytes.TrimPrefix(next, []byte("- "))
		if len(next) == len(rest) {
			return text[:len(text)-len(rest)]
		}
		rest = next
	}
}

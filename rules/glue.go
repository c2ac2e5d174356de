package rules

import (
	"bytes"
	"slices"
)

// glue is the text between two string literals that may be joined.
type glue struct {
	end int // the offset after it, or -1
	// dot says that it puts a dot between the literals.
	dot bool
	// operator says that it joins them in some language, or that a line ends in it.
	operator bool
	// separate says that it does not join them: the literals are arguments, elements of a
	// list, or in different statements.
	separate bool
	comma    bool
	// choice says that it may also choose one of the literals: ||.
	choice bool
}

func (g glue) seam() seams {
	switch {
	case g.separate:
		return apart
	case g.operator && !g.choice:
		return glued | operated
	}
	return glued
}

const (
	// maxGlue is how long the text between two literals, mostly blanks, may be.
	maxGlue = 100
	// maxGlueCode is how long it may be without blanks and comments.
	maxGlueCode = 60
)

// glueAt returns the glue that begins at text[at], where a string literal or a line of
// a shell command ends.
func glueAt(text []byte, at int) glue {
	if rest := text[at:]; bytes.HasPrefix(rest, []byte("\\\n")) || bytes.HasPrefix(rest, []byte("\\\r\n")) {
		return glue{end: at + bytes.IndexByte(rest, '\n') + 1, operator: true}
	}
	if !isQuote(text[at]) {
		return glue{end: -1}
	}
	i := at + 1
	if isTriple(text, at) {
		i += 2
	}
	var memory [maxGlueCode]byte
	code, lines := memory[:0], 0
	for ; i < len(text) && i-at < maxGlue; i++ {
		switch c := text[i]; {
		case c == '\n':
			lines++
		case c == ' ' || c == '\t' || c == '\r':
		case c == '/' && i+1 < len(text) && text[i+1] == '/' && text[i-1] != ':', c == '#' && lines == 0 && len(code) > 0 && text[i-1] == ' ':
			end := bytes.IndexByte(text[i:min(len(text), at+maxGlue)], '\n')
			if end < 0 {
				return glue{end: -1}
			}
			i += end - 1 // a comment
		case isTriple(text, i):
			return glueOf(code, lines, i+len(`"""`))
		case isQuote(c) && i+1 < len(text) && text[i+1] == c && i > at+1:
			i++ // an empty literal
		case isQuote(c):
			return glueOf(code, lines, i+1)
		case len(code) == maxGlueCode || c < ' ':
			return glue{end: -1}
		default:
			code = append(code, c)
		}
	}
	return glue{end: -1}
}

// isTriple reports whether a triple quote is at text[at:].
func isTriple(text []byte, at int) bool {
	return isQuote(text[at]) && at+2 < len(text) && text[at+1] == text[at] && text[at+2] == text[at]
}

// glueOf returns the glue of the code, without blanks, that is between two literals and ends
// at an offset.
func glueOf(code []byte, lines, end int) glue {
	g := glue{end: end}
	code = withoutPrefixes(code)
	code = bytes.TrimRight(code, "_\\") // the line goes on
	switch string(code) {
	case "", "...":
		g.operator = lines > 0
		return g
	case ",", ";":
		g.comma, g.separate, g.operator = true, true, lines > 0
		return g
	case "}.{", "}.${", "}.#{", ").\\(", "&Chr(46)&", "&chr(46)&", ",$.,", "+Chr(46)+":
		g.dot, g.operator = true, true
		return g
	case "}{", "}${", "}#{", ")\\(":
		g.operator = true
		return g
	}
	g.operator = isOperator(code) || appends(code)
	g.separate, g.choice = !g.operator, bytes.Contains(code, []byte("||"))
	return g
}

// withoutPrefixes returns the code between two literals without the prefix of the second,
// such as @ in C# or N in SQL, and the suffix of the first.
func withoutPrefixes(code []byte) []byte {
	if n := len(code); n > 0 && bytes.IndexByte([]byte("@NLRrbfuUs"), code[n-1]) >= 0 && (n == 1 || !isIdentifierByte(code[n-2]) && code[n-2] != '.') {
		code = code[:n-1]
	}
	if len(code) > 1 && code[0] == 's' && !isIdentifierByte(code[1]) { // std::string of C++
		code = code[1:]
	}
	return code
}

// joiningCalls are functions that join the string they are called on, or the text so far,
// with their argument, or that make a string of a literal.
var joiningCalls = []string{"concat", "append", "std::string", "string", "std::string_view", "qstringliteral", "qstring", "string::from"}

// isOperator reports whether the code between two literals, without blanks, joins them: an
// operator of at most three characters, or a call.
func isOperator(code []byte) bool {
	code = bytes.TrimLeft(code, ")]}")
	open := bytes.TrimRight(code, "([{")
	if len(open) < len(code) {
		name := len(open)
		for name > 0 && (isIdentifierByte(open[name-1]) || open[name-1] == ':') {
			name--
		}
		if name < len(open) && !slices.ContainsFunc(joiningCalls, func(call string) bool { return bytes.EqualFold(open[name:], []byte(call)) }) {
			return false
		}
		open = open[:name]
	}
	open = bytes.TrimRight(open, ")]}") // "x") + "y"
	return len(open) > 0 && len(open) <= 3 && len(bytes.Trim(open, "+&|<>.~^*%_\\@")) == 0
}

// appends reports whether the text between two literals, without blanks, appends the second
// to the variable that has the first: ;key+=
func appends(code []byte) bool {
	name, ok := bytes.CutSuffix(code, []byte("+="))
	if !ok {
		name, ok = bytes.CutSuffix(code, []byte(".="))
	}
	if !ok {
		name, ok = bytes.CutSuffix(code, []byte("<<"))
	}
	name = bytes.TrimLeft(name, ";$")
	return ok && len(name) > 0 && !bytes.ContainsFunc(name, func(r rune) bool { return r >= 0x80 || !isIdentifierByte(byte(r)) })
}

// glueBefore returns the glue that ends at text[at] and its start, which is the end of
// a part of a key, or -1.
func glueBefore(text []byte, at int) (start int, g glue) {
	if at == 0 || !isQuote(text[at-1]) && text[at-1] != '\n' {
		return -1, glue{}
	}
	for start = at - 1; start > 0 && at-start <= maxGlue; start-- {
		if c := text[start]; !isQuote(c) && c != '\\' {
			continue
		}
		if c := text[start-1]; !isWordByte(c) && c != '.' {
			continue
		}
		if g = glueAt(text, start); g.end == at {
			return start, g
		}
	}
	return -1, glue{}
}

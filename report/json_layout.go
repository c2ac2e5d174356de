package report

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/report/neutral"
)

// layout formats a valid JSON text without white space for people: in lines,
// indented by two spaces a level, with those characters escaped that a terminal, an
// editor or a build service would obey. The values stay the same. If sparse is set,
// members that say nothing are left out.
type layout struct {
	in, out []byte
	sparse  bool
	flat    bool // in one line
	// line is a newline and the indentation of the present level.
	line []byte
}

// of formats a text. Its lines after the first begin with indent.
func (l *layout) of(text []byte, indent string) []byte {
	l.in, l.out = text, l.out[:0]
	l.line = append(append(l.line[:0], '\n'), indent...)
	l.value()
	return l.out
}

func (l *layout) value() {
	switch l.in[0] {
	case '{':
		l.members('}')
	case '[':
		l.members(']')
	default:
		l.scalar()
	}
}

// members formats the members of an object or a list up to its end. Those of a list
// have no name, and are all kept.
func (l *layout) members(end byte) {
	l.out = append(l.out, l.in[0])
	l.in = l.in[1:]
	l.line = append(l.line, "  "...)
	first := true
	for l.in[0] != end {
		if l.in[0] == ',' {
			l.in = l.in[1:]
		}
		before := len(l.out)
		if !first {
			l.out = append(l.out, ',')
		}
		l.newLine()
		var name []byte
		if end == '}' {
			name = l.scalar()
			l.in = l.in[1:]
			if l.out = append(l.out, ':'); !l.flat {
				l.out = append(l.out, ' ')
			}
		}
		start := len(l.out)
		l.value()
		if l.sparse && name != nil && isNoise(name, l.out[start:]) {
			l.out = l.out[:before]
			continue
		}
		first = false
	}
	l.line = l.line[:len(l.line)-2]
	if !first {
		l.newLine()
	}
	l.out = append(l.out, end)
	l.in = l.in[1:]
}

func (l *layout) newLine() {
	if !l.flat {
		l.out = append(l.out, l.line...)
	}
}

// scalar formats a string, a number or a word, and returns it as it was.
func (l *layout) scalar() []byte {
	n := scalarLen(l.in)
	text := l.in[:n]
	l.out = appendEscaped(l.out, text)
	l.in = l.in[n:]
	return text
}

func scalarLen(in []byte) int {
	if in[0] != '"' {
		if n := bytes.IndexAny(in, ",]}"); n >= 0 {
			return n
		}
		return len(in)
	}
	for i := 1; ; i++ {
		switch in[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// appendEscaped appends a JSON scalar. It escapes what encoding/json does not: "##",
// which begins commands of build services, and characters that are not graphic.
func appendEscaped(out, text []byte) []byte {
	done := 0
	for i := 0; i < len(text); {
		if c := text[i]; ' ' <= c && c <= '~' && c != '#' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		next := i + size
		if r != '#' && neutral.IsGraphic(r) || r == '#' && (next == len(text) || text[next] != '#') {
			i = next
			continue
		}
		out = append(out, text[done:i]...)
		switch {
		case r == '#':
			out = append(out, `#\u0023`...) // the second of two
			next++
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		done, i = next, next
	}
	return append(out, text[done:]...)
}

// isNoise reports whether a member is empty, as some are of properties. An empty list of
// results is no noise, since it says that nothing was found, and GitHub requires the list
// of rules.
func isNoise(name, value []byte) bool {
	switch string(value) {
	case "null", "{}", `""`:
		return true
	case "[]":
		return string(name) != `"results"` && string(name) != `"rules"`
	}
	return false
}

package decode

import (
	"bytes"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
)

// wrappedLine is text in which a line ends before a key ID, or in the word before it. Lines
// that end elsewhere in a key are for the rules, which know how long its parts are.
var wrappedLine = Encoding{
	Name:   "wrapped",
	Escape: '\n',
	Forms: func(literal string) []Form {
		rest, ok := strings.CutPrefix(literal, ".")
		if !ok || len(rest) < 2 {
			return nil
		}
		var forms []Form
		for _, mark := range []string{"\n", "\n+"} { // with indentation, forms are too common
			forms = append(forms, Form{Text: mark + rest})
		}
		return forms
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		word := at
		for text[at] == '.' && word > 0 && at-word < maxTenantPart && isDigitOrLetter(text[word-1]) {
			word--
		}
		from, to := lineBreakAt(text, word)
		if from < 0 {
			return Text{}
		}
		t := old.renew(single, 0, 0, len(text), 3)
		t.goOn(0, 0)
		t.Bytes = append(t.Bytes, text[:from]...)
		t.goOn(to, from)
		t.Bytes = append(t.Bytes, text[to:]...)
		t.goOn(len(text), len(text))
		return t
	},
}

// maxTenantPart is how much of a tenant ID may be on the second line.
const maxTenantPart = 10

// lineBreakAt returns the range of a line's end, with the marks at the beginning of the next
// line, that a word at text[at] follows or that text[at] is in; -1 for none. A word or a dot is
// before it, and the line is long or ends with a mark that it goes on.
func lineBreakAt(text []byte, at int) (from, to int) {
	for to = at; to < len(text) && to-at < rules.MaxMarks && strings.IndexByte(rules.LineMarks+"\n", text[to]) >= 0; to++ {
	}
	from = at
	for from > 0 && at-from < rules.MaxMarks && text[from] != '\n' && strings.IndexByte(rules.LineMarks, text[from-1]) >= 0 {
		from--
	}
	if from == len(text) || text[from] != '\n' && (from == 0 || text[from-1] != '\n') {
		return -1, -1
	}
	if text[from] != '\n' {
		from--
	}
	if from > 0 && text[from-1] == '\r' {
		from--
	}
	line := text[:from]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	switch {
	case len(line) > 0 && strings.IndexByte("\\^`", line[len(line)-1]) >= 0:
		from--
	case len(line) < rules.MinWrap:
		return -1, -1
	}
	if from == 0 || text[from-1] != '.' && !isDigitOrLetter(text[from-1]) {
		return -1, -1
	}
	return from, to
}

func isDigitOrLetter(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// neutral returns text from the scanned tree as one line that whoever shows it
// does not obey: what [spell] spells out, and the "::" that would begin a
// workflow command of GitHub Actions, should the line break before it.
func neutral(text string) string {
	text = spell(text)
	for at := 0; ; {
		i := strings.Index(text[at:], "::")
		if i < 0 {
			return text
		}
		at += i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		if at > 0 && !unicode.IsSpace(before) {
			at += len("::")
			continue
		}
		text = text[:at] + `\x3a` + text[at+1:]
	}
}

// logCommand is how agents of build services are told things from anywhere in a
// line of a log: ##[error], ##vso[task.setvariable], ##teamcity[…].
var logCommand = regexp.MustCompile(`##([a-z]*\[)`)

// spell returns text as one line in which whatever is not a graphic character is
// spelled out, such as \x1b, \n or \u202e. Besides terminal escapes these are
// the bidirectional controls and invisible characters that make text read as what
// it is not (CVE-2021-42574, "Trojan Source"). Commands of build services are
// broken up.
func spell(text string) string {
	if strings.Contains(text, "##") {
		text = logCommand.ReplaceAllString(text, `\x23#$1`)
	}
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case isShown(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// isPlain reports whether all of text is printable ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// isShown reports whether a terminal shows r as a character of its own: not a
// control, a format character or a separator of lines.
func isShown(r rune) bool { return ' ' <= r && r <= '~' || unicode.IsGraphic(r) }

// wide holds the characters that take two cells of a terminal: those of East
// Asian Width W and F (Unicode Standard Annex #11), coarsely, and emoji.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1},
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xa960, Hi: 0xa97f, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1},
		{Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1},
		{Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// runeCells returns how many cells of a terminal r takes.
func runeCells(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// cells returns how many cells of a terminal a neutral text takes.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n += runeCells(r)
	}
	return n
}

// cutRight returns the beginning of a neutral text that fits n cells, with "…"
// for what is cut.
func cutRight(text string, n int) string {
	if cells(text) <= n {
		return text
	}
	used := 1
	for i, r := range text {
		if used += runeCells(r); used > n {
			return ellipsis(n, text[:i], "…")
		}
	}
	return text
}

// cutLeft returns the end of a neutral text that fits n cells, with "…" for what
// is cut.
func cutLeft(text string, n int) string {
	excess := cells(text) - n
	if excess <= 0 {
		return text
	}
	excess++
	for i, r := range text {
		if excess <= 0 {
			return ellipsis(n, "…", text[i:])
		}
		excess -= runeCells(r)
	}
	return ellipsis(n, "…", "")
}

func ellipsis(n int, a, b string) string {
	if n <= 0 {
		return ""
	}
	return a + b
}

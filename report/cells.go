package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Text on a terminal is counted in cells. All text here is from [neutral.Log] or
// [neutral.Terminal], so that each character is graphic.

// runeCells returns how many cells of a terminal r takes: none for a mark that
// combines with the character before it, two for a character of East Asian Width W
// or F (Unicode Standard Annex #11), emoji among them.
func runeCells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cells returns how many cells of a terminal text takes.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n += runeCells(r)
	}
	return n
}

// cutRight returns the beginning of text that fits n cells, with "…" for what is
// cut.
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

// cutLeft returns the end of text that fits n cells, with "…" for what is cut.
func cutLeft(text string, n int) string {
	excess := cells(text) - n
	if excess <= 0 {
		return text
	}
	excess++
	for i, r := range text {
		// A mark at the cut would combine with the ellipsis.
		if excess <= 0 && runeCells(r) > 0 {
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

// wrap breaks text at spaces into lines of at most most cells. A word that is
// longer has a line of its own.
func wrap(text string, most int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		n := cells(word)
		switch {
		case used == 0:
			line, used = word, n
		case used+1+n <= most:
			line, used = line+" "+word, used+1+n
		default:
			lines = append(lines, line)
			line, used = word, n
		}
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

package report

import (
	"unicode"
)

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

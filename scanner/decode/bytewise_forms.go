package decode

import (
	"fmt"
	"strings"
)

// formatted returns the function that writes a byte by a format of package fmt.
func formatted(format string) func(byte) string {
	var all [256]string
	for c := range all {
		all[c] = fmt.Sprintf(format, c)
	}
	return func(c byte) string { return all[c] }
}

// each writes every byte of literal by write.
func each(literal string, write func(byte) string) string {
	var b strings.Builder
	b.Grow(6 * len(literal))
	for i := range len(literal) {
		b.WriteString(write(literal[i]))
	}
	return b.String()
}

// punctuation writes the bytes of literal that are no letters or digits by
// write, and the others as they are.
func punctuation(literal string, write func(byte) string) string {
	return each(literal, func(c byte) string {
		if isDigitOrLetter(c) {
			return string(c)
		}
		return write(c)
	})
}

// both returns the texts with hexadecimal digits in lower and in upper case, but
// for those that write nothing differently: a text without % \ & and digits is
// its own literal. Only what follows an escape's first character is folded.
func both(texts ...string) []Form {
	var forms []Form
	seen := map[string]bool{}
	for _, text := range texts {
		for _, form := range []string{text, upperHex(text)} {
			if !seen[form] && (strings.ContainsAny(form, `%\&`) || isHex(form)) {
				seen[form] = true
				forms = append(forms, Form{Text: form})
			}
		}
	}
	return forms
}

// upperHex puts the hexadecimal digits of escapes into upper case.
func upperHex(text string) string {
	if isHex(text) {
		return strings.ToUpper(text)
	}
	b := []byte(text)
	for i := 0; i < len(b); i++ {
		n := 0
		switch {
		case b[i] == '%':
			n = 2
		case b[i] == '\\' && i+1 < len(b) && b[i+1] == 'x':
			i, n = i+1, 2
		case b[i] == '\\' && i+1 < len(b) && b[i+1] == 'u':
			i, n = i+1, 4
		case b[i] == '#' && i+1 < len(b) && b[i+1] == 'x':
			i, n = i+1, 2
		}
		for ; n > 0 && i+1 < len(b); n-- {
			i++
			if 'a' <= b[i] && b[i] <= 'f' {
				b[i] -= 'a' - 'A'
			}
		}
	}
	return string(b)
}

func isHex(s string) bool {
	for i := range len(s) {
		if HexValue(s[i]) < 0 {
			return false
		}
	}
	return len(s) >= 6
}

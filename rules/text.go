package rules

import (
	"bytes"
	"strconv"
)

// The functions of this file read text around an offset. None reads further than
// Reach from it, and none allocates memory.

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isWordByte reports whether c may be in a part of a key.
func isWordByte(c byte) bool { return isAlnum(c) || c == '-' || c == '_' }

func isIdentifierByte(c byte) bool { return isAlnum(c) || c == '_' }

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func isDigits(s string) bool {
	for i := range len(s) {
		if class(s[i]) != digit {
			return false
		}
	}
	return s != ""
}

// skip returns the offset after the bytes of set at text[at:], of which it skips at
// most longest.
func skip(text []byte, at int, set string, longest int) int {
	end := at
	for end < len(text) && end-at < longest && bytes.IndexByte([]byte(set), text[end]) >= 0 {
		end++
	}
	return end
}

// wordEnd returns the end of the run of word bytes at text[at:]. It reads at most
// longest+1 bytes, so that the caller can tell a run that is too long.
func wordEnd(text []byte, at, longest int) int {
	end := at
	for end < len(text) && end-at <= longest && isWordByte(text[end]) {
		end++
	}
	return end
}

// around returns the text from at-before to at+after, cut to the bounds of the text.
func around(text []byte, at, before, after int) []byte {
	return text[max(0, at-before):min(len(text), at+after)]
}

// lastBreak returns the bounds of the last line break of a text, which may be the escape \n of
// a string; -1 and 0 if there is none.
func lastBreak(text []byte) (start, end int) {
	start = bytes.LastIndexByte(text, '\n')
	if escaped := bytes.LastIndex(text[start+1:], []byte(`\n`)); escaped >= 0 {
		return start + 1 + escaped, start + 1 + escaped + len(`\n`)
	}
	return start, start + 1
}

// containsFold reports whether text contains lower, which is in lower case, ignoring
// the case of ASCII letters.
func containsFold(text []byte, lower string) bool { return lastFold(text, lower) >= 0 }

// lastFold returns the offset of the last lower in text, ignoring case, or -1.
func lastFold(text []byte, lower string) int {
	at := rarest(lower)
	c := lower[at] | 0x20
	for i := len(text) - len(lower) + at; i >= at; i-- {
		if text[i]|0x20 == c && hasPrefixFold(text[i-at:], lower) {
			return i - at
		}
	}
	return -1
}

// holdsLetter reports whether a text has one of some letters, which are in lower case.
func holdsLetter(text []byte, letters string) bool {
	for i := range len(letters) {
		if bytes.IndexByte(text, letters[i]) >= 0 || bytes.IndexByte(text, letters[i]-'a'+'A') >= 0 {
			return true
		}
	}
	return false
}

// rarest returns the offset of the byte of a text, in lower case, that is least common in
// other texts.
func rarest(lower string) int {
	best := 0
	for i := range len(lower) {
		if commonness[lower[i]] < commonness[lower[best]] {
			best = i
		}
	}
	return best
}

// commonness has how common bytes are, without the case of letters.
var commonness = func() (order [256]uint8) {
	for i, c := range []byte("qzjxvkbwygfmpuhldcrsnioate") {
		order[c] = uint8(i + 1)
	}
	return order
}()

// hasPrefixFold reports whether text begins with lower, ignoring case.
func hasPrefixFold(text []byte, lower string) bool {
	if len(text) < len(lower) {
		return false
	}
	for i := range len(lower) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// escapeTail returns how many of the word bytes at text[start:] are the end of an
// escape sequence that begins before them, such as the n of "\n". Without it, a key
// right after an escape sequence would get a wrong tenant ID.
func escapeTail(text []byte, start int) int {
	if start == 0 || start == len(text) {
		return 0
	}
	switch text[start-1] {
	case '\\':
		switch text[start] {
		case 'f': // in the troff of manuals, \fB is a font
			return 1 + skip(text, start+1, "BIRP", 1) - (start + 1)
		case 'n', 'r', 't', 'v', 'b', 'a', 'e', 'Q':
			return 1
		case '0', '1', '2', '3':
			return octalTail(text, start)
		case 'x':
			return hexTail(text, start+1, 2)
		case 'u':
			return hexTail(text, start+1, 4)
		case 'U':
			return hexTail(text, start+1, 8)
		}
	case '%':
		if text[start] == 'u' {
			return hexTail(text, start+1, 4)
		}
		tail := max(0, hexTail(text, start, 2)-1)
		for tail > 0 && string(text[start+tail-2:start+tail]) == "25" && hexTail(text, start+tail, 2) > 0 {
			tail += 2 // percent-encoded once more
		}
		return tail
	case '=':
		return printableTail(text, start)
	case '[', ';', ':', '?':
		return controlTail(text, start)
	case '(': // ESC ( B: a set of characters
		if endsEscape(text[:start-1]) {
			return 1
		}
	}
	return 0
}

// printableTail returns 2 if an equals sign before text[at] begins an escape of
// quoted-printable, whose digits are in upper case. Letters and digits are never escaped.
func printableTail(text []byte, at int) int {
	if hexTail(text, at, 2) == 0 || text[at] >= 'a' || text[at+1] >= 'a' {
		return 0
	}
	if c, err := strconv.ParseUint(string(text[at:at+2]), 16, 8); err != nil || isAlnum(byte(c)) {
		return 0
	}
	return 2
}

// hexTail returns n+1 if there are n hexadecimal digits at text[at:], else 0.
func hexTail(text []byte, at, n int) int {
	if at+n > len(text) {
		return 0
	}
	for _, c := range text[at : at+n] {
		if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
			return 0
		}
	}
	return n + 1
}

// octalTail returns how many octal digits of an escape are at text[at:]: three, or the 0 of
// a NUL.
func octalTail(text []byte, at int) int {
	n := skip(text, at, "01234567", 3) - at
	if n < 3 {
		n = len("0") * (1 - int(text[at]-'0'))
	}
	return n
}

// controlTail returns how many of the word bytes at text[at:] end a control sequence of a
// terminal, ESC [ 3 1 m. Where ESC is not there, it must be a color.
func controlTail(text []byte, at int) int {
	open := at - 1
	for open > 0 && at-open < 24 && (bytes.IndexByte([]byte(";:?"), text[open]) >= 0 || '0' <= text[open] && text[open] <= '9') {
		open--
	}
	if text[open] != '[' {
		return 0
	}
	end := skip(text, at, "0123456789", 3)
	switch {
	case end == len(text):
	case endsEscape(text[:open]) && 'A' <= text[end] && text[end]|0x20 <= 'z', end > at && text[end] == 'm':
		return end + 1 - at
	}
	return 0
}

// endsEscape reports whether text ends with the escape character, or with one of the
// texts that are written for it.
func endsEscape(text []byte) bool {
	for _, escape := range []string{"\x1b", `\x1b`, `\033`, `\e`, `\u001b`, `\u{1b}`, "^[", "`e", "&#27;", "&#x1b;", "%1b"} {
		if n := len(text) - len(escape); n >= 0 && hasPrefixFold(text[n:], escape) {
			return true
		}
	}
	return false
}

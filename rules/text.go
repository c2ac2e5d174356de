package rules

import (
	"bytes"
	"strings"
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
	return s != "" && strings.Trim(s, "0123456789") == ""
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

// containsFold reports whether text contains lower, which is in lower case, ignoring
// the case of ASCII letters.
func containsFold(text []byte, lower string) bool { return lastFold(text, lower) >= 0 }

// lastFold returns the offset of the last lower in text, ignoring case, or -1.
func lastFold(text []byte, lower string) int {
	for i := len(text) - len(lower); i >= 0; i-- {
		if hasPrefixFold(text[i:], lower) {
			return i
		}
	}
	return -1
}

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
		case 'n', 'r', 't', 'f', 'v', 'b', 'a', 'e':
			return 1
		case '0', '1':
			return octalTail(text, start)
		case 'x':
			return hexTail(text, start+1, 2)
		case 'u':
			return hexTail(text, start+1, 4)
		}
	case '%':
		tail := max(0, hexTail(text, start, 2)-1)
		for tail > 0 && string(text[start+tail-2:start+tail]) == "25" && hexTail(text, start+tail, 2) > 0 {
			tail += 2 // percent-encoded once more
		}
		return tail
	case '=': // an equals sign in quoted-printable; tenant IDs are in lower case
		if bytes.HasPrefix(text[start:], []byte("3D")) {
			return 2
		}
	case '[': // a color sequence of terminals, ESC [ 3 1 m, in which ESC may be text
		return colorTail(text, start)
	case ';':
		from := start - 1
		for from > 0 && start-from < 16 && (text[from] == ';' || '0' <= text[from] && text[from] <= '9') {
			from--
		}
		if text[from] == '[' {
			return colorTail(text, start)
		}
	}
	return 0
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

// colorTail returns the length of the digits and the m at text[at:], or 0.
func colorTail(text []byte, at int) int {
	n := 0
	for at+n < len(text) && '0' <= text[at+n] && text[at+n] <= '9' {
		n++
	}
	if n > 0 && n <= 3 && at+n < len(text) && text[at+n] == 'm' {
		return n + 1
	}
	return 0
}

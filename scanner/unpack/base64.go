package unpack

import (
	"bytes"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// encodedRun is a run of base64: a text that begins with it.
type encodedRun struct {
	text   []byte
	length int // of what decode has decoded last
}

// decode decodes the run, up to so many bytes, in the standard and the URL-safe alphabet,
// over the ends of lines of one width, and with digits that are escaped as in JSON or in
// a query.
func (r *encodedRun) decode(most int64) []byte {
	text := r.text
	decoded := make([]byte, 0, min(most, 4<<10))
	var bits uint32
	held, line, longest := 0, 0, len(text)
	i := 0
	for i < len(text) && int64(len(decoded)) < most {
		for held == 0 && i+4 <= len(text) && int64(len(decoded)) < most {
			a, b, c, d := base64Digit[text[i]], base64Digit[text[i+1]], base64Digit[text[i+2]], base64Digit[text[i+3]]
			if a|b|c|d < 0 {
				break
			}
			bits := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(d)
			decoded = append(decoded, byte(bits>>16), byte(bits>>8), byte(bits))
			i, line = i+4, line+4
		}
		if i == len(text) {
			break
		}
		v, n := base64Digit[text[i]], 1
		if v < 0 {
			v, n = escapedDigit(text[i:])
		}
		if n == 0 {
			n = lineBreak(text[i:])
			if text[i] == '=' && line < minSoftLine {
				n = 0 // padding
			}
			if n == 0 || line < minLine || line > min(longest, maxLine) || !isLine(text[i+n:], line) || beginsPacked(text[i+n:], line) {
				break
			}
			longest, line = line, 0
			i += n
			continue
		}
		i, line = i+n, line+n
		bits, held = bits<<6|uint32(v), held+1
		if held == 4 {
			decoded = append(decoded, byte(bits>>16), byte(bits>>8), byte(bits))
			bits, held = 0, 0
		}
	}
	switch held {
	case 2:
		decoded = append(decoded, byte(bits>>4))
	case 3:
		decoded = append(decoded, byte(bits>>10), byte(bits>>2))
	}
	r.length = i
	return decoded
}

// minLine and maxLine are the shortest and the longest line that is taken for one of a
// wrapped run.
const (
	minLine = 32
	maxLine = 256
)

// minSoftLine is the shortest line of quoted-printable that is broken in base64: programs
// break them at 76 characters.
const minSoftLine = 72

// beginsPacked reports whether a line of at most so many digits is the beginning of another
// run: lists may have one on each line. The two bytes that zlib begins with are too few:
// among the lines of a long run there would be some by chance.
func beginsPacked(text []byte, longest int) bool {
	if len(text) < 4 || !mayBePacked(text) {
		return false
	}
	n := min(longest, len(text))
	for i, c := range text[:n] {
		if base64Digit[c] < 0 {
			n = i
			break
		}
	}
	return Kind((&encodedRun{text: text[:n]}).decode(headRun)) != ""
}

// lineBreak returns the length of a line's end at the beginning of text, itself, as it is
// escaped in a string, or as one that goes on in quoted-printable or in code, and of the
// indentation after it; 0 if there is none.
func lineBreak(text []byte) int {
	for _, end := range []string{"\n", "\r\n", `\n`, `\r\n`, `\\n`, `\\r\\n`, "=\n", "=\r\n", "\\\n", "\\\r\n"} {
		if bytes.HasPrefix(text, []byte(end)) {
			n := len(end)
			for n < len(text) && (text[n] == ' ' || text[n] == '\t') {
				n++
			}
			return n
		}
	}
	return 0
}

// isLine reports whether text begins with a line of base64 that is no longer than the
// one before, and nothing else on it.
func isLine(text []byte, longest int) bool {
	n := 0
	for n < len(text) && n <= longest && base64Digit[text[n]] >= 0 {
		n++
	}
	if n == 0 || n > longest {
		return false
	}
	rest := bytes.TrimLeft(text[n:min(len(text), n+3)], "=")
	return len(rest) == 0 || bytes.IndexByte([]byte("\r\n\\\"'`<%"), rest[0]) >= 0
}

// escapedDigit returns the value of a digit that begins text as an escape, and its length;
// 0 for none: \/ as PHP writes it in JSON, \u002B as .NET does, %2B and %2F in a query.
func escapedDigit(text []byte) (value int8, length int) {
	switch {
	case len(text) >= 2 && text[0] == '\\' && text[1] == '/':
		return 63, 2
	case len(text) >= 6 && text[0] == '\\' && string(text[1:5]) == "u002":
		if c := text[5] | 0x20; c == 'b' || c == 'f' {
			return plusOrSlash(c), 6
		}
	case len(text) >= 3 && text[0] == '%' && text[1] == '2':
		if c := text[2] | 0x20; c == 'b' || c == 'f' {
			return plusOrSlash(c), 3
		}
	}
	return 0, 0
}

// plusOrSlash returns the value of the digit that ends with b or f in ASCII.
func plusOrSlash(c byte) int8 {
	if c == 'b' {
		return 62
	}
	return 63
}

// base64Digit has the value of each digit of base64, and -1 for what is none.
var base64Digit = decode.Base64Values()

// heads has the first two digits, as a little-endian number, of what is packed: what the
// magic numbers of the formats begin with in base64, and in base64 of that.
var heads = func() (t [1 << 16]bool) {
	set := func(a, b byte) string {
		bits := uint32(a)<<8 | uint32(b)
		encoded := [2]byte{'/', '0'}
		if a>>2 < 62 {
			encoded[0] = decode.Base64Digits[a>>2]
		}
		encoded[1] = decode.Base64Digits[bits>>4&63]
		t[uint16(encoded[0])|uint16(encoded[1])<<8] = true
		if encoded[0] == '/' {
			t[uint16('_')|uint16(encoded[1])<<8] = true
		}
		return string(encoded[:])
	}
	for _, magic := range []string{
		"\x1f\x8b", "\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda", "PK", "BZ", "\xff\xfe", "\x28\xb5", "\xfd7", "\x5d\x00", "\x04\x22",
		"\x02\x21", "\xff\x06", "\xed\xab", "\x04\x00", "%P", "7z", "Ra",
	} {
		once := set(magic[0], magic[1])
		set(once[0], once[1])
	}
	return t
}()

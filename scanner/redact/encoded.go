package redact

import (
	"math/bits"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// A secret has dozens of encoded forms, so that links for those of many secrets are slow to
// make and large. Few texts have any. So the texts are decoded, and links are made for the
// secrets whose inner bytes are in what comes out.

// innerAt is where the inner bytes of a secret begin, of which there are startLen. The text
// before a form can have an escape that takes up to four bytes of it ("\\u" and four digits),
// and base64 in base64 leaves out the bytes at both ends. minInner is the length of the
// shortest secret whose inner bytes are used.
const (
	innerAt  = 4
	minInner = 16
)

// hasInner reports whether the inner bytes of a secret are in what [Redactor.linkIn] decodes
// from any of its encoded forms.
func hasInner(value string) bool {
	if len(value) < minInner || value[0] == '.' || strings.Trim(value, "0123456789abcdefABCDEF") == "" {
		return false // decode has forms of its own for some of them
	}
	for i := range innerAt + startLen {
		if c := value[i]; !isAlnum(c) && c != '_' && c != '-' && c != '.' {
			return false // it may be part of an escape
		}
	}
	return true
}

func isAlnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// linkIn adds links for the encoded forms of the secrets that a text may have in encoded form.
func (r *Redactor) linkIn(text string) {
	if len(r.inner) == 0 {
		return
	}
	r.linkDigits(text)
	if plain, ok := unescaped(text); ok {
		r.linkPlain(plain)
	}
	if strings.IndexByte(text, 0) >= 0 { // UTF-16
		r.linkPlain(strings.ReplaceAll(text, "\x00", ""))
	}
}

func (r *Redactor) linkPlain(text string) {
	for i := 0; i+startLen <= len(text); i++ {
		r.linkInner(startOf(text[i:]))
	}
}

// linkInner adds links for the secrets that have some inner bytes.
func (r *Redactor) linkInner(inner uint64) {
	if !r.may.has(inner) {
		return
	}
	number, ok := r.inner[inner]
	if !ok {
		return
	}
	delete(r.inner, inner)
	for ; number >= 0; number = r.next[number] {
		r.linkEncoded(number)
	}
	r.fillMay()
}

// Runs of digits of base64, of which those of hexadecimal are some, from minDigits on may have
// inner bytes, and from minTwice on base64 in base64.
const (
	minDigits = 9
	minTwice  = 24
)

// linkDigits links the secrets in hexadecimal, in base64 and in base64 in base64.
func (r *Redactor) linkDigits(text string) {
	for from := 0; from+minDigits <= len(text); {
		start := from + minDigits
		for start > from && base64Value[text[start-1]] >= 0 {
			start--
		}
		if start > from { // a run that is long enough begins after it at the earliest
			from = start
			continue
		}
		end := from + minDigits
		for end < len(text) && base64Value[text[end]] >= 0 {
			end++
		}
		run := text[from:end]
		r.linkHex(run)
		r.linkBase64(run)
		if len(run) >= minTwice {
			for shift := range 4 {
				r.linkBase64(string(groups(run[shift:])))
			}
		}
		from = end
	}
}

// linkHex looks at the bytes of each run of startLen bytes in hexadecimal.
func (r *Redactor) linkHex(text string) {
	var held uint64
	digits := 0
	for i := range len(text) {
		v := decode.HexValue(text[i])
		if v < 0 {
			digits = 0
			continue
		}
		held = held<<4 | uint64(v)
		if digits++; digits >= 2*startLen {
			r.linkInner(bits.ReverseBytes64(held << 16))
		}
	}
}

// linkBase64 looks at the bytes of each run of startLen bytes in base64: after each digit they
// may end with it, or two or four bits before.
func (r *Redactor) linkBase64(text string) {
	var held uint64
	digits := 0
	for i := range len(text) {
		v := base64Value[text[i]]
		if v < 0 {
			digits = 0
			continue
		}
		held = held<<6 | uint64(v)
		if digits++; digits >= minDigits {
			r.linkInner(bits.ReverseBytes64(held << 16))
			r.linkInner(bits.ReverseBytes64(held >> 2 << 16))
			r.linkInner(bits.ReverseBytes64(held >> 4 << 16))
		}
	}
}

// groups decodes the whole groups of four digits of base64.
func groups(digits string) []byte {
	plain := make([]byte, 0, 3*len(digits)/4)
	for ; len(digits) >= 4; digits = digits[4:] {
		held := uint32(0)
		for i := range 4 {
			held = held<<6 | uint32(base64Value[digits[i]])
		}
		plain = append(plain, byte(held>>16), byte(held>>8), byte(held))
	}
	return plain
}

var base64Value = decode.Base64Values()

// unescaped decodes the escapes of all kinds in a text that forms have; false if there are
// none.
func unescaped(text string) (string, bool) {
	var plain []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if c, n := escape(text[i:]); n > 0 {
			plain = append(append(plain, text[done:i]...), c)
			done = i + n
			i = done - 1
		}
	}
	return string(plain) + text[done:], done > 0
}

// escape returns the byte that an escape at the start of a text stands for, and the length of
// the escape; 0 for none.
func escape(text string) (c byte, n int) {
	switch text[0] {
	case '%', '=':
		return number(text, 1, 3, 16)
	case '&':
		end := strings.IndexByte(text[:min(len(text), 10)], ';')
		switch {
		case end < 0:
		case named[text[:end+1]] != 0:
			return named[text[:end+1]], end + 1
		case strings.HasPrefix(text, "&#x"):
			c, n = number(text, 3, end, 16)
		case text[1] == '#':
			c, n = number(text, 2, end, 10)
		}
	case '\\':
		switch rest := text[1:]; {
		case strings.HasPrefix(rest, "_"), strings.HasPrefix(rest, `"`):
			return rest[0], 2
		case strings.HasPrefix(rest, "u{"):
			c, n = number(text, 3, 3+max(0, strings.IndexByte(text[3:], '}')), 16)
		case strings.HasPrefix(rest, "u"):
			return number(text, 2, 6, 16)
		case strings.HasPrefix(rest, "x"):
			return number(text, 2, 4, 16)
		default:
			return 0, 0
		}
	}
	if n > 0 {
		n++ // what ends it
	}
	return c, n
}

// named are the entities with a name that forms have.
var named = map[string]byte{"&period;": '.', "&quot;": '"', "&apos;": '\'', "&gt;": '>'}

// number returns the byte whose number is text[from:end], and end; 0 for none.
func number(text string, from, end, base int) (c byte, n int) {
	if end > len(text) {
		return 0, 0
	}
	v, err := strconv.ParseUint(text[from:end], base, 8)
	if err != nil {
		return 0, 0
	}
	return byte(v), end
}

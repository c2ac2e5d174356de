package decode

import (
	stdbase64 "encoding/base64"
	"strings"
)

// base64 is RFC 4648's, in the standard and the URL-safe alphabet, padded or
// not, on one line or wrapped. A literal stands in it in one of three
// alignments; the first and the last character of each depend on its neighbours
// and are left out.
var base64 = Encoding{
	Name: "base64",
	Forms: func(literal string) []Form {
		var forms []Form
		for phase := range 3 {
			encoded := stdbase64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", phase) + literal))
			first := (phase*8 + 5) / 6
			last := (phase + len(literal)) * 8 / 6
			if last-first < 3 {
				continue
			}
			form := encoded[first:last]
			forms = append(forms, Form{form, first % 4})
			if safe := strings.NewReplacer("+", "-", "/", "_").Replace(form); safe != form {
				forms = append(forms, Form{safe, first % 4})
			}
		}
		return forms
	},
	Decode: func(text []byte, at, phase int) Text {
		// Back to the start of the run, and to its first whole group of four.
		start, count := at, 0
		for i := at - 1; i >= 0; i-- {
			if base64Value[text[i]] >= 0 {
				start, count = i, count+1
			} else if !isWrap(text, i) {
				break
			}
		}
		for drop := ((count-phase)%4 + 4) % 4; drop > 0 && start < len(text); start++ {
			if base64Value[text[start]] >= 0 {
				drop--
			}
		}
		var t Text
		var bits uint32
		var held int
		var from [4]int
		i := start
		for ; i < len(text); i++ {
			v := base64Value[text[i]]
			if v < 0 {
				if isWrap(text, i) {
					continue
				}
				break
			}
			from[held] = i
			bits, held = bits<<6|uint32(v), held+1
			if held == 4 {
				t.add(byte(bits>>16), from[0])
				t.add(byte(bits>>8), from[1])
				t.add(byte(bits), from[2])
				bits, held = 0, 0
			}
		}
		if held >= 2 {
			t.add(byte(bits>>(6*held-8)), from[0])
		}
		if held == 3 {
			t.add(byte(bits>>2), from[1])
		}
		if len(t.Bytes) > 0 {
			t.Pos = append(t.Pos, i)
		}
		return t
	},
}

// isWrap reports whether text[i] is white space inside a wrapped run: a line's
// end, or the indentation after one.
func isWrap(text []byte, i int) bool {
	switch text[i] {
	case '\n', '\r':
		return true
	case ' ', '\t':
		for i--; i >= 0 && (text[i] == ' ' || text[i] == '\t'); i-- {
		}
		return i >= 0 && text[i] == '\n'
	}
	return false
}

var base64Value = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for v, c := range digits {
		t[c] = int8(v)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

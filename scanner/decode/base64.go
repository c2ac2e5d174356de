package decode

import (
	"bytes"
	stdbase64 "encoding/base64"
	"strings"
)

// base64 is RFC 4648's, in the standard and the URL-safe alphabet, padded or
// not, on one line or wrapped. A literal is written in it in one of three
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
			if safe := urlSafe.Replace(form); safe != form {
				forms = append(forms, Form{safe, first % 4})
			}
		}
		return forms
	},
	Wrapped: wrapped,
	Decode:  decodeBase64,
	set:     setBase64,
}

// urlSafe writes the standard alphabet in the one for URLs.
var urlSafe = strings.NewReplacer("+", "-", "/", "_")

// wrapped returns what of a form is left where a line ends inside it. Of a long
// one, that is either of two parts that share a character. Of three or four
// characters it may be two before the line's end; or else two after the next line's
// indentation.
func wrapped(form Form) []Form {
	text, n := form.Text, len(form.Text)
	part := func(from, to int) Form { return Form{text[from:to], (form.Phase + from) % 4} }
	var forms []Form
	switch {
	case n >= 5:
		best := 2
		for at := 3; at <= n-3; at++ {
			if chance(text[:at+1])+chance(text[at:]) < chance(text[:best+1])+chance(text[best:]) {
				best = at
			}
		}
		return []Form{part(0, best+1), part(best, n)}
	case n == 4:
		forms = []Form{part(0, 3), part(1, 4)}
	default:
		forms = []Form{form}
		for _, before := range []string{"\n", `\n`, "\t", " "} {
			if before != " " && before != "\t" || strings.ToLower(text[1:]) != text[1:] { // words begin so
				forms = append(forms, Form{before + text[1:], (form.Phase + 1) % 4})
			}
		}
	}
	for _, after := range []string{"\n", "\r", `\`} {
		forms = append(forms, Form{text[:2] + after, form.Phase})
	}
	return forms
}

// chance estimates how often a text occurs in others: words and identifiers are
// mostly in lower case.
func chance(text string) float64 {
	all := 1.0
	for _, c := range text {
		switch {
		case 'a' <= c && c <= 'z':
			all /= 16
		default:
			all /= 64
		}
	}
	return all
}

// decodeBase64 decodes the run around text[at], where phase characters of a group
// of four come before, or before the next one if text[at] ends a line.
func decodeBase64(text []byte, at, phase int, old Text) Text {
	at = digitAt(text, at)
	start, count := runStart(text, at)
	for drop := ((count-phase)%4 + 4) % 4; drop > 0 && start < len(text); {
		if after := breakEnd(text, start); after > start {
			start = after
			continue
		}
		start++
		drop--
	}
	t := old.renew(quads, 0, 0, 3*min((len(text)-start)/4+1, 128), 2) // most runs are short
	var bits uint32
	var held int
	var from [4]int
	i, end := start, start // end is the end of the last group
	for i < len(text) {
		if held == 0 && (i != end || len(t.parts) == 0) {
			t.goOn(i, end)
		}
		for held == 0 && i+4 <= len(text) { // no line ends in a group
			a, b, c, d := base64Value[text[i]], base64Value[text[i+1]], base64Value[text[i+2]], base64Value[text[i+3]]
			if a|b|c|d < 0 {
				break
			}
			bits := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(d)
			t.Bytes = append(t.Bytes, byte(bits>>16), byte(bits>>8), byte(bits))
			i += 4
			end = i
		}
		if i == len(text) {
			break
		}
		if after := breakEnd(text, i); after > i {
			i = after
			continue
		}
		v := base64Value[text[i]]
		if v < 0 {
			break
		}
		from[held] = i
		bits, held = bits<<6|uint32(v), held+1
		i++
		if held == 4 {
			for n, shift := range []int{16, 8, 0} { // a line may end between any of its digits
				t.goOn(from[n], end)
				t.Bytes = append(t.Bytes, byte(bits>>shift))
			}
			end = i
			t.goOn(i, end)
			bits, held = 0, 0
		}
	}
	if held >= 2 {
		t.goOn(from[0], end)
		t.Bytes = append(t.Bytes, byte(bits>>(6*held-8)))
	}
	if held == 3 {
		t.goOn(from[1], end)
		t.Bytes = append(t.Bytes, byte(bits>>2))
	}
	if len(t.Bytes) == 0 {
		return t.renew(quads, 0, 0, 0, 0)
	}
	t.goOn(i, end)
	return t
}

// digitAt returns the place of the first digit of a form at text[at:], before which a line
// may end.
func digitAt(text []byte, at int) int {
	switch {
	case bytes.HasPrefix(text[at:], []byte(`\n`)):
		return at + 2
	case strings.IndexByte(" \t\r\n", text[at]) >= 0:
		return at + 1
	}
	return at
}

// runStart returns where the run that text[at] belongs to begins, and how many of
// its characters precede text[at].
func runStart(text []byte, at int) (start, count int) {
	start = at
	for i := at - 1; i >= 0; {
		if base64Value[text[i]] >= 0 && (i == 0 || text[i-1] != '\\') { // no line ends here
			start, count = i, count+1
			i--
			continue
		}
		if before := breakStart(text, i+1); before >= 0 {
			i = before - 1
			continue
		}
		if base64Value[text[i]] < 0 || isEscapedBlank(text, i) {
			break
		}
		start, count = i, count+1
		i--
	}
	return start, count
}

// breakEnd returns the end of the line's end at text[at:] and the indentation
// after it, if it lies inside a wrapped run; else at.
func breakEnd(text []byte, at int) int {
	if c := text[at]; c != '\n' && c != '\r' && c != '\\' {
		return at
	}
	end := at
	for _, newline := range []string{"\n", "\r\n", `\n`, `\r\n`} {
		if bytes.HasPrefix(text[at:], []byte(newline)) {
			end = at + len(newline)
			break
		}
	}
	if end == at {
		return at
	}
	for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
		end++
	}
	if !isWrap(text, at, end) {
		return at
	}
	return end
}

// breakStart is the inverse of breakEnd: it returns the start of what ends at
// text[end], or -1.
func breakStart(text []byte, end int) int {
	if end == 0 || strings.IndexByte(" \t\nn", text[end-1]) < 0 {
		return -1
	}
	start := end
	for start > 0 && (text[start-1] == ' ' || text[start-1] == '\t') {
		start--
	}
	for _, newline := range []string{"\r\n", "\n", `\r\n`, `\n`} {
		if bytes.HasSuffix(text[:start], []byte(newline)) {
			if start -= len(newline); isWrap(text, start, end) {
				return start
			}
			return -1
		}
	}
	return -1
}

// minWrap is the shortest line that is taken for one of a wrapped run.
const minWrap = 16

// isWrap reports whether a line's end at text[start:end] wraps a run: the text before
// it is long enough, and the next line is no longer and nothing else.
func isWrap(text []byte, start, end int) bool {
	before := 0
	for start-before > 0 && base64Value[text[start-before-1]] >= 0 {
		before++
	}
	if before < minWrap {
		return false
	}
	longest := before
	if before == start { // the line may have begun before the text
		longest = len(text)
	}
	after := end
	for after < len(text) && after-end <= longest && base64Value[text[after]] >= 0 {
		after++
	}
	if after == end || after-end > longest {
		return false
	}
	rest := bytes.TrimLeft(text[after:min(len(text), after+3)], "=")
	return len(rest) == 0 || bytes.IndexByte([]byte("\r\n\\\"'`<"), rest[0]) >= 0
}

// isEscapedBlank reports whether text[i] is the second character of \n, \r or \t.
func isEscapedBlank(text []byte, i int) bool {
	return i > 0 && text[i-1] == '\\' && (text[i] == 'n' || text[i] == 'r' || text[i] == 't')
}

// Base64Digits are the digits of base64 in the order of their values.
const Base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// Base64Values returns the value of each digit of base64, also of the URL-safe ones, and -1
// for what is none.
func Base64Values() [256]int8 { return base64Value }

var base64Value = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for v, c := range Base64Digits {
		t[c] = int8(v)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

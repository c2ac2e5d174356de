package decode

import (
	"bytes"
	"strconv"
	"strings"
)

// Functions that write a byte.
var (
	hexDigits      = formatted("%02x")
	percentEscape  = formatted("%%%02x")
	literalEscapes = []func(byte) string{formatted(`\u%04x`), formatted(`\x%02x`), formatted(`\u{%x}`)}
	decimalEntity  = formatted("&#%d;")
	hexEntity      = formatted("&#x%x;")
)

// hexadecimal is two digits a byte, in either case.
var hexadecimal = Encoding{
	Name: "hex",
	Forms: func(literal string) []Form {
		return both(each(literal, hexDigits))
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		start := at
		for start >= 2 && HexValue(text[start-1]) >= 0 && HexValue(text[start-2]) >= 0 {
			start -= 2
		}
		end := at
		for end+1 < len(text) && HexValue(text[end]) >= 0 && HexValue(text[end+1]) >= 0 {
			end += 2
		}
		t := pairsOf(start, (end-start)/2, old)
		for i := start; i < end; i += 2 {
			t.Bytes = append(t.Bytes, byte(HexValue(text[i])<<4|HexValue(text[i+1])))
		}
		return t
	},
	set: setHex,
}

// percent is RFC 3986's percent-encoding, of some characters or of all, as
// queries write it.
var percent = Encoding{
	Name:   "percent",
	Escape: '%',
	Forms: func(literal string) []Form {
		return both(each(literal, percentEscape), punctuation(literal, percentEscape))
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		return decodeRuns(text, "%+", old, func(rest []byte) (byte, int) {
			switch rest[0] {
			case '%':
				return hexByte(rest, 1, 2)
			case '+': // in a query (WHATWG URL, "application/x-www-form-urlencoded")
				return ' ', 1
			}
			return 0, 0
		})
	},
}

// escapes are those of string literals: \u002e, \u{2e}, \x2e, \056, \n, \"; the punctuation
// that Markdown, LaTeX and regular expressions escape: \_ \. \-; and those of RTF.
var escapes = Encoding{
	Name:   "escape",
	Escape: '\\',
	Forms: func(literal string) []Form {
		var all []string
		for _, write := range literalEscapes {
			all = append(all, each(literal, write), punctuation(literal, write))
		}
		if strings.Contains(literal, `"`) {
			all = append(all, strings.ReplaceAll(literal, `"`, `\"`))
		}
		if strings.Contains(literal, "_") {
			all = append(all, strings.ReplaceAll(literal, "_", `\_`))
		}
		if rest, ok := strings.CutPrefix(literal, "."); ok {
			all = append(all, `\'2e`+rest)
		}
		return both(all...)
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		return decodeRuns(text, `\`, old, func(rest []byte) (byte, int) {
			if len(rest) < 2 {
				return 0, 0
			}
			if c, n := documentEscape(rest); n > 0 {
				return c, n
			}
			if c := simpleEscapes[rest[1]]; c != 0 {
				return c, 2
			}
			if len(rest) < 4 {
				return 0, 0
			}
			switch {
			case rest[1] == '0' || rest[1] == '1':
				return octalByte(rest)
			case rest[1] == 'x':
				return hexByte(rest, 2, 2)
			case rest[1] == 'u' && rest[2] == '{':
				end := 3
				for end < len(rest) && end < 9 && HexValue(rest[end]) >= 0 {
					end++
				}
				if c, n := hexByte(rest, 3, end-3); n > 0 && end < len(rest) && rest[end] == '}' {
					return c, n + 1
				}
			case rest[1] == 'u':
				if len(rest) >= 6 && invisibleEntities["#x"+strings.TrimLeft(strings.ToLower(string(rest[2:6])), "0")] {
					return dropped, 6
				}
				return hexByte(rest, 2, 4)
			}
			return 0, 0
		})
	},
}

// simpleEscapes are those of one character; that of punctuation is itself.
var simpleEscapes = func() (t [256]byte) {
	for _, c := range []byte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") {
		t[c] = c
	}
	t['n'], t['r'], t['t'], t['e'] = '\n', '\r', '\t', 0x1b
	return t
}()

// documentEscape returns the character that an escape of RTF (1.9.1) or LaTeX at the start of
// rest stands for, and its length, or 0: \'5f \u95? \textunderscore{}
func documentEscape(rest []byte) (byte, int) {
	switch rest[1] {
	case '\'':
		if c, n := hexByte(rest, 2, 2); n > 0 && strings.IndexByte("._-", c) >= 0 {
			return c, n
		}
	case 'u':
		digits := rest[2:min(len(rest), 6)]
		if number, _, ok := bytes.Cut(digits, []byte("?")); ok {
			if c, err := strconv.ParseUint(string(number), 10, 7); err == nil {
				return byte(c), len(`\u?`) + len(number)
			}
		}
	case 't':
		if after, ok := bytes.CutPrefix(rest, []byte(`\textunderscore`)); ok {
			for _, end := range []string{"{}", " "} {
				if bytes.HasPrefix(after, []byte(end)) {
					return '_', len(rest) - len(after) + len(end)
				}
			}
		}
	}
	return 0, 0
}

// octalByte reads three octal digits after the first character that make an ASCII
// character, and returns it with the length of the escape, or 0 if there is none.
func octalByte(rest []byte) (byte, int) {
	c := byte(0)
	for _, digit := range rest[1:4] {
		if digit < '0' || digit > '7' {
			return 0, 0
		}
		c = c<<3 | (digit - '0')
	}
	return c, 4
}

// entities are the character references of HTML and XML: &#46; &#x2e; &period;.
var entities = Encoding{
	Name:   "entity",
	Escape: '&',
	Forms: func(literal string) []Form {
		forms := both(each(literal, decimalEntity), punctuation(literal, decimalEntity), each(literal, hexEntity), punctuation(literal, hexEntity))
		if named := toNamed.Replace(literal); named != literal {
			forms = append(forms, Form{Text: named})
		}
		if rest, ok := strings.CutPrefix(literal, "."); ok {
			for _, mark := range []string{"&shy;", "&#8203;", "&#x200b;", "&ZeroWidthSpace;"} {
				forms = append(forms, Form{Text: "." + mark + rest})
			}
		}
		return forms
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		return decodeRuns(text, "&", old, func(rest []byte) (byte, int) {
			name := string(rest[1:min(len(rest), 18)])
			name, _, ok := strings.Cut(name, ";")
			if !ok {
				return 0, 0
			}
			if c, ok := namedEntities[name]; ok {
				return c, len(name) + 2
			}
			if invisibleEntities[strings.ToLower(name)] {
				return dropped, len(name) + 2
			}
			number, base := strings.TrimPrefix(name, "#"), 10
			if number == name {
				return 0, 0
			}
			if hex := strings.TrimLeft(number, "xX"); hex != number {
				number, base = hex, 16
			}
			if c, err := strconv.ParseUint(number, base, 7); err == nil {
				return byte(c), len(name) + 2
			}
			return 0, 0
		})
	},
}

// namedEntities are those of the HTML standard ("Named character references") for the characters
// of keys and around them.
var namedEntities = map[string]byte{
	"period": '.', "quot": '"', "apos": '\'', "amp": '&', "lt": '<', "gt": '>', "nbsp": ' ', "Tab": '\t', "NewLine": '\n',
	"equals": '=', "colon": ':', "comma": ',', "lowbar": '_', "hyphen": '-', "grave": '`',
}

// invisibleEntities are those of the characters that are not seen, in lower case.
var invisibleEntities = map[string]bool{
	"shy": true, "zerowidthspace": true, "nobreak": true, "zwj": true, "zwnj": true,
	"#173": true, "#xad": true, "#8203": true, "#x200b": true, "#8204": true, "#x200c": true,
	"#8205": true, "#x200d": true, "#8288": true, "#x2060": true, "#65279": true, "#xfeff": true,
}

// toNamed writes what people write as named entities.
var toNamed = strings.NewReplacer(".", "&period;", `"`, "&quot;", "'", "&apos;", ">", "&gt;")

// dropped is not in ASCII.
const dropped = 0xff

// decodeRuns decodes the escapes of a text, which begin with one of two marks, by next: it
// returns the byte that an escape at the start of rest stands for and the escape's
// length, or 0 where there is none; dropped for an escape of nothing. All else is left as
// it is.
func decodeRuns(text []byte, marks string, old Text, next func(rest []byte) (byte, int)) Text {
	return decodeWithin(text, 0, len(text), 0, len(text), marks, old, next)
}

// decodeWithin is decodeRuns for text[first:last], of which only text[from:to] has escapes.
func decodeWithin(text []byte, first, last, from, to int, marks string, old Text, next func(rest []byte) (byte, int)) Text {
	t := old.renew(single, from, to, 0, 0)
	done := first
	for i := from; i < to; {
		at := nextMark(text[i:to], marks)
		if at < 0 {
			break
		}
		i += at
		c, n := next(text[i:to])
		if n == 0 {
			i++
			continue
		}
		if len(t.parts) == 0 {
			t = t.renew(single, from, to, last-first, bytes.Count(text[i:to], text[i:i+1])+2)
			t.goOn(first, first)
		}
		t.Bytes = append(t.Bytes, text[done:i]...)
		done = i + n
		if c == dropped {
			t.goOn(done, i)
		} else {
			t.Bytes = append(t.Bytes, c)
			t.goOn(done, done)
		}
		i = done
	}
	if len(t.parts) > 0 {
		t.Bytes = append(t.Bytes, text[done:last]...)
		t.goOn(last, last)
	}
	return t
}

// nextMark returns the offset of the first of one or two marks in a text, or -1.
func nextMark(text []byte, marks string) int {
	if len(marks) == 1 {
		return bytes.IndexByte(text, marks[0])
	}
	for i, c := range text {
		if c == marks[0] || c == marks[1] {
			return i
		}
	}
	return -1
}

// hexByte reads n hexadecimal digits at text[at:] that make an ASCII character,
// and returns it with at+n, or 0 if there is none.
func hexByte(text []byte, at, n int) (byte, int) {
	if n < 1 || at+n > len(text) {
		return 0, 0
	}
	c := 0
	for _, digit := range text[at : at+n] {
		v := HexValue(digit)
		if v < 0 {
			return 0, 0
		}
		c = c<<4 | v
	}
	if c > 0x7f {
		return 0, 0
	}
	return byte(c), at + n
}

// HexValue returns the value of a hexadecimal digit in any case; -1 for another byte.
func HexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

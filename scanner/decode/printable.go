package decode

import "fmt"

// quotedPrintable is RFC 2045, 6.7: the encoding of mails and of saved pages. As every
// equals sign in it is itself encoded or begins an escape, text in it can be told from
// other text, and only what is around the place asked for is decoded: as far as all
// of them are as they should be.
var quotedPrintable = Encoding{
	Name:   "quoted-printable",
	Escape: '=',
	Forms: func(literal string) []Form {
		all := punctuation(literal, func(c byte) string { return fmt.Sprintf("=%02X", c) })
		if all == literal {
			return nil
		}
		forms := []Form{{Text: all}}
		if literal[0] == '.' { // a line may end in the anchor of a key ID
			for _, end := range []string{"=\n", "=\r\n"} {
				for at := 1; at < min(len(literal), 3); at++ {
					forms = append(forms, Form{Text: literal[:at] + end + literal[at:]})
				}
			}
		}
		return forms
	},
	Decode: func(text []byte, at, _ int, old Text) Text {
		from, to, found := at, at, false
		for from > 0 {
			if text[from-1] == '=' {
				if _, n := printableEscape(text[from-1:]); n == 0 || isPadding(text, from-1) {
					break
				}
				found = found || isTelling(text[from-1:])
			}
			from--
		}
		for to < len(text) {
			n := 1
			if text[to] == '=' {
				if _, n = printableEscape(text[to:]); n == 0 || isPadding(text, to) {
					break
				}
				found = found || isTelling(text[to:])
			}
			to += n
		}
		if !found {
			return Text{from: from, to: to}
		}
		first, last := max(0, from-aroundPrintable), min(len(text), to+aroundPrintable)
		telling := old.telling[:0]
		t := decodeWithin(text, first, last, from, to, "=", old, func(rest []byte) (byte, int) {
			c, n := printableEscape(rest)
			if isTelling(rest) {
				telling = append(telling, int32(to-len(rest)))
			}
			if c < 0 || c > 0x7f {
				return dropped, n // what is not ASCII is in no key
			}
			return byte(c), n
		})
		t.telling = telling
		return t
	},
}

// aroundPrintable is how much other text there is on each side of text that is decoded.
const aroundPrintable = 2048

// isTelling reports whether the escape that begins text is one that is rare in
// other text: the end of a line that goes on, or an equals sign, a dot or an underscore.
func isTelling(text []byte) bool {
	c, _ := printableEscape(text)
	return c < 0 || c == '=' || c == '.' || c == '_'
}

// isPadding reports whether the equals sign text[at] pads a number in base64 at the end of a
// line. Programs break lines of quoted-printable at 72 to 76 characters, where it is none.
func isPadding(text []byte, at int) bool {
	// A key has 60 digits in base64; the part of a token before a soft end has fewer than 40.
	const shortest, narrowest, widest = 40, 72, 76
	if c, _ := printableEscape(text[at:]); c >= 0 {
		return false
	}
	line := 0
	for line < at && line < widest && text[at-line-1] != '\n' {
		line++
	}
	digits := 0
	for digits < at && base64Value[text[at-digits-1]] >= 0 {
		digits++
	}
	return digits >= shortest && digits%4 == 3 && (line+1 < narrowest || line+1 > widest)
}

// printableEscape returns the byte that an escape at the start of text stands for, -1 for the
// end of a line that goes on, and the length of the escape; 0 for none. Letters and digits
// are never written so.
func printableEscape(text []byte) (c, length int) {
	for i := 1; i < len(text) && i < 4; i++ { // white space may precede the end
		switch text[i] {
		case '\n':
			return -1, i + 1
		case ' ', '\t', '\r':
			continue
		}
		break
	}
	if len(text) < 3 {
		return 0, 0
	}
	high, low := HexValue(text[1]), HexValue(text[2])
	if high < 0 || low < 0 || text[1] >= 'a' || text[2] >= 'a' { // they are in upper case
		return 0, 0
	}
	c = high<<4 | low
	if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
		return 0, 0
	}
	return c, 3
}

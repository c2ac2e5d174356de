package decode

// utf16LE and utf16BE are the two byte orders of UTF-16, with a mark or without,
// and so also text whose bytes are kept apart by NULs.
var (
	utf16LE = utf16Encoding(0)
	utf16BE = utf16Encoding(1)
)

// utf16Encoding returns the encoding in which the low byte of each unit is at
// low, 0 or 1.
func utf16Encoding(low int) Encoding {
	return Encoding{
		Name: "utf-16",
		Forms: func(literal string) []Form {
			// Between the first byte and the last, both orders read the same but
			// for the NUL outside.
			form := make([]byte, 2*len(literal))
			for i := range len(literal) {
				form[2*i+low] = literal[i]
			}
			return []Form{{Text: string(form)}}
		},
		Decode: func(text []byte, at, _ int, old Text) Text {
			start := at
			for start >= 2 && isUnit(text, start-2, low) {
				start -= 2
			}
			end := at
			for end+1 < len(text) && isUnit(text, end, low) {
				end += 2
			}
			if low == 1 && start > 0 && isUnit(text, start-1, 0) && end < len(text) && text[end] == 0 {
				return Text{from: start, to: end, unit: pairs} // little-endian: this order would leave out the first character
			}
			t := pairsOf(start, (end-start)/2, old)
			for i := start; i < end; i += 2 {
				t.Bytes = append(t.Bytes, text[i+low])
			}
			return t
		},
		set: func(o *overlay, decoded Text, i int, c byte) { o.set(decoded.Pos(i)+low, c) },
	}
}

// isUnit reports whether an ASCII character stands at text[at:at+2].
func isUnit(text []byte, at, low int) bool {
	return text[at+1-low] == 0 && text[at+low] != 0 && text[at+low] < 0x80
}

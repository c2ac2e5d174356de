package decode

import "bytes"

// Edit replaces a range of a text.
type Edit struct {
	Start, End int
	// With is the new text of the range, which no encoding escapes. It is nil for a mask,
	// whose length is free where no encoding counts bytes.
	With []byte
}

// MaskByte is what a mask consists of. It is no character of a key, and no encoding has to
// escape it.
const MaskByte = '*'

// Mask returns a mask for text[start:end], of the same length.
func Mask(text []byte, start, end int) []byte {
	mask := bytes.Repeat([]byte{MaskByte}, end-start)
	if StartsValue(text, start) && len(mask) > 1 {
		mask[0], mask[len(mask)-1] = '(', ')'
	}
	return mask
}

// StartsValue reports whether a plain value in YAML may start at an offset. There, an
// asterisk would refer to an anchor (YAML 1.2.2, 7.1).
func StartsValue(text []byte, at int) bool {
	before := bytes.TrimRight(text[:at], " ")
	if len(before) == at {
		return false
	}
	line := bytes.TrimLeft(before[1+bytes.LastIndexByte(before, '\n'):], " -")
	return bytes.HasSuffix(before, []byte(":")) || len(line) == 0 && bytes.HasSuffix(before, []byte("-"))
}

// Outer converts edits of decoded text to edits of the text it was decoded from, which
// stays valid in the encoding: escapes are replaced as a whole, and of base64, hexadecimal
// digits and UTF-16 only the digits and units of the edited bytes change.
func (e Encoding) Outer(text []byte, decoded Text, edits []Edit) []Edit {
	if e.Escape != 0 {
		outer := make([]Edit, 0, len(edits))
		for _, edit := range edits {
			start := edit.Start
			for _, gap := range decoded.Gaps() { // what is in a gap stays
				if edit.With == nil && start < gap && gap < edit.End {
					outer = append(outer, decoded.edit(Edit{start, gap, nil}))
					start = gap
				}
			}
			outer = append(outer, decoded.edit(Edit{start, edit.End, edit.With}))
		}
		return outer
	}
	o := overlay{text: text}
	for _, edit := range edits {
		with := edit.With
		if len(with) != edit.End-edit.Start {
			with = Mask(decoded.Bytes, edit.Start, edit.End)
		}
		for i, c := range with {
			e.set(&o, decoded, edit.Start+i, c)
		}
	}
	return o.edits()
}

func (t Text) edit(e Edit) Edit {
	e.Start, e.End = t.Bounds(e.Start, e.End)
	return e
}

// overlay has new bytes for some places of a text, in order.
type overlay struct {
	text   []byte
	places []int
	bytes  []byte
}

// at returns the byte at a place, new or not.
func (o *overlay) at(place int) byte {
	if last := len(o.places) - 1; last >= 0 && o.places[last] == place {
		return o.bytes[last]
	}
	return o.text[place]
}

func (o *overlay) set(place int, c byte) {
	if last := len(o.places) - 1; last >= 0 && o.places[last] == place {
		o.bytes[last] = c
		return
	}
	o.places, o.bytes = append(o.places, place), append(o.bytes, c)
}

// edits returns an edit for each run of places.
func (o *overlay) edits() []Edit {
	var all []Edit
	for from := 0; from < len(o.places); {
		to := from + 1
		for to < len(o.places) && o.places[to] == o.places[to-1]+1 {
			to++
		}
		all = append(all, Edit{o.places[from], o.places[from] + to - from, o.bytes[from:to]})
		from = to
	}
	return all
}

// setBase64 writes the eight bits of a byte into two digits. The other bits of the first
// belong to the byte before, and those of the second to the byte after.
func setBase64(o *overlay, decoded Text, i int, c byte) {
	group, in := i/3*3, i%3
	digit := func(n int) int { // the place of the nth digit of the group
		switch {
		case n == 3:
			return decoded.before(group+3) - 1
		case group+n < len(decoded.Bytes):
			return decoded.Pos(group + n)
		}
		return decoded.Pos(len(decoded.Bytes)) - 1 // the last of an incomplete group
	}
	first, second, shift := digit(in), digit(in+1), 4-2*in
	both := uint16(base64Value[o.at(first)])<<6 | uint16(base64Value[o.at(second)])
	both = both&^(0xff<<shift) | uint16(c)<<shift
	o.set(first, Base64Digits[both>>6])
	o.set(second, Base64Digits[both&63])
}

// setHex writes a byte as two digits, in the case of the digits before.
func setHex(o *overlay, decoded Text, i int, c byte) {
	for n, digit := range []byte(hexDigits(c)) {
		place := decoded.Pos(i) + n
		if 'a' <= digit && digit <= 'f' && isUpperHex(decoded, o.text, i) {
			digit -= 'a' - 'A'
		}
		o.set(place, digit)
	}
}

// isUpperHex reports whether the letters among the digits around a byte are in upper case.
func isUpperHex(decoded Text, text []byte, i int) bool {
	const near = 64
	for _, c := range text[decoded.Pos(max(0, i-near)):decoded.Pos(min(len(decoded.Bytes), i+near))] {
		if 'A' <= c && c <= 'F' {
			return true
		}
	}
	return false
}

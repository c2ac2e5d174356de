// Package decode turns encoded text into plain text, and remembers where each
// byte came from.
//
// Encoded text is not searched for. A scanner computes how its literals are written in
// each encoding ([Encoding.Forms]), searches for those as for any other literal,
// and decodes only what surrounds one it finds ([Encoding.Decode]). This is what
// YARA's base64 string modifier does (yara.readthedocs.io, "Base64 strings").
package decode

import "slices"

// Text is decoded text.
type Text struct {
	Bytes []byte
	// Pos[i] is where Bytes[i] begins in the text it was decoded from, and
	// Pos[len(Bytes)] is where that ends. It never decreases.
	Pos []int
	// groups holds where each group of three bytes ends, if they share characters.
	groups []int
	// ends holds where each byte ends, if that may be before the next one begins.
	ends []int
	// from and to are the range in which all places decode to this text, or every second.
	from, to int
	second   bool
}

// Serves reports whether the text is what [Encoding.Decode] returns for another place.
func (t Text) Serves(text []byte, at, phase int) bool {
	if t.groups != nil {
		at = digitAt(text, at)
		i, ok := slices.BinarySearch(t.Pos, at)
		if phase == 3 {
			return !ok && i > 0 && i%3 == 0 && i/3 <= len(t.groups) && t.groups[i/3-1]-1 == at
		}
		return ok && i < len(t.Bytes) && i%3 == phase
	}
	return t.from <= at && at < t.to && (!t.second || (at-t.from)%2 == 0)
}

// Bounds returns where Bytes[from:to] stands, which is not empty: from the
// character in which the first byte begins to that in which the last one ends.
func (t Text) Bounds(from, to int) (start, end int) {
	start, end = t.Pos[from], t.Pos[to]
	switch {
	case t.ends != nil:
		return start, t.ends[to-1]
	case t.groups == nil || to == len(t.Bytes):
		return start, end
	case to%3 == 0:
		return start, t.groups[to/3-1]
	}
	return start, end + 1 // with the character that the next byte begins in
}

// Gaps returns the indexes of bytes that follow something which stands for nothing: a tag,
// a character that is not seen.
func (t Text) Gaps() []int {
	var gaps []int
	for i := 1; i < len(t.ends); i++ {
		if t.ends[i-1] != t.Pos[i] {
			gaps = append(gaps, i)
		}
	}
	return gaps
}

// Parted returns the text with a blank at some gaps, in order.
func (t Text) Parted(gaps []int) Text {
	if len(gaps) == 0 {
		return t
	}
	n := len(t.Bytes) + len(gaps)
	parted := Text{Bytes: make([]byte, 0, n), Pos: make([]int, 0, n+1), ends: make([]int, 0, n), from: t.from, to: t.to}
	done := 0
	for _, i := range append(gaps, len(t.Bytes)) {
		parted.Bytes = append(parted.Bytes, t.Bytes[done:i]...)
		parted.Pos = append(parted.Pos, t.Pos[done:i]...)
		parted.ends = append(parted.ends, t.ends[done:i]...)
		if done = i; i < len(t.Bytes) {
			parted.add(' ', t.ends[i-1])
			parted.ends = append(parted.ends, t.Pos[i])
		}
	}
	parted.Pos = append(parted.Pos, t.Pos[len(t.Bytes)])
	return parted
}

// newText returns an empty text with room for n bytes.
func newText(n int) Text { return Text{Bytes: make([]byte, 0, n), Pos: make([]int, 0, n+1)} }

func (t *Text) add(c byte, at int) {
	t.Bytes = append(t.Bytes, c)
	t.Pos = append(t.Pos, at)
}

// Form is one way in which a literal can be written in encoded text.
type Form struct {
	Text string
	// Phase is for Decode: which of its alignments the form has.
	Phase int
}

// Encoding is one way of writing bytes as other bytes.
type Encoding struct {
	// Name is the name of the layer in reports.
	Name string
	// Escape is what begins an escape, if the encoding leaves other text as it is.
	Escape byte
	// Forms returns how literal can be written in encoded text, none of them shorter
	// than three bytes, none of them the literal itself.
	Forms func(literal string) []Form
	// Wrapped returns texts of which one stands wherever a form does, even if a line
	// ends inside it; nil if none can.
	Wrapped func(form Form) []Form
	// Decode decodes the encoded run in which a form stands at text[at]. It
	// reads nothing but text, holds for any text without panicking, and returns
	// an empty Text where there is nothing to decode.
	Decode func(text []byte, at, phase int) Text
	// set writes the byte that decoded.Bytes[i] is decoded from, if the encoding has no
	// escapes: other bytes stay as they are.
	set func(o *overlay, decoded Text, i int, c byte)
}

// Holds reports whether what an inner encoding wrote is met within e: base64 in
// base64, in hexadecimal and in UTF-16, percent-encoding in itself.
func (e Encoding) Holds(inner Encoding) bool {
	switch inner.Name {
	case base64.Name:
		return e.Escape == 0
	case percent.Name:
		return e.Name == percent.Name
	}
	return false
}

// All returns every encoding.
func All() []Encoding {
	return []Encoding{
		base64, hexadecimal, percent, escapes, entities, utf16LE, utf16BE,
		quotedPrintable, zeroWidth, softHyphen, byteOrder, markup, wrappedLine,
	}
}

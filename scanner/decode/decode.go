// Package decode turns encoded text into plain text, and remembers where each
// byte came from.
//
// Encoded text is not searched for. A scanner computes how its literals are written in
// each encoding ([Encoding.Forms]), searches for those as for any other literal,
// and decodes only what surrounds one it finds ([Encoding.Decode]). This is what
// YARA's base64 string modifier does (yara.readthedocs.io, "Base64 strings").
package decode

import (
	"cmp"
	"slices"
)

// Text is decoded text.
type Text struct {
	Bytes []byte
	unit  unit
	// parts are the stretches of bytes of which each comes from what follows the one before.
	// The last one begins where the bytes end.
	parts []part
	// from and to are the range in which all places decode to this text, or every second.
	from, to int
	// telling are the places of what tells that text is in the encoding, if that is not known.
	telling []int32
}

// part is a stretch of decoded bytes.
type part struct {
	at   int32 // of its first byte
	from int32 // where that begins in the text it was decoded from
	// before is where the byte before it ends there; of base64, the group of three.
	before int32
}

// unit says how many characters stand for how many bytes, if they follow each other.
type unit uint8

const (
	single unit = iota // one for one: escapes begin a part
	pairs              // two for one
	quads              // four for three
)

// Pos returns where Bytes[i] begins in the text it was decoded from, and of len(Bytes), where
// that ends. It grows with i.
func (t Text) Pos(i int) int {
	low, high := 0, len(t.parts)
	for high-low > 1 {
		if middle := (low + high) / 2; int(t.parts[middle].at) <= i {
			low = middle
		} else {
			high = middle
		}
	}
	from := int(t.parts[low].from)
	i -= int(t.parts[low].at)
	switch t.unit {
	case pairs:
		return from + 2*i
	case quads:
		return from + i/3*4 + i%3
	}
	return from + i
}

// Index returns the first byte that begins at a place or after it, and whether it begins there:
// len(Bytes) at the end, and one more behind it.
func (t Text) Index(at int) (i int, ok bool) {
	low, high := 0, len(t.parts) // the part that begins at the place or before it
	for low < high {
		if middle := (low + high) / 2; int(t.parts[middle].from) <= at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low == 0 {
		return 0, false
	}
	p := t.parts[low-1]
	i, ok = int(p.at), true
	at -= int(p.from)
	if low == len(t.parts) {
		return min(i+at, i+1), at == 0
	}
	switch t.unit {
	case single:
		i += at
	case pairs:
		i, ok = i+(at+1)/2, at%2 == 0
	case quads:
		i, ok = i+at/4*3+at%4, at%4 < 3
	}
	if next := int(t.parts[low].at); i >= next {
		return next, false
	}
	return i, ok
}

// before returns where what comes before Bytes[i] ends: a byte or, of base64, a group.
func (t Text) before(i int) int {
	n, ok := slices.BinarySearchFunc(t.parts, i, func(p part, i int) int { return cmp.Compare(int(p.at), i) })
	if ok {
		return int(t.parts[n].before)
	}
	return t.Pos(i)
}

// Cost returns how much it cost to decode, in bytes of a text without escapes.
func (t Text) Cost() int {
	const copied, escape = 16, 16 // bytes that are copied for the cost of one; the cost of an escape
	if t.unit == single {
		return t.to - t.from + len(t.Bytes)/copied + escape*len(t.parts)
	}
	return len(t.Bytes)
}

// Serves reports whether the text is what [Encoding.Decode] returns for another place.
func (t Text) Serves(text []byte, at, phase int) bool {
	if t.unit == quads {
		at = digitAt(text, at)
		i, ok := t.Index(at)
		if phase == 3 { // no byte begins in the last digit of a group
			return i < len(t.Bytes) && i%3 == 0 && t.before(i)-1 == at
		}
		return ok && i%3 == phase
	}
	return t.from <= at && at < t.to && (t.unit == single || (at-t.from)%2 == 0)
}

// Tells reports whether text[from:to] by itself tells that it is in the encoding.
func (t Text) Tells(from, to int) bool {
	if t.telling == nil {
		return true
	}
	i, _ := slices.BinarySearch(t.telling, int32(from))
	return i < len(t.telling) && int(t.telling[i]) < to
}

// Bounds returns where Bytes[from:to] stands, which is not empty: from the
// character in which the first byte begins to that in which the last one ends.
func (t Text) Bounds(from, to int) (start, end int) {
	start = t.Pos(from)
	switch {
	case t.unit == single || t.unit == quads && to < len(t.Bytes) && to%3 == 0:
		return start, t.before(to)
	case t.unit == pairs || to == len(t.Bytes):
		return start, t.Pos(to)
	}
	return start, t.Pos(to) + 1 // with the character that the next byte begins in
}

// Gaps returns the indexes of bytes that follow something which stands for nothing: a tag,
// a character that is not seen.
func (t Text) Gaps() []int {
	var gaps []int
	for _, p := range t.parts {
		if t.unit == single && p.from != p.before && p.at > 0 && int(p.at) < len(t.Bytes) {
			gaps = append(gaps, int(p.at))
		}
	}
	return gaps
}

// Parted returns the text with a blank at some gaps, in order.
func (t Text) Parted(gaps []int) Text {
	if len(gaps) == 0 {
		return t
	}
	parted := Text{Bytes: make([]byte, 0, len(t.Bytes)+len(gaps)), parts: make([]part, 0, len(t.parts)+len(gaps)), from: t.from, to: t.to}
	done, blanks := 0, 0
	for _, p := range t.parts {
		at := int(p.at)
		p.at += int32(blanks)
		if blanks < len(gaps) && gaps[blanks] == at {
			blanks++
			parted.Bytes = append(append(parted.Bytes, t.Bytes[done:at]...), ' ')
			done = at
			parted.parts = append(parted.parts, part{p.at, p.before, p.before})
			p.at, p.before = p.at+1, p.from
		}
		parted.parts = append(parted.parts, p)
	}
	parted.Bytes = append(parted.Bytes, t.Bytes[done:]...)
	return parted
}

// goOn says that the next byte begins at a place in the text it is decoded from, and that the
// byte before it ends at another.
func (t *Text) goOn(from, before int) {
	at := int32(len(t.Bytes))
	if last := len(t.parts) - 1; last >= 0 && t.parts[last].at == at {
		t.parts[last].from = int32(from)
		return
	}
	t.parts = append(t.parts, part{at, int32(from), int32(before)})
}

// renew returns an empty text with room for some bytes and parts, in the memory of t if that is
// enough.
func (t Text) renew(unit unit, from, to, bytes, parts int) Text {
	return Text{Bytes: slices.Grow(t.Bytes[:0], bytes), unit: unit, parts: slices.Grow(t.parts[:0], parts), from: from, to: to}
}

// pairsOf returns an empty text for n bytes, of which each stands for two from a place on.
func pairsOf(from, n int, old Text) Text {
	t := old.renew(pairs, from, from+2*n, n, 2)
	if n > 0 {
		t.parts = append(t.parts, part{0, int32(from), int32(from)}, part{int32(n), int32(t.to), int32(t.to)})
	}
	return t
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
	// an empty Text where there is nothing to decode. The result may use the memory of
	// another Text, which is not used any more.
	Decode func(text []byte, at, phase int, old Text) Text
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

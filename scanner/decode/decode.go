// Package decode turns encoded text into plain text, and remembers where each
// byte came from.
//
// Encoded text is not searched for. A scanner computes how its literals stand in
// each encoding ([Encoding.Forms]), searches for those as for any other literal,
// and decodes only what surrounds one it finds ([Encoding.Decode]). This is what
// YARA's base64 string modifier does (yara.readthedocs.io, "Base64 strings").
package decode

// Text is decoded text.
type Text struct {
	Bytes []byte
	// Pos[i] is where Bytes[i] begins in the text it was decoded from, and
	// Pos[len(Bytes)] is where that ends. It never decreases.
	Pos []int
}

func (t *Text) add(c byte, at int) {
	t.Bytes = append(t.Bytes, c)
	t.Pos = append(t.Pos, at)
}

// Form is one way in which a literal can stand in encoded text.
type Form struct {
	Text string
	// Phase is for Decode: which of its alignments the form has.
	Phase int
}

// Encoding is one way of writing bytes as other bytes.
type Encoding struct {
	// Name is the name of the layer in reports.
	Name string
	// Forms returns how literal can stand in encoded text, none of them shorter
	// than three bytes, none of them the literal itself.
	Forms func(literal string) []Form
	// Decode decodes the encoded run in which a form stands at text[at]. It
	// reads nothing but text, holds for any text without panicking, and returns
	// an empty Text where there is nothing to decode.
	Decode func(text []byte, at, phase int) Text
}

// All returns every encoding.
func All() []Encoding {
	return []Encoding{base64, hexadecimal, percent, escapes, entities, utf16LE, utf16BE}
}

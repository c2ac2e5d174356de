package decode_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// TestOuter edits encoded texts at every alignment, also wrapped ones, and expects that
// decoding gives the text with only these edits.
func TestOuter(t *testing.T) {
	const literal, secret = ".1Ck", "s3cr3t-T0ken_"
	r := rand.New(rand.NewPCG(3, 4))
	for _, e := range decode.All() {
		for n, encode := range encoders[e.Name] {
			for before := range 12 {
				for after := range 4 {
					text := letters(r, before) + literal + "." + secret + letters(r, after)
					for _, encoded := range []string{encode(text), wrap(encode(text), 32, "\n  "), wrap(encode(text), 32, `\n`)} {
						at, phase, ok := standing(e, encoded, literal)
						if !ok {
							continue
						}
						decoded := e.Decode([]byte(encoded), at, phase, decode.Text{})
						start := bytes.Index(decoded.Bytes, []byte(secret))
						if start < 0 {
							continue // lines are not unwrapped, or it is in the other byte order
						}
						for _, with := range []string{"", "0123456789abc"} {
							edit := decode.Edit{Start: start, End: start + len(secret), With: []byte(with)}
							want := with
							if with == "" {
								edit.With, want = nil, strings.Repeat("*", len(secret))
							}
							edited := []byte(encoded)
							for _, outer := range e.Outer([]byte(encoded), decoded, []decode.Edit{edit}) {
								if e.Escape != 0 {
									outer.With = []byte(want)
								}
								edited = append(append(edited[:outer.Start:outer.Start], outer.With...), edited[outer.End:]...)
							}
							want = strings.Replace(string(decoded.Bytes), secret, want, 1)
							if again := e.Decode(edited, at, phase, decode.Text{}); string(again.Bytes) != want {
								t.Errorf("%s, encoder %d: %q became %q, which is %q, want %q", e.Name, n, encoded, edited, again.Bytes, want)
							}
							if e.Escape == 0 && len(edited) != len(encoded) {
								t.Errorf("%s, encoder %d: %q became %q, of another length", e.Name, n, encoded, edited)
							}
						}
					}
				}
			}
		}
	}
}

// wrap puts something between lines of a width.
func wrap(text string, width int, between string) string {
	var lines []string
	for len(text) > width {
		lines, text = append(lines, text[:width]), text[width:]
	}
	return strings.Join(append(lines, text), between)
}

package decode_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// encoders write a text in an encoding, in other code than Forms does.
var encoders = map[string][]func(string) string{
	"base64": {
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	},
	"hex": {
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		func(s string) string { return fmt.Sprintf("%X", s) },
	},
	"percent": {func(s string) string { return each(s, "%%%02X") }, func(s string) string { return each(s, "%%%02x") }},
	"escape":  {func(s string) string { return each(s, `\u%04x`) }, func(s string) string { return each(s, `\x%02X`) }},
	"entity":  {func(s string) string { return each(s, "&#%d;") }, func(s string) string { return each(s, "&#x%x;") }},
	"utf-16":  {func(s string) string { return wide(s, 0) }, func(s string) string { return wide(s, 1) }},
}

func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func wide(s string, low int) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		pair := [2]byte{}
		pair[low], pair[1-low] = byte(unit), byte(unit>>8)
		b = append(b, pair[:]...)
	}
	return string(b)
}

// TestForms encodes texts with a literal at every place, and expects that one of
// its forms stands there and that decoding around it gives the text back.
func TestForms(t *testing.T) {
	const literal = ".1Ck"
	r := rand.New(rand.NewPCG(1, 2))
	for _, e := range decode.All() {
		for n, encode := range encoders[e.Name] {
			found := 0
			for before := range 12 {
				text := letters(r, before) + literal + letters(r, 9)
				encoded := encode(text)
				if at, phase, ok := standing(e, encoded, literal); ok {
					found++
					decoded := e.Decode([]byte(encoded), at, phase)
					if !bytes.Contains(decoded.Bytes, []byte(literal)) {
						t.Errorf("%s, encoder %d, %d before: decoded %q", e.Name, n, before, decoded.Bytes)
					}
				}
			}
			// Of UTF-16 each byte order has an encoding of its own.
			if found != 12 && e.Name != "utf-16" || found == 0 && n == 0 && e.Name == "utf-16" {
				t.Errorf("%s, encoder %d: found in %d of 12 places", e.Name, n, found)
			}
		}
	}
}

func standing(e decode.Encoding, encoded, literal string) (at, phase int, ok bool) {
	for _, form := range e.Forms(literal) {
		if at := strings.Index(encoded, form.Text); at >= 0 {
			return at, form.Phase, true
		}
	}
	return 0, 0, false
}

func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}

// TestEntities takes what the standard library writes.
func TestEntities(t *testing.T) {
	for _, e := range decode.All() {
		if e.Name == "entity" {
			text := `a "quoted" word's &#46;`
			decoded := e.Decode([]byte(html.EscapeString(`a "quoted" word's`)+" &#46;&period;"), 0, 0)
			if string(decoded.Bytes) != `a "quoted" word's ..` {
				t.Errorf("%q gives %q", text, decoded.Bytes)
			}
		}
	}
}

// FuzzDecode holds every decoder to its word: positions lie in the text and do
// not decrease, and there is one more than bytes.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("LjFDazEyMzQ=\n  AAAA"), 0, 0)
	f.Add([]byte(`%2e1C\u002e\x2E&#46;&#x2e;`), 3, 1)
	f.Add([]byte("2e31432E"), 2, 2)
	f.Add([]byte(".\x001\x00C\x00"), 0, 0)
	f.Fuzz(func(t *testing.T, text []byte, at, phase int) {
		if at < 0 || at >= len(text) {
			return
		}
		for _, e := range decode.All() {
			decoded := e.Decode(text, at, phase&3)
			if len(decoded.Bytes) == 0 {
				continue
			}
			if len(decoded.Pos) != len(decoded.Bytes)+1 {
				t.Fatalf("%s: %d positions of %d bytes", e.Name, len(decoded.Pos), len(decoded.Bytes))
			}
			last := 0
			for _, pos := range decoded.Pos {
				if pos < last || pos > len(text) {
					t.Fatalf("%s: position %d after %d of %d", e.Name, pos, last, len(text))
				}
				last = pos
			}
		}
	})
}

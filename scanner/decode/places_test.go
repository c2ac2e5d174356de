package decode_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// TestPlaces decodes texts in which escapes, tags and lines' ends are anywhere, and compares
// each byte with what is where it comes from.
func TestPlaces(t *testing.T) {
	const word = ".1Ck"
	pieces := []string{
		word, "a", "+", "=", "\n", "\r\n  ", `\n`, "=\n", "=2E", "=C3", "<b>", "</i>", "&shy;", "&#46;", "\u200b", "\u00ad", "\ufeff", `\u002e`, `\u00ad`, `\_`, "%2e", "%",
		"key%3D", strings.Repeat("x", 40) + ".\n1Ck", "x.\\\n  1Ck", "2e31436b", wide(word, 0), wide(word, 1),
		wrap(base64.StdEncoding.EncodeToString([]byte(word+" and some more text "+word)), 19, "\n  "),
		wrap(base64.RawURLEncoding.EncodeToString([]byte("xx"+word+" and some more text")), 18, `\n`),
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var text string
		for range 1 + r.IntN(12) {
			text += pieces[r.IntN(len(pieces))]
		}
		for _, e := range decode.All() {
			for range 8 {
				checkPlaces(t, e, []byte(text), r.IntN(len(text)), r.IntN(4))
			}
		}
	}
}

// checkPlaces decodes a text at a place and checks each position.
func checkPlaces(t *testing.T, e decode.Encoding, text []byte, at, phase int) {
	t.Helper()
	fresh := e.Decode(text, at, phase, decode.Text{})
	decoded := e.Decode(text, at, phase, e.Decode(text, len(text)-1-at, phase^1, decode.Text{}))
	if string(decoded.Bytes) != string(fresh.Bytes) {
		t.Fatalf("%s: %q in the memory of another text is %q, alone %q", e.Name, text, decoded.Bytes, fresh.Bytes)
	}
	n := len(decoded.Bytes)
	if n == 0 {
		return
	}
	all := make([]int, n+1)
	for i := range all {
		all[i] = decoded.Pos(i)
		if i > 0 && all[i] <= all[i-1] || all[i] < 0 || all[i] > len(text) {
			t.Fatalf("%s: position %d of %d in %q", e.Name, all[i], i, text)
		}
	}
	for place := -1; place <= len(text)+1; place++ {
		want, exact := slices.BinarySearch(all, place)
		if i, ok := decoded.Index(place); i != want || ok != exact {
			t.Fatalf("%s: byte %d, %v at %d, want %d, %v in %q", e.Name, i, ok, place, want, exact, text)
		}
	}
	var gaps []int
	last := all[0]
	for i, c := range decoded.Bytes {
		start, end := decoded.Bounds(i, i+1)
		if start != all[i] || end <= start || e.Escape != 0 && (i > 0 && start < last) || end > len(text) {
			t.Fatalf("%s: byte %d is at %d to %d in %q", e.Name, i, start, end, text)
		}
		if e.Escape != 0 && start > last {
			gaps = append(gaps, i)
		}
		last = end
		if e.Name == "base64" && i == n-1 && n%3 == 0 {
			continue // a digit that is a part of no byte may follow
		}
		if got, ok := byteAt(e, text[start:end], i); ok && got != c {
			t.Fatalf("%s: byte %d is %q, not %q as at %d to %d of %q", e.Name, i, c, got, start, end, text)
		}
	}
	if got := decoded.Gaps(); !slices.Equal(got, gaps) {
		t.Fatalf("%s: gaps %d, want %d in %q", e.Name, got, gaps, text)
	}
}

// TestParted puts blanks at each set of gaps. Each blank is at its gap, and each other byte where
// it was.
func TestParted(t *testing.T) {
	texts := map[string]string{"markup": "a<b>b</b>&c<i></i>d<b>e", "entity": "a&#46;&shy;b&shy;c&#8203;&shy;&#95;&shy;e"}
	for _, e := range decode.All() {
		text := texts[e.Name]
		if text == "" {
			continue
		}
		decoded := e.Decode([]byte(text), 0, 0, decode.Text{})
		gaps := decoded.Gaps()
		for set := range 1 << len(gaps) {
			var at, rest, want []int // gaps with a blank, without, and where the rest is then
			for n, gap := range gaps {
				if set>>n&1 != 0 {
					at = append(at, gap)
				} else {
					rest = append(rest, gap)
					want = append(want, gap+len(at))
				}
			}
			parted := decoded.Parted(at)
			if got := parted.Gaps(); !slices.Equal(got, want) || len(rest)+len(at) != 4 {
				t.Errorf("blanks at %d: gaps at %d, want %d", at, got, want)
			}
			for i, blanks := 0, 0; i < len(decoded.Bytes); i++ {
				start, end := decoded.Bounds(i, i+1)
				if slices.Contains(at, i) {
					_, before := decoded.Bounds(i-1, i)
					if from, to := parted.Bounds(i+blanks, i+blanks+1); from != before || to != start || parted.Bytes[i+blanks] != ' ' {
						t.Errorf("blanks at %d: %q at %d to %d", at, parted.Bytes[i+blanks], from, to)
					}
					blanks++
				}
				if from, to := parted.Bounds(i+blanks, i+blanks+1); from != start || to != end || parted.Bytes[i+blanks] != decoded.Bytes[i] {
					t.Errorf("blanks at %d: %q at %d to %d, not %q at %d to %d", at, parted.Bytes[i+blanks], from, to, decoded.Bytes[i], start, end)
				}
			}
		}
	}
}

// byteAt decodes the byte with some index by itself; false where that cannot be.
func byteAt(e decode.Encoding, text []byte, i int) (byte, bool) {
	switch {
	case e.Name == "base64":
		values := decode.Base64Values()
		both := int(values[text[0]])<<6 | int(values[text[len(text)-1]])
		return byte(both >> (4 - 2*(i%3))), true
	case e.Name == "hex":
		b, err := hex.DecodeString(string(text))
		return append(b, 0)[0], err == nil
	case e.Name == "utf-16":
		return text[0] | text[1], true
	case len(text) == 1 && text[0] == '+':
		return 0, false // a blank in a query
	case len(text) == 1:
		return text[0], true
	}
	b := e.Decode(text, 0, 0, decode.Text{}).Bytes
	return append(b, 0)[0], len(b) == 1
}

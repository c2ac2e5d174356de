package decode_test

import (
	"encoding/base64"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// What serves another place is what decoding there returns, for all pairs of places where
// the forms of a word may be. Without escapes, it serves all places in it where that is the same.
func TestServes(t *testing.T) {
	const word = ".1C."
	wide := func(order ...int) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune("a " + word + word + "b")) {
			bytes := [2]byte{byte(u), byte(u >> 8)}
			b.Write([]byte{bytes[order[0]], bytes[order[1]]})
		}
		return b.String()
	}
	coded := base64.RawStdEncoding.EncodeToString([]byte("a longer text " + word + " and " + word + word))
	texts := []string{
		wide(0, 1) + "x" + wide(0, 1), wide(1, 0) + wide(0, 1), wide(0, 1) + "\x00" + wide(1, 0),
		coded, coded + "," + coded[1:], coded[:20] + "\n" + coded[20:], coded + coded[1:], coded + coded[2:] + coded[3:],
		base64.RawStdEncoding.EncodeToString([]byte("a"+word)) + "," + base64.RawStdEncoding.EncodeToString([]byte("xx" + word))[3:],
		"uMU,4xQ,LjF,AxQ", "2e31432e0" + "2e31432e", "02e31432e2e31432e",
		"%2E1C%2E x =2E1C=2E \\u002e1C &#46;1C <b>.1</b>C .\u200b1C 2e3143",
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 40 {
		cut := texts[r.IntN(len(texts))]
		texts = append(texts, cut[r.IntN(len(cut)):]+texts[r.IntN(len(texts))])
	}
	served := map[string]int{}
	for _, text := range texts {
		for _, e := range decode.All() {
			places := map[int][]int{} // by phase
			for _, form := range e.Forms(word) {
				for at := range text {
					if strings.HasPrefix(text[at:], form.Text[:min(3, len(form.Text))]) {
						places[form.Phase] = append(places[form.Phase], at)
					}
				}
			}
			for phase, ats := range places {
				for _, at := range ats {
					decoded := e.Decode([]byte(text), at, phase, decode.Text{})
					for other, ats := range places {
						for _, place := range ats {
							alone := e.Decode([]byte(text), place, other, decode.Text{})
							same := len(alone.Bytes) > 0 && reflect.DeepEqual(alone, decoded)
							switch serves := decoded.Serves([]byte(text), place, other); {
							case serves && !same && len(alone.Bytes)+len(decoded.Bytes) > 0:
								t.Errorf("%s: %q at %d is %q, not %q as at %d", e.Name, text, place, alone.Bytes, decoded.Bytes, at)
							case serves:
								served[e.Name]++
							case same && e.Escape == 0 && place >= decoded.Pos(0):
								t.Errorf("%s: %q at %d is %q as at %d, which does not serve it", e.Name, text, place, alone.Bytes, at)
							}
						}
					}
				}
			}
		}
	}
	for _, name := range []string{"base64", "hex", "utf-16"} {
		if served[name] == 0 {
			t.Errorf("%s: nothing is served", name)
		}
	}
}

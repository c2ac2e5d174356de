package detect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

// TestAnchors compares the anchors in ranges of mixtures of forms, in any case of letters, with
// what a search for each literal finds.
func TestAnchors(t *testing.T) {
	d := NewForFiles(rules.All())
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 16))
		m := newMixture(r)
		var b strings.Builder
		for range 60 {
			b.WriteString(m.pick(d.literals[r.IntN(len(d.literals))].text, "", "", m.pick(m.forms...), m.pick("\x00", "Z", "%", "1")))
		}
		text := []byte(b.String())
		for i, c := range text {
			if 'a' <= c && c <= 'z' && r.IntN(8) == 0 {
				text[i] = c - 'a' + 'A'
			}
		}
		from := r.IntN(len(text))
		to := from + r.IntN(len(text)-from)
		var want []Anchor
		for at := from; at < to; at++ {
			for i, l := range d.literals {
				if at+len(l.text) <= to && (string(text[at:at+len(l.text)]) == l.text || l.fold && strings.EqualFold(string(text[at:at+len(l.text)]), l.text)) {
					want = append(want, Anchor{at, i})
				}
			}
		}
		if got := d.anchors(nil, text, from, to); !slices.Equal(got, want) {
			t.Errorf("seed %d: %d anchors, want %d", seed, len(got), len(want))
		}
	}
}

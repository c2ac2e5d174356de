package detect

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
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

// TestGroupsOfStretches compares the groups of a text that is longer than a few stretches with those of
// all its anchors. Some begin just before or after the end of a stretch, and some go on there.
func TestGroupsOfStretches(t *testing.T) {
	d := NewForFiles(rules.All())
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 17))
		text := []byte(strings.Repeat(" ", 3*stretch+r.IntN(stretch)))
		longest := slices.IndexFunc(d.literals, func(l literal) bool { return len(l.text) == d.longest })
		copy(text[stretch-1:], d.literals[longest].text)
		for end := 2 * stretch; end < len(text); end += stretch {
			for range r.IntN(400) {
				at := end + (r.IntN(200)-100)*(1+r.IntN(200))
				if l := d.literals[r.IntN(len(d.literals))].text; at+len(l) <= len(text) {
					copy(text[at:], l)
				}
			}
		}
		want, all := groups{found: d.anchors(nil, text, 0, len(text))}, groups{text: text}
		for {
			got, want := all.next(d), want.next(d)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: a group of %d anchors, want one of %d", seed, len(got), len(want))
			}
			if want == nil {
				break
			}
		}
		var scratch []Anchor
		inserted := d.Next(t.Context(), text, Judgement{}, []odb.Edit{{At: 0, Len: len(text), From: -1}}, &scratch, nil)
		if want := d.whole(t.Context(), text, &scratch, nil); !reflect.DeepEqual(inserted, want) {
			t.Errorf("seed %d: %d groups of an insertion, want %d", seed, len(inserted.groups), len(want.groups))
		}
	}
}

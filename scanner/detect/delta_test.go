package detect

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// TestNextIsWhole applies random sequences of edits. After each step it compares the
// inherited anchors with those of the whole text. Fragments are keys, halves of keys,
// contexts and encodings: keys cross seams, are composed of a copy and an insertion,
// and gain or lose their context.
func TestNextIsWhole(t *testing.T) {
	d := New(rules.All())
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		h := newHistory(r)
		var scratch []Anchor
		text := []byte(h.fragments(20))
		state := d.whole(t.Context(), text, &scratch, nil)
		for step := range 20 {
			next, edits := h.edit(text)
			if err := check(text, next, edits); err != nil {
				t.Fatal(err)
			}
			state = d.Next(t.Context(), next, state, edits, &scratch, nil)
			want := d.whole(t.Context(), next, &scratch, nil)
			if !reflect.DeepEqual(state, want) {
				t.Fatalf("seed %d, step %d: inherited %d groups with %d hits, judged whole %d with %d\nedits %+v",
					seed, step, len(state.groups), len(state.All()), len(want.groups), len(want.All()), edits)
			}
			text = next
		}
	}
}

// editor makes random texts and edits.
type editor struct {
	*rand.Rand
	pieces []string
}

func newHistory(r *rand.Rand) *editor {
	key := keytest.Key(r.Uint64(), keytest.Made)
	plain := keytest.Expand("{{plain 1}}")
	half := r.IntN(len(key))
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", r.IntN(3)) + key))
	return &editor{r, []string{
		key, key[:half], key[half:], keytest.Expand("{{short 3}}"), keytest.Expand("{{elastic}}"), plain,
		encoded, encoded[:len(encoded)/2], encoded[len(encoded)/2:],
		base64.StdEncoding.EncodeToString([]byte(encoded)),
		fmt.Sprintf("%x", key), strings.Join(strings.Split(key, ""), "\x00"), strings.ReplaceAll(key, ".", "%2E"), strings.ReplaceAll(key, ".", `\u002e`),
		"Authorization: ApiKey ", "ApiKey", "Bearer " + plain, "qasphere", "QAS_TOKEN=" + plain, "QAS_TO", "KEN=",
		strings.ReplaceAll(key, ".", `.</w:t></w:r><w:r w:rsidR="00A1"><w:t>`), strings.ReplaceAll(key, "_", "</b><i>_"), "</span><span class=", "x\">", "<wbr>", "<!--", "-->",
		"\n ", "\n> ", "\\\n", strings.Repeat("-", 44) + key[:5], "1C" + key[13:], key[11:],
		"\n", " ", ".", "\"", "Authorization", ".1C", "1C", strings.Repeat("lorem ipsum ", 120), strings.Repeat("x", rules.Reach-40),
	}}
}

func (h *editor) fragments(n int) string {
	var b strings.Builder
	for range h.IntN(n) {
		b.WriteString(h.pieces[h.IntN(len(h.pieces))])
	}
	return b.String()
}

// edit makes a text from ranges of base, in any order, as in deltas, and from
// insertions.
func (h *editor) edit(base []byte) (text []byte, edits []odb.Edit) {
	edits = []odb.Edit{}
	insert := func(s string) {
		if s != "" {
			edits = append(edits, odb.Edit{At: len(text), Len: len(s), From: -1})
			text = append(text, s...)
		}
	}
	copied := func(from, to int) {
		if from < to {
			edits = append(edits, odb.Edit{At: len(text), Len: to - from, From: from})
			text = append(text, base[from:to]...)
		}
	}
	at := 0
	for range h.IntN(5) {
		if len(base) == 0 || at >= len(base) {
			break
		}
		to := at + h.IntN(len(base)-at+1)
		copied(at, to)
		switch h.IntN(4) {
		case 0:
			at = to // insert
		case 1:
			at = min(len(base), to+h.IntN(60)) // replace
		case 2:
			at = h.IntN(len(base)) // go elsewhere
		case 3:
			at = to + h.IntN(len(base)-to+1) // cut
		}
		if h.IntN(3) > 0 {
			insert(h.fragments(4))
		}
	}
	if at < len(base) && h.IntN(5) > 0 {
		copied(at, len(base))
	}
	return text, edits
}

// check returns an error if edits do not make text from base.
func check(base, text []byte, edits []odb.Edit) error {
	var made []byte
	for _, e := range edits {
		from := base
		if e.From < 0 {
			from, e.From = text, e.At
		}
		made = append(made, from[e.From:e.From+e.Len]...)
	}
	if string(made) != string(text) {
		return fmt.Errorf("the test's own edits are wrong")
	}
	return nil
}

// TestManyAnchors has a text with one anchor too many to keep, and with as many as are kept.
// The hits are the same, and so are those of a delta.
func TestManyAnchors(t *testing.T) {
	d := New(rules.All())
	key := keytest.Key(1, keytest.Made)
	of := func(n int) []byte { return []byte(strings.Repeat(" ApiKey\n", n) + key + "\n") }
	n := mostKept(1<<20) - len(groupOf(d, of(0)))
	var scratch []Anchor
	for more, partial := range []bool{false, true} {
		text := append(of(n+more), make([]byte, 1<<20-len(of(n+more)))...)
		j := d.Next(t.Context(), text, Judgement{}, nil, &scratch, nil)
		if j.partial != partial || len(j.All()) != 1 {
			t.Errorf("%d anchors more: partial is %v, %d hits", more, j.partial, len(j.All()))
		}
		kept := 0
		for _, g := range j.groups {
			kept += len(g.anchors)
		}
		if kept > mostKept(len(text)) {
			t.Errorf("%d anchors more: %d are kept", more, kept)
		}
		small := d.whole(t.Context(), of(0), &scratch, nil)
		for _, edits := range [][]odb.Edit{{{At: 0, Len: len(text), From: 0}}, {{At: 0, Len: len(text), From: -1}}} {
			base := j
			if edits[0].From < 0 {
				base = small
			}
			if again := d.Next(t.Context(), text, base, edits, &scratch, nil); !reflect.DeepEqual(again, j) {
				t.Errorf("%d anchors more, %+v: %d groups, want %d", more, edits, len(again.groups), len(j.groups))
			}
		}
	}
}

// groupOf returns the anchors of a short text.
func groupOf(d *Detector, text []byte) []Anchor { return d.anchors(nil, text, 0, len(text)) }

package rewrite_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

// FuzzContent expects of every content that what is masked is found no more, also in a
// stream, and that a second time changes nothing.
func FuzzContent(f *testing.F) {
	files := lab.New(1).Files
	for i := 0; i < len(files); i += 97 {
		f.Add(string(files[i].Data), uint16(i))
	}
	f.Add("{{key 1}}.{{key 2}} {{tenant 1}}.{{id 1}}.", uint16(7))
	r, d := rewrite.New(), detect.New(rules.All())
	f.Fuzz(func(t *testing.T, text string, piece uint16) {
		data := []byte(keytest.Expand(text))
		out, masked := r.Content(t.Context(), data)
		if left := secrets(d, t, out); len(left) > 0 && len(masked.Left) == 0 {
			t.Errorf("still has %s by %s in %v", left[0].Key, left[0].Rule.ID, left[0].Layers)
		}
		if len(masked.Left) == 0 {
			if again, more := r.Content(t.Context(), out); !bytes.Equal(again, out) || len(more.Keys) > 0 {
				t.Errorf("a second time, it masks %v", more.Keys)
			}
		}
		pieces := &pieceReader{data: data, r: rand.New(rand.NewPCG(1, uint64(piece))), most: 1 + int(piece)}
		var stream bytes.Buffer
		if _, err := r.Stream(t.Context(), pieces, &stream); err != nil {
			t.Error(err)
		}
	})
}

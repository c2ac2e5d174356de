package scanner

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// A cursor that has made many frames makes the same ones as a new cursor.
func TestFramesOfOneCursor(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	ends := []string{"\n", "\n", "\n", "\r\n", "\n\n", " ", ", "}
	count := 0
	for round := range 40 {
		var text strings.Builder
		for range 30 {
			seed := random.Uint64N(20)
			for _, of := range []string{
				"QAS_TOKEN=" + keytest.Key(seed, keytest.Made), "const key = '" + keytest.Key(seed, keytest.Made) + "'",
				"password: " + keytest.Token(seed), "QAS_TOKEN=" + keytest.Key(seed, keytest.Made)[:50] + " # " + allowMark + " -- because", strings.Repeat("word ", random.IntN(60)), keytest.Token(seed), "ApiKey " + keytest.Token(seed),
			} {
				if random.IntN(3) == 0 {
					text.WriteString(of + ends[random.IntN(len(ends))])
				}
			}
		}
		data := []byte(text.String())
		if round%4 == 3 {
			data = []byte{0xff, 0xfe}
			for _, unit := range utf16.Encode([]rune(text.String())) {
				data = append(data, byte(unit), byte(unit>>8))
			}
		}
		hits := everyRule().FindWithin(t.Context(), data, detect.NewBudget())
		one := newCursor(data, -1)
		one.masks = masksOf(data, detect.Hits{hits})
		if want := plainMasks(one, hits); !reflect.DeepEqual(one.masks, want) {
			t.Fatalf("round %d: the masks are\n%v, want\n%v", round, one.masks, want)
		}
		for i := range hits {
			fresh := newCursor(data, -1)
			fresh.masks = one.masks
			if got, want := one.frame(&hits[i], i), fresh.frame(&hits[i], i); !reflect.DeepEqual(got, want) {
				t.Fatalf("round %d, hit %d of %d: the frame is\n%q, of a new cursor\n%q", round, i, len(hits), got.Lines, want.Lines)
			}
			count++
		}
	}
	if count < 500 {
		t.Fatalf("only %d frames", count)
	}
}

// plainMasks is what masksOf is to return: with the rest of each hit that is cut.
func plainMasks(c *cursor, hits []detect.Hit) masks {
	var m masks
	for i := range hits {
		h := &hits[i]
		of := mask{h.Start, h.End, maskOf(h)}
		var rest mask
		if isCut(h) {
			of.end += maxRest
			if i+1 < len(hits) {
				of.end = max(h.End, min(of.end, hits[i+1].Start))
			}
			if from, to := c.comment(h.End, of.end); from < to {
				rest = mask{to, of.end, redact.Mask}
				of.end = from
			}
		}
		m.add(of)
		if rest.start < rest.end {
			m.add(rest)
		}
	}
	m.longest = 0
	for _, of := range m.all {
		m.longest = max(m.longest, of.end-of.start)
	}
	return m
}

package detect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// All hits of a text with many are there, in order, and each only once after the last time.
func TestManyHits(t *testing.T) {
	const many = 1000
	var text strings.Builder
	for seed := range uint64(many) {
		text.WriteString("QAS_TOKEN=" + keytest.Key(seed, keytest.Made) + "\n")
	}
	hits, _, _ := detect.NewForFiles(rules.All()).FindBoth(t.Context(), []byte(text.String()), detect.NewBudget())
	if hits.Len() != many {
		t.Fatalf("%d hits, want %d", hits.Len(), many)
	}
	for range 2 {
		seed := uint64(0)
		for h := range hits.Each() {
			if h.Secret.Reveal() != keytest.Key(seed, keytest.Made) {
				t.Fatalf("hit %d is another key", seed)
			}
			seed++
		}
		if seed != many {
			t.Fatalf("%d hits, want %d", seed, many)
		}
	}
	last := slices.Collect(hits.Last())
	if len(last) != many || hits.Len() != 0 || last[many-1].Secret.Reveal() != keytest.Key(many-1, keytest.Made) {
		t.Errorf("%d hits for the last time, and %d after it", len(last), hits.Len())
	}
}

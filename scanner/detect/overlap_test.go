package detect

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// mostSeverePlain is mostSevere without its indexes: it compares each pair of hits.
func mostSeverePlain(run []Hit) []Hit {
	run = slices.DeleteFunc(slices.Clone(run), func(h Hit) bool {
		return slices.ContainsFunc(run, func(k Hit) bool { return k.completes(h) })
	})
	slices.SortStableFunc(run, compareSeverity)
	var kept []Hit
	for _, h := range run {
		if !slices.ContainsFunc(kept, func(k Hit) bool { return k.hides(h) }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b Hit) int { return a.Start - b.Start })
	return kept
}

func TestMostSevere(t *testing.T) {
	keys := []rules.Key{{}, {TenantID: "a"}, {TenantID: "b"}, {TenantID: "c"}}
	layers := [][]string{nil, {"hex"}, {"utf-16"}}
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 11))
		length := []int{3, 30, 300}[r.IntN(3)]
		run := make([]Hit, 1+r.IntN(12))
		for i := range run {
			start := 7 + r.IntN(length)
			run[i] = Hit{
				Match:  rules.Match{Start: start, End: start + 1 + r.IntN(length), Key: keys[r.IntN(len(keys))], Severity: rules.Severity(1 + r.IntN(3))},
				Layers: layers[r.IntN(len(layers))], order: r.IntN(3), Line: string(rune('a' + i)),
			}
			if r.IntN(3) == 0 && run[i].Key != (rules.Key{}) {
				run[i].Pieces = []redact.Secret{{}}
			}
		}
		slices.SortStableFunc(run, func(a, b Hit) int { return a.Start - b.Start })
		want := mostSeverePlain(run)
		got := mostSevere(slices.Clone(run))
		if len(run) == 1 {
			want = run
		}
		if !reflect.DeepEqual(sorted(got), sorted(want)) {
			t.Fatalf("seed %d: kept\n%+v\nof\n%+v\nwant\n%+v", seed, got, run, want)
		}
	}
}

// sorted orders hits that begin at the same place.
func sorted(hits []Hit) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return int(a.Line[0]) - int(b.Line[0])
	})
	return hits
}

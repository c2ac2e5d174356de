package report

import (
	"slices"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// happenings are a story without its words.
func happenings(f scanner.Finding) []happening {
	var all []happening
	for _, e := range story(&f) {
		all = append(all, e.what)
	}
	return all
}

func TestStory(t *testing.T) {
	for name, test := range map[string]struct {
		f    scanner.Finding
		want []happening
	}{
		"moved, copied and still there": {inHead(), []happening{wasMade, wasCommitted, wasMoved, wasCopied, wasCopied, staysThere, staysThere}},
		"removed":                       {inHistory(), []happening{wasMade, wasCommitted, wasRemoved, staysInPast}},
		"in no ref":                     {dangling(), []happening{wasMade, wasCommitted, staysInPast}},
		"of unknown age":                {plainLiteral(), []happening{staysThere}},
	} {
		if got := happenings(test.f); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// One commit that takes away two and brings one moves one of them.
func TestStoryMovesOne(t *testing.T) {
	f := inHistory()
	second, third := f.Occurrences[0], f.Occurrences[0]
	second.Path, third.Path = "b", "c"
	third.Commit, third.RemovedBy = f.Occurrences[0].RemovedBy, nil
	f.Occurrences = append(f.Occurrences, second, third)
	want := []happening{wasMade, wasCommitted, wasCopied, wasMoved, wasRemoved, staysInPast}
	if got := happenings(f); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCutStory(t *testing.T) {
	var events []event
	for i := range 10 {
		events = append(events, event{at: time.Unix(int64(i), 0)})
	}
	for most, want := range map[int][]int64{10: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4: {0, 1, 8, 9}, 3: {0, 1, 9}} {
		var got []int64
		for _, e := range cutStory(events, most) {
			got = append(got, e.at.Unix())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d of 10: got %v, want %v", most, got, want)
		}
	}
}

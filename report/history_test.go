package report

import (
	"slices"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// kinds are the kinds of events of a history.
func kinds(f scanner.Finding) []eventKind {
	var all []eventKind
	for _, e := range historyOf(&f) {
		all = append(all, e.kind)
	}
	return all
}

func TestHistory(t *testing.T) {
	for name, test := range map[string]struct {
		f    scanner.Finding
		want []eventKind
	}{
		"moved, copied and still there": {inHead(), []eventKind{wasCreated, wasCommitted, wasMoved, wasCopied, wasCopied, isPresent, isPresent}},
		"removed":                       {inHistory(), []eventKind{wasCreated, wasCommitted, wasRemoved, isPast}},
		"in no ref":                     {dangling(), []eventKind{wasCreated, wasCommitted, isPast}},
		"of unknown age":                {plainLiteral(), []eventKind{isPresent}},
	} {
		if got := kinds(test.f); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// One commit that removes two copies and adds one moves one of them.
func TestHistoryMovesOne(t *testing.T) {
	f := inHistory()
	second, third := f.Occurrences[0], f.Occurrences[0]
	second.Path, third.Path = "b", "c"
	third.Commit, third.RemovedBy = f.Occurrences[0].RemovedBy, nil
	f.Occurrences = append(f.Occurrences, second, third)
	want := []eventKind{wasCreated, wasCommitted, wasCopied, wasMoved, wasRemoved, isPast}
	if got := kinds(f); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCutHistory(t *testing.T) {
	var events []event
	for i := range 10 {
		events = append(events, event{at: time.Unix(int64(i), 0)})
	}
	for most, want := range map[int][]int64{10: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4: {0, 1, 8, 9}, 3: {0, 1, 9}} {
		var got []int64
		for _, e := range cutHistory(events, most) {
			got = append(got, e.at.Unix())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d of 10: got %v, want %v", most, got, want)
		}
	}
}

// A commit that removes a key from a file and has it in its message moves nothing.
func TestMessageIsNoMove(t *testing.T) {
	f := inHistory()
	message := f.Occurrences[0]
	message.Object, message.Commit, message.RemovedBy = scanner.ObjectCommit, f.Occurrences[0].RemovedBy, nil
	f.Occurrences = append(f.Occurrences, message)
	want := []eventKind{wasCreated, wasCommitted, wasCopied, wasRemoved, isPast}
	if got := kinds(f); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

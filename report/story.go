package report

import (
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// happening is what became of a key.
type happening int

const (
	wasMade      happening = iota // in QA Sphere, by its key ID
	wasCommitted                  // for the first time
	wasCopied                     // committed at another place, too
	wasMoved                      // taken from one place and put to another by one commit
	wasRemoved                    // taken away by a commit
	staysThere                    // on disk, at HEAD or staged, now
	staysInPast                   // only in what git remembers, now
)

// event is one step of the way of a key through time.
type event struct {
	what happening
	// at is when it happened; zero if that is not known, or now.
	at     time.Time
	commit *scanner.Commit // that did it, or nil
	// occurrence is where, and from where it was moved from; indexes in the
	// occurrences of the finding, -1 for none.
	occurrence, from int
}

// story tells the way of a key in order of time: made, committed, moved, removed,
// and where it is now.
func story(f *scanner.Finding) []event {
	var events []event
	if made := f.Key.CreatedAt; !made.IsZero() {
		events = append(events, event{what: wasMade, at: made, occurrence: -1, from: -1})
	}
	removed := map[string][]int{} // by commit
	for i, at := range f.Occurrences {
		if at.RemovedBy != nil {
			removed[at.RemovedBy.SHA] = append(removed[at.RemovedBy.SHA], i)
		}
	}
	moved := map[int]bool{} // away
	for i, at := range f.Occurrences {
		if at.Commit == nil {
			continue
		}
		e := event{what: wasCopied, at: at.Commit.Date, commit: at.Commit, occurrence: i, from: -1}
		if from := removed[at.Commit.SHA]; len(from) > 0 && at.Object == scanner.ObjectBlob || len(from) > 0 && at.OnDisk {
			e.what, e.from = wasMoved, from[0]
			moved[from[0]], removed[at.Commit.SHA] = true, from[1:]
		}
		events = append(events, e)
	}
	for i, at := range f.Occurrences {
		if at.RemovedBy != nil && !moved[i] {
			events = append(events, event{what: wasRemoved, at: at.RemovedBy.Date, commit: at.RemovedBy, occurrence: i, from: -1})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	if first := slices.IndexFunc(events, func(e event) bool { return e.what == wasCopied }); first >= 0 {
		events[first].what = wasCommitted
	}
	return append(events, ending(f.Occurrences)...)
}

// ending says where a key is now.
func ending(occurrences []scanner.Occurrence) []event {
	var events []event
	for i, at := range occurrences {
		if isPresent(at) {
			events = append(events, event{what: staysThere, occurrence: i, from: -1})
		}
	}
	if len(events) == 0 && len(occurrences) > 0 {
		events = append(events, event{what: staysInPast, occurrence: 0, from: -1})
	}
	return events
}

// cutStory leaves out the middle of a story that is longer than most events.
func cutStory(events []event, most int) []event {
	if len(events) <= most {
		return events
	}
	half := most / 2
	return slices.Concat(events[:most-half], events[len(events)-half:])
}

// tell says an event in words; commit says which one did it.
func (p *printer) tell(f *scanner.Finding, e event, commit func(scanner.Commit) string) string {
	switch e.what {
	case wasMade:
		return "Made in QA Sphere, by its key ID."
	case wasMoved:
		return "Moved from " + neutral.Log(placeName(f.Occurrences[e.from])) + " by " + commit(*e.commit) + "."
	case wasRemoved:
		return "Removed by " + commit(*e.commit) + "."
	case wasCommitted, wasCopied:
		origin := origin(f.Occurrences[e.occurrence].Object)
		return strings.ToUpper(origin[:1]) + origin[1:] + " " + commit(*e.commit) + "."
	case staysThere:
		if words := p.whereabouts(f.Occurrences[e.occurrence]); words != "" {
			return "Still there: " + words + "."
		}
		return "Still there."
	}
	return "In history only: " + p.whereabouts(f.Occurrences[e.occurrence]) + "."
}

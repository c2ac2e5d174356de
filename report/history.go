package report

import (
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// eventKind is what happened to a key.
type eventKind int

const (
	wasCreated   eventKind = iota // in QA Sphere, by its key ID
	wasCommitted                  // for the first time
	wasCopied                     // committed at another place, too
	wasMoved                      // removed from one place and added at another by one commit
	wasRemoved                    // by a commit
	isPresent                     // in the working tree, at HEAD or staged, now
	isPast                        // only in what git remembers, now
)

// event is one step in the history of a key.
type event struct {
	kind eventKind
	// at is when it happened; zero if that is not known, or now.
	at     time.Time
	commit *scanner.Commit // that did it, or nil
	// occurrence is where, and from where it was moved from; indexes in the
	// occurrences of the finding, -1 for none.
	occurrence, from int
}

// historyOf returns the history of a key in order of time: created, committed,
// moved, removed, and where it is now.
func historyOf(f *scanner.Finding) []event {
	var events []event
	if created := f.Key.CreatedAt; !created.IsZero() {
		events = append(events, event{kind: wasCreated, at: created, occurrence: -1, from: -1})
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
		e := event{kind: wasCopied, at: at.Commit.Date, commit: at.Commit, occurrence: i, from: -1}
		if from := removed[at.Commit.SHA]; len(from) > 0 && (at.Object == scanner.ObjectBlob || at.OnDisk) {
			e.kind, e.from = wasMoved, from[0]
			moved[from[0]], removed[at.Commit.SHA] = true, from[1:]
		}
		events = append(events, e)
	}
	for i, at := range f.Occurrences {
		if at.RemovedBy != nil && !moved[i] {
			events = append(events, event{kind: wasRemoved, at: at.RemovedBy.Date, commit: at.RemovedBy, occurrence: i, from: -1})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	if first := slices.IndexFunc(events, func(e event) bool { return e.kind == wasCopied }); first >= 0 {
		events[first].kind = wasCommitted
	}
	return append(events, presentEvents(f.Occurrences)...)
}

// presentEvents say where a key is now.
func presentEvents(occurrences []scanner.Occurrence) []event {
	var events []event
	for i := range occurrences {
		if occurrences[i].Present() {
			events = append(events, event{kind: isPresent, occurrence: i, from: -1})
		}
	}
	if len(events) == 0 && len(occurrences) > 0 {
		events = append(events, event{kind: isPast, occurrence: 0, from: -1})
	}
	return events
}

// cutHistory leaves out the middle of a history of more than most events.
func cutHistory(events []event, most int) []event {
	if len(events) <= most {
		return events
	}
	half := most / 2
	return slices.Concat(events[:most-half], events[len(events)-half:])
}

// describe says an event in a sentence; commit says which one did it.
func (v *view) describe(f *scanner.Finding, e event, commit func(scanner.Commit) string) string {
	switch e.kind {
	case wasCreated:
		return "Created in QA Sphere, according to its key ID."
	case wasMoved:
		return "Moved from " + v.named(&f.Occurrences[e.from]) + " by " + commit(*e.commit) + "."
	case wasRemoved:
		return "Removed by " + commit(*e.commit) + "."
	case wasCommitted, wasCopied:
		return capital(origin(f.Occurrences[e.occurrence].Object)) + " " + commit(*e.commit) + "."
	}
	where := v.whereabouts(&f.Occurrences[e.occurrence])
	switch {
	case where == "" && e.kind == isPresent:
		return "Still in this file."
	case where == "":
		return "Now only in history."
	}
	return capital(where) + "."
}

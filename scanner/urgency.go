package scanner

import (
	"cmp"
	"slices"
)

// Urgency says how soon somebody must act on a finding, by its current location. Lower
// values are more urgent.
type Urgency int

// A finding has the urgency of its most urgent occurrence.
const (
	UrgencyClient      Urgency = iota // in the current files, and in client-side code
	UrgencyFiles                      // in the current files, and committed or staged
	UrgencyHistory                    // only in commits that a ref reaches
	UrgencyUnreachable                // only in objects that no ref reaches
	UrgencyLocal                      // in the current files, and never committed
)

// Urgency returns the urgency of a finding by its location. It does not consider
// whether the key is live.
func (f *Finding) Urgency() Urgency {
	if f.stored != nil {
		return f.stored.urgency
	}
	most := UrgencyLocal
	present := false
	for i := range f.Occurrences {
		o := &f.Occurrences[i]
		present = present || o.Present()
		most = min(most, o.urgency())
	}
	if present && f.Exposure.Client {
		return UrgencyClient
	}
	return most
}

func (o *Occurrence) urgency() Urgency {
	switch {
	case o.Present() && (o.Committed() || o.Object == ObjectIndex):
		return UrgencyFiles
	case o.Present():
		return UrgencyLocal
	case o.Unreachable():
		return UrgencyUnreachable
	}
	return UrgencyHistory
}

// Present reports whether an occurrence is in the work tree, at HEAD or in the staged
// changes, and not only in the history.
func (o *Occurrence) Present() bool {
	return o.OnDisk || o.AtHead || o.Object == ObjectFile || o.Object == ObjectIndex
}

// Unreachable reports whether an occurrence is only in an object that no ref
// reaches.
func (o *Occurrence) Unreachable() bool { return !o.Reachable && !o.Present() }

// Committed reports whether an occurrence is in an object that a ref reaches.
func (o *Occurrence) Committed() bool {
	return !o.Unreachable() && (o.Commit != nil || o.OID != "" && o.Reachable)
}

// CompareUrgency orders findings, the most urgent first: findings that count before
// suppressed ones, live keys before all others, then by severity, leaks before lint
// findings, invalid keys last, then by [Urgency], days of exposure (more first),
// number of occurrences (more first), and the path and line of the first occurrence.
// Every report uses this order.
func CompareUrgency(a, b *Finding) int {
	ofA, ofB := ranks(a), ranks(b)
	return cmp.Or(slices.Compare(ofA[:], ofB[:]), comparePlaces(a, b))
}

// comparePlaces is the order of findings that are as urgent.
func comparePlaces(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.first().Path, b.first().Path),
		cmp.Compare(a.first().Line, b.first().Line),
		cmp.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// ranks returns the criteria of the order. Lower values come first.
func ranks(f *Finding) [8]int {
	return [...]int{
		bit(f.Suppressed != nil),
		bit(!f.Liveness.State.Alive()),
		-int(f.Severity),
		bit(f.Rule.Lint),
		bit(f.Liveness.State == Invalid),
		int(f.Urgency()),
		-f.Exposure.Days,
		-f.places(),
	}
}

// first returns the first occurrence, of which only the path and the line are known if it is
// not in memory.
func (f *Finding) first() *Occurrence {
	if f.stored != nil {
		return &Occurrence{Path: f.stored.path, Line: f.stored.line}
	}
	return &f.Occurrences[0]
}

// places returns the number of occurrences.
func (f *Finding) places() int {
	if f.stored != nil {
		return f.stored.places
	}
	return len(f.Occurrences)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SortFindings sorts findings by [CompareUrgency].
func SortFindings(findings []Finding) {
	type ranked struct {
		ranks [8]int
		at    int32
	}
	order := make([]ranked, len(findings))
	for i := range findings {
		order[i] = ranked{ranks(&findings[i]), int32(i)}
	}
	slices.SortFunc(order, func(a, b ranked) int {
		if c := slices.Compare(a.ranks[:], b.ranks[:]); c != 0 {
			return c
		}
		return comparePlaces(&findings[a.at], &findings[b.at])
	})
	for i := range order { // of each cycle of findings that change places
		first := findings[i]
		at := i
		for next := int(order[at].at); next != i; next = int(order[at].at) {
			findings[at], order[at].at = findings[next], int32(at)
			at = next
		}
		findings[at], order[at].at = first, int32(at)
	}
}

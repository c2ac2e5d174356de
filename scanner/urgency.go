package scanner

import (
	"cmp"
	"slices"
)

// Urgency says how soon somebody must act on a finding, by where it is now. The
// most urgent is the least.
type Urgency int

// A finding has the urgency of its most urgent occurrence.
const (
	UrgencyClient      Urgency = iota // in the files now, and a client receives one of them
	UrgencyFiles                      // in the files now, and committed or staged
	UrgencyHistory                    // only in commits that a ref reaches
	UrgencyUnreachable                // only in objects that no ref reaches
	UrgencyLocal                      // in the files now, and never committed
)

// Urgency returns how urgent a finding is by where it is, whether or not its key is
// live.
func (f *Finding) Urgency() Urgency {
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

// Present reports whether an occurrence is in the working tree, at HEAD or in the
// staged changes, and not only in what git remembers.
func (o *Occurrence) Present() bool {
	return o.OnDisk || o.AtHead || o.Object == ObjectFile || o.Object == ObjectIndex
}

// Unreachable reports whether an occurrence is only in an object that no ref
// reaches.
func (o *Occurrence) Unreachable() bool { return !o.Reachable && !o.Present() }

// Committed reports whether an object that a ref reaches holds an occurrence.
func (o *Occurrence) Committed() bool {
	return !o.Unreachable() && (o.Commit != nil || o.OID != "" && o.Reachable)
}

// CompareUrgency orders findings for whoever acts on them, the most urgent first:
// those that count before suppressed ones, live keys before all others, then by
// severity, leaks before lint findings, keys that are proven to be invalid last,
// then by [Urgency], days of exposure (more first), number of occurrences (more
// first), and the path and line of the first occurrence. Every report uses this
// order.
func CompareUrgency(a, b *Finding) int {
	ofA, ofB := ranks(a), ranks(b)
	return cmp.Or(
		slices.Compare(ofA[:], ofB[:]),
		cmp.Compare(a.Occurrences[0].Path, b.Occurrences[0].Path),
		cmp.Compare(a.Occurrences[0].Line, b.Occurrences[0].Line),
		cmp.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// ranks returns the criteria of the order, each with the least first.
func ranks(f *Finding) [8]int {
	return [...]int{
		bit(f.Suppressed != nil),
		bit(!f.Liveness.State.Alive()),
		-int(f.Severity),
		bit(f.Rule.Lint),
		bit(f.Liveness.State == Invalid),
		int(f.Urgency()),
		-f.Exposure.Days,
		-len(f.Occurrences),
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// SortFindings sorts findings by [CompareUrgency].
func SortFindings(findings []Finding) {
	slices.SortFunc(findings, func(a, b Finding) int { return CompareUrgency(&a, &b) })
}

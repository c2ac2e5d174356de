package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
)

// distinct sorts hits by position. Of hits that overlap it keeps the most severe,
// and of equal ones the one whose rule comes first.
func distinct(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	all := sweep{open: hits}
	return all.all()
}

// sweep does the same as distinct for hits that come roughly in order, and keeps few of
// them that overlap others.
type sweep struct {
	kept Hits
	open []Hit
	// wait is how many open hits there must be before it is worth to look for those that
	// no later hit overlaps.
	wait int
}

// before says that all later hits begin at a place or after it.
func (s *sweep) before(at int) {
	const few = 32
	if len(s.open) >= max(few, s.wait) {
		s.end(at)
		s.wait = 2 * len(s.open)
	}
}

// end moves the open hits that end before a place to those that are kept, or drops them.
func (s *sweep) end(at int) {
	sortHits(s.open, compareStart)
	done := 0
	for next := 0; next < len(s.open); {
		end := s.open[next].End
		for next++; next < len(s.open) && s.open[next].Start < end; next++ {
			end = max(end, s.open[next].End)
		}
		if end > at {
			break
		}
		for _, h := range mostSevere(s.open[done:next]) {
			s.kept.add(h)
		}
		done = next
	}
	s.open = slices.Delete(s.open, 0, done)
}

// share makes equal texts of two hits one: there may be many hits on one key.
func (h *Hit) share(other *Hit) {
	if h.Secret == other.Secret {
		h.Secret = other.Secret
	}
	if h.Key == other.Key {
		h.Key = other.Key
	}
	for _, text := range [][2]*string{{&h.Message, &other.Message}, {&h.Where, &other.Where}, {&h.Line, &other.Line}} {
		if *text[0] == *text[1] {
			*text[0] = *text[1]
		}
	}
}

// parts ends the sweep and returns the hits that are kept, in order.
func (s *sweep) parts() Hits {
	s.end(math.MaxInt)
	return s.kept
}

// all is parts in one list.
func (s *sweep) all() []Hit {
	parts := s.parts()
	if len(parts) == 1 {
		return parts[0]
	}
	return slices.Concat(parts...)
}

// completes reports whether h is a key in pieces, and other covers only some of them.
func (h Hit) completes(other Hit) bool {
	return len(h.Pieces) > 0 && len(other.Pieces) == 0 && h.Key == other.Key && h.Start <= other.Start && other.End < h.End
}

// hides reports whether h hides other, which is not more severe, because both are on
// the same literal. Other keys may be between the pieces of one key.
func (h Hit) hides(other Hit) bool {
	apart := (len(h.Pieces) > 0 || len(other.Pieces) > 0) && other.Key != (rules.Key{}) && h.Key != other.Key
	return h.Start < other.End && other.Start < h.End && !apart
}

// sortHits sorts hits, which mostly are in order. Equal ones stay as they are.
func sortHits(hits []Hit, compare func(a, b Hit) int) {
	if !slices.IsSortedFunc(hits, compare) {
		slices.SortStableFunc(hits, compare)
	}
}

func compareStart(a, b Hit) int { return cmp.Compare(a.Start, b.Start) }

func compareSeverity(a, b Hit) int {
	return cmp.Or(
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(len(a.Layers), len(b.Layers)),
		cmp.Compare(a.order, b.order),
		cmp.Compare(a.misaligned(), b.misaligned()),
	)
}

// mostSevere returns, in order of position, the hits in a run of overlapping hits
// that no more severe hit hides, in the memory of the run, which is sorted by position. The
// work is proportional to the lengths of the hits.
func mostSevere(run []Hit) []Hit {
	if len(run) == 1 {
		return run
	}
	run = incomplete(run)
	sortHits(run, compareSeverity)
	kept := run[:0]
	shown := newOccupied(run)
	for _, h := range run {
		if shown.hides(h) {
			continue
		}
		shown.add(h)
		kept = append(kept, h)
	}
	sortHits(kept, compareStart)
	return kept
}

// incomplete returns the hits in a run that no other hit completes.
func incomplete(run []Hit) []Hit {
	if !slices.ContainsFunc(run, func(h Hit) bool { return len(h.Pieces) > 0 }) {
		return run
	}
	rest := make([]Hit, 0, len(run))
	end := map[rules.Key]int{} // of the pieces of each key so far
	for at := 0; at < len(run); {
		next := at
		for ; next < len(run) && run[next].Start == run[at].Start; next++ {
			if h := run[next]; len(h.Pieces) > 0 {
				end[h.Key] = max(end[h.Key], h.End)
			}
		}
		for _, h := range run[at:next] {
			if len(h.Pieces) > 0 || len(end) == 0 || h.End >= end[h.Key] {
				rest = append(rest, h)
			}
		}
		at = next
	}
	return rest
}

// occupied has the hits that are kept of a run, and tells which others they hide.
type occupied struct {
	start int
	// any has the bytes of all hits, whole those of hits that are not in pieces.
	any, whole bits
	// byKey has the hits of each key, if a hit of the run is in pieces, by the part of the
	// text in which they begin. A part is as long as the longest hit.
	byKey   map[keyPart][]rules.Range
	longest int
}

type keyPart struct {
	key  rules.Key
	part int
}

func newOccupied(run []Hit) *occupied {
	o := &occupied{start: run[0].Start}
	end := 0
	for _, h := range run {
		o.start, end = min(o.start, h.Start), max(end, h.End)
		o.longest = max(o.longest, h.End-h.Start, 1)
		if len(h.Pieces) > 0 && o.byKey == nil {
			o.byKey = map[keyPart][]rules.Range{}
		}
	}
	o.any, o.whole = newBits(end-o.start), newBits(end-o.start)
	return o
}

func (o *occupied) add(h Hit) {
	from, to := h.Start-o.start, h.End-o.start
	o.any.set(from, to)
	if len(h.Pieces) == 0 {
		o.whole.set(from, to)
	}
	if o.byKey != nil {
		at := keyPart{h.Key, from / o.longest}
		o.byKey[at] = append(o.byKey[at], rules.Range{Start: h.Start, End: h.End})
	}
}

// hides is the same as [Hit.hides] for any of the hits.
func (o *occupied) hides(h Hit) bool {
	from, to := h.Start-o.start, h.End-o.start
	if h.Key == (rules.Key{}) {
		return o.any.has(from, to)
	}
	if len(h.Pieces) == 0 && o.whole.has(from, to) {
		return true
	}
	if o.byKey == nil {
		return false
	}
	for part := from/o.longest - 1; part <= (to-1)/o.longest; part++ {
		for _, r := range o.byKey[keyPart{h.Key, part}] {
			if r.Start < h.End && h.Start < r.End {
				return true
			}
		}
	}
	return false
}

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, n/64+1) }

func (b bits) set(from, to int) {
	b.words(from, to, func(word int, mask uint64) bool {
		b[word] |= mask
		return false
	})
}

// has reports whether a number in a range is in the set.
func (b bits) has(from, to int) bool {
	return b.words(from, to, func(word int, mask uint64) bool { return b[word]&mask != 0 })
}

// words calls f for each word with numbers in a range, until it returns true.
func (b bits) words(from, to int, f func(word int, mask uint64) bool) bool {
	for from < to {
		n := min(to-from, 64-from%64)
		if f(from/64, ^uint64(0)>>(64-n)<<(from%64)) {
			return true
		}
		from += n
	}
	return false
}

package scanner

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
)

// stored is where the occurrences of a merged finding are, and what the order of findings
// needs of them.
type stored struct {
	merged *merging
	pieces []piece
	// outside has the repositories whose occurrences do not count; nil for none.
	outside map[string]int

	urgency Urgency
	places  int
	path    string
	line    int
}

// store leaves the occurrences of a finding where they are.
func (f *Finding) store(m *merging, pieces []piece) {
	first := f.first()
	f.stored = &stored{merged: m, pieces: pieces, urgency: f.Urgency(), places: f.places(), path: first.Path, line: first.Line}
	f.Occurrences = nil
}

// Load returns the finding with its occurrences, which it reads if they are not in memory.
// [Result.Err] says whether it could.
func (f *Finding) Load() *Finding {
	if f.stored == nil {
		return f
	}
	s, full := f.stored, *f
	full.stored = nil
	all, err := s.merged.occurrences(fingerprint([]byte(f.Fingerprint)), s.pieces)
	if err != nil {
		s.merged.failed.CompareAndSwap(nil, &err)
		all = []Occurrence{{Rule: &f.Rule, Path: s.path, Line: s.line}} // nobody sees it: Err is asked
	}
	if s.outside != nil && err == nil {
		all = slices.DeleteFunc(all, func(o Occurrence) bool { _, in := s.outside[o.Repository]; return in })
	}
	full.take(all)
	return &full
}

// take sets the occurrences.
func (f *Finding) take(all []Occurrence) {
	if f.Local {
		for i := range all {
			all[i].Severity = rules.Note
		}
	}
	f.Occurrences = all
}

// Err returns the first error of [Finding.Load]. What was made of the findings is wrong
// then.
func (r *Result) Err() error {
	if r.merged == nil {
		return nil
	}
	if err := r.merged.failed.Load(); err != nil {
		return *err
	}
	return nil
}

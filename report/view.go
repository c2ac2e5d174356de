package report

import (
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// view is what reports say of a result: the facts, their order and the words.
// Formats only lay it out. Its texts can be shown on a terminal and in a log as
// they are; formats with markup escape them again.
type view struct {
	result  *scanner.Result
	options Options
	now     time.Time
	// all are the findings, the most urgent first; found are those of them that
	// are not suppressed, which come first.
	all, found []*scanner.Finding
	// allowed is the number of occurrences that a comment allows, of the findings in
	// found. Their other occurrences are left.
	allowed map[*scanner.Finding]int
	tally   tally
}

func newView(r *scanner.Result, o Options) *view {
	v := &view{result: r, options: o, now: o.Now, allowed: map[*scanner.Finding]int{}}
	if v.now.IsZero() {
		v.now = time.Now()
	}
	v.all = byUrgency(r)
	v.found = v.all
	if i := slices.IndexFunc(v.all, func(f *scanner.Finding) bool { return f.Suppressed != nil }); i >= 0 {
		v.found = v.all[:i]
	}
	for i, f := range v.found {
		if counting := counted(f); len(counting) < len(f.Occurrences) {
			shown := *f
			shown.Occurrences = counting
			v.found[i] = &shown
			v.allowed[&shown] = len(f.Occurrences) - len(counting)
		}
	}
	v.tally = newTally(v.all)
	return v
}

// byUrgency returns the findings of a result, the most urgent first.
func byUrgency(r *scanner.Result) []*scanner.Finding {
	var all []*scanner.Finding
	for i := range r.Findings {
		all = append(all, &r.Findings[i])
	}
	slices.SortFunc(all, scanner.CompareUrgency)
	return all
}

// counted returns the occurrences of a finding that are not suppressed.
func counted(f *scanner.Finding) []scanner.Occurrence {
	var counted []scanner.Occurrence
	for _, at := range f.Occurrences {
		if at.Suppressed == nil {
			counted = append(counted, at)
		}
	}
	return counted
}

// hasHistory reports whether objects of a repository were scanned.
func (v *view) hasHistory() bool { return v.result.Coverage.Objects > 0 }

// began returns when the scan began, as far as its end is now.
func (v *view) began() time.Time {
	return v.now.Add(-time.Duration(v.result.Coverage.Seconds * float64(time.Second)))
}

// suppressed returns the findings that do not count.
func (v *view) suppressed() []*scanner.Finding { return v.all[len(v.found):] }

// skips returns what was not read for one of the reasons.
func (v *view) skips(kind scanner.SkipKind) []scanner.Skip {
	var skips []scanner.Skip
	for _, s := range v.result.Coverage.Skipped {
		if s.Kind == kind {
			skips = append(skips, s)
		}
	}
	return skips
}

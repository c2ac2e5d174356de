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
	tally      tally
}

func newView(r *scanner.Result, o Options) *view {
	v := &view{result: r, options: o, now: o.Now}
	if v.now.IsZero() {
		v.now = time.Now()
	}
	for i := range r.Findings {
		v.all = append(v.all, &r.Findings[i])
	}
	slices.SortFunc(v.all, scanner.CompareUrgency)
	v.found = v.all
	if i := slices.IndexFunc(v.all, func(f *scanner.Finding) bool { return f.Suppressed != nil }); i >= 0 {
		v.found = v.all[:i]
	}
	v.tally = newTally(v.all)
	return v
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

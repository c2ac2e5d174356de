package report

import (
	"iter"
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/rules"
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
	// found, by fingerprint. Their other occurrences are left.
	allowed map[string]int
	tally   tally
	// byRepository has what each repository has, by name; nil if there are not several.
	byRepository map[string]*repositoryRow
}

func newView(r *scanner.Result, o Options) *view {
	v := &view{result: r, options: o, now: o.Now, allowed: map[string]int{}, byRepository: repositoryRows(r)}
	if v.now.IsZero() {
		v.now = time.Now()
	}
	v.all = byUrgency(r)
	v.found = v.all
	if i := slices.IndexFunc(v.all, func(f *scanner.Finding) bool { return f.Suppressed != nil }); i >= 0 {
		v.found = v.all[:i]
	}
	v.tally = tally{severities: map[rules.Severity]int{}, suppressed: map[string]int{}}
	for i, f := range v.all {
		full := f.Load()
		if counting := counted(full); f.Suppressed == nil && len(counting) < len(full.Occurrences) {
			v.allowed[f.Fingerprint] = len(full.Occurrences) - len(counting)
			shown := *full
			shown.Occurrences = counting
			if full == f {
				v.all[i] = &shown
			}
			full = &shown
		}
		v.tally.add(v.all[i], full)
		if f.Suppressed == nil {
			addTo(v.byRepository, full)
		}
	}
	return v
}

// each returns findings with their occurrences, which are read for one finding at a time if
// there may be too many of them for the memory.
func (v *view) each(findings []*scanner.Finding) iter.Seq[*scanner.Finding] {
	return func(yield func(*scanner.Finding) bool) {
		for _, f := range findings {
			if !yield(v.load(f)) {
				return
			}
		}
	}
}

// load returns a finding with its occurrences, or, if it counts, those that count.
func (v *view) load(f *scanner.Finding) *scanner.Finding {
	full := f.Load()
	if full != f && v.allowed[f.Fingerprint] > 0 {
		full.Occurrences = counted(full)
	}
	return full
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

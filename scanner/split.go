package scanner

import (
	"iter"
	"slices"
	"strings"
)

// ByRepository returns a result for each repository, in their order, and one for what is in
// none of them, if there is any. A finding is in the result of each repository that has an
// occurrence of it. Each result is made when it is its turn.
func (r *Result) ByRepository() iter.Seq[*Result] {
	return func(yield func(*Result) bool) {
		place := map[string]int{}
		for i, p := range r.Repositories {
			place[p.Name] = i
		}
		found := make([][]*Finding, len(r.Repositories))
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, name := range f.repositories() {
				in, ok := place[name]
				if ok && !slices.Contains(found[in][max(0, len(found[in])-1):], f) { // not twice in a row
					found[in] = append(found[in], f)
				}
			}
		}
		skipped, rest := r.skippedBy(place)
		for i, p := range r.Repositories {
			part := &Result{
				Base: r.Base, Whole: r.Whole, Repositories: []Repository{p}, merged: r.merged,
				Coverage: Coverage{Objects: p.Objects, Bytes: p.Bytes, Seconds: p.Seconds, Skipped: skipped[i]},
			}
			for _, f := range found[i] {
				if f, ok := f.in(p.Name); ok {
					part.Findings = append(part.Findings, f)
				}
			}
			if !yield(part) {
				return
			}
		}
		part := &Result{
			Base: r.Base, Whole: r.Whole, merged: r.merged,
			Coverage: Coverage{Files: r.Coverage.Files, Notes: r.Coverage.Notes, Skipped: rest},
		}
		for i := range r.Findings {
			if f, ok := r.Findings[i].outside(place); ok {
				part.Findings = append(part.Findings, f)
			}
		}
		if len(part.Findings)+len(rest)+len(r.Coverage.Notes) > 0 {
			yield(part)
		}
	}
}

// skippedBy returns what was not read of each repository, and of none of them.
func (r *Result) skippedBy(place map[string]int) (of [][]Skip, rest []Skip) {
	of = make([][]Skip, len(r.Repositories))
	for _, skip := range r.Coverage.Skipped {
		in, ok := place["."]
		for name := skip.Path; name != ""; name = name[:max(0, strings.LastIndexByte(name, '/'))] {
			if i, known := place[name]; known {
				in, ok = i, true
				break
			}
		}
		if ok {
			of[in] = append(of[in], skip)
		} else {
			rest = append(rest, skip)
		}
	}
	return of, rest
}

// repositories returns the repositories that may have an occurrence of the finding. A
// repository of two targets is there twice.
func (f *Finding) repositories() []string {
	var names []string
	if f.stored != nil {
		last := int32(-1)
		for _, p := range f.stored.pieces {
			if p.part != last {
				names = append(names, f.stored.merged.parts[p.part].repositories...)
			}
			last = p.part
		}
		return names
	}
	for _, o := range f.Occurrences {
		if !slices.Contains(names, o.Repository) {
			names = append(names, o.Repository)
		}
	}
	return names
}

// in returns the finding with only its occurrences in a repository; false if there are
// none.
func (f *Finding) in(repository string) (Finding, bool) {
	near := f
	if s := f.stored; s != nil { // read only what the targets have that the repository is in
		here := *f
		here.stored = new(*s)
		here.stored.pieces = nil
		for _, p := range s.pieces {
			if slices.Contains(s.merged.parts[p.part].repositories, repository) {
				here.stored.pieces = append(here.stored.pieces, p)
			}
		}
		near = &here
	}
	return near.only(func(o Occurrence) bool { return o.Repository == repository })
}

// outside returns the finding with only its occurrences that are in none of some
// repositories; false if there are none.
func (f *Finding) outside(repositories map[string]int) (Finding, bool) {
	part, ok := f.only(func(o Occurrence) bool { _, in := repositories[o.Repository]; return !in })
	if ok && f.stored != nil {
		part.store(f.stored.merged, f.stored.pieces)
		part.stored.outside = repositories
	}
	return part, ok
}

// only returns the finding with some of its occurrences; false if there are none. It does
// not count if none of them does.
func (f *Finding) only(keep func(Occurrence) bool) (Finding, bool) {
	part := *f.Load()
	var kept []Occurrence
	counts := false
	for _, o := range part.Occurrences {
		if keep(o) {
			kept = append(kept, o)
			counts = counts || o.Suppressed == nil
		}
	}
	if len(kept) == 0 {
		return part, false
	}
	part.Occurrences = kept
	if part.Suppressed == nil && !counts {
		part.Suppressed = kept[0].Suppressed
	}
	return part, true
}

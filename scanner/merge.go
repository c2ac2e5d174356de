package scanner

import (
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// Part is the result of the scan of one target.
type Part struct {
	// Target is the target as the user gave it, with slashes. It is unique.
	Target string
	Result *Result
}

// ComparePart orders parts by their targets.
func ComparePart(a, b Part) int { return strings.Compare(a.Target, b.Target) }

// Merge joins the results of scans of one target each, in the order of [ComparePart]. A key
// in several targets is one finding. The parts are not changed, and not kept.
func Merge(parts iter.Seq[Part]) *Result {
	m := merging{scan: new(scan), found: map[string]*mergedFinding{}, notes: map[string][]string{}}
	merged := &Result{Whole: true}
	n := 0
	for p := range parts {
		n++
		if p.Result.at.After(m.scan.now) {
			m.scan.now = p.Result.at
		}
		if m.shared == nil {
			m.shared = p.Result.sharedKeys
		}
		m.add(merged, p)
	}
	m.sharedKeys()
	for id, f := range m.found {
		merged.Findings = append(merged.Findings, m.finding(f))
		delete(m.found, id)
	}
	SortFindings(merged.Findings)
	merged.at = m.scan.now
	merged.Coverage.Notes = m.allNotes(n)
	slices.SortFunc(merged.Coverage.Skipped, compareSkips)
	return merged
}

// merging is the state of [Merge].
type merging struct {
	scan  *scan
	found map[string]*mergedFinding
	// shared is the rule that judges keys across targets; nil if it does not run.
	shared *rules.Rule
	// notes has the targets of each note.
	notes map[string][]string
}

// mergedFinding is the same finding in several targets.
type mergedFinding struct {
	Finding
	// suppressed says that it does not count in any of the targets.
	suppressed bool
}

// add adds one part.
func (m *merging) add(merged *Result, p Part) {
	r, prefix := p.Result, ""
	if r.Base != "" { // else paths begin with the target already: it is a file
		prefix = prefixOf(p.Target)
	}
	for _, f := range r.Findings {
		known, ok := m.found[f.Fingerprint]
		if !ok {
			known = &mergedFinding{suppressed: true}
			known.Finding = f
			known.Occurrences, known.Secrets, known.Hosts = nil, nil, nil
			known.Suppressed = f.Suppressed
			m.found[f.Fingerprint] = known
		}
		known.suppressed = known.suppressed && f.Suppressed != nil
		known.several = known.several || f.several
		for _, o := range f.Occurrences {
			known.Occurrences = append(known.Occurrences, within(p.Target, prefix, o))
		}
		for _, secret := range f.Secrets {
			if !slices.Contains(known.Secrets, secret) {
				known.Secrets = append(known.Secrets, secret)
			}
		}
	}
	for _, repository := range r.Repositories {
		repository.Path = inside(p.Target, prefix, repository.Path)
		repository.Name = repository.Path
		merged.Repositories = append(merged.Repositories, repository)
	}
	for _, skip := range r.Coverage.Skipped {
		skip.Path = inside(p.Target, prefix, skip.Path)
		merged.Coverage.Skipped = append(merged.Coverage.Skipped, skip)
	}
	for _, note := range r.Coverage.Notes {
		m.notes[note] = append(m.notes[note], p.Target)
	}
	c := &merged.Coverage
	c.Files += r.Coverage.Files
	c.Objects += r.Coverage.Objects
	c.Bytes += r.Coverage.Bytes
	c.Seconds += r.Coverage.Seconds
	c.Refs += r.Coverage.Refs
	c.Shallow = c.Shallow || r.Coverage.Shallow
	merged.Whole = merged.Whole && r.Whole
}

// prefixOf returns what the paths in a target begin with.
func prefixOf(target string) string {
	if target == "." {
		return ""
	}
	return strings.TrimSuffix(target, "/") + "/"
}

// inside returns a path in a target as a path in the merged result.
func inside(target, prefix, name string) string {
	if name == "" || name == "." {
		return target
	}
	return prefix + name
}

// within returns an occurrence in a target as one in the merged result.
func within(target, prefix string, o Occurrence) Occurrence {
	o.Path = inside(target, prefix, o.Path)
	if o.Repository != "" {
		o.Repository = inside(target, prefix, o.Repository)
	}
	if o.Fix != nil && o.Fix.Path != "" {
		fix := *o.Fix
		fix.Path = inside(target, prefix, fix.Path)
		o.Fix = &fix
	}
	return o
}

// finding makes a finding of all its occurrences.
func (m *merging) finding(found *mergedFinding) Finding {
	slices.SortFunc(found.Occurrences, compareOccurrences)
	f := m.scan.finding(&group{key: found.Key, secret: found.Secret, several: found.several}, found.Fingerprint, found.Occurrences)
	f.Baseline, f.Secrets = found.Baseline, found.Secrets
	slices.SortFunc(f.Secrets, compareSecrets)
	if found.suppressed {
		f.Suppressed = found.Suppressed
	}
	return f
}

// sharedKeys judges the keys that are in several repositories with the rule that is about
// them. Of a key that only one repository has, that was done in its scan. Repositories that
// have the commit in common that added the key are copies of one.
func (m *merging) sharedKeys() {
	rule := m.shared
	if rule == nil {
		return
	}
	var places []Occurrence
	var sightings []rules.Sighting
	for _, f := range m.found {
		if f.Key == (rules.Key{}) || f.Key.Documented() || f.suppressed {
			continue
		}
		of := copiesOf(f.Occurrences)
		repositories := map[string]bool{}
		for _, name := range of {
			repositories[name] = true
		}
		if len(repositories) < 2 {
			continue
		}
		slices.SortFunc(f.Occurrences, compareOccurrences)
		for _, o := range f.Occurrences {
			if o.Repository == "" || len(rule.Tuning.Paths) > 0 && !appliesTo(*rule, o.Path) {
				continue
			}
			root := prefixOf(o.Repository)
			o.about = f.Key
			places = append(places, o)
			sightings = append(sightings, rules.Sighting{
				Key: f.Key, Path: o.Path, Root: root, Repository: of[o.Repository], Accepted: o.Suppressed != nil || o.Rule.Lint,
			})
		}
	}
	for _, l := range rule.Check(rules.Project{Keys: sightings, Now: m.scan.now}) {
		o := places[l.Seen-1]
		o.Frame, o.client, o.Fix = Frame{}, "", nil
		h := detect.Hit{Match: l.Match, Rule: rule, Line: l.Subject}
		m.scan.judged(&o, h)
		id := (&group{id: groupOf(h)}).fingerprint("")
		f := mergedFinding{Finding: Finding{Fingerprint: id, Occurrences: []Occurrence{o}}}
		if known, ok := m.found[id]; ok {
			f.Baseline, f.Suppressed, f.suppressed = known.Baseline, known.Suppressed, known.suppressed
		}
		m.found[id] = &f
	}
}

// copiesOf returns for each repository the one that it is a copy of, or itself.
func copiesOf(occurrences []Occurrence) map[string]string {
	of := map[string]string{}
	var find func(name string) string
	find = func(name string) string {
		if of[name] == name {
			return name
		}
		return find(of[name])
	}
	first := map[string]string{} // the repository of a commit
	for _, o := range occurrences {
		if o.Repository == "" {
			continue
		}
		if _, ok := of[o.Repository]; !ok {
			of[o.Repository] = o.Repository
		}
		if o.Commit == nil {
			continue
		}
		other, ok := first[o.Commit.SHA]
		if !ok {
			first[o.Commit.SHA] = o.Repository
			continue
		}
		a, b := find(o.Repository), find(other)
		of[max(a, b)] = min(a, b)
	}
	for name := range of {
		of[name] = find(name)
	}
	return of
}

// allNotes returns the notes: one that is true of all targets as it is, and others with
// the targets that they are about.
func (m *merging) allNotes(targets int) []string {
	const most = 3
	var all []string
	for note, about := range m.notes {
		if len(about) < targets {
			note = some(about, most) + ": " + note
		}
		all = append(all, note)
	}
	slices.Sort(all)
	return all
}

// Failed returns the result for a target that cannot be scanned, and the reason. It is
// named as a repository, since that is what it was taken for.
func Failed(target, reason string, at time.Time) *Result {
	return &Result{
		Coverage:     Coverage{Skipped: []Skip{{Path: target, Kind: SkipFailed, Reason: reason}}},
		Repositories: []Repository{{State: RepositoryFailed, Reason: reason}},
		at:           at,
	}
}

// sharedKeysID is the rule that judges keys across targets.
const sharedKeysID = "shared-key-across-applications"

// rule returns the rule with an ID if its hits become findings; else nil.
func (s *scan) rule(id string) *rules.Rule {
	for i := range s.reported {
		if s.reported[i].ID == id {
			return &s.reported[i]
		}
	}
	return nil
}

// TargetName returns a target as it is in results: with slashes, and without parts that
// mean nothing.
func TargetName(target string) string { return filepath.ToSlash(filepath.Clean(target)) }

package scanner

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
// in several targets is one finding. The findings of the result have no occurrences:
// [Finding.Load] makes them of the parts, which must not change. So the occurrences of
// results that [ReadResult] has read are in memory for one finding at a time. The findings
// are compared with a baseline, unless it is nil, and so those of the parts must not be.
func Merge(parts iter.Seq[Part], baseline []Ignore) (*Result, error) {
	m := &merging{scan: new(scan), pieces: map[fingerprint][]piece{}, notes: map[string][]string{}, known: knownRules()}
	merged := &Result{Whole: true, merged: m}
	for p := range parts {
		if p.Result.at.After(m.scan.now) {
			m.scan.now = p.Result.at
		}
		if m.shared == nil {
			m.shared = p.Result.sharedKeys
		}
		m.add(merged, p)
	}
	var err error
	m.baseline = newIgnoreList(baseline, m.scan.now)
	if merged.Findings, err = m.findings(); err != nil {
		return nil, err
	}
	SortFindings(merged.Findings)
	merged.at = m.scan.now
	m.baseline.remarks(m.scan, merged.Whole, "entries in the baseline")
	merged.Coverage.Notes = append(m.allNotes(len(m.parts)), m.scan.coverage.Notes...)
	slices.SortFunc(merged.Coverage.Skipped, compareSkips)
	return merged, nil
}

// merging is the state of [Merge].
type merging struct {
	scan  *scan
	known map[string]*rules.Rule
	parts []mergedPart
	// pieces are the findings of parts that a merged finding is made of, in the order of
	// the parts.
	pieces map[fingerprint][]piece
	// shared is the rule that judges keys across targets; nil if it does not run.
	shared *rules.Rule
	// mu guards baseline, which knows what it has seen.
	mu       sync.Mutex
	baseline *ignoreList
	// notes has the targets of each note.
	notes map[string][]string
	// failed is the first error of a read after the merge.
	failed atomic.Pointer[error]
}

// mergedPart has the findings of a part.
type mergedPart struct {
	target, prefix string
	findings       []Finding
	in             io.ReaderAt // what has them; nil if they are in findings
	repositories   []string
}

// piece is a finding of a part: by its index, or by its place.
type piece struct {
	part     int32
	at, size int64
}

// add adds one part.
func (m *merging) add(merged *Result, p Part) {
	r, part := p.Result, mergedPart{target: p.Target, findings: p.Result.Findings}
	if r.Base != "" { // else paths begin with the target already: it is a file
		part.prefix = prefixOf(p.Target)
	}
	add := func(id fingerprint, at, size int64) {
		m.pieces[id] = append(m.pieces[id], piece{int32(len(m.parts)), at, size})
	}
	for i, f := range r.Findings {
		add(fingerprint([]byte(f.Fingerprint)), int64(i), 0)
	}
	if r.index != nil {
		part.in = r.index.in
		for _, f := range r.index.findings {
			add(f.fingerprint, f.at, f.size)
		}
	}
	for _, repository := range r.Repositories {
		repository.Path = inside(p.Target, part.prefix, repository.Path)
		repository.Name = repository.Path
		merged.Repositories = append(merged.Repositories, repository)
		part.repositories = append(part.repositories, repository.Name)
	}
	for _, skip := range r.Coverage.Skipped {
		skip.Path = Hide(inside(p.Target, part.prefix, skip.Path))
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
	m.parts = append(m.parts, part)
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

// findings makes the findings of all pieces, and those of the rule that judges keys across
// targets, which replace what a part had of them. Each is stored as soon as it is made.
func (m *merging) findings() ([]Finding, error) {
	ids := slices.SortedFunc(maps.Keys(m.pieces), func(a, b fingerprint) int { return slices.Compare(a[:], b[:]) })
	all, shared, errs := make([]Finding, len(ids)), make([]*Finding, len(ids)), make([]error, len(ids))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(ids)); i = next.Add(1) - 1 {
				pieces := m.pieces[ids[i]]
				f, err := m.finding(ids[i], pieces)
				if err == nil {
					shared[i] = m.sharedKey(&f)
					f.store(m, pieces)
				}
				all[i], errs[i] = f, err
			}
		})
	}
	workers.Wait()
	for _, f := range shared {
		if f == nil {
			continue
		}
		m.baseline.compare(f)
		i, known := slices.BinarySearchFunc(ids, f.Fingerprint, func(id fingerprint, text string) int { return strings.Compare(string(id[:]), text) })
		if !known {
			all = append(all, *f)
			continue
		}
		f.Suppressed = all[i].Suppressed
		all[i] = *f
	}
	return all, errors.Join(errs...)
}

// finding makes a finding of pieces. It does not count if none of them does.
func (m *merging) finding(id fingerprint, pieces []piece) (Finding, error) {
	var first Finding
	suppressed, several := true, false
	var secrets []Secret
	var occurrences []Occurrence
	for i, p := range pieces {
		f, err := m.read(id, p)
		if err != nil {
			return f, err
		}
		if i == 0 {
			first = f
		}
		suppressed = suppressed && f.Suppressed != nil
		several = several || f.several
		for _, secret := range f.Secrets {
			if !slices.Contains(secrets, secret) {
				secrets = append(secrets, secret)
			}
		}
		occurrences = m.within(occurrences, p, f)
	}
	slices.SortStableFunc(occurrences, compareOccurrences)
	f := m.scan.finding(&group{key: first.Key, secret: first.Secret, several: several}, first.Fingerprint, occurrences)
	f.Secrets = secrets
	slices.SortFunc(f.Secrets, compareSecrets)
	if suppressed {
		f.Suppressed = first.Suppressed
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.baseline.compare(&f)
	return f, nil
}

// read reads a piece.
func (m *merging) read(id fingerprint, p piece) (Finding, error) {
	part := &m.parts[p.part]
	if part.in == nil {
		return part.findings[p.at], nil
	}
	f, err := readFinding(part.in, p.at, p.size, m.known)
	if err == nil && f.Fingerprint != string(id[:]) {
		err = errors.New("it is another one than before")
	}
	if err != nil {
		return f, fmt.Errorf("read report of %s: %w", part.target, err)
	}
	return f, nil
}

// within adds the occurrences of a piece.
func (m *merging) within(all []Occurrence, p piece, f Finding) []Occurrence {
	part := &m.parts[p.part]
	for _, o := range f.Occurrences {
		all = append(all, within(part.target, part.prefix, o))
	}
	return all
}

// occurrences returns the occurrences of pieces, sorted.
func (m *merging) occurrences(id fingerprint, pieces []piece) ([]Occurrence, error) {
	var all []Occurrence
	for _, p := range pieces {
		f, err := m.read(id, p)
		if err != nil {
			return nil, err
		}
		all = m.within(all, p, f)
	}
	slices.SortStableFunc(all, compareOccurrences)
	return all, nil
}

// sharedKey judges a key that is in several repositories with the rule that is about them;
// it returns nil if there is nothing to say. Of a key that only one repository has, that was
// done in its scan. Repositories that have the commit in common that added the key are
// copies of one.
func (m *merging) sharedKey(f *Finding) *Finding {
	rule := m.shared
	if rule == nil || f.Key == (rules.Key{}) || f.Key.Documented() || f.Suppressed != nil {
		return nil
	}
	of := copiesOf(f.Occurrences)
	repositories := map[string]bool{}
	for _, name := range of {
		repositories[name] = true
	}
	if len(repositories) < 2 {
		return nil
	}
	var places []int // of the sightings, in the occurrences
	var sightings []rules.Sighting
	for i := range f.Occurrences {
		o := &f.Occurrences[i]
		root := prefixOf(o.Repository)
		if o.Repository == "" || !appliesTo(*rule, strings.TrimPrefix(o.Path, root)) {
			continue
		}
		places = append(places, i)
		sightings = append(sightings, rules.Sighting{
			Key: f.Key, Path: o.Path, Root: root, Repository: of[o.Repository], Accepted: o.Suppressed != nil || o.Rule.Lint,
		})
	}
	for _, l := range rule.Check(rules.Project{Keys: sightings, Now: m.scan.now}) {
		o := f.Occurrences[places[l.Seen-1]]
		o.about, o.Frame, o.client, o.Fix = &f.Key, Frame{}, "", nil
		h := detect.Hit{Match: l.Match, Rule: rule, Line: l.Subject}
		m.scan.judged(&o, &h)
		shared := m.scan.finding(new(group), placeOf(&h, "").String(), []Occurrence{o})
		return &shared
	}
	return nil
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
	target, reason = Hide(target), Hide(reason)
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

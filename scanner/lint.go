package scanner

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// thirdParty matches files from elsewhere. Lint rules do not check them.
const thirdParty = "**/{node_modules,bower_components,vendor,third_party,site-packages,.venv,venv,.git}/**"

// prose has the extensions of documentation, which may describe unsafe practices.
var prose = []string{".md", ".mdx", ".markdown", ".rst", ".adoc", ".txt"}

// isLinted reports whether lint rules check a file.
func isLinted(name string) bool {
	return !slices.Contains(prose, strings.ToLower(path.Ext(name))) && !strings.Contains(path.Base(name), ".min.") &&
		!doublestar.MatchUnvalidated(thirdParty, name) && !doublestar.MatchUnvalidated(generated, name)
}

// appliesTo reports whether a rule applies to a path.
func appliesTo(r rules.Rule, path string) bool {
	matches := func(glob string) bool { return doublestar.MatchUnvalidated(glob, path) }
	return (len(r.Tuning.Paths) == 0 || slices.ContainsFunc(r.Tuning.Paths, matches)) && !slices.ContainsFunc(r.Tuning.Exclude, matches)
}

// maxLinted is the maximum size of a file that rules read as a whole.
const maxLinted = 1 << 20

// project collects the files and keys for the rules that check all files together. Its
// fields are guarded by scan.mu.
type project struct {
	files []rules.File
	keys  keysInFiles
	// speaks has the roots of the projects that speak of QA Sphere.
	speaks map[string]bool
	// late are the hits that rest on nothing but a name, until it is known whether
	// their project speaks of QA Sphere.
	late []lateHit
}

// lateHit is a sighting in a file below a root.
type lateHit struct {
	sighting
	root string
}

// keysInFiles are sightings, each with its occurrence.
type keysInFiles struct {
	seen []rules.Sighting
	at   []place
}

func (k *keysInFiles) add(seen rules.Sighting, at place) {
	k.seen, k.at = append(k.seen, seen), append(k.at, at)
}

func (k *keysInFiles) grow(n int) {
	k.seen, k.at = slices.Grow(k.seen, n), slices.Grow(k.at, n)
}

// Len, Less and Swap are for package sort: by path and position.
func (k *keysInFiles) Len() int { return len(k.seen) }

func (k *keysInFiles) Less(i, j int) bool {
	a, b := &k.seen[i], &k.seen[j]
	return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start)) < 0
}

func (k *keysInFiles) Swap(i, j int) {
	k.seen[i], k.seen[j] = k.seen[j], k.seen[i]
	k.at[i], k.at[j] = k.at[j], k.at[i]
}

// place is where an occurrence is kept: in the list of its group, or, of a rule whose hits
// do not become findings, by itself.
type place struct {
	group *group
	index int
	own   *Occurrence
}

// occurrence returns the occurrence. It must not be called while files are read.
func (p place) occurrence() Occurrence {
	if p.own != nil {
		return *p.own
	}
	return p.group.occurrences[p.index]
}

// lintText yields the lint findings in the text of a file. hits are the hits of lint
// rules in it, and secrets what the hits of the other rules mask.
func (s *scan) lintText(b Blob, hits []detect.Hit, secrets masks) iter.Seq[sighting] {
	return func(yield func(sighting) bool) {
		if len(hits) == 0 || b.piped || !isLinted(b.Path) {
			return
		}
		for i := range hits {
			s.asLint(&hits[i], b.Data)
		}
		for h, o := range s.locate(b.Data, (detect.Hits{hits}).Each(), secrets) {
			if !yield(sighting{hit: *h, group: groupOf(h), at: o}) {
				return
			}
		}
	}
}

// asLint turns a hit into the hit of a lint rule: it is identified by its subject, and
// it has a secret only if it has no subject.
func (s *scan) asLint(h *detect.Hit, text []byte) {
	h.Line = cmp.Or(h.Subject, detect.LineAround(text, h.Start, h.End))
	h.Secret = redact.Secret{}
	if h.Subject == "" {
		h.Secret = redact.NewSecret(string(text[h.Start:h.End]))
	}
	// The frame shows the text around it.
	const near = frameLine + frameMargin
	window := text[max(0, h.Start-near):min(len(text), h.End+near)]
	for _, value := range rules.Values(window) {
		s.mu.Lock()
		s.masked = append(s.masked, redact.NewSecret(string(window[value[0]:value[1]])))
		s.mu.Unlock()
	}
}

// remember keeps a key in a file for the rules that check all files together.
func (s *scan) remember(b Blob, h *detect.Hit, o *Occurrence, at place) {
	key := h.Key
	if b.piped || key == (rules.Key{}) || key.Documented() || slices.ContainsFunc(o.Layers, func(l string) bool { return strings.Contains(l, ":") }) {
		return
	}
	before := b.Data[max(0, h.Start-rules.Reach/8):h.Start]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	seen := rules.Sighting{
		Key: key, Path: b.Path, Root: b.root, Repository: b.repository, Start: h.Start, End: h.End,
		Hosts: slices.Clone(h.Hosts), Accepted: o.Suppressed != nil,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.project.keys.seen); n > 0 && bytes.Equal(s.project.keys.seen[n-1].Before, before) {
		seen.Before = s.project.keys.seen[n-1].Before // often the name of a variable
	} else {
		seen.Before = bytes.Clone(before)
	}
	s.project.keys.add(seen, at)
	s.speaks(b.root)
}

// addFile adds a file for the rules that check all files together, and notes whether it
// speaks of QA Sphere.
func (s *scan) addFile(b Blob, signs detect.Signs) {
	f := b.known
	f.Names, f.Speaks = signs&detect.Names != 0, signs&detect.Speaks != 0
	looked := f.Read != nil && (f.Speaks || rules.Looked(f.Path)) && isLinted(f.Path)
	if !looked && !f.Speaks {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if looked {
		s.project.files = append(s.project.files, f)
	}
	if f.Speaks {
		s.speaks(b.root)
	}
}

// speaks notes that a project speaks of QA Sphere. The caller must hold s.mu.
func (s *scan) speaks(root string) {
	if s.project.speaks == nil {
		s.project.speaks = map[string]bool{}
	}
	s.project.speaks[root] = true
}

// isMeant reports whether QA Sphere is meant by the names in a project. It is called after
// all files are read.
func (s *scan) isMeant(root string) bool {
	meant, known := s.project.speaks[root]
	if !known && s.speaksElsewhere != nil {
		if meant = s.speaksElsewhere(); meant {
			s.speaks(root)
		}
	}
	return meant
}

// putOff keeps a sighting that rests on nothing but a name.
func (s *scan) putOff(found sighting, o Occurrence, root string) {
	o.Layers = slices.Clone(o.Layers)
	found.at = o
	s.mu.Lock()
	defer s.mu.Unlock()
	s.project.late = append(s.project.late, lateHit{found, root})
}

// lint runs the rules that check all files together, after all files are read.
func (s *scan) lint() {
	defer func() { s.project = project{} }() // there may be many keys
	p := rules.Project{Files: s.project.files, Keys: s.project.keys.seen, Parsed: new(rules.Pipelines), Now: s.now}
	slices.SortFunc(p.Files, func(a, b rules.File) int { return strings.Compare(a.Path, b.Path) })
	p.Files = slices.CompactFunc(p.Files, func(a, b rules.File) bool { return a.Path == b.Path })
	sort.Sort(&s.project.keys)
	leaked := map[rules.Key]bool{}
	for i := range p.Keys {
		k, g := &p.Keys[i], s.project.keys.at[i].group
		if _, known := leaked[k.Key]; !known {
			leaked[k.Key] = g.leaked()
		}
		k.Leaked, k.Since = leaked[k.Key], g.since
		k.Accepted = k.Accepted || slices.ContainsFunc(s.opts.Ignores, func(i Ignore) bool {
			return i.Fingerprint == g.id && !i.Expired(s.now)
		})
	}
	for _, k := range s.past() {
		s.project.keys.add(k.Sighting, k.at)
	}
	p.Past, p.Places = s.project.keys.seen[len(p.Keys):], rules.PlacesOf(p.Keys)
	for _, l := range s.project.late {
		if s.isMeant(l.root) {
			s.see(&l.sighting, &l.at)
		}
	}
	for i := range s.reported {
		r := &s.reported[i]
		if r.Check == nil {
			continue
		}
		p.Days = r.Tuning.Days
		inFiles := map[string][]rules.Lint{}
		for _, l := range r.Check(p) {
			if l.Seen > 0 {
				s.addKeyLint(r, l, p)
			} else {
				inFiles[l.Path] = append(inFiles[l.Path], l)
			}
		}
		for _, f := range p.Files {
			if found := inFiles[f.Path]; len(found) > 0 {
				s.addFileLints(r, f, found, p)
			}
		}
	}
}

// addKeyLint adds the occurrence of a lint finding about a key.
func (s *scan) addKeyLint(rule *rules.Rule, l rules.Lint, p rules.Project) {
	h := detect.Hit{Match: l.Match, Rule: rule}
	k := s.project.keys.seen[l.Seen-1]
	o := s.project.keys.at[l.Seen-1].occurrence()
	h.Line, l.Path = l.Subject, k.Path
	about := k.Key // without the rest of the sighting
	o.about = &about
	o.Frame, o.client = Frame{}, "" // the finding of the key has them
	s.judged(&o, &h)
	s.addLint(h, l, o, p)
}

// addFileLints adds the occurrences of the lint findings of a rule in a file.
func (s *scan) addFileLints(rule *rules.Rule, f rules.File, found []rules.Lint, p rules.Project) {
	data := f.Read()
	found = slices.DeleteFunc(found, func(l rules.Lint) bool {
		return l.End > len(data) || l.ByName && !s.isMeant(f.Root) // the file may have changed meanwhile
	})
	slices.SortStableFunc(found, func(a, b rules.Lint) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	hits := make([]detect.Hit, len(found))
	for i, l := range found {
		hits[i] = detect.Hit{Match: l.Match, Rule: rule}
		s.asLint(&hits[i], data)
	}
	i := 0
	for h, o := range s.locate(data, (detect.Hits{hits}).Each(), masks{}) {
		if found[i].End == 0 {
			o.Frame = Frame{}
		}
		o.Object = s.filesAre
		o.OnDisk = o.Object == ObjectFile
		s.addLint(*h, found[i], o, p)
		i++
	}
}

// addLint adds the occurrence of a lint finding.
func (s *scan) addLint(h detect.Hit, l rules.Lint, o Occurrence, p rules.Project) {
	o.Path, o.Fix = l.Path, fixOfLint(l, o, p)
	s.usedAllow(o)
	s.see(&sighting{hit: h, group: groupOf(&h)}, &o)
}

// judged sets the rule, the severity and the message of an occurrence from a hit.
func (s *scan) judged(o *Occurrence, h *detect.Hit) {
	r := h.Rule
	o.Rule, o.Severity, o.Confidence, o.message = r, h.Severity, h.Confidence, message{what: h.Message, where: h.Where}
	if r.Tuning.Severity != 0 && !h.Key.Documented() {
		o.Severity = r.Tuning.Severity
	}
	o.Suppressed = o.allow.of(r.ID)
}

// usedAllow notes that the comments of an occurrence are used.
func (s *scan) usedAllow(o Occurrence) {
	if o.Suppressed == nil {
		return
	}
	for line := o.Line; line <= o.EndLine; line++ {
		s.used[fmt.Sprintf("%s:%d", o.Path, line)] = true
	}
}

// fixOfLint returns the edit that a rule suggests; nil if there is none.
func fixOfLint(l rules.Lint, at Occurrence, p rules.Project) *Fix {
	switch {
	case l.Append.Line != "":
		line := 1
		i, ok := slices.BinarySearchFunc(p.Files, l.Append.Path, func(f rules.File, name string) int { return strings.Compare(f.Path, name) })
		if !ok {
			return &Fix{Path: l.Append.Path, Line: 1, Column: 1, EndColumn: 1, Text: l.Append.Line + "\n"}
		}
		content := p.Files[i].Read()
		before := ""
		if n := len(content); n > 0 && content[n-1] != '\n' {
			before = "\n"
		}
		line, column := newCursor(content, -1).to(len(content))
		return &Fix{Path: l.Append.Path, Line: line, Column: column, EndColumn: column, Text: before + l.Append.Line + "\n"}
	case l.Replace != "" && at.Line == at.EndLine:
		return &Fix{Line: at.Line, Column: at.Column, EndColumn: at.EndColumn, Text: l.Replace}
	}
	return nil
}

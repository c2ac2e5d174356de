package scanner

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// source is where bytes come from. It gives each of its blobs to the scan once.
// The error is that of ctx; what cannot be read becomes a skip.
type source interface {
	scan(ctx context.Context, s *scan) error
}

// Blob is a run of bytes to search, and where it lies.
type Blob struct {
	Object ObjectKind
	Path   string
	Data   []byte
	// beside reads a file of the same tree by its path; nil where there is none.
	beside func(path string) []byte
	// root is what the paths of its work tree or target begin with, and repository the
	// directory of its repository; empty for none.
	root, repository string
	// piped says that it is no file: its habits are not judged.
	piped bool
}

// scan is one scan under way. Its methods are safe for concurrent use.
type scan struct {
	opts     Options
	jobs     int
	now      time.Time
	detector *detector
	// inFiles has the lint rules, too.
	inFiles  *detector
	progress *Progress

	// repositories are those whose history is scanned, by directory.
	repositories map[string]bool
	// provenance tells of the same, in the order in which they were found.
	provenance []Repository
	// partial says that a target is only part of something.
	partial bool
	// unused are the places of comments that allow nothing.
	unused []string
	// links counts the symbolic links that were not followed.
	links atomic.Int64

	// shown is how many of the rules report what they find; the others tell what keys
	// there are, to be masked, and for rules that judge files together.
	shown int
	// filesAre says what the files of the project are.
	filesAre ObjectKind

	mu       sync.Mutex
	project  project
	groups   map[string]*group
	masked   []redact.Secret // that belong to no group
	coverage Coverage
}

// group is a finding in the making: the hits on one key, or on one literal that
// has none, by its line.
type group struct {
	key    rules.Key
	secret redact.Secret
	rule   string
	line   string
	// secrets are all values seen: a key may have been given another token.
	secrets map[string]redact.Secret
	// pieces are those of tokens that are not written in one.
	pieces      []redact.Secret
	occurrences []Occurrence
}

func newScan(opts Options) *scan {
	s := &scan{opts: opts, jobs: opts.Jobs, now: opts.Now, progress: opts.Progress, groups: map[string]*group{}, repositories: map[string]bool{}}
	if s.jobs < 1 {
		s.jobs = runtime.GOMAXPROCS(0)
	}
	if s.now.IsZero() {
		s.now = time.Now()
	}
	if s.progress == nil {
		s.progress = new(Progress)
	}
	if opts.Rules == nil {
		s.opts.Rules = rules.All()
	}
	if !s.opts.period().all() {
		s.opts.NoFiles = true
	}
	s.opts.Unpack = cmp.Or(opts.Unpack, unpack.DefaultLimits())
	s.shown = len(s.opts.Rules)
	for _, r := range rules.All() {
		if !r.Lint && !s.shows(r.ID) {
			s.opts.Rules = append(s.opts.Rules[:len(s.opts.Rules):len(s.opts.Rules)], r)
		}
	}
	s.detector = newDetector(s.opts.Rules)
	s.inFiles = newFileDetector(s.opts.Rules)
	s.filesAre = ObjectFile
	if opts.Staged {
		s.filesAre = ObjectIndex
	}
	return s
}

// whole reports whether a key that was not found is not there.
func (s *scan) whole() bool {
	o := s.opts
	return !s.partial && !o.NoHistory && !o.NoFiles && o.period().all() && o.MinConfidence <= rules.Low &&
		s.allRules() && !s.coverage.Shallow && s.coverage.Complete()
}

// shows reports whether what a rule finds is reported.
func (s *scan) shows(id string) bool {
	return slices.ContainsFunc(s.opts.Rules[:s.shown], func(r rules.Rule) bool { return r.ID == id })
}

// allRules reports whether no rule about keys was left out.
func (s *scan) allRules() bool {
	return !slices.ContainsFunc(rules.All(), func(r rules.Rule) bool { return !r.Lint && !s.shows(r.ID) })
}

// skip notes that something was not read.
func (s *scan) skip(skips ...Skip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coverage.Skipped = append(s.coverage.Skipped, skips...)
}

// note adds a remark for people, once.
func (s *scan) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.coverage.Notes, text) {
		s.coverage.Notes = append(s.coverage.Notes, text)
	}
}

// excluded returns the glob of the configuration that leaves a path out.
func (s *scan) excluded(path string) (pattern string, ok bool) {
	for _, pattern := range s.opts.Exclude {
		if doublestar.MatchUnvalidated(pattern, path) {
			return pattern, true
		}
	}
	return "", false
}

// file searches a whole file.
func (s *scan) file(ctx context.Context, b Blob) {
	s.progress.Files.Add(1)
	s.progress.Bytes.Add(int64(len(b.Data)))
	leaks, habits := s.inFiles.findBoth(b.Data)
	sightings, skips := s.look(ctx, b.Data, leaks)
	s.unread(b.Path, skips, false)
	sightings = append(sightings, s.lintText(b, habits, leaks)...)
	s.unusedAllows(b, sightings)
	var way delivery
	if len(sightings) > 0 {
		way = deliveryOf(b)
	}
	for _, found := range sightings {
		s.deliver(&found, way, b.Path)
		o := found.at
		o.Object, o.Path, o.OnDisk = b.Object, b.Path, b.Object == ObjectFile
		switch {
		case o.Rule.Lint:
			o.Fix = fixOfLint(rules.Lint{Match: found.hit.match}, o, rules.Project{})
		case o.client == "":
			o.Fix = fixOf(b.Path, b.Data, found.hit, o)
			fallthrough
		default:
			s.remember(b, found.hit, o)
		}
		s.see(found.hit, o)
	}
}

// locate tells where hits are in their text, and masks what their frames show of
// secrets. Both are sorted.
func (s *scan) locate(text []byte, hits, secrets []hit) []Occurrence {
	if len(hits) == 0 {
		return nil
	}
	wideAt := -1
	if first := hits[0]; len(first.layers) > 0 && first.layers[0] == "utf-16" {
		wideAt = first.start
	}
	c := newCursor(text, wideAt)
	c.hits = slices.Clone(secrets)
	for i := range c.hits {
		h := &c.hits[i]
		h.end = h.goesOnAt(text)
		c.longest = max(c.longest, h.end-h.start)
	}
	located := make([]Occurrence, len(hits))
	for i, h := range hits {
		o := &located[i]
		o.Layers, o.hosts, o.allow = h.layers, h.hosts, allowAt(c, h)
		s.judged(o, h)
		o.Line, o.Column = c.to(h.start)
		o.EndLine, o.EndColumn = c.to(h.end)
		o.Frame = c.frame(h, o.Line)
		if h.match.Key.CreatedAt.After(s.now.Add(24 * time.Hour)) {
			o.Confidence = rules.Low
		}
	}
	return located
}

// see adds an occurrence to the group of its hit.
func (s *scan) see(h hit, o Occurrence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(h)
	if h.rule >= s.shown || !holds(o.Rule, o.Path) {
		return
	}
	g.occurrences = append(g.occurrences, o)
}

// group returns the group of a hit. It is called with s.mu held.
func (s *scan) group(h hit) *group {
	id := s.groupID(h)
	g, ok := s.groups[id]
	if !ok {
		g = &group{
			key: h.match.Key, secret: h.secret, rule: s.opts.Rules[h.rule].ID,
			line: strings.Clone(h.line), secrets: map[string]redact.Secret{},
		}
		s.groups[id] = g
	}
	if h.secret != (redact.Secret{}) {
		g.secrets[h.secret.Reveal()] = h.secret
	}
	g.pieces = append(g.pieces, h.pieces...)
	return g
}

// groupID tells which finding a hit belongs to: that of its key, or if it is
// none that of its rule and its line.
func (s *scan) groupID(h hit) string {
	if h.match.Key != (rules.Key{}) {
		return h.match.Key.Fingerprint()
	}
	return s.opts.Rules[h.rule].ID + "\x00" + h.line
}

// literalFingerprint identifies a literal that has no key ID by its rule, its
// path and its line without the literal.
func literalFingerprint(rule, path, line string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", rule, path, line))
	return hex.EncodeToString(sum[:8])
}

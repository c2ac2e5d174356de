package scanner

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/delivery"
	"github.com/qasleaks/qasleaks/scanner/detect"
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
	// ignored says that git ignores the file.
	ignored bool
	// piped says that it is no file: its habits are not judged.
	piped bool
}

// scan is one scan under way. Its methods are safe for concurrent use.
type scan struct {
	opts     Options
	jobs     int
	now      time.Time
	detector *detect.Detector
	// inFiles has the lint rules, too.
	inFiles  *detect.Detector
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

	// reported are the rules whose hits become findings. maskOnly are the other rules
	// about keys: their hits are masked, and rules that judge files together see them.
	reported, maskOnly []rules.Rule
	// filesAre says what the files of the project are.
	filesAre ObjectKind

	mu       sync.Mutex
	project  project
	groups   map[groupID]*group
	masked   []redact.Secret // that belong to no group
	coverage Coverage
}

func newScan(opts Options) *scan {
	s := &scan{opts: opts, jobs: opts.Jobs, now: opts.Now, progress: opts.Progress, groups: map[groupID]*group{}, repositories: map[string]bool{}}
	if s.jobs < 1 {
		s.jobs = runtime.GOMAXPROCS(0)
	}
	if s.now.IsZero() {
		s.now = time.Now()
	}
	if s.progress == nil {
		s.progress = new(Progress)
	}
	if !s.opts.period().All() {
		s.opts.NoFiles = true
	}
	s.opts.Unpack = cmp.Or(opts.Unpack, unpack.DefaultLimits())
	s.reported = opts.Rules
	if s.reported == nil {
		s.reported = rules.All()
	}
	for _, r := range rules.All() {
		if !r.Lint && !s.reports(r.ID) {
			s.maskOnly = append(s.maskOnly, r)
		}
	}
	all := slices.Concat(s.reported, s.maskOnly)
	s.detector = detect.New(all)
	s.inFiles = detect.NewForFiles(all)
	s.filesAre = ObjectFile
	if opts.Staged {
		s.filesAre = ObjectIndex
	}
	return s
}

// whole reports whether a key that was not found is not there.
func (s *scan) whole() bool {
	o := s.opts
	return !s.partial && !o.NoHistory && !o.NoFiles && o.period().All() && o.MinConfidence <= rules.Low &&
		s.allRules() && !s.coverage.Shallow && s.coverage.Complete()
}

// reports reports whether the hits of a rule become findings.
func (s *scan) reports(id string) bool {
	return slices.ContainsFunc(s.reported, func(r rules.Rule) bool { return r.ID == id })
}

// allRules reports whether no rule about keys was left out.
func (s *scan) allRules() bool {
	return len(s.maskOnly) == 0
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
	leaks, habits := s.inFiles.FindBoth(b.Data)
	sightings, skips := s.look(ctx, b.Data, leaks)
	s.unread(b.Path, skips)
	sightings = append(sightings, s.lintText(b, habits, leaks)...)
	s.unusedAllows(b, sightings)
	var way delivery.Delivery
	if len(sightings) > 0 {
		way = delivery.Of(b.Path, b.Data, b.beside)
	}
	for _, found := range sightings {
		s.deliver(&found, way, b.Path)
		o := found.at
		o.Object, o.Path, o.OnDisk, o.ignored = b.Object, b.Path, b.Object == ObjectFile, b.ignored
		switch {
		case o.Rule.Lint:
			o.Fix = fixOfLint(rules.Lint{Match: found.hit.Match}, o, rules.Project{})
		case o.client == "":
			o.Fix = fixOf(b.Path, b.Data, found.hit, o)
			fallthrough
		default:
			s.remember(b, found.hit, o)
		}
		s.see(found, o)
	}
}

// locate tells where hits are in their text, and masks what their frames show of
// secrets. Both are sorted.
func (s *scan) locate(text []byte, hits, secrets []detect.Hit) []Occurrence {
	if len(hits) == 0 {
		return nil
	}
	wideAt := -1
	if first := hits[0]; len(first.Layers) > 0 && first.Layers[0] == "utf-16" {
		wideAt = first.Start
	}
	c := newCursor(text, wideAt)
	c.hits = slices.Clone(secrets)
	for i := range c.hits {
		h := &c.hits[i]
		h.End = goesOnAt(*h, text)
		c.longest = max(c.longest, h.End-h.Start)
	}
	located := make([]Occurrence, len(hits))
	for i, h := range hits {
		o := &located[i]
		o.Layers, o.hosts, o.allow = h.Layers, h.Hosts, allowAt(c, h)
		s.judged(o, h)
		o.Line, o.Column = c.to(h.Start)
		o.EndLine, o.EndColumn = c.to(h.End)
		o.Frame = c.frame(h, o.Line)
		if h.Key.CreatedAt.After(s.now.Add(24 * time.Hour)) {
			o.Confidence = rules.Low
		}
	}
	return located
}

package scanner

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qasleaks/qasleaks/internal/fault"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/delivery"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// source is a source of content. It passes each of its blobs to the scan once. scan
// returns only the error of ctx or an error that ends the scan; content that cannot be
// read becomes a skip.
type source interface {
	scan(ctx context.Context, s *scan) error
}

// Blob is content to search, and its location.
type Blob struct {
	Object ObjectKind
	Path   string
	Data   []byte
	// readFile reads a file of the same tree by its path; nil if there is no tree.
	readFile func(path string) []byte
	// root is the prefix of the paths in its work tree or target. repository is the
	// directory of its repository; empty for none.
	root, repository string
	// ignored says that git ignores the file.
	ignored bool
	// known is the file, for the rules that check all files together.
	known rules.File
	// beside says that the file is in a git directory, beside its objects.
	beside bool
	// piped says that it is not a file: lint rules do not check it.
	piped bool
	// served says that a web site serves it. original returns the position in its source
	// code; it may be nil.
	served   bool
	original func(offset int) string
	// layers are around the data.
	layers []string
}

// scan is a running scan. Its methods are safe for concurrent use.
type scan struct {
	opts     Options
	jobs     int
	now      time.Time
	detector *detect.Detector
	// inFiles also has the lint rules.
	inFiles  *detect.Detector
	progress *Progress

	// repositories are the repositories to scan, by directory.
	repositories map[string]*Repository
	// provenance describes the same repositories, in the order in which they were found.
	provenance []*Repository
	// roots has the repository of each root, which is empty or ends with a slash. A
	// repository has several if it has linked work trees.
	roots map[string]*Repository
	// partial says that a target is only part of a repository or directory.
	partial bool
	// unused are the allow comments that allow nothing in the text of their file. used has
	// the places of those that rules use which check all files together.
	unused []unusedAllow
	used   map[string]bool
	// exclusions are the globs of the options, with what they matched.
	exclusions []exclusion
	// links counts the symbolic links that were not followed.
	links atomic.Int64

	// reported are the rules whose hits become findings. maskOnly are the other rules
	// about keys: their hits are masked, and are input for rules that check all files
	// together.
	reported, maskOnly []rules.Rule
	// filesAre is the kind of the project's files.
	filesAre ObjectKind

	// speaksElsewhere reports whether the files of the project that are not scanned speak
	// of QA Sphere; nil if all are scanned.
	speaksElsewhere func() bool

	// mounts lists the mounted file systems.
	mounts func() []mount

	mu       sync.Mutex
	project  project
	groups   map[groupID]*group
	masked   []redact.Secret // secrets that are in no group
	names    map[groupID]named
	coverage Coverage
}

func newScan(opts Options) *scan {
	s := &scan{opts: opts, jobs: opts.Jobs, now: opts.Now, progress: opts.Progress, groups: map[groupID]*group{}, names: map[groupID]named{}, used: map[string]bool{}, repositories: map[string]*Repository{}, roots: map[string]*Repository{}}
	s.mounts = sync.OnceValue(mounts)
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
	s.exclusions = make([]exclusion, len(opts.Exclude))
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
	made := opts.detectors
	if made == nil {
		made = newDetectors(slices.Concat(s.reported, s.maskOnly))
	}
	s.detector, s.inFiles = made.history, made.files
	s.filesAre = ObjectFile
	if opts.Staged {
		s.filesAre = ObjectIndex
	}
	return s
}

// detectors are those for objects of a history, and for files.
type detectors struct{ history, files *detect.Detector }

func newDetectors(all []rules.Rule) *detectors {
	return &detectors{detect.New(all), detect.NewForFiles(all)}
}

// ForMany returns options for many scans: what depends only on the rules is made once.
func (o Options) ForMany() Options {
	s := newScan(o)
	o.detectors, o.OneOfMany = &detectors{s.detector, s.inFiles}, true
	return o
}

// whole reports whether all content was searched with all rules.
func (s *scan) whole() bool {
	o := s.opts
	return !s.partial && !o.NoHistory && !o.NoFiles && o.period().All() && o.MinConfidence <= rules.Low &&
		s.allRules() && !s.coverage.Shallow && s.coverage.Complete()
}

// reports reports whether the hits of a rule become findings.
func (s *scan) reports(id string) bool { return s.rule(id) != nil }

// allRules reports whether all rules about keys are selected.
func (s *scan) allRules() bool {
	return len(s.maskOnly) == 0
}

// skip records content that was not read.
func (s *scan) skip(skips ...Skip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coverage.Skipped = append(s.coverage.Skipped, skips...)
}

// skipOnce records content that was not read, unless it was recorded before.
func (s *scan) skipOnce(skip Skip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.coverage.Skipped, skip) {
		s.coverage.Skipped = append(s.coverage.Skipped, skip)
	}
}

// note adds a remark for users, unless it was added before.
func (s *scan) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.coverage.Notes, text) {
		s.coverage.Notes = append(s.coverage.Notes, text)
	}
}

// file searches a whole file.
func (s *scan) file(ctx context.Context, b Blob) {
	path := func() string { return b.Path }
	defer s.survive(path, nil)
	if b.layers == nil {
		s.progress.Files.Add(1)
	}
	s.progress.Bytes.Add(int64(len(b.Data)))
	budget := detect.NewBudget()
	leaks, lint, signs := s.inFiles.FindBoth(ctx, b.Data, budget)
	s.addFile(b, signs)
	s.reserve(leaks)
	secrets := masksOf(b.Data, leaks)
	sightings, skips := s.sightings(ctx, b.Data, leaks.Last(), secrets, budget)
	s.overspent(path, budget)
	if isBrotli(b.Path, b.Data) {
		skips = append(skips, unpack.Skip{Reason: brotliUnread})
	}
	s.unread(b.Path, skips)
	allows := s.allowsOf(b)
	shipped := sync.OnceValue(func() delivery.Delivery { return delivery.Of(b.Path, b.Data, b.readFile) })
	for _, all := range []iter.Seq[sighting]{sightings, s.lintText(b, lint, secrets)} {
		for found := range all {
			allows.see(found.at)
			s.deliver(&found, shipped(), b)
			s.sighted(b, &found)
		}
	}
	s.unusedAllows(b, allows)
}

// sighted makes an occurrence of a sighting in a file.
func (s *scan) sighted(b Blob, found *sighting) {
	o := &found.at
	o.Layers = slices.Concat(b.layers, o.Layers)
	o.PlainText = isText(b.Data) && inPlainText(b.Data, found)
	o.Object, o.Path, o.OnDisk, o.ignored = b.Object, b.Path, b.Object == ObjectFile, b.ignored
	o.Beside = b.beside
	switch {
	case o.Rule.Lint:
		o.Fix = fixOfLint(rules.Lint{Match: found.hit.Match}, *o, rules.Project{})
		if found.hit.ByName {
			s.putOff(*found, *o, b.root)
		} else {
			s.see(found, o)
		}
		return
	case o.client == "":
		o.Fix = fixOf(b.Path, b.Data, &found.hit, o)
	}
	s.remember(b, &found.hit, o, s.see(found, o))
}

// survive, when deferred, records a panic on content at path as a failure to read it, and
// then calls failed unless it is nil. Reading a mapped file panics if the file was truncated
// meanwhile. The path is a function because the paths of all objects of a history are not
// free.
func (s *scan) survive(path func() string, failed func()) {
	if err := fault.Error(recover()); err != nil {
		s.skip(Skip{Path: path(), Kind: SkipFailed, Reason: err.Error()})
		if failed != nil {
			failed()
		}
	}
}

// usesSCIM reports whether a key is near the path of the SCIM API, which creates and
// disables users with the same keys (docs.qasphere.com, "SCIM").
func usesSCIM(text []byte, h *detect.Hit) bool {
	const near = rules.Reach / 4
	return bytes.Contains(text[max(0, h.Start-near):min(len(text), h.End+near)], []byte("/api/scim/"))
}

// locate yields the positions of hits in their text, one at a time: there may be many. It
// masks secrets in their frames. hits must be sorted.
func (s *scan) locate(text []byte, hits iter.Seq[*detect.Hit], secrets masks) iter.Seq2[*detect.Hit, Occurrence] {
	return func(yield func(*detect.Hit, Occurrence) bool) {
		var c *cursor
		for h := range hits {
			if c == nil {
				c = newCursor(text, wideAt(h))
				c.masks = secrets
			}
			o := Occurrence{Layers: h.Layers, hosts: h.Hosts, allow: allowAt(c, h)}
			s.judged(&o, h)
			o.Line, o.Column = c.to(h.Start)
			at, line, column := c.at, c.line, c.column
			o.EndLine, o.EndColumn = c.to(h.End)
			c.at, c.line, c.column = at, line, column // the next hit may begin before the end
			o.Frame = c.frame(h, o.Line)
			o.scim = usesSCIM(text, h)
			if h.Key.CreatedAt.After(s.now.Add(24 * time.Hour)) {
				o.Confidence = rules.Low
			}
			if !yield(h, o) {
				return
			}
		}
	}
}

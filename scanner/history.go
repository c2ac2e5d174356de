package scanner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/qasleaks/qasleaks/scanner/attribute"
	"github.com/qasleaks/qasleaks/scanner/delivery"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/large"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// history is the source of all objects in a repository's object database, reachable
// or not.
type history struct {
	repo   *repo.Repository
	is     *Repository // what the result says of it
	prefix string      // of paths in reports

	// absent are the objects of the requested part that the repository does not have.
	absent []odb.Failure

	mu sync.Mutex
	// seen has the objects that contain hits of each group.
	seen map[groupID][]odb.OID
	// named are the keys in names of trees, and where they were found.
	named map[groupID]named
	// part has the objects to scan; nil for all.
	part map[odb.OID]bool
}

// scan searches every commit, tag and blob once, and then attributes the hits.
func (h *history) scan(ctx context.Context, s *scan) error {
	h.failed(s, h.repo.Failures...)
	h.failed(s, h.repo.DB.Failures()...)
	scratch := make([][]detect.Anchor, s.jobs)
	missing := repo.NewReferences(h.repo)
	missing.Named = func(tree *odb.Object, name []byte, entry odb.OID) { h.inTree(ctx, s, tree.ID, name, entry) }
	var objects, size atomic.Int64
	visit := func(worker int, o *odb.Object, base known) (seen known) {
		path := h.pathOf(o.ID)
		defer s.survive(path, func() { seen.lost = true })
		if base.lost {
			o.Edits, base = nil, known{}
		}
		s.progress.Objects.Add(1)
		objects.Add(1)
		s.progress.Packed.Add(o.Packed)
		if o.Type == odb.Tree {
			return known{entries: missing.Tree(ctx, o, base.entries)}
		}
		s.progress.Bytes.Add(int64(len(o.Data)))
		size.Add(int64(len(o.Data)))
		if o.Type == odb.Commit {
			missing.Commit(ctx, o)
		}
		budget := detect.NewBudget()
		j := s.detector.Next(ctx, o.Data, base.text, o.Edits, &scratch[worker], budget)
		packed := o.Type == odb.Blob && isPacked(o, base)
		h.see(ctx, s, o, j, packed, budget)
		s.overspent(path, budget)
		return known{text: j, packed: packed}
	}
	if err := h.visit(ctx, s, visit); err != nil {
		return err
	}
	h.is.Objects, h.is.Bytes = objects.Load(), size.Load()
	h.failed(s, h.repo.Condense(append(h.absent, missing.Failures()...))...)
	return h.place(ctx, s)
}

// visit calls visit for each object of the history, or of the requested part of it.
func (h *history) visit(ctx context.Context, s *scan, visit func(worker int, o *odb.Object, base known) known) error {
	part := s.opts.period()
	if part.All() {
		s.progress.TotalObjects.Add(int64(h.repo.DB.Count()))
		s.progress.TotalPacked.Add(h.repo.DB.PackedSize())
		return odb.Walk(ctx, h.repo.DB, odb.All, s.jobs, odb.Visitor[known]{
			Visit: visit,
			Fail:  func(f odb.Failure) { h.failed(s, f) },
		})
	}
	ids, missing, err := part.Objects(ctx, h.repo)
	if err != nil {
		return err
	}
	h.absent, h.part = missing, ids
	if part.Push == nil {
		s.note(fmt.Sprintf("only part of the history was scanned, %d objects: %s", len(ids), part))
	}
	s.progress.TotalObjects.Add(int64(len(ids)))
	return h.visitPart(ctx, s, ids, visit)
}

// known is the state kept for an object while deltas of it are visited.
type known struct {
	text    detect.Judgement // of an object that is not a tree
	packed  bool             // of a blob, as unpack.Packed says
	entries repo.Boundaries  // of a tree
	// lost says that there is no state: an object whose visit failed.
	lost bool
}

// isPacked does what [unpack.Packed] does, and looks only at what changed from a base
// that is not packed.
func isPacked(o *odb.Object, base known) bool {
	if o.Edits == nil || base.packed {
		return unpack.Packed(o.Data)
	}
	if unpack.Kind(o.Data) != "" {
		return true
	}
	for _, e := range o.Edits {
		to := e.At // of a copied range, the text before is another
		if e.From < 0 {
			to += e.Len
		}
		if unpack.PackedNear(o.Data, e.At, to) {
			return true
		}
	}
	return unpack.PackedNear(o.Data, len(o.Data), len(o.Data))
}

// see records which groups have hits in an object.
func (h *history) see(ctx context.Context, s *scan, o *odb.Object, j detect.Judgement, packed bool, budget *detect.Budget) {
	hits := j.All()
	var failed groupID
	if o.Type == odb.Blob {
		if p, ok := parsePointer(o.Data); ok {
			var more []detect.Hit
			more, failed = h.behind(ctx, s, p, o.ID)
			hits = append(hits, more...)
		} else if packed {
			hits = h.unpacked(ctx, s, o, hits, budget)
		}
	}
	if len(hits) == 0 && failed == "" {
		return
	}
	groups := make([]groupID, len(hits))
	s.mu.Lock()
	for i, hit := range hits {
		groups[i] = s.group(groupOf(&hit), &hit).id
	}
	s.mu.Unlock()
	if failed != "" {
		groups = append(groups, failed)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range groups {
		if ids := h.seen[id]; len(ids) == 0 || ids[len(ids)-1] != o.ID {
			h.seen[id] = append(ids, o.ID)
		}
	}
}

// place converts the hits in objects to occurrences.
func (h *history) place(ctx context.Context, s *scan) error {
	defer h.keepUnplaced(s)
	if len(h.seen) == 0 {
		return nil
	}
	spans, failures, err := attribute.Place(ctx, h.repo, s.jobs, h.seen)
	if err != nil {
		return err
	}
	h.failed(s, failures...)
	s.noteUndated(spans)
	h.staged(ctx, s, spans)
	// Each object is read once more to get the positions of the hits.
	byObject := map[odb.OID][]placed{}
	for id, all := range spans {
		reason, isAbsent := strings.CutPrefix(id, absent)
		for _, sp := range all {
			path := h.prefix + sp.Path
			if _, ok := s.excluded(path); isAbsent && !ok {
				s.skip(Skip{Path: path, Kind: SkipFailed, Reason: reason})
			}
			if isAbsent {
				continue
			}
			p := placed{id, sp}
			if id != inNames {
				byObject[sp.Object] = append(byObject[sp.Object], p)
			}
			_, excluded := s.excluded(path)
			for _, n := range s.namedIn("the file", path) {
				delete(h.named, groupOf(&n.hit))
				if p.locate(&n.at, path); !excluded {
					s.keepName(n)
				}
			}
		}
	}
	for oid, all := range byObject {
		if h.showObject(ctx, s, oid, all); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// showObject adds the occurrences of spans in the object with an ID.
func (h *history) showObject(ctx context.Context, s *scan, id odb.OID, all []placed) {
	var turn large.Turn
	defer turn.End()
	ctx = turn.With(ctx)
	typ, data, err := h.repo.DB.Read(ctx, id)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		h.failed(s, odb.Failure{OID: id, Err: err})
		return
	}
	h.show(ctx, s, typ, data, all, nil)
	if p, ok := parsePointer(data); ok && typ == odb.Blob {
		// An error was recorded by see.
		_ = p.read(h.repo.CommonDir, func(data []byte) { h.show(ctx, s, typ, data, all, []string{lfsLayer}) })
	}
}

// staged sets the paths of blobs that are in no commit, but in the index: such files were
// staged, and then changed or deleted in the work tree.
func (h *history) staged(ctx context.Context, s *scan, spans map[groupID][]attribute.Span) {
	index := sync.OnceValue(func() map[odb.OID]string {
		paths, err := h.repo.Staged(ctx)
		if err != nil {
			h.failed(s, odb.Failure{Path: ".git/index", Err: err})
		}
		return paths
	})
	for _, all := range spans {
		for i := range all {
			sp := &all[i]
			if sp.Path != ".git/blob/"+sp.Object.String() {
				continue
			}
			if path, ok := index()[sp.Object]; ok {
				sp.Kind, sp.Path = ObjectIndex, path
			}
		}
	}
}

// noteUndated says which commits have a date that no report can show.
func (s *scan) noteUndated(spans map[groupID][]attribute.Span) {
	var undated []string
	for _, all := range spans {
		for _, sp := range all {
			for _, c := range []*Commit{sp.Introduced, sp.Removed} {
				if c != nil && c.Author != "" && c.Date.IsZero() {
					undated = append(undated, short(c.SHA))
				}
			}
		}
	}
	slices.Sort(undated)
	if undated = slices.Compact(undated); len(undated) > 0 {
		s.note("the dates of these commits are not within the years 1 to 9999, or unknown, and are not shown: " + some(undated, 3))
	}
}

// placed is a span with the group of its hits.
type placed struct {
	group groupID
	span  attribute.Span
}

// locate sets where and when an occurrence is in history.
func (p placed) locate(o *Occurrence, path string) {
	o.Object, o.Path, o.OID = p.span.Kind, path, p.span.Object.String()
	o.Commit, o.RemovedBy, o.Refs, o.Reflogs = p.span.Introduced, p.span.Removed, p.span.Refs, p.span.Reflogs
	o.Reachable, o.AtHead = p.span.Reachable, p.span.AtHead
	o.first, o.last = p.span.FirstAt, p.span.LastAt
	if gone := p.span.Removed; gone != nil && gone.Date.After(o.last) {
		o.last = gone.Date // it was exposed until then
	}
}

// show adds the occurrences of spans in one object. layers are around data.
func (h *history) show(ctx context.Context, s *scan, typ odb.Type, data []byte, all []placed, layers []string) {
	budget := detect.NewBudget()
	hits := s.detector.FindWithin(ctx, data, budget)
	if typ != odb.Blob {
		data, hits = onlyMessage(data, hits)
	}
	found := detect.Hits{hits}
	sightings, _ := s.sightings(ctx, data, found.Each(), masksOf(data, found), budget) // see has recorded the skips
	if len(all) > 0 {
		s.overspent(h.pathOf(all[0].span.Object), budget)
	}
	deliveries := map[string]delivery.Delivery{} // by path
	byGroup := map[groupID][]placed{}
	for _, p := range all {
		byGroup[p.group] = append(byGroup[p.group], p)
	}
	for found := range sightings {
		for _, p := range byGroup[found.group] {
			path := h.prefix + p.span.Path
			if _, ok := s.excluded(path); ok {
				continue
			}
			found := found
			if typ == odb.Blob {
				shipped, ok := deliveries[p.span.Path]
				if !ok {
					shipped = delivery.Of(p.span.Path, data, nil)
					deliveries[p.span.Path] = shipped
				}
				s.deliver(&found, shipped, Blob{Path: p.span.Path})
			}
			o := found.at
			o.Layers = slices.Concat(layers, o.Layers)
			o.PlainText = len(layers) == 0 && (typ != odb.Blob || isText(data)) && inPlainText(data, &found)
			p.locate(&o, path)
			if !o.AtHead {
				o.Suppressed = nil // history is suppressed by fingerprint
			}
			s.see(&found, &o)
		}
	}
}

// onlyMessage returns the message of a commit or a tag, if all hits are in it: line
// numbers then count from the start of the message.
func onlyMessage(data []byte, hits []detect.Hit) ([]byte, []detect.Hit) {
	_, text, ok := bytes.Cut(data, []byte("\n\n"))
	start := len(data) - len(text)
	if !ok || slices.ContainsFunc(hits, func(h detect.Hit) bool { return h.Start < start }) {
		return data, hits
	}
	for i := range hits {
		hits[i].Start -= start
		hits[i].End -= start
	}
	return text, hits
}

// failureSkip returns the skip for an object or a file that could not be read.
func failureSkip(f odb.Failure) Skip {
	path := cmp.Or(f.Path, ".git")
	if f.OID != "" {
		path = objectPath(f.OID)
	}
	return Skip{Path: path, Kind: SkipFailed, Reason: f.Err.Error()}
}

// objectPath returns the path in reports of an object that could not be read.
func objectPath(id odb.OID) string { return ".git/objects/" + id.String() }

// pathOf returns a function that returns the path of an object in reports.
func (h *history) pathOf(id odb.OID) func() string {
	return func() string { return h.prefix + objectPath(id) }
}

// failed records what could not be read in the repository.
func (h *history) failed(s *scan, failures ...odb.Failure) {
	for _, f := range failures {
		skip := failureSkip(f)
		skip.Path = h.prefix + skip.Path
		s.skip(skip)
	}
}

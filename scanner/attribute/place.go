// Package attribute finds where in a repository's history an object was: at which
// paths, from which commit to which commit, and which refs can still reach it. Its
// input is groups of objects, one group for each finding; its output is spans.
// [Place] is the only entry point. It reads commits and trees, but no blobs.
//
// # How it works
//
// Take a repository in which a key was in two blobs, K1 and K2. It has a main branch
// with five commits and a side branch with one:
//
//	A ── B ── C ── D ── E   main      A: nothing
//	      \                           B: app.js = K1 (adds it)
//	       F                side      C: app.js = K1, docs changed
//	                                  D: app.js = K2 (the key moved in the file)
//	                                  E: app.js without a key
//	                                  F: app.js = K1, tests changed
//
// The tree index finds the trees that contain a wanted blob, the trees that contain
// those trees, and so on up to the root trees. It keeps only these trees, and only
// their entries that lead to a wanted blob.
//
// A view is a number for the paths of wanted blobs in a root tree. Trees that differ
// only in other files have the same view. Here A and E have view 0 (no wanted blob),
// B, C and F have view 1 (app.js = K1), and D has view 2 (app.js = K2). Lists of entries
// are cut into chunks that versions of a directory share, so that the views of many
// versions of a large directory take little room.
//
// A version is a view as the difference to the version of a parent: D has app.js = K2
// instead of K1.
//
// A batch places some of all locations: all if they have few slots, else each half of
// them by itself.
//
// A region is a connected part of the commit graph whose commits have the same content
// at the locations of the batch. B, C and F are one region; D is another. A history of a
// million commits has few regions: most commits change no wanted blob.
//
// A slot is a pair of a location in a region and a group, that is, a finding. The region
// of B has the slot (app.js, key), and so has the region of D.
//
// A stretch is a set of slots of adjacent regions that have the same location and the
// same group: the key stayed in app.js from B to D although the blob changed. A
// [Span] is a stretch with the names of its commits and refs: introduced by B,
// removed by E, still reachable from side through F.
//
// Refs come last. Each span is one bit, passed from parents to children in one pass
// over all commits, for 64 spans at a time.
package attribute

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Kind is the kind of object that contains a secret, as in the JSON report.
type Kind string

// The kinds of objects.
const (
	InBlob   Kind = "blob"   // the content of a file
	InCommit Kind = "commit" // the message or headers of a commit
	InTag    Kind = "tag"    // the message or headers of an annotated tag
	InNote   Kind = "note"   // a note made by git notes
)

// Span is one path over a continuous part of the history in which it contained the
// secret of a finding: a connected part of the commit graph, where each commit has
// one of the objects with the secret at that path. Objects in other places, such as
// messages, have spans of their own.
type Span struct {
	Kind Kind
	// Path is the path in the tree. Other objects have made-up paths:
	// ".git/commit/<id>/message" and ".git/tag/<id>/message" for messages,
	// ".git/note/<annotated id>/message" for a note, ".git/blob/<id>" for a blob in
	// no tree.
	Path string
	// Object is the object in which to show the secret: the version at HEAD if the
	// span includes HEAD, else the newest version.
	Object odb.OID
	// Introduced is the first commit of the span; nil if it is in no commit. Removed
	// is a later commit in which this path no longer contains the secret; nil if
	// there is none, or if the span includes HEAD.
	//
	// Branches may introduce and remove the same secret several times in one span.
	// Then Introduced is the oldest of these commits. Removed is chosen in this
	// order: a commit whose parents all have the secret, rather than a merge in which
	// only some parents have it; an ancestor of HEAD; the youngest.
	Introduced, Removed *repo.Commit
	// FirstAt and LastAt are the committer dates of the first commit with the secret,
	// and the latest date of any commit with it; zero if not known.
	FirstAt, LastAt time.Time
	// Refs are the full names of the refs from which the span can be reached, sorted.
	// "HEAD" is one of them only if it is detached. Spans may share the slice.
	Refs []string
	// Reflogs are the reflog entries from whose commit the span can be reached.
	// Entries whose commit can be reached from a ref are left out.
	Reflogs []string
	// Reachable says that Refs is not empty.
	Reachable bool
	// AtHead says that the commit at HEAD has the secret at this path.
	AtHead bool
}

// Place finds the spans of each group of objects. A group has as its key the
// fingerprint of a finding, and contains the objects in which its secret was found.
// The spans of a group are sorted: first those at HEAD, then by path and age. An
// object with an unknown ID is taken for a blob in no tree.
//
// Place reads all commits, and reads all trees once for each directory level. Without
// groups it reads nothing. It skips what it cannot read and returns it as failures.
// The error is the error of ctx.
func Place(ctx context.Context, r *repo.Repository, jobs int, groups map[string][]odb.OID) (map[string][]Span, []odb.Failure, error) {
	return place(ctx, r, jobs, groups, sizes{chunk: 64, batch: 1 << 18})
}

// sizes are the sizes of parts of the work, which do not change the result.
type sizes struct {
	chunk uint64 // the usual number of entries in a chunk of a list
	batch int    // the most slots of a batch that can be divided
}

func place(ctx context.Context, r *repo.Repository, jobs int, groups map[string][]odb.OID, sizes sizes) (map[string][]Span, []odb.Failure, error) {
	if len(groups) == 0 {
		return nil, nil, nil
	}
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var failed failureList
	graph, err := readCommitGraph(ctx, r, jobs, failed.add)
	if err != nil {
		return nil, nil, err
	}
	p := &placing{repo: r, graph: graph, batch: sizes.batch, groups: slices.Sorted(maps.Keys(groups)), head: -1}
	if head, ok := graph.number[r.Head]; ok {
		p.head = head
	}
	p.sortHits(groups)
	index, err := indexTrees(ctx, r.DB, jobs, sizes.chunk, p.blobs, failed.add)
	if errors.Is(err, errTooDeep) {
		failed.add(odb.Failure{Err: err})
	} else if err != nil {
		return nil, nil, err
	}
	p.views = newViews(index)
	p.readTips()
	p.addVersions()
	p.placeLocations(ctx, 0, int32(len(p.locations)))
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	p.addUnplaced()
	p.addReach()
	spans, err := p.spans(ctx)
	if p.truncated {
		failed.add(odb.Failure{Err: errors.New("too many paths contain secrets: some are not listed")})
	}
	return spans, failed.sorted(), err
}

// failureList collects failures without duplicates: each walk reports the same
// failures again.
type failureList struct {
	mu   sync.Mutex
	list []odb.Failure
}

func (f *failureList) add(failure odb.Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, failure)
}

func (f *failureList) sorted() []odb.Failure {
	compare := func(a, b odb.Failure) int {
		return cmp.Or(cmp.Compare(a.OID, b.OID), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Err.Error(), b.Err.Error()))
	}
	slices.SortFunc(f.list, compare)
	return slices.CompactFunc(f.list, func(a, b odb.Failure) bool { return compare(a, b) == 0 })
}

// placing is the state of Place. Commits, blobs and groups are identified by numbers.
type placing struct {
	repo   *repo.Repository
	graph  *commitGraph
	views  *views
	groups []string // fingerprints
	blobs  []odb.OID
	// groupsOf are the groups of each blob.
	groupsOf [][]int32

	// The targets of refs and reflog entries.
	refs, reflogs []tip
	trees         []odb.OID // of the nodes that are not commits
	head          int32     // the commit at HEAD; -1 if there is none
	fromHead      []bool    // HEAD and its ancestors
	reachable     []bool    // commits that a ref or HEAD reaches
	noted         []bool    // commits that a ref in refs/notes/ reaches

	// Where the blobs are.
	numberOf  map[location]int32
	locations []location
	pathBytes int // of locations
	versions  []version
	versionOf []int32 // by node
	changes   []change
	batch     int  // sizes.batch
	work      int  // nodes and slots of all batches
	full      bool // there are as many spans as are allowed
	truncated bool

	found []*foundSpan
}

// sortHits numbers the blobs of the groups, and makes spans of commits and tags.
func (p *placing) sortHits(groups map[string][]odb.OID) {
	number := map[odb.OID]int32{}
	for g, fingerprint := range p.groups {
		ids := slices.Clone(groups[fingerprint])
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			if commit, ok := p.graph.number[id]; ok {
				c := p.graph.commits[commit]
				p.found = append(p.found, &foundSpan{
					group: int32(g), location: location{InCommit, ".git/commit/" + id.String() + "/message"},
					object: id, first: commit, firstDate: c.date, lastDate: c.date, removed: -1, sources: []int32{commit}, atHead: commit == p.head,
				})
				continue
			}
			if tag, ok := p.graph.tags[id]; ok {
				p.found = append(p.found, &foundSpan{
					group: int32(g), location: location{InTag, ".git/tag/" + id.String() + "/message"},
					object: id, first: -1, firstDate: tag.date, lastDate: tag.date, removed: -1,
				})
				continue
			}
			blob, ok := number[id]
			if !ok {
				blob = int32(len(p.blobs))
				number[id] = blob
				p.blobs = append(p.blobs, id)
				p.groupsOf = append(p.groupsOf, nil)
			}
			p.groupsOf[blob] = append(p.groupsOf[blob], int32(g))
		}
	}
}

// foundSpan is a span whose commits are numbers.
type foundSpan struct {
	group    int32
	location location
	object   odb.OID
	// first and removed are commits; -1 if there are none.
	first, removed int32
	// clean says that all parents of removed have the secret.
	clean               bool
	firstDate, lastDate int64
	atHead              bool
	// sources are the nodes of the span that have no parent in it. If there are none,
	// a ref reaches the span only by referring to the object itself.
	sources []int32

	refs, reflogs []string
	reachable     bool
}

// spans converts the found spans to the result of Place.
func (p *placing) spans(ctx context.Context) (map[string][]Span, error) {
	slices.SortFunc(p.found, func(a, b *foundSpan) int {
		return cmp.Or(
			cmp.Compare(a.group, b.group),
			-falseFirst(a.atHead, b.atHead),
			cmp.Compare(a.location.path, b.location.path),
			cmp.Compare(uint32(a.first), uint32(b.first)), // -1 is last
			cmp.Compare(a.object, b.object),
		)
	})
	commits := map[int32]*repo.Commit{-1: nil}
	commit := func(number int32) (*repo.Commit, error) {
		c, ok := commits[number]
		if ok {
			return c, nil
		}
		c, err := p.repo.ReadCommit(ctx, p.graph.commits[number].id)
		commits[number] = c
		return c, err
	}
	spans := make(map[string][]Span, len(p.groups))
	for _, f := range p.found {
		introduced, err := commit(f.first)
		if err != nil {
			return nil, err
		}
		removed, err := commit(f.removed)
		if err != nil {
			return nil, err
		}
		fingerprint := p.groups[f.group]
		spans[fingerprint] = append(spans[fingerprint], Span{
			Kind: f.location.kind, Path: f.location.path, Object: f.object,
			Introduced: introduced, Removed: removed,
			FirstAt: repo.UnixTime(f.firstDate), LastAt: repo.UnixTime(f.lastDate),
			Refs: f.refs, Reflogs: f.reflogs, Reachable: f.reachable, AtHead: f.atHead,
		})
	}
	return spans, nil
}

// falseFirst orders false before true.
func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

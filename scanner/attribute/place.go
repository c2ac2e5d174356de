// Package attribute tells where in a repository's history an object was: at which
// paths, from which commit to which, and which refs still reach it. It is given
// groups of objects, one for each finding, and answers with spans. [Place] is all
// there is to call; it reads commits and trees, and no blob.
//
// # How it works
//
// Take a repository with two files that held a key (blobs K1 and K2), on a main
// branch with five commits and a side branch with one:
//
//	A ── B ── C ── D ── E   main      A: nothing
//	      \                           B: app.js = K1 (adds it)
//	       F                side      C: app.js = K1, docs changed
//	                                  D: app.js = K2 (the key moved in the file)
//	                                  E: app.js without a key
//	                                  F: app.js = K1, tests changed
//
// A tree index finds the trees that hold a wanted blob, and the trees that hold
// those, up to the roots. Nothing else of a tree is kept.
//
// A view is what a root tree holds of the wanted blobs, as a number. Trees that
// differ in other files have the same view. Here A and E have view 0 (nothing), B, C
// and F have view 1 (app.js = K1), and D has view 2 (app.js = K2).
//
// A region is a connected part of the commit graph whose commits have the same view.
// B, C and F are one region; D is another. A history of a million commits has few
// regions: most commits touch no wanted blob.
//
// A slot is one path of a region together with one group, that is, one finding. The
// region of B has the slot (app.js, key), and so has the region of D.
//
// A stretch joins the slots of neighbouring regions that have the same path and the
// same group: the key stayed in app.js from B to D although the blob changed. A
// [Span] is a stretch with names: introduced by B, removed by E, still reached from
// side through F.
//
// Refs are found last. Each span is one bit, handed down from parents to children
// in one sweep over all commits, 64 spans at a time.
package attribute

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Kind says what kind of object holds a secret, in the words of the JSON report.
type Kind string

// The kinds of objects of a repository.
const (
	InBlob   Kind = "blob"   // a file's content in the object database
	InCommit Kind = "commit" // a commit's message or headers
	InTag    Kind = "tag"    // an annotated tag's message or headers
	InNote   Kind = "note"   // a note attached by git notes
)

// Span is one path over one unbroken stretch of history in which a finding's
// secret stood there: a connected part of the graph of commits, all of which
// have at that path one of the objects in which the secret was seen. Other
// places of objects, such as messages, are spans of their own.
type Span struct {
	Kind Kind
	// Path is that in the tree; ".git/commit/<id>/message" and
	// ".git/tag/<id>/message" for those objects, ".git/note/<annotated
	// id>/message" for a note, ".git/blob/<id>" for a blob in no tree.
	Path string
	// Object is where to show the secret: the version at HEAD if it is there,
	// otherwise the newest of the span.
	Object odb.OID
	// Introduced is the first commit of the span, nil if it is in no commit.
	// Removed is a commit after it that has the secret no longer at this path;
	// nil if there is none, or if it is at HEAD.
	//
	// Branches may introduce and remove the same thing several times in one
	// span. Introduced is then the oldest of those commits. Removed is rather
	// one whose parents all have it than a merge of one that has with one that
	// has not, rather one that HEAD descends from, and then the youngest.
	Introduced, Removed *repo.Commit
	// FirstAt and LastAt are the committer's dates of the first commit that
	// holds it, and the latest of any that does; zero if not known.
	FirstAt, LastAt time.Time
	// Refs lists by full name the refs from which the span can be reached, "HEAD"
	// among them only if detached; sorted. It may be shared between spans.
	Refs []string
	// Reflogs lists the reflog entries that name a commit from which the span
	// can be reached, as no ref does with that commit.
	Reflogs []string
	// Reachable says that there are Refs.
	Reachable bool
	// AtHead says that the commit checked out has it.
	AtHead bool
}

// Place tells where in the repository each group of objects lives: those in
// which the secret of one finding was seen, by its fingerprint. The spans of a
// group are sorted: at HEAD first, then by path and age. Objects of unknown IDs
// are taken for blobs in no tree.
//
// It reads all commits and, once for each level of directories, all trees; with
// no groups it reads nothing. What it cannot read is skipped. The error is that
// of ctx.
func Place(ctx context.Context, r *repo.Repository, jobs int, groups map[string][]odb.OID) (map[string][]Span, []odb.Failure, error) {
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
	p := &placing{repo: r, graph: graph, groups: slices.Sorted(maps.Keys(groups)), head: -1}
	if head, ok := graph.number[r.Head]; ok {
		p.head = head
	}
	p.sortHits(groups)
	index, err := indexTrees(ctx, r.DB, jobs, p.blobs, failed.add)
	if errors.Is(err, errTooDeep) {
		failed.add(odb.Failure{Err: err})
	} else if err != nil {
		return nil, nil, err
	}
	p.views = newViews(index)
	p.readTips()
	p.addRegions()
	p.joinRegions()
	p.addSpans()
	p.addRemovals()
	p.addUnplaced()
	p.addReach()
	spans, err := p.spans(ctx)
	if p.truncated {
		failed.add(odb.Failure{Err: fmt.Errorf("more than %d paths of one commit hold secrets: the others are not named", maxPaths)})
	}
	return spans, failed.sorted(), err
}

// failureList collects failures, of which each walk reports the same again.
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

// placing is the state of place. Commits, blobs and groups go by number.
type placing struct {
	repo   *repo.Repository
	graph  *commitGraph
	views  *views
	groups []string // fingerprints
	blobs  []odb.OID
	// groupsOf lists the groups of a blob.
	groupsOf [][]int32

	// What the refs and reflogs name.
	refs, reflogs []tip
	trees         []odb.OID // of the nodes that are no commits
	head          int32     // the commit checked out; -1 for none
	fromHead      []bool    // commits that HEAD descends from
	reachable     []bool    // from any ref
	noted         []bool    // from refs/notes/

	// Where the blobs are.
	regions    []region
	regionOf   []int32 // by node; -1 where nothing is held
	slotsOf    map[regionKey][]slot
	numberOf   map[location]int32
	locations  []location
	stretches  unionFind // of slots
	spanOfSlot []*foundSpan
	truncated  bool

	found []*foundSpan
}

// sortHits numbers the blobs among the hits, and makes spans of the messages.
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

// foundSpan is a span before names are put to its commits.
type foundSpan struct {
	group    int32
	location location
	object   odb.OID
	// first and removed are commits, -1 for none.
	first, removed int32
	// clean says that all parents of removed have the secret.
	clean               bool
	firstDate, lastDate int64
	atHead              bool
	// sources are the nodes of the span from which all others in it descend.
	// Refs that name the object itself reach it, too, if it has none.
	sources []int32

	refs, reflogs []string
	reachable     bool
}

// spans makes the answer of what was found.
func (p *placing) spans(ctx context.Context) (map[string][]Span, error) {
	slices.SortFunc(p.found, func(a, b *foundSpan) int {
		return cmp.Or(
			cmp.Compare(a.group, b.group),
			-falseFirst(a.atHead, b.atHead),
			cmp.Compare(a.location.path, b.location.path),
			cmp.Compare(uint32(a.first), uint32(b.first)), // none is last
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

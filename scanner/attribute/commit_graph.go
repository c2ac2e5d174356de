package attribute

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// commitGraph is the graph of all commits in a database. A commit is identified by
// its number. Numbers are in topological order: parents before children, and
// otherwise older before younger. One pass over the numbers, up or down, visits all
// descendants or ancestors.
type commitGraph struct {
	commits []graphCommit
	// parents are the parents of all commits, one commit after the other.
	parents []int32
	number  map[odb.OID]int32
	tags    map[odb.OID]tagObject
}

// graphCommit is one commit of a graph.
type graphCommit struct {
	id, tree odb.OID
	date     int64 // of the committer, in Unix seconds
	// The parents are commitGraph.parents[from:to]. Parents that are missing, or cut
	// off by a shallow clone, are left out.
	from, to int32
	// stashed says that git stash made the commit to save the index.
	stashed bool
}

// tagObject is an annotated tag.
type tagObject struct {
	target odb.OID
	date   int64
}

// parentsOf returns the numbers of a commit's parents.
func (g *commitGraph) parentsOf(commit int32) []int32 {
	c := &g.commits[commit]
	return g.parents[c.from:c.to]
}

// ancestors marks the given commits and all their ancestors.
func (g *commitGraph) ancestors(commits []int32) []bool {
	marked := make([]bool, len(g.commits))
	for _, c := range commits {
		marked[c] = true
	}
	for c := len(marked) - 1; c >= 0; c-- {
		if marked[c] {
			for _, p := range g.parentsOf(int32(c)) {
				marked[p] = true
			}
		}
	}
	return marked
}

// peel follows tags to the object that is not a tag, and calls visit for each tag.
func (g *commitGraph) peel(id odb.OID, visit func(tag odb.OID)) odb.OID {
	for range len(g.tags) {
		tag, ok := g.tags[id]
		if !ok {
			break
		}
		visit(id)
		id = tag.target
	}
	return id
}

// isStash reports whether git stash made the commit. The second parent of such a
// commit is the index, the third one the untracked files. The commit has these
// parents only to keep them: it does not remove files that only they contain.
func (g *commitGraph) isStash(commit int32) bool {
	parents := g.parentsOf(commit)
	return len(parents) > 1 && g.commits[parents[1]].stashed
}

// commitRecord is a commit and its parents as parsed.
type commitRecord struct {
	graphCommit
	parentIDs []odb.OID
}

// readCommitGraph reads all commits and tags of the repository.
func readCommitGraph(ctx context.Context, r *repo.Repository, jobs int, fail func(odb.Failure)) (*commitGraph, error) {
	type read struct {
		commits []commitRecord
		tags    map[odb.OID]tagObject
	}
	reads := make([]read, jobs)
	err := odb.Walk(ctx, r.DB, odb.Of(odb.Commit, odb.Tag), jobs, odb.Visitor[struct{}]{
		Visit: func(worker int, o *odb.Object, _ struct{}) struct{} {
			into := &reads[worker]
			if o.Type == odb.Commit {
				into.commits = append(into.commits, parseCommitRecord(o.ID, o.Data))
			} else if target, err := odb.ParseOID(repo.Header(o.Data, "object")); err == nil {
				if into.tags == nil {
					into.tags = map[odb.OID]tagObject{}
				}
				into.tags[o.ID] = tagObject{target, repo.SignatureDate(repo.Header(o.Data, "tagger"))}
			}
			return struct{}{}
		},
		Fail: fail,
	})
	if err != nil {
		return nil, fmt.Errorf("read commits: %w", err)
	}
	var records []commitRecord
	tags := map[odb.OID]tagObject{}
	for _, r := range reads {
		records = append(records, r.commits...)
		for id, tag := range r.tags {
			tags[id] = tag
		}
	}
	g := newCommitGraph(records, r.Shallow)
	g.tags = tags
	return g, nil
}

// newCommitGraph builds the graph: it numbers the commits and links them to their
// parents.
func newCommitGraph(records []commitRecord, shallow []odb.OID) *commitGraph {
	slices.SortFunc(records, func(a, b commitRecord) int {
		return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.id, b.id))
	})
	place := make(map[odb.OID]int32, len(records))
	for i := range records {
		place[records[i].id] = int32(i)
	}
	for _, id := range shallow {
		if i, ok := place[id]; ok {
			records[i].parentIDs = nil
		}
	}
	g := &commitGraph{commits: make([]graphCommit, 0, len(records)), number: place}
	const waiting = -1 // a commit whose parents are being numbered
	numbers := make([]int32, len(records))
	next := int32(1)
	var stack []int32
	for i := range records {
		// Oldest first, but parents always before their children. The stack has more
		// than one commit only if a commit is dated before its parent, because of a
		// wrong clock.
		stack = append(stack, int32(i))
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			if numbers[i] == 0 {
				numbers[i] = waiting
				for _, id := range records[i].parentIDs {
					if p, ok := place[id]; ok && numbers[p] == 0 {
						stack = append(stack, p)
					}
				}
				continue
			}
			stack = stack[:len(stack)-1]
			if numbers[i] == waiting {
				numbers[i] = next
				next++
				g.commits = append(g.commits, records[i].graphCommit)
				c := &g.commits[len(g.commits)-1]
				c.from = int32(len(g.parents))
				for _, id := range records[i].parentIDs {
					// A parent without a number is also a descendant. Only forged IDs
					// can form such a cycle.
					if p, ok := place[id]; ok && numbers[p] > 0 && numbers[p] < numbers[i] {
						g.parents = append(g.parents, numbers[p]-1)
					}
				}
				c.to = int32(len(g.parents))
			}
		}
	}
	for id, i := range place {
		place[id] = numbers[i] - 1
	}
	return g
}

// parseCommitRecord parses the headers of a commit. It ignores malformed ones.
func parseCommitRecord(id odb.OID, data []byte) commitRecord {
	c := commitRecord{graphCommit: graphCommit{id: id}}
	for line := range repo.Headers(data) {
		name, value, _ := bytes.Cut(line, []byte(" "))
		switch string(name) {
		case "tree":
			c.tree, _ = odb.ParseOID(string(value))
		case "parent":
			if parent, err := odb.ParseOID(string(value)); err == nil {
				c.parentIDs = append(c.parentIDs, parent)
			}
		case "committer":
			c.date = repo.SignatureDate(string(value))
		}
	}
	_, message, _ := bytes.Cut(data, []byte("\n\n"))
	c.stashed = bytes.HasPrefix(message, []byte("index on "))
	return c
}

package attribute

import (
	"fmt"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

func fakeID(b byte) odb.OID { return odb.OID(slices.Repeat([]byte{b}, 20)) }

// FuzzCommits links commits by any bytes, in cycles too: a parent always has a lower
// number than its child, and all commits get one.
func FuzzCommits(f *testing.F) {
	f.Add([]byte{0, 1, 1, 2, 2, 0}, []byte("tree x\nparent y\n"))
	f.Add([]byte{0, 0}, []byte("\n\nindex on "))
	f.Fuzz(func(t *testing.T, links, data []byte) {
		parseCommitRecord(fakeID(0), data)
		var records []commitRecord
		for b := range 256 {
			records = append(records, commitRecord{graphCommit: graphCommit{id: fakeID(byte(b)), date: int64(b)}})
		}
		for i := 0; i+1 < len(links); i += 2 {
			child := &records[links[i]]
			child.parentIDs = append(child.parentIDs, fakeID(links[i+1]))
		}
		g := newCommitGraph(records, []odb.OID{fakeID(9)})
		if len(g.commits) != 256 {
			t.Errorf("%d commits, want 256", len(g.commits))
		}
		for child := range g.commits {
			for _, parent := range g.parentsOf(int32(child)) {
				if int(parent) >= child {
					t.Errorf("commit %d has parent %d", child, parent)
				}
			}
		}
		g.ancestors([]int32{255})
	})
}

// FuzzTags reads anything as a tag, and follows tags that refer to one another.
func FuzzTags(f *testing.F) {
	f.Add([]byte(fmt.Sprintf("object %s\ntype commit\ntagger A <a@example.com> 1 +0000\n", fakeID(1))), []byte{0, 1, 1, 0})
	f.Fuzz(func(t *testing.T, data, links []byte) {
		g := &commitGraph{tags: map[odb.OID]tagObject{}}
		if id, err := odb.ParseOID(repo.Header(data, "object")); err == nil {
			g.tags[fakeID(255)] = tagObject{id, repo.SignatureDate(repo.Header(data, "tagger"))}
		}
		for i := 0; i+1 < len(links); i += 2 {
			g.tags[fakeID(links[i])] = tagObject{target: fakeID(links[i+1])}
		}
		for id := range g.tags {
			visits := 0
			g.peel(id, func(odb.OID) { visits++ })
			if visits > len(g.tags) {
				t.Errorf("%d tags are followed, there are %d", visits, len(g.tags))
			}
		}
	})
}

// FuzzTrees searches anything as a tree for two IDs, as wholeSearch does.
func FuzzTrees(f *testing.F) {
	f.Add([]byte("100644 a\x00" + string(fakeID(1)) + "40000 b\x00" + string(fakeID(2)) + "160000 c\x00" + string(fakeID(1))))
	f.Add([]byte("100644 " + string(fakeID(1)) + "\x00" + string(fakeID(2))))
	f.Fuzz(func(t *testing.T, data []byte) {
		wanted := []odb.OID{fakeID(1), fakeID(2)}
		search := newTreeSearch(wanted, 20, 1, 2)
		search.visit(0, &odb.Object{ID: fakeID(3), Type: odb.Tree, Data: data}, nil)
		want := wholeSearch(data, wanted, 20)
		index := &treeIndex{number: map[odb.OID]int32{}, blobs: len(wanted), ids: slices.Clone(wanted)}
		index.add(search.workers[0], 0)
		var got []string
		for _, chunk := range index.chunks {
			for name, number := range chunk.entries.all() {
				got = append(got, name+"="+wanted[number].String())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("found %q, want %q", got, want)
		}
	})
}

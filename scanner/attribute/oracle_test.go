package attribute

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// TestPlaceAgainstGit compares places in random histories with what git's own
// commands tell of them.
func TestPlaceAgainstGit(t *testing.T) {
	seeds := 10
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := gittest.New(t)
			randomHistory(r, rand.New(rand.NewPCG(uint64(seed), 1)))
			if seed%2 == 0 {
				r.Git("repack", "-q", "-a", "-d", "--depth=50", "--window=20")
			}
			compareWithGit(t, r)
		})
	}
}

// randomHistory makes commits with few paths and contents, so that secrets
// come, go and come again; with branches, merges and lying clocks.
func randomHistory(r *gittest.Repo, random *rand.Rand) {
	paths := []string{"key", "a/key", "a/b/key", "a/b/c/other", "z/key", "a/plain", "plain"}
	contents := make([]string, 12)
	for i := range contents {
		contents[i] = fmt.Sprintf("content %d\n", i)
		if i%4 != 0 {
			contents[i] += fmt.Sprintf("secret-%d\n", i%4)
		}
	}
	var stream strings.Builder
	data := func(text string) { fmt.Fprintf(&stream, "data %d\n%s\n", len(text), text) }
	for i := range 30 { // so that directories have deltas
		fmt.Fprintf(&stream, "blob\nmark :%d\n", i+1)
		data(fmt.Sprintf("filler %d", i))
	}
	const first = 100
	const commits = 60
	for i := range commits {
		fmt.Fprintf(&stream, "commit refs/heads/b%d\nmark :%d\n", i, first+i)
		date := 1700000000 + 1000*i + random.IntN(1+5000*(i%3))
		fmt.Fprintf(&stream, "committer C <c@example.com> %d +0100\n", date)
		data(fmt.Sprintf("commit %d", i))
		switch {
		case i == 0 || random.IntN(25) == 0:
			for k := range 30 {
				fmt.Fprintf(&stream, "M 100644 :%d a/filler%d\nM 100644 :%d filler%d\n", k+1, k, k+1, k)
			}
		default:
			recent := func() int { return first + max(0, i-1-random.IntN(8)) }
			parents := []int{recent()}
			for range random.IntN(12) / 9 * (1 + random.IntN(2)) {
				if p := recent(); !slices.Contains(parents, p) {
					parents = append(parents, p)
				}
			}
			fmt.Fprintf(&stream, "from :%d\n", parents[0])
			for _, p := range parents[1:] {
				fmt.Fprintf(&stream, "merge :%d\n", p)
			}
		}
		for range random.IntN(3) {
			path := paths[random.IntN(len(paths))]
			if random.IntN(3) == 0 {
				fmt.Fprintf(&stream, "D %s\n", path)
				continue
			}
			fmt.Fprintf(&stream, "M 100644 inline %s\n", path)
			data(contents[random.IntN(len(contents))])
		}
	}
	r.Feed(stream.String(), "fast-import", "--quiet", "--force")
	r.Git("update-ref", "refs/heads/main", fmt.Sprintf("refs/heads/b%d", 20+random.IntN(commits-20)))
	for i := range commits {
		switch random.IntN(4) {
		case 0:
			r.Git("update-ref", fmt.Sprintf("refs/tags/t%d", i), fmt.Sprintf("b%d", i))
		case 1:
			r.Git("tag", "-a", "-m", "tagged", fmt.Sprintf("heavy%d", i), fmt.Sprintf("b%d", i))
		}
		if i < commits-3 || random.IntN(2) == 0 {
			r.Git("update-ref", "-d", fmt.Sprintf("refs/heads/b%d", i))
		}
	}
}

// oracle knows a history from git's commands, one commit at a time.
type oracle struct {
	order   []string // parents first
	parents map[string][]string
	trees   map[string]map[string]string // commit, path: blob
	head    string
}

func newOracle(r *gittest.Repo) *oracle {
	o := &oracle{parents: map[string][]string{}, trees: map[string]map[string]string{}, head: r.ID("HEAD")}
	all := r.Git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)")
	var ids []string
	for line := range strings.Lines(all) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "commit "); ok {
			ids = append(ids, id)
		}
	}
	for line := range strings.Lines(r.Feed(strings.Join(ids, "\n"), "rev-list", "--topo-order", "--reverse", "--parents", "--stdin")) {
		fields := strings.Fields(line)
		o.order = append(o.order, fields[0])
		o.parents[fields[0]] = fields[1:]
		tree := map[string]string{}
		for entry := range strings.SplitSeq(r.Git("ls-tree", "-r", fields[0]), "\n") {
			if meta, path, ok := strings.Cut(entry, "\t"); ok {
				tree[path] = strings.Fields(meta)[2]
			}
		}
		o.trees[fields[0]] = tree
	}
	return o
}

// inTree reports whether a commit has the blob.
func (o *oracle) inTree(blob string) bool {
	for _, tree := range o.trees {
		for _, id := range tree {
			if id == blob {
				return true
			}
		}
	}
	return false
}

// stretches returns the connected parts of the commits that have one of the
// blobs at the path.
func (o *oracle) stretches(path string, blobs map[string]bool) []map[string]bool {
	children := map[string][]string{}
	for c, parents := range o.parents {
		for _, p := range parents {
			children[p] = append(children[p], c)
		}
	}
	seen := map[string]bool{}
	var parts []map[string]bool
	for _, start := range o.order {
		if seen[start] || !blobs[o.trees[start][path]] {
			continue
		}
		part := map[string]bool{}
		for todo := []string{start}; len(todo) > 0; {
			c := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if seen[c] || !blobs[o.trees[c][path]] {
				continue
			}
			seen[c], part[c] = true, true
			todo = append(append(todo, o.parents[c]...), children[c]...)
		}
		parts = append(parts, part)
	}
	return parts
}

func compareWithGit(t *testing.T, r *gittest.Repo) {
	o := newOracle(r)
	opened := openTest(t, r.Dir)
	groups := map[string][]odb.OID{}
	for i := range 4 {
		name := fmt.Sprintf("secret-%d", i)
		if ids := objectsWith(t, opened, name); len(ids) > 0 {
			groups[name] = ids
		}
	}
	spans, skipped, err := Place(t.Context(), opened, 2, groups)
	if err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	for _, parts := range []sizes{{1, 1}, {1, 1 << 18}, {2, 4}, {64, 30}} {
		if again, _, _ := place(t.Context(), opened, 2, groups, parts); fmt.Sprint(flat(spans)) != fmt.Sprint(flat(again)) {
			t.Errorf("other spans with parts of %v:\n%s\nbefore:\n%s", parts, flat(again), flat(spans))
		}
	}
	if again, _, _ := Place(t.Context(), opened, 1, groups); fmt.Sprint(flat(spans)) != fmt.Sprint(flat(again)) {
		t.Error("placing twice gives different spans")
	}
	containing := map[string][]string{}
	contains := func(c string) []string {
		if _, ok := containing[c]; !ok {
			containing[c] = strings.Fields(r.Git("for-each-ref", "--format=%(refname)", "--contains", c))
		}
		return containing[c]
	}
	for name, ids := range groups {
		blobs := map[string]bool{}
		for _, id := range ids {
			blobs[id.String()] = true
		}
		paths := map[string]bool{}
		for _, tree := range o.trees {
			for path, blob := range tree {
				if blobs[blob] {
					paths[path] = true
				}
			}
		}
		left := slices.Clone(spans[name])
		for path := range paths {
			for _, part := range o.stretches(path, blobs) {
				i := slices.IndexFunc(left, func(s Span) bool {
					return s.Path == path && s.Introduced != nil && part[s.Introduced.SHA]
				})
				if i < 0 {
					t.Errorf("%s: no span for %s in %d commits", name, path, len(part))
					continue
				}
				o.check(t, name, left[i], blobs, part, contains)
				left = slices.Delete(left, i, i+1)
			}
		}
		for _, s := range left {
			if s.Path == ".git/blob/"+s.Object.String() && !o.inTree(s.Object.String()) {
				continue // overwritten within the commit that brought it
			}
			t.Errorf("%s: git knows nothing of span %s", name, show(s))
		}
		compareWithFindObject(t, r, name, ids, spans[name])
	}
}

// check compares one span with the commits that have it.
func (o *oracle) check(t *testing.T, name string, s Span, blobs, part map[string]bool, contains func(string) []string) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: span %s: "+format, append([]any{name, show(s)}, args...)...)
	}
	for _, p := range o.parents[s.Introduced.SHA] {
		if part[p] {
			fail("introduced by %s, whose parent has it", s.Introduced.SHA)
		}
	}
	refs := map[string]bool{}
	for c := range part {
		for _, ref := range contains(c) {
			refs[ref] = true
		}
	}
	if want := slices.Sorted(maps.Keys(refs)); !slices.Equal(s.Refs, want) {
		fail("refs %q, want %q", s.Refs, want)
	}
	if s.AtHead != part[o.head] {
		fail("at HEAD: %v", s.AtHead)
	}
	held := map[string]bool{}
	for c := range part {
		held[o.trees[c][s.Path]] = true
	}
	if !held[s.Object.String()] || s.AtHead && o.trees[o.head][s.Path] != s.Object.String() {
		fail("object %s", s.Object)
	}
	var removals, clean []string
	for c, parents := range o.parents {
		if part[c] || !slices.ContainsFunc(parents, func(p string) bool { return part[p] }) {
			continue
		}
		removals = append(removals, c)
		if !slices.ContainsFunc(parents, func(p string) bool { return !blobs[o.trees[p][s.Path]] }) {
			clean = append(clean, c)
		}
	}
	switch {
	case s.AtHead || len(removals) == 0:
		if s.Removed != nil {
			fail("removed by %s", s.Removed.SHA)
		}
	case s.Removed == nil:
		fail("not removed, want one of %q", removals)
	case len(clean) > 0 && !slices.Contains(clean, s.Removed.SHA), !slices.Contains(removals, s.Removed.SHA):
		fail("removed by %s, want one of %q, %q", s.Removed.SHA, clean, removals)
	}
}

// compareWithFindObject looks up in what git log --find-object says of each
// blob that the commits which begin and end spans are among those it lists with
// the path.
func compareWithFindObject(t *testing.T, r *gittest.Repo, name string, ids []odb.OID, spans []Span) {
	t.Helper()
	listed := map[[2]string]bool{}
	for _, id := range ids {
		// --root shows what the first commits add.
		log := r.Git("log", "--all", "--reflog", "-m", "--root", "--raw", "--no-renames", "--format=commit %H", "--find-object="+id.String())
		commit := ""
		for line := range strings.Lines(log) {
			if c, ok := strings.CutPrefix(strings.TrimSpace(line), "commit "); ok {
				commit, _, _ = strings.Cut(c, " ")
			} else if _, path, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				listed[[2]string{commit, path}] = true
			}
		}
	}
	for _, s := range spans {
		if s.Introduced == nil || !s.Reachable {
			continue
		}
		if !listed[[2]string{s.Introduced.SHA, s.Path}] {
			t.Errorf("%s: span %s: git log does not list %s", name, show(s), s.Introduced.SHA)
		}
	}
}

// flat writes spans with what their pointers point to.
func flat(spans map[string][]Span) map[string][]string {
	all := map[string][]string{}
	for name, spans := range spans {
		for _, s := range spans {
			all[name] = append(all[name], fmt.Sprint(show(s), s.Object, s.FirstAt, s.LastAt, s.Introduced, s.Removed))
		}
	}
	return all
}

package attribute

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// secret stands for a key: placing is told which objects have one, and does not
// look at their content.
const secret = "the-secret"

// openTest opens a repository for a test.
func openTest(t *testing.T, dir string) *repo.Repository {
	t.Helper()
	r, err := repo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// objectsWith returns the objects whose content has the text, as a scan would.
func objectsWith(t *testing.T, r *repo.Repository, text string) []odb.OID {
	t.Helper()
	var mu sync.Mutex
	var ids []odb.OID
	err := odb.Walk(t.Context(), r.DB, odb.Of(odb.Commit, odb.Blob, odb.Tag), 2, odb.Visitor[struct{}]{
		Visit: func(_ int, o *odb.Object, _ struct{}) struct{} {
			if bytes.Contains(o.Data, []byte(text)) {
				mu.Lock()
				defer mu.Unlock()
				ids = append(ids, o.ID)
			}
			return struct{}{}
		},
		Fail: func(f odb.Failure) { t.Errorf("walk: %+v", f) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// placeSecret places all objects that have the secret.
func placeSecret(t *testing.T, dir string) []Span {
	t.Helper()
	r := openTest(t, dir)
	if len(r.Failures) > 0 {
		t.Errorf("skipped on opening: %+v", r.Failures)
	}
	spans, skipped, err := Place(t.Context(), r, 2, map[string][]odb.OID{"fp": objectsWith(t, r, secret)})
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) > 0 {
		t.Errorf("skipped: %+v", skipped)
	}
	return spans["fp"]
}

// show writes a span on one line, with commits by their summaries.
func show(s Span) string {
	summary := func(c *repo.Commit) string {
		if c == nil {
			return "-"
		}
		return c.Summary
	}
	b := strings.Builder{}
	b.WriteString(string(s.Kind) + " " + s.Path + ": " + summary(s.Introduced) + " > " + summary(s.Removed))
	if len(s.Refs) > 0 {
		b.WriteString(" in " + strings.Join(s.Refs, " "))
	}
	if len(s.Reflogs) > 0 {
		b.WriteString(" log " + strings.Join(s.Reflogs, " "))
	}
	if s.AtHead {
		b.WriteString(" at HEAD")
	}
	if s.Reachable != (len(s.Refs) > 0) {
		b.WriteString(" WRONG reachable")
	}
	return b.String()
}

// wantSpans compares the places of the secret with those wanted, as show writes
// them.
func wantSpans(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	for _, s := range placeSecret(t, dir) {
		got = append(got, show(s))
	}
	if !slices.Equal(got, want) {
		t.Errorf("spans:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// started returns a repository with one commit, "start".
func started(t *testing.T, args ...string) *gittest.Repo {
	t.Helper()
	r := gittest.New(t, args...)
	r.Write("README", "hello\n")
	r.Commit("start")
	return r
}

func TestPlaceAtHead(t *testing.T) {
	r := started(t)
	r.Write("src/api/key.js", secret)
	r.Commit("add")
	r.Write("README", "more\n")
	r.Commit("other")
	wantSpans(t, r.Dir, "blob src/api/key.js: add > - in refs/heads/main at HEAD")
}

func TestPlaceDeleted(t *testing.T) {
	r := started(t)
	r.Write("a/b/c/key", secret)
	r.Commit("add")
	r.Write("README", "more\n")
	r.Commit("other")
	r.Remove("a/b/c/key")
	r.Commit("remove")
	r.Commit("after")
	spans := placeSecret(t, r.Dir)
	wantSpans(t, r.Dir, "blob a/b/c/key: add > remove in refs/heads/main")
	s := spans[0]
	if got, want := s.Introduced.SHA, r.ID("HEAD~3"); got != want {
		t.Errorf("introduced by %s, want %s", got, want)
	}
	if s.Introduced.Author != "Ada Author <ada@example.com>" {
		t.Errorf("author = %q", s.Introduced.Author)
	}
	date := func(rev string) string { return r.Git("log", "-1", "--format=%ct", rev) }
	if got := s.FirstAt.Unix(); date("HEAD~3") != strconv.FormatInt(got, 10) || !s.Introduced.Date.Equal(s.FirstAt) {
		t.Errorf("first at %d, want %s", got, date("HEAD~3"))
	}
	if got := s.LastAt.Unix(); date("HEAD~2") != strconv.FormatInt(got, 10) {
		t.Errorf("last at %d, want %s", got, date("HEAD~2"))
	}
	if got, want := s.Object.String(), r.ID("HEAD~2:a/b/c/key"); got != want {
		t.Errorf("object %s, want %s", got, want)
	}
}

func TestPlaceRenamed(t *testing.T) {
	r := started(t)
	r.Write("old", secret)
	r.Commit("add")
	r.Git("mv", "old", "new")
	r.Commit("rename")
	wantSpans(t, r.Dir,
		"blob new: rename > - in refs/heads/main at HEAD",
		"blob old: add > rename in refs/heads/main")
}

func TestPlaceCopied(t *testing.T) {
	r := started(t)
	r.Write("one/key", secret)
	r.Write("two/key", secret)
	r.Commit("add")
	wantSpans(t, r.Dir,
		"blob one/key: add > - in refs/heads/main at HEAD",
		"blob two/key: add > - in refs/heads/main at HEAD")
}

// A file that changes around the secret is one span, and its newest version is
// what to show.
func TestPlaceEdited(t *testing.T) {
	r := started(t)
	for _, text := range []string{"a", "b", "c"} {
		r.Write("key", secret+text)
		r.Commit("edit " + text)
	}
	wantSpans(t, r.Dir, "blob key: edit a > - in refs/heads/main at HEAD")
	if got, want := placeSecret(t, r.Dir)[0].Object.String(), r.ID("HEAD:key"); got != want {
		t.Errorf("object %s, want %s", got, want)
	}
	r.Remove("key")
	r.Commit("remove")
	wantSpans(t, r.Dir, "blob key: edit a > remove in refs/heads/main")
	if got, want := placeSecret(t, r.Dir)[0].Object.String(), r.ID("HEAD~1:key"); got != want {
		t.Errorf("object %s, want %s", got, want)
	}
}

func TestPlaceAddedAgain(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	r.Remove("key")
	r.Commit("remove")
	r.Write("key", secret)
	r.Commit("add again")
	wantSpans(t, r.Dir,
		"blob key: add again > - in refs/heads/main at HEAD",
		"blob key: add > remove in refs/heads/main")
}

// Only the merge commit holds it: git log -p never shows that.
func TestPlaceMergeOnly(t *testing.T) {
	r := started(t)
	r.Git("checkout", "-q", "-b", "side")
	r.Write("side", "side\n")
	r.Commit("on side")
	r.Git("checkout", "-q", "main")
	r.Write("main", "main\n")
	r.Commit("on main")
	r.Git("merge", "-q", "--no-commit", "side")
	r.Write("key", secret)
	r.Commit("merge")
	r.Remove("key")
	r.Commit("remove")
	wantSpans(t, r.Dir, "blob key: merge > remove in refs/heads/main")
}

func TestPlaceOctopus(t *testing.T) {
	r := started(t)
	for _, name := range []string{"one", "two", "three"} {
		r.Git("checkout", "-q", "-b", name, "main")
		r.Write(name, name+"\n")
		if name == "two" {
			r.Write("key", secret)
		}
		r.Commit("on " + name)
	}
	r.Git("checkout", "-q", "main")
	r.Git("merge", "-q", "-m", "octopus", "one", "two", "three")
	wantSpans(t, r.Dir, "blob key: on two > - in refs/heads/main refs/heads/two at HEAD")
}

// A branch that forked while the secret was there and is merged after it was
// removed does not remove it once more.
func TestPlaceRemovedBeforeMerge(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	r.Git("checkout", "-q", "-b", "side")
	r.Write("side", "side\n")
	r.Commit("on side")
	r.Git("checkout", "-q", "main")
	r.Remove("key")
	r.Commit("remove")
	r.Git("merge", "-q", "-m", "merge", "side")
	wantSpans(t, r.Dir, "blob key: add > remove in refs/heads/main refs/heads/side")
}

// A merge that drops what only one side had is what removed it.
func TestPlaceDroppedByMerge(t *testing.T) {
	r := started(t)
	r.Git("checkout", "-q", "-b", "side")
	r.Write("key", secret)
	r.Commit("add")
	r.Git("checkout", "-q", "main")
	r.Commit("on main")
	r.Git("merge", "-q", "-s", "ours", "-m", "merge", "side")
	wantSpans(t, r.Dir, "blob key: add > merge in refs/heads/main refs/heads/side")
}

func TestPlaceOnBranchesAndTags(t *testing.T) {
	r := started(t)
	r.Git("checkout", "-q", "-b", "side")
	r.Write("key", secret)
	r.Commit("add")
	r.Git("tag", "light")
	r.Git("tag", "-a", "-m", "annotated", "heavy")
	r.Git("checkout", "-q", "main")
	wantSpans(t, r.Dir, "blob key: add > - in refs/heads/side refs/tags/heavy refs/tags/light")
	r.Git("branch", "-q", "-D", "side")
	r.Git("tag", "-d", "light")
	r.Git("pack-refs", "--all", "--prune")
	wantSpans(t, r.Dir, "blob key: add > - in refs/tags/heavy")
}

func TestPlaceTaggedBlobAndTree(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret)
	r.Git("tag", "-a", "-m", "a blob", "blob", blob)
	wantSpans(t, r.Dir, "blob .git/blob/"+blob+": - > - in refs/tags/blob")

	r = started(t)
	r.Write("dir/key", secret)
	r.Commit("add")
	r.Git("tag", "root", "HEAD^{tree}")
	r.Git("tag", "part", "HEAD:dir")
	r.Remove("dir/key")
	r.Commit("remove")
	r.Git("tag", "after", "HEAD^{tree}")
	wantSpans(t, r.Dir,
		"blob dir/key: add > remove in refs/heads/main refs/tags/root",
		"blob key: - > - in refs/tags/part")
}

func TestPlaceDetachedHead(t *testing.T) {
	r := started(t)
	r.Git("checkout", "-q", "--detach")
	r.Write("key", secret)
	r.Commit("add")
	wantSpans(t, r.Dir, "blob key: add > - in HEAD at HEAD")
}

func TestPlaceStash(t *testing.T) {
	r := started(t)
	r.Write("README", secret)
	r.Git("stash", "push", "-q")
	wantSpans(t, r.Dir, "blob README: WIP on main: "+r.Git("log", "-1", "--format=%h")+" start > - in refs/stash")

	// An older stash is in the reflog only.
	r.Write("README", "something else\n")
	r.Git("stash", "push", "-q", "-m", "later")
	wantSpans(t, r.Dir, "blob README: WIP on main: "+r.Git("log", "-1", "--format=%h")+" start > - log refs/stash@{1}")
}

// An untracked file is in the stash's third parent only, a staged one that was
// changed again in the second: the stash does not remove them.
func TestPlaceStashParents(t *testing.T) {
	r := started(t)
	short := r.Git("log", "-1", "--format=%h")
	r.Write("key", secret)
	r.Git("stash", "push", "-q", "--include-untracked")
	wantSpans(t, r.Dir, "blob key: untracked files on main: "+short+" start > - in refs/stash")

	r.Git("stash", "drop", "-q")
	r.Git("reflog", "expire", "--expire=all", "--all")
	r.Git("gc", "-q", "--prune=now")
	r.Write("README", secret)
	r.Git("add", "README")
	r.Write("README", "no more\n")
	r.Git("stash", "push", "-q")
	wantSpans(t, r.Dir, "blob README: index on main: "+short+" start > - in refs/stash")
}

func TestPlaceUnreachable(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret + " dangling")
	wantSpans(t, r.Dir, "blob .git/blob/"+blob+": - > -")

	r = started(t)
	r.Write("key", secret)
	r.Commit("add")
	r.Git("reset", "-q", "--hard", "HEAD~1")
	wantSpans(t, r.Dir, "blob key: add > - log HEAD@{1} ORIG_HEAD refs/heads/main@{1}")
	r.Git("reflog", "expire", "--expire=all", "--all")
	wantSpans(t, r.Dir, "blob key: add > - log ORIG_HEAD")
	r.Write(".git/FETCH_HEAD", r.ID("HEAD")+"\t\tbranch 'a' of b\n"+r.ID("ORIG_HEAD")+"\tnot-for-merge\tbranch 'c' of b\n")
	r.Write(".git/rebase-merge/autostash", r.ID("ORIG_HEAD"))
	r.Remove(".git/ORIG_HEAD")
	wantSpans(t, r.Dir, "blob key: add > - log FETCH_HEAD rebase-merge/autostash")

	// A tree that was written for no commit.
	r = started(t)
	r.Write("dir/key", secret)
	r.Git("add", "-A")
	r.Git("write-tree")
	wantSpans(t, r.Dir, "blob dir/key: - > -")
}

// Reflog entries are listed where they lead to more than the refs do.
func TestPlaceReflogs(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	r.Commit("later")
	r.Git("commit", "-q", "--allow-empty", "--amend", "-m", "later, amended")
	wantSpans(t, r.Dir, "blob key: add > - in refs/heads/main log HEAD@{1} refs/heads/main@{1} at HEAD")

	// The last thing a shortened reflog knows is what its oldest entry came from.
	r = started(t)
	r.Write("key", secret)
	lost := r.Commit("add")
	r.Git("reset", "-q", "--hard", "HEAD~1")
	log := r.Path(".git/logs/HEAD")
	lines := strings.SplitAfter(readFile(t, log), "\n")
	r.Write(".git/logs/HEAD", lines[len(lines)-2])
	r.Remove(".git/logs/refs/heads/main")
	if !strings.HasPrefix(lines[len(lines)-2], lost) {
		t.Fatalf("reflog ends %q", lines[len(lines)-2])
	}
	r.Remove(".git/ORIG_HEAD")
	wantSpans(t, r.Dir, "blob key: add > - log HEAD@{1}")
}

func TestPlaceMessages(t *testing.T) {
	r := started(t)
	commit := r.Commit("a summary\n\n" + secret)
	r.Commit("after")
	r.Git("tag", "-a", "-m", secret, "v1")
	tag := r.ID("refs/tags/v1")
	r.Git("tag", "-a", "-m", "tag of a tag", "v2", "v1")
	r.Git("tag", "-a", "-m", "another", "v3")
	all := "refs/heads/main refs/tags/v1 refs/tags/v2 refs/tags/v3"
	wantSpans(t, r.Dir,
		"commit .git/commit/"+commit+"/message: a summary > - in "+all,
		"tag .git/tag/"+tag+"/message: - > - in refs/tags/v1 refs/tags/v2")
	if s := placeSecret(t, r.Dir)[1]; s.FirstAt.IsZero() || s.FirstAt != s.LastAt {
		t.Errorf("tag from %v to %v", s.FirstAt, s.LastAt)
	}
	r.Git("tag", "-d", "v1", "v2")
	wantSpans(t, r.Dir,
		"commit .git/commit/"+commit+"/message: a summary > - in refs/heads/main refs/tags/v3",
		"tag .git/tag/"+tag+"/message: - > -")
}

// The message of the commit checked out is at HEAD.
func TestPlaceMessageAtHead(t *testing.T) {
	r := started(t)
	commit := r.Commit(secret)
	wantSpans(t, r.Dir, "commit .git/commit/"+commit+"/message: "+secret+" > - in refs/heads/main at HEAD")
}

func TestPlaceNotes(t *testing.T) {
	r := started(t)
	start := r.ID("HEAD")
	r.Git("notes", "add", "-m", secret)
	wantSpans(t, r.Dir, "note .git/note/"+start+"/message: Notes added by 'git notes add' > - in refs/notes/commits")
	r.Git("notes", "remove")
	wantSpans(t, r.Dir,
		"note .git/note/"+start+"/message: Notes added by 'git notes add' > Notes removed by 'git notes remove' in refs/notes/commits")

	// With many notes git moves each to a directory: that is the same place.
	r = started(t)
	r.Git("notes", "add", "-m", secret)
	blob := r.ID("refs/notes/commits:" + r.ID("HEAD"))
	tree := r.Feed("100644 blob "+blob+"\t"+r.ID("HEAD")[2:]+"\n", "mktree")
	tree = r.Feed("040000 tree "+tree+"\t"+r.ID("HEAD")[:2]+"\n", "mktree")
	fanned := r.Git("commit-tree", "-m", "fan out", "-p", "refs/notes/commits", tree)
	r.Git("update-ref", "refs/notes/commits", fanned)
	wantSpans(t, r.Dir, "note .git/note/"+r.ID("HEAD")+"/message: Notes added by 'git notes add' > - in refs/notes/commits")
}

// A note can be at two paths at once. A commit that only a branch has is not one of notes.
func TestPlaceNotesTwice(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret)
	id := r.ID("HEAD")
	tree := r.Feed("100644 blob "+blob+"\t"+id[2:]+"\n", "mktree")
	fanned := "040000 tree " + tree + "\t" + id[:2] + "\n"
	both := r.Git("commit-tree", "-m", "both", r.Feed(fanned+"100644 blob "+blob+"\t"+id+"\n", "mktree"))
	one := r.Git("commit-tree", "-m", "one", "-p", both, r.Feed(fanned, "mktree"))
	r.Git("update-ref", "refs/notes/commits", one)
	wantSpans(t, r.Dir, "note .git/note/"+id+"/message: both > - in refs/notes/commits")

	branch := r.Git("commit-tree", "-m", "branch", "-p", one, r.Feed(fanned+"100644 blob "+blob+"\tkey\n", "mktree"))
	r.Git("update-ref", "refs/heads/side", branch)
	wantSpans(t, r.Dir,
		"note .git/note/"+id+"/message: both > branch in refs/heads/side refs/notes/commits",
		"blob "+id[:2]+"/"+id[2:]+": branch > - in refs/heads/side",
		"blob key: branch > - in refs/heads/side")
}

// A submodule's commit is named like a blob, but is none.
func TestPlaceSkipsSubmoduleEntries(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret)
	r.Git("update-index", "--add", "--cacheinfo", "160000,"+blob+",sub")
	r.Git("commit", "-q", "-m", "add")
	wantSpans(t, r.Dir, "blob .git/blob/"+blob+": - > -")
}

func TestPlaceGroups(t *testing.T) {
	r := started(t)
	r.Write("both", "alpha beta")
	r.Write("one", "alpha")
	r.Commit("add")
	r.Write("both", "beta")
	r.Commit("drop one")
	opened := openTest(t, r.Dir)
	spans, _, err := Place(t.Context(), opened, 2, map[string][]odb.OID{
		"a": objectsWith(t, opened, "alpha"), "b": objectsWith(t, opened, "beta"), "c": nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"a": {"blob one: add > - in refs/heads/main at HEAD", "blob both: add > drop one in refs/heads/main"},
		"b": {"blob both: add > - in refs/heads/main at HEAD"},
	}
	for fp, spans := range spans {
		var got []string
		for _, s := range spans {
			got = append(got, show(s))
		}
		if !slices.Equal(got, want[fp]) {
			t.Errorf("%s: %q, want %q", fp, got, want[fp])
		}
	}
}

// Trees nested to make a million paths of one blob do no harm.
func TestPlaceManyPaths(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret)
	line := "100644 blob " + blob + "\t"
	var tree string
	for range 8 {
		var lines strings.Builder
		for c := 'a'; c < 'k'; c++ {
			lines.WriteString(line + string(c) + "\n")
		}
		tree = r.Feed(lines.String(), "mktree")
		line = "040000 tree " + tree + "\t"
	}
	r.Git("update-ref", "refs/heads/bomb", r.Git("commit-tree", "-m", "bomb", tree))
	opened := openTest(t, r.Dir)
	spans, skipped, err := Place(t.Context(), opened, 2, map[string][]odb.OID{"fp": objectsWith(t, opened, secret)})
	if err != nil {
		t.Fatal(err)
	}
	if len(spans["fp"]) != maxPaths || len(skipped) != 1 {
		t.Errorf("%d spans, skipped %v", len(spans["fp"]), skipped)
	}
}

// Paths are limited by their bytes, too, and by how many there are in all commits. A blob
// that is left without a path is listed by its ID.
func TestPlaceLongPaths(t *testing.T) {
	r := started(t)
	blob := r.Blob(secret)
	tree := r.Feed("100644 blob "+blob+"\tkey\n", "mktree")
	for range 20 {
		var lines strings.Builder
		for _, c := range "ab" {
			lines.WriteString("040000 tree " + tree + "\t" + strings.Repeat("x", 200) + string(c) + "\n")
		}
		tree = r.Feed(lines.String(), "mktree")
	}
	r.Git("update-ref", "refs/heads/bomb", r.Git("commit-tree", "-m", "bomb", tree))
	opened := openTest(t, r.Dir)
	spans, skipped, err := Place(t.Context(), opened, 2, map[string][]odb.OID{"fp": objectsWith(t, opened, secret)})
	if err != nil {
		t.Fatal(err)
	}
	length := 0
	for _, s := range spans["fp"] {
		length += len(s.Path)
	}
	if length > maxPathBytes || length < maxPathBytes-5000 || len(skipped) != 1 {
		t.Errorf("%d spans with %d bytes of paths, skipped %v", len(spans["fp"]), length, skipped)
	}
}

// Spans are limited in all commits together. No finding is without one.
func TestPlaceManySpans(t *testing.T) {
	r := started(t)
	groups := map[string][]odb.OID{}
	var secrets []string
	for i := range 3 {
		id := r.Blob(secret + strconv.Itoa(i))
		line, tree := "100644 blob "+id+"\t", ""
		for range 15 {
			tree = r.Feed(line+"a"+strconv.Itoa(i)+"\n"+line+"b"+strconv.Itoa(i)+"\n", "mktree")
			line = "040000 tree " + tree + "\t"
		}
		r.Git("update-ref", "refs/heads/b"+strconv.Itoa(i), r.Git("commit-tree", "-m", "bomb", tree))
		secrets = append(secrets, id)
	}
	opened := openTest(t, r.Dir)
	for i, id := range secrets {
		oid, err := odb.ParseOID(id)
		if err != nil {
			t.Fatal(err)
		}
		groups[strconv.Itoa(i)] = []odb.OID{oid}
	}
	spans, skipped, err := Place(t.Context(), opened, 2, groups)
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	for i, id := range secrets {
		all := spans[strconv.Itoa(i)]
		counts = append(counts, len(all))
		if len(all) == 1 && all[0].Path != ".git/blob/"+id {
			t.Errorf("the only span is %q", all[0].Path)
		}
	}
	slices.Sort(counts)
	if !slices.Equal(counts, []int{1, maxSpans / 2, maxSpans / 2}) || len(skipped) != 1 {
		t.Errorf("%v spans, skipped %v", counts, skipped)
	}
}

func TestPlaceCancelled(t *testing.T) {
	r := started(t)
	r.Write("key", secret)
	r.Commit("add")
	opened := openTest(t, r.Dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Place(ctx, opened, 2, map[string][]odb.OID{"fp": {"x"}}); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("err = %v", err)
	}
}

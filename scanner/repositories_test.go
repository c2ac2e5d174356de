package scanner

import (
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

func TestProvenance(t *testing.T) {
	r := gittest.New(t)
	r.Write("a.txt", "nothing\n")
	r.Commit("Begin")
	r.Git("remote", "add", "origin", "https://user:secret@example.com/o/r.git")
	inner := r.At(r.Dir + "/inner")
	r.Write("inner/b.txt", "nothing\n")
	inner.Git("init", "-q", ".")
	result, err := Scan(t.Context(), []string{r.Dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	head := r.Git("rev-parse", "HEAD")
	branch := r.Git("symbolic-ref", "--short", "HEAD")
	want := []Repository{
		{
			Name: ".", Remote: "https://example.com/o/r.git", Head: head, Branch: branch,
			State: RepositoryScanned, Objects: 3, Bytes: result.Repositories[0].Bytes, // of a commit and a blob
		},
		{Name: "inner", Path: "inner", Branch: inner.Git("symbolic-ref", "--short", "HEAD"), State: RepositoryScanned},
	}
	for i := range result.Repositories {
		p := &result.Repositories[i]
		if len(p.Digest) != 16 || p.Seconds <= 0 {
			t.Errorf("%s has the digest %q and took %v s", p.Name, p.Digest, p.Seconds)
		}
		p.Digest, p.Seconds = "", 0
	}
	if !slices.Equal(result.Repositories, want) || want[0].Bytes < int64(len("nothing\n")) {
		t.Errorf("got %+v, want %+v", result.Repositories, want)
	}
}

// Each occurrence names the innermost repository that it is in, also those in a linked
// work tree. Each repository says what became of it.
func TestRepositoriesOfOccurrences(t *testing.T) {
	dir := t.TempDir()
	r := gittest.New(t)
	repositories := map[string]*gittest.Repo{"a": r.At(dir + "/a"), "a/b": r.At(dir + "/a/b"), "damaged": r.At(dir + "/damaged"), "broken": r.At(dir + "/broken")}
	for seed, name := range []string{"a", "a/b", "damaged", "broken"} {
		r.Git("init", "-q", repositories[name].Dir)
		repositories[name].Write("key.txt", keytest.Key(uint64(seed+1), keytest.Made)+"\n")
		repositories[name].Commit("add")
	}
	repositories["a"].Git("worktree", "add", "-q", "--detach", dir+"/linked")
	object := repositories["damaged"].ID("HEAD:key.txt")
	repositories["damaged"].Remove(".git/objects/" + object[:2] + "/" + object[2:])
	repositories["broken"].Write(".git/config", "[core]\n\trepositoryformatversion = 99\n")
	repositories["broken"].Write("../loose.txt", keytest.Key(9, keytest.Made)+"\n")
	result, err := Scan(t.Context(), []string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a/key.txt": "a", "linked/key.txt": "a", "a/b/key.txt": "a/b", "damaged/key.txt": "damaged", "broken/key.txt": "broken", "loose.txt": "",
	}
	for _, f := range result.Findings {
		for _, o := range f.Occurrences {
			if o.Rule.Lint {
				continue
			}
			if name, ok := want[o.Path]; !ok || o.Repository != name {
				t.Errorf("%s is in %q, want %q", o.Path, o.Repository, name)
			}
		}
	}
	states := map[string]RepositoryState{"a": RepositoryScanned, "a/b": RepositoryScanned, "damaged": RepositoryIncomplete, "broken": RepositoryFailed}
	if len(result.Repositories) != len(states) {
		t.Errorf("got %d repositories, want %d", len(result.Repositories), len(states))
	}
	for _, p := range result.Repositories {
		if p.State != states[p.Name] || (p.Reason == "") != (p.State == RepositoryScanned) {
			t.Errorf("%s is %s because of %q, want %s", p.Name, p.State, p.Reason, states[p.Name])
		}
	}
}

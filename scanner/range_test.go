package scanner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// eras returns a repository in which each commit replaces the key with a new one. Each
// commit is tagged with its number. With many filler files, in a first commit, these
// commits are a small part of the repository.
func eras(t *testing.T, fillers int) *gittest.Repo {
	t.Helper()
	r := gittest.New(t)
	for i := range fillers {
		r.Write(fmt.Sprintf("filler/%d", i), fmt.Sprintln("filler", i))
	}
	r.Commit("fill")
	for n := range uint64(4) {
		key := keytest.Key(n, time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
		r.Write("key.txt", key+"\n")
		if n == 2 {
			r.Commit("say " + keytest.Key(12, time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)))
		} else {
			r.Commit("change the key")
		}
		r.Git("tag", fmt.Sprint("era", n))
	}
	return r
}

func tenants(result *Result) []string {
	var all []string
	for _, f := range result.Findings {
		if !f.Rule.Lint {
			all = append(all, f.Key.TenantID)
		}
	}
	slices.Sort(all)
	return all
}

func tenantsOf(seeds ...uint64) []string {
	var all []string
	for _, seed := range seeds {
		all = append(all, keytest.TenantID(seed))
	}
	slices.Sort(all)
	return all
}

func TestPartOfHistory(t *testing.T) {
	for _, fillers := range []int{1, 500} { // the whole database is walked; objects are read one by one
		r := eras(t, fillers)
		r.Write("untracked.txt", keytest.Key(20, time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)))
		made, err := time.Parse(time.RFC3339, r.Git("log", "-1", "--format=%cI", "era2"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			opts Options
			want []string
		}{
			{"all", Options{}, tenantsOf(0, 1, 2, 3, 12, 20)},
			{"range", Options{Range: "era0..HEAD"}, tenantsOf(1, 2, 3, 12)},
			{"added and deleted inside", Options{Range: "era0..era2"}, tenantsOf(1, 2, 12)},
			{"one commit", Options{Range: "era2..HEAD"}, tenantsOf(3)},
			{"nothing", Options{Range: "HEAD..HEAD"}, tenantsOf()},
			{"since", Options{Since: made}, tenantsOf(2, 3, 12)},
			{"since later", Options{Since: made.Add(time.Second)}, tenantsOf(3)},
			{"range since", Options{Range: "era0..era2", Since: made}, tenantsOf(2, 12)},
		} {
			c.opts.Jobs = 2
			result, err := Scan(t.Context(), []string{r.Dir}, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got := tenants(result); !slices.Equal(got, c.want) || !result.Coverage.Complete() {
				t.Errorf("%d fillers, %s: found %q, want %q; skipped %v", fillers, c.name, got, c.want, result.Coverage.Skipped)
			}
		}
	}
}

// A key that existed before a range is not part of the range, unless a commit of the
// range adds it again.
func TestRangeReintroduces(t *testing.T) {
	r := eras(t, 1)
	r.Git("checkout", "-q", "era0", "--", "key.txt")
	r.Commit("put the first key back")
	result, err := Scan(t.Context(), []string{r.Dir}, Options{Range: "era3..HEAD"})
	if err != nil {
		t.Fatal(err)
	}
	if got := tenants(result); !slices.Equal(got, tenantsOf(0)) {
		t.Errorf("found %q, want %q", got, tenantsOf(0))
	}
}

func TestRangeMissing(t *testing.T) {
	r := eras(t, 1)
	shallow := r.Clone("--depth=1")
	for _, c := range []struct{ dir, revisions, hint string }{
		{r.Dir, "nowhere..HEAD", "git log nowhere..HEAD"},
		{shallow.Dir, r.ID("era0") + "..HEAD", "--unshallow"},
		{t.TempDir(), "a..b", "root"},
		{r.Path("filler"), "era0..HEAD", "root"},
	} {
		_, err := Scan(t.Context(), []string{c.dir}, Options{Range: c.revisions})
		var known *hint.Error
		if !errors.As(err, &known) || !strings.Contains(known.Hint, c.hint) {
			t.Errorf("%s: got error %v, want one with a hint about %q", c.revisions, err, c.hint)
		}
	}

	// A missing object of the range is reported by its ID.
	id := r.ID("era2:key.txt")
	r.Remove(".git/objects/" + id[:2] + "/" + id[2:])
	result, err := Scan(t.Context(), []string{r.Dir}, Options{Range: "era1..HEAD"})
	if err != nil {
		t.Fatal(err)
	}
	if result.Coverage.Complete() || !strings.Contains(fmt.Sprint(result.Coverage.Skipped), id) {
		t.Errorf("skipped %v, want a failure on %s", result.Coverage.Skipped, id)
	}
}

func TestParseRange(t *testing.T) {
	for _, good := range []string{"a..b", "origin/main..HEAD", "v1.2.3..v1.3", "HEAD~3..", "@{1}..@"} {
		if got, err := repo.ParseRange(good); err != nil || !strings.HasPrefix(got, good) {
			t.Errorf("ParseRange(%q) = %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"", "a", "..b", "a...b", "a..b..c", "-x..b", "a..--all", "a b..c"} {
		if got, err := repo.ParseRange(bad); err == nil {
			t.Errorf("ParseRange(%q) = %q, want an error", bad, got)
		}
	}
}

package scanner

import (
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
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
	want := []Repository{{Remote: "https://example.com/o/r.git", Head: head, Branch: branch}, {Path: "inner", Branch: inner.Git("symbolic-ref", "--short", "HEAD")}}
	if len(result.Repositories) != 2 || result.Repositories[0] != want[0] || result.Repositories[1] != want[1] {
		t.Errorf("got %+v, want %+v", result.Repositories, want)
	}
}

package scanner

import (
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

func TestPublicURL(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/o/r.git":                 "https://github.com/o/r.git",
		"https://user:secret@github.com/o/r?token=x": "https://github.com/o/r",
		"HTTPS://secret@Example.com/r#x":             "https://Example.com/r",
		"git@github.com:o/r.git":                     "ssh://git@github.com/o/r.git",
		"github.com:o/r.git":                         "ssh://github.com/o/r.git",
		"ssh://git:secret@example.com:2222/o/r":      "ssh://git@example.com:2222/o/r",
		"https://git@example.com/o/r":                "https://example.com/o/r",
		"ada@example.com:o/r.git":                    "ssh://example.com/o/r.git",
		"git@example.com:/srv/r.git":                 "ssh://git@example.com/srv/r.git",
		"git://example.com":                          "git://example.com/",
		"/srv/git/r.git":                             "",
		"../r":                                       "",
		`C:\src\r`:                                   "",
		"file:///srv/r":                              "",
		"ext::sh -c evil":                            "",
		"https://%zz/":                               "",
		"":                                           "",
	} {
		if got := publicURL(remote); got != want {
			t.Errorf("publicURL(%q) = %q, want %q", remote, got, want)
		}
	}
}

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

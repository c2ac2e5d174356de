package site

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// addExposed asks for files that a site must not serve.
func (c *crawl) addExposed() {
	for path, kind := range map[string]kind{"/.env": environment, "/.git/HEAD": gitFile, "/.git/config": gitFile} {
		u := *c.site.start
		u.Path, u.RawPath, u.RawQuery = path, "", ""
		c.add(reference{urls: []*url.URL{&u}, kind: kind})
	}
}

var (
	assignment = regexp.MustCompile(`(?m)^\s*(export\s+)?[A-Za-z_][A-Za-z0-9_.]*\s*=`)
	gitHead    = regexp.MustCompile(`^(ref: refs/\S+|[0-9a-f]{40}([0-9a-f]{24})?)\s*$`)
)

// isExposed reports whether an answer is the file that was asked for, and not a text
// that the site serves for any path.
func isExposed(f file) bool {
	switch {
	case f.kind == environment:
		return assignment.Match(f.text) && !bytes.ContainsAny(f.text[:1], "<{[")
	case strings.HasSuffix(f.url.Path, "/HEAD"):
		return gitHead.Match(f.text)
	}
	return bytes.Contains(f.text, []byte("[core]"))
}

// reportExposed says that a file is served. The history of a repository that is served
// is public, and was not read, so the scan is incomplete.
func (c *crawl) reportExposed(f file) {
	if f.kind == environment {
		c.to.Note(c.site.shown(f.url) + " is served to anyone: remove it from what is deployed, and revoke what is in it")
		return
	}
	folder := *f.url
	folder.Path = "/.git/"
	c.to.Skip(scanner.Skip{
		Path: c.site.shown(&folder), Kind: scanner.SkipFailed,
		Reason: "the git repository is served to anyone, with its whole history, which was not downloaded: stop serving it, scan the repository, and revoke the keys in its history",
	})
}

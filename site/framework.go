package site

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"strings"
)

var (
	nextBuild = regexp.MustCompile(`\\?"(?:buildId|b)\\?":\\?"([\w-]{6,64})\\?"`)
	ssgPath   = regexp.MustCompile(`"(/[^"\\\[\s]*)"`)
)

// nextRoot returns the directory of the files of Next.js, by a URL in a page; nil if there
// is none.
func nextRoot(base *url.URL, page []byte) *url.URL {
	at := bytes.Index(page, []byte("/_next/static/"))
	if at < 0 {
		return nil
	}
	prefix := page[max(0, at-maxName):at]
	prefix = prefix[bytes.LastIndexAny(prefix, " \t\r\n\"'`=\\")+1:]
	return resolve(base, string(prefix)+"/_next/")
}

// frameworkReferences returns files whose names a framework derives from others.
func frameworkReferences(f file, text []byte) []reference {
	var refs []reference
	guess := func(base *url.URL, name string, kind kind) {
		if u := resolve(base, name); u != nil {
			refs = append(refs, reference{urls: []*url.URL{u}, kind: kind})
		}
	}
	switch path.Base(f.url.Path) {
	case "ngsw-worker.js": // Angular's service worker reads its list from here
		guess(f.url, "ngsw.json", data)
	case "_ssgManifest.js": // Next.js: the pages that have their data in a file
		prefix, rest, ok := strings.Cut(f.url.Path, "/_next/static/")
		build, _, _ := strings.Cut(rest, "/")
		for _, match := range ssgPath.FindAllSubmatch(text, maxReferences) {
			if page := strings.TrimSuffix(string(match[1]), "/"); ok {
				if page == "" {
					page = "/index"
				}
				guess(f.url, prefix+"/_next/data/"+build+page+".json", data)
			}
		}
	}
	if f.root != nil {
		for _, build := range nextBuild.FindAllSubmatch(text, 4) {
			for _, manifest := range []string{"_buildManifest.js", "_ssgManifest.js"} {
				guess(f.root, "static/"+string(build[1])+"/"+manifest, script)
			}
		}
	}
	return refs
}

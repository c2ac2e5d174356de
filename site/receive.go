package site

import (
	"context"
	"crypto/sha256"
	"net/url"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// receive passes a file on, and adds the files that it names to the queue.
func (c *crawl) receive(ctx context.Context, f file) {
	if f.base == nil {
		f.base = f.url
	}
	content := scanner.Served{Path: c.site.shown(f.url), Data: f.text}
	switch {
	case f.kind == environment || f.kind == gitFile:
		c.reportExposed(f)
	case f.kind == sourceMap:
		content.Original = newMapText(f.text).original
	case isHTML(f.text):
		if !c.isNew(f.text) {
			return
		}
		c.addPage(f)
	default:
		c.addScript(f, f.text)
		if parsed := c.sourceMapOf(ctx, f); parsed != nil {
			content.Original = parsed.originalOf(f.text)
		}
	}
	c.to.Add(content)
}

// isNew reports whether a page was not passed on before: many sites serve one page for
// every path.
func (c *crawl) isNew(text []byte) bool {
	hash := sha256.Sum256(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.hashes[hash]
	c.hashes[hash] = true
	return !seen
}

// maxReferences is the maximum number of references of one file.
const maxReferences = 5000

// addAll adds references of a file.
func (c *crawl) addAll(f file, refs []reference) {
	for _, r := range refs[:min(len(refs), maxReferences)] {
		r.base = f.base
		c.add(r)
	}
}

// sourceMapOf obtains the source map of a script or a style sheet, and passes it on;
// nil if there is none.
func (c *crawl) sourceMapOf(ctx context.Context, f file) *mapText {
	name := sourceMapName(f.text)
	for _, header := range []string{"SourceMap", "X-SourceMap"} {
		if value := f.header.Get(header); value != "" {
			name = value
		}
	}
	if name == "" {
		return nil
	}
	if strings.HasPrefix(name, "data:") {
		if text := dataURL(name); text != nil {
			return newMapText(text)
		}
		return nil
	}
	u := resolve(f.url, name)
	if u == nil || !c.site.allowed(u) {
		return nil
	}
	got, ok := c.obtain(ctx, reference{urls: []*url.URL{u}, kind: sourceMap, base: f.base})
	if !ok {
		return nil
	}
	parsed := newMapText(got.text)
	c.to.Add(scanner.Served{Path: c.site.shown(got.url), Data: got.text, Original: parsed.original})
	return parsed
}

package site

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/guard"
	"github.com/qasleaks/qasleaks/scanner"
)

// file is an answer with content.
type file struct {
	reference
	url    *url.URL
	header http.Header
	text   []byte
	// root is the directory of the files of Next.js; nil if there are none.
	root *url.URL
}

// read reads a reference and passes it on.
func (c *crawl) read(ctx context.Context, r reference) {
	if f, ok := c.obtain(ctx, r); ok {
		c.receive(ctx, f)
	}
}

// obtain requests the URLs of a reference until one exists. It records failures, and
// adds the target of a redirect to the queue.
func (c *crawl) obtain(ctx context.Context, r reference) (file, bool) {
	for _, u := range r.urls {
		if !c.permitted(ctx, u, r) {
			continue
		}
		switch was, ok := c.take(u); {
		case was == missing:
			continue
		case !ok:
			return file{}, false
		}
		f, found := c.request(ctx, u, r)
		if f.text != nil || found {
			return f, f.text != nil
		}
		c.miss(u)
	}
	if len(r.urls) > 0 && r.sure && ctx.Err() == nil && c.stopped == "" {
		kind := scanner.SkipPolicy // nothing is served that could have a key
		if r.start {
			kind = scanner.SkipFailed
		}
		if c.stateOf(r.urls[0]) == missing {
			c.to.Skip(scanner.Skip{Path: c.site.shown(r.urls[0]), Kind: kind, Reason: "not found"})
		}
	}
	return file{}, false
}

func (c *crawl) stateOf(u *url.URL) state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states[u.String()]
}

// request requests a URL. It returns its content if there is any; else whether there is
// something at the URL, which it has recorded.
func (c *crawl) request(ctx context.Context, u *url.URL, r reference) (f file, found bool) {
	a, err := c.get(ctx, u)
	switch {
	case err != nil: // the time is up
		c.mu.Lock()
		c.unread++
		c.mu.Unlock()
		return f, true
	case a.Failure != "":
		c.fail(u, "%s", a.Failure)
		return f, true
	case a.Status/100 == 3 && a.Header.Get("Location") != "":
		return f, c.redirect(u, a, r)
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone, !r.sure && a.Status/100 == 4 && a.Status != http.StatusTooManyRequests:
		return f, false
	case a.Status != http.StatusOK:
		c.fail(u, "answered with status %d", a.Status)
		return f, true
	}
	text, err := decompress(a.Header.Get("Content-Encoding"), a.Body)
	if err != nil {
		c.fail(u, "%v", err)
		return f, true
	}
	c.mu.Lock()
	c.bytes += int64(len(text))
	c.mu.Unlock()
	f = file{reference: r, url: u, header: a.Header, text: c.site.mask(text)}
	if !c.isExpected(f) {
		return file{}, r.sure
	}
	if f.text == nil {
		f.text = []byte{}
	}
	return f, true
}

// get sends a request. It fails only if ctx ends.
func (c *crawl) get(ctx context.Context, u *url.URL) (guard.Answer, error) {
	header := http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"gzip"}}
	if address(u) == address(c.site.start) {
		for name, values := range c.site.header {
			header[name] = values
		}
	}
	return c.site.client.Get(ctx, guard.Request{URL: u, Header: header})
}

// redirect adds the target of a redirect to the queue. It reports whether it was
// followed, or recorded.
func (c *crawl) redirect(u *url.URL, a guard.Answer, r reference) bool {
	target := resolve(u, a.Header.Get("Location"))
	hops := append(slices.Clone(r.hops), u.String())
	switch {
	case !r.sure: // a server that sends unknown paths to its page
		return false
	case target == nil:
		c.fail(u, "redirects to what is not an https URL")
	case !c.site.allowed(target):
		c.fail(u, "redirects to %s, which may not be asked; --also %s permits it", "https://"+target.Host, target.Host)
	case slices.Contains(hops, target.String()):
		c.fail(u, "redirects in a loop")
	case len(hops) >= maxHops:
		c.fail(u, "redirects more than %d times", maxHops)
	default:
		// A key in the URL is served, too, and has to be known where the URL is shown.
		c.to.Add(scanner.Served{Path: c.site.shown(u), Data: c.site.mask([]byte(a.Header.Get("Location")))})
		r.urls, r.hops = []*url.URL{target}, hops
		c.add(r)
	}
	return true
}

// decompress undoes the Content-Encoding of an answer.
func decompress(encoding string, body []byte) ([]byte, error) {
	var from io.Reader
	var err error
	switch encoding = strings.ToLower(strings.TrimSpace(encoding)); encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		from, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		from, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return nil, errors.New("is compressed in a way that was not asked for")
	}
	if err != nil {
		return nil, errors.New("is not compressed as it says")
	}
	text, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	switch {
	case len(text) > maxBody:
		return nil, fmt.Errorf("its answer was larger than %d MiB", maxBody>>20)
	case err != nil:
		return nil, errors.New("its compressed content is damaged")
	}
	return text, nil
}

// isExpected reports whether an answer is what a reference is for. A browser would not
// use any other answer.
func (c *crawl) isExpected(f file) bool {
	if f.kind == page {
		return true
	}
	media, _, err := mime.ParseMediaType(f.header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	switch {
	case isHTML(f.text):
		if f.sure {
			c.fail(f.url, "is an HTML page, not %s", f.kind)
		}
		return false
	case f.kind == environment, f.kind == gitFile:
		return isExposed(f)
	case isForeign(media):
		if f.sure {
			c.fail(f.url, "has the type %s: it is not %s", media, f.kind)
		}
		return false
	}
	return true
}

// isForeign reports whether content of a type is neither code nor data.
func isForeign(media string) bool {
	major, _, _ := strings.Cut(media, "/")
	return slices.Contains([]string{"image", "font", "audio", "video", "model"}, major)
}

// isHTML reports whether text is a page.
func isHTML(text []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(text[:min(len(text), 1<<10)], "\ufeff \t\r\n"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) ||
		bytes.HasPrefix(head, []byte("<!--")) && bytes.Contains(head, []byte("<html")) ||
		bytes.HasPrefix(head, []byte("<head")) || bytes.HasPrefix(head, []byte("<body"))
}

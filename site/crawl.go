package site

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/scanner"
)

// kind is what a reference is for.
type kind int

const (
	page kind = iota
	script
	style
	data // JSON, and other text
	sourceMap
	environment // .env
	gitFile     // in .git
)

func (k kind) String() string {
	return [...]string{"a page", "a script", "a style sheet", "data", "a source map", "a file", "a file of a repository"}[k]
}

// reference is a file that something names.
type reference struct {
	// urls are the URLs that it may have; the first that exists counts.
	urls []*url.URL
	kind kind
	// sure says that a browser would request it; else the text only looks like a name.
	sure bool
	// start says that it is the page to begin with.
	start bool
	// base is the URL of the page that leads to it.
	base *url.URL
	// hops are the URLs that redirected to it.
	hops []string
}

// state is what is known of a URL.
type state int

const (
	unknown state = iota
	taken         // requested, or being requested
	missing
)

// crawl is one run.
type crawl struct {
	site *Site
	to   scanner.Intake

	mu    sync.Mutex
	ready *sync.Cond // something in the fields below has changed
	// queue has the references to read next: sure ones, and guesses, which are read
	// last.
	queue, guesses []reference
	busy           int
	states         map[string]state // by URL
	requests       int
	bytes          int64
	// stopped is the limit that ended the run.
	stopped string
	unread  int

	robots map[string]*robots // by host
	hashes map[[32]byte]bool  // of the pages that were passed on
	others map[string]int     // hosts that may not be asked, with the number of references
	banned int                // URLs that robots.txt disallows
	lazy   lazyScripts
}

func newCrawl(s *Site, to scanner.Intake) *crawl {
	c := &crawl{
		site: s, to: to,
		states: map[string]state{}, robots: map[string]*robots{}, hashes: map[[32]byte]bool{}, others: map[string]int{},
	}
	c.ready = sync.NewCond(&c.mu)
	return c
}

// maxQueue is the maximum number of references that wait: more than can be read.
const maxQueue = 4 * maxRequests

// add adds a reference to the queue, without the URLs that may not be requested.
func (c *crawl) add(r reference) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r.urls = slices.DeleteFunc(slices.Clone(r.urls), func(u *url.URL) bool {
		if u == nil {
			return true
		}
		if !c.site.allowed(u) {
			if r.sure {
				c.others[u.Host]++
			}
			return true
		}
		return c.states[u.String()] == missing
	})
	if len(r.urls) == 0 || c.states[r.urls[0].String()] == taken {
		return
	}
	switch {
	case len(c.queue)+len(c.guesses) >= maxQueue:
		c.unread++
	case r.sure:
		c.queue = append(c.queue, r)
	default:
		c.guesses = append(c.guesses, r)
	}
	c.ready.Signal()
}

// next returns the next reference; false if there is none, or a limit is reached.
func (c *crawl) next(ctx context.Context) (r reference, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if c.stopped == "" && ctx.Err() != nil {
			c.stopped = fmt.Sprintf("the limit of %v", c.site.limits.time)
		}
		switch {
		case c.stopped != "":
			return r, false
		case len(c.queue) > 0:
			r, c.queue = c.queue[0], c.queue[1:]
			c.busy++
			return r, true
		case len(c.guesses) > 0:
			r, c.guesses = c.guesses[0], c.guesses[1:]
			c.busy++
			return r, true
		case c.busy == 0:
			c.ready.Broadcast()
			return r, false
		}
		c.ready.Wait()
	}
}

// done says that a reference was read.
func (c *crawl) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	c.ready.Broadcast()
}

// run reads until the queue is empty or a limit is reached.
func (c *crawl) run(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, c.site.limits.time)
	defer cancel()
	stop := context.AfterFunc(limited, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ready.Broadcast()
	})
	defer stop()
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for {
				r, ok := c.next(limited)
				if !ok {
					return
				}
				c.read(limited, r)
				c.done()
			}
		})
	}
	wait.Wait()
	if ctx.Err() == nil {
		c.report()
	}
}

// take reports whether a URL is to be requested now. It counts the request.
func (c *crawl) take(u *url.URL) (state, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if was := c.states[u.String()]; was != unknown {
		return was, false
	}
	if !c.count() {
		return unknown, false
	}
	c.states[u.String()] = taken
	return unknown, true
}

// count counts a request; false if a limit is reached. The caller holds mu.
func (c *crawl) count() bool {
	switch {
	case c.stopped != "":
	case c.requests >= c.site.limits.requests:
		c.stopped = fmt.Sprintf("the limit of %s", plural.Count(c.site.limits.requests, "request"))
	case c.bytes >= c.site.limits.bytes:
		c.stopped = fmt.Sprintf("the limit of %d MB", c.site.limits.bytes>>20)
	default:
		c.requests++
		return true
	}
	c.unread++
	c.ready.Broadcast()
	return false
}

// miss says that a URL does not exist.
func (c *crawl) miss(u *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states[u.String()] = missing
}

// fail records a URL that could not be read.
func (c *crawl) fail(u *url.URL, format string, args ...any) {
	c.to.Skip(scanner.Skip{Path: c.site.shown(u), Kind: scanner.SkipFailed, Reason: fmt.Sprintf(format, args...)})
}

// report says what was not read.
func (c *crawl) report() {
	if c.stopped != "" {
		sure := c.unread + len(c.queue)
		c.fail(c.site.start, "reading stopped at %s; %s and %s that only may exist were not read", c.stopped,
			plural.Count(sure, "more file"), plural.Count(len(c.guesses), "file"))
	}
	if c.banned > 0 {
		c.to.Note(fmt.Sprintf("robots.txt disallows %s; --ignore-robots reads it all the same", plural.Count(c.banned, "URL")))
	}
	if len(c.others) == 0 {
		return
	}
	hosts := make([]string, 0, len(c.others))
	for host := range c.others {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	const most = 5
	text := strings.Join(hosts[:min(len(hosts), most)], ", ")
	if len(hosts) > most {
		text += fmt.Sprintf(" and %d more", len(hosts)-most)
	}
	c.to.Note(fmt.Sprintf("files on other hosts were not read: %s; --also HOST reads them", text))
}

// Package site reads what a web site serves to a browser and passes it to a scan. It
// executes no script. It connects through package guard, and only to the hosts that the
// user named.
//
// The files, in the order in which to read them:
//
//	site.go       the options, and what is read first
//	address.go    hosts that may be asked, and URLs as reports show them
//	crawl.go      the queue of references, and the limits
//	fetch.go      one request: redirects, compression, types
//	robots.go     robots.txt
//	receive.go    what is done with an answer
//	exposed.go    files that must not be served: .env and .git
//	page.go       references in HTML
//	script.go     references in scripts, style sheets and JSON
//	framework.go  references that only frameworks understand
//	chunks.go     names of lazy scripts, computed by the runtime of webpack
//	expression.go the expressions in that runtime; expression_parser.go parses them
//	sourcemap.go  source maps
package site

import (
	"context"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/guard"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of one run.
const (
	maxRequests = 2000
	maxBytes    = 500 << 20
	maxTime     = 5 * time.Minute
	timeout     = 30 * time.Second // of one request
	maxBody     = 64 << 20
	maxHops     = 10 // redirects from one URL
	workers     = 4
)

// Options say which site to read. They come from the command line, never from what a
// site serves.
type Options struct {
	// URL is the page to begin with. Its origin is read.
	URL string
	// Also are more hosts to read, each "name" or "name:port".
	Also []string
	// AllowHosts are those of the hosts that may have an address that is not public.
	AllowHosts []string
	// Headers are sent to the origin of URL, each "NAME=VARIABLE": the value is in the
	// environment variable.
	Headers []string
	// Getenv reads the environment.
	Getenv func(string) string
	// IgnoreRobots reads also what robots.txt disallows.
	IgnoreRobots bool
}

// limits can be changed by tests.
type limits struct {
	requests int
	bytes    int64
	time     time.Duration
}

// Site is a web site to read.
type Site struct {
	start        *url.URL
	hosts        map[string]bool // "name:port"
	header       http.Header     // for the origin of start
	secrets      []string        // values of header, masked in what is passed on
	ignoreRobots bool
	client       *guard.Client
	limits       limits
}

// New returns a Site, or an error with a hint if the options are invalid. It opens no
// connection.
func New(o Options) (*Site, error) {
	start, err := parseStart(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Site{
		start: start, hosts: map[string]bool{address(start): true}, header: http.Header{},
		ignoreRobots: o.IgnoreRobots, limits: limits{maxRequests, maxBytes, maxTime},
	}
	for _, text := range o.Also {
		host, err := parseHost("--also", text)
		if err != nil {
			return nil, err
		}
		s.hosts[host] = true
	}
	trusted := map[string]bool{}
	for _, text := range o.AllowHosts {
		host, err := parseHost("--allow-host", text)
		if err != nil {
			return nil, err
		}
		if !s.hosts[host] {
			return nil, hint.New("name it in the URL or with --also", "--allow-host %s: this host is not read", host)
		}
		trusted[host] = true
	}
	for _, text := range o.Headers {
		if err := s.addHeader(text, o.Getenv); err != nil {
			return nil, err
		}
	}
	s.client = guard.New(guard.Options{Timeout: timeout, MaxBody: maxBody, Connections: workers, Ports: s.ports(), Trusted: trusted})
	return s, nil
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// addHeader adds the header NAME=VARIABLE. No error has its value.
func (s *Site) addHeader(text string, getenv func(string) string) error {
	const example = "for example --header Authorization=PREVIEW_AUTHORIZATION"
	name, variable, ok := strings.Cut(text, "=")
	if !ok || variable == "" || !headerName.MatchString(name) || strings.ContainsAny(variable, " =:") {
		return hint.New(example, "--header is not NAME=VARIABLE, with an environment variable that has the value")
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	if slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Accept-Encoding", "User-Agent"}, name) {
		return hint.New(example, "--header cannot set %s", name)
	}
	value := getenv(variable)
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return hint.New("set it to the value of the header", "--header %s: the environment variable %s is empty, or has characters that a header cannot have", name, variable)
	}
	s.header.Set(name, value)
	s.secrets = append(s.secrets, value)
	if _, credentials, ok := strings.Cut(value, " "); ok { // after a scheme, as Bearer
		s.secrets = append(s.secrets, credentials)
	}
	return nil
}

// ports returns the ports of all hosts.
func (s *Site) ports() []uint16 {
	var ports []uint16
	for host := range s.hosts {
		if n, err := strconv.ParseUint(host[strings.LastIndexByte(host, ':')+1:], 10, 16); err == nil {
			ports = append(ports, uint16(n))
		}
	}
	return ports
}

// Serve reads the site and passes what it serves to a scan. It fails only if ctx ends.
func (s *Site) Serve(ctx context.Context, to scanner.Intake) error {
	c := newCrawl(s, to)
	c.add(reference{urls: []*url.URL{s.start}, kind: page, sure: true, start: true})
	c.addExposed()
	c.run(ctx)
	return ctx.Err()
}

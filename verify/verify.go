// Package verify asks the QA Sphere API whether keys are alive. It is the only
// package that opens a network connection, and this is what it promises:
//
//   - It asks with GET requests alone, and changes nothing.
//   - A key goes into the Authorization header of a request over verified TLS,
//     to a host that the user named, or allowed to be used where it was found, and
//     nowhere else: no URL, no error, no log holds it.
//   - No redirect is followed, no proxy used unless given, and no address
//     connected to that is not public, unless the user allowed that host and port.
//   - What is not proven is unknown.
//
// host.go says which hosts may be asked, client.go how, states.go what an answer
// proves, and analyze.go what is asked of a live key beyond that.
package verify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// DefaultMaxKeys is how many keys are asked about in one run unless more are
// allowed.
const DefaultMaxKeys = 200

// workers is how many keys are asked about at a time.
const workers = 4

// Options say whom to ask, and what. All come from the user, never from what is
// scanned.
type Options struct {
	// URL names the host of the keys, and Source says where it is from: "--url",
	// "QAS_URL". Without it no host is named.
	URL, Source string
	// Discover has the hosts asked that stand beside a key, if they are tenants'.
	Discover bool
	// AllowHost permits a host, "name" or "name:port", that is no tenant's of
	// qasphere.com, at whatever address.
	AllowHost string
	// Proxy is the URL of an HTTP proxy; none is used without.
	Proxy string
	// Analyze asks what live keys reach.
	Analyze bool
	// MaxKeys is how many keys may be asked about; 0 for DefaultMaxKeys.
	MaxKeys int
}

// Verifier asks about keys.
type Verifier struct {
	options Options
	named   []host // none or one
	client  *client
}

// New returns a Verifier, or an error with a hint if the options are wrong. It opens no
// connection.
func New(o Options) (*Verifier, error) {
	if o.MaxKeys == 0 {
		o.MaxKeys = DefaultMaxKeys
	}
	v := &Verifier{options: o}
	trusted := map[string]bool{}
	var allowed host
	var err error
	if o.AllowHost != "" {
		if allowed, err = parseAllowed(o.AllowHost); err != nil {
			return nil, err
		}
		trusted[allowed.address()] = true
	}
	if o.URL != "" {
		h, err := named(o.Source, o.URL, allowed)
		if err != nil {
			return nil, err
		}
		v.named = []host{h}
	}
	var proxy *url.URL
	if o.Proxy != "" {
		if proxy, err = parseProxy(o.Proxy, trusted); err != nil {
			return nil, err
		}
	}
	v.client = newClient(guard(), trusted, proxy, nil)
	return v, nil
}

// check is one key to ask about: a key ID with two tokens is two.
type check struct {
	finding int // index
	secret  scanner.Secret
	hosts   []host
	result  scanner.Liveness
}

// Verify notes in each finding whether its key is alive, and sorts the findings
// by it. Findings that are no key, are an example of the documentation or are
// suppressed stay unchecked. The error is that of ctx; then nothing is noted.
func (v *Verifier) Verify(ctx context.Context, findings []scanner.Finding) error {
	checks := v.checks(findings)
	if err := v.run(ctx, findings, checks); err != nil {
		return err
	}
	doubt(findings, checks)
	answered := map[int]bool{}
	for _, c := range checks {
		f := &findings[c.finding]
		// Of several tokens the one that matters most tells.
		if !answered[c.finding] || c.result.State.Compare(f.Liveness.State) < 0 {
			f.Liveness = c.result
		}
		answered[c.finding] = true
	}
	scanner.SortFindings(findings)
	return nil
}

// checks lists what there is to ask. What must not be asked has its result.
func (v *Verifier) checks(findings []scanner.Finding) []*check {
	var all []*check
	asked := 0
	for i := range findings {
		f := &findings[i]
		if f.Key == (rules.Key{}) || f.Key.Documented() || f.Suppressed != nil {
			continue
		}
		for _, secret := range f.Secrets {
			c := &check{finding: i, secret: secret, hosts: v.hosts(f)}
			switch {
			case len(c.hosts) == 0:
				c.result = scanner.Liveness{State: scanner.Unverifiable, Reason: v.suggestion(f)}
			case asked == v.options.MaxKeys:
				c.hosts = nil
				c.result = scanner.Liveness{Reason: fmt.Sprintf("there are more keys than --max-keys allows (%d)", v.options.MaxKeys)}
			default:
				asked++
			}
			all = append(all, c)
		}
	}
	return all
}

// hosts returns whom to ask about a key: the host that the user named first.
func (v *Verifier) hosts(f *scanner.Finding) []host {
	hosts := slices.Clone(v.named)
	if !v.options.Discover {
		return hosts
	}
	for _, h := range tenantHosts(f) {
		if !slices.ContainsFunc(hosts, func(known host) bool { return known.address() == h.address() }) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// tenantHosts returns the hosts beside a key that are tenants'.
func tenantHosts(f *scanner.Finding) []host {
	var hosts []host
	for _, name := range f.Hosts {
		if h := (host{name: name, port: "443"}); isTenantHost(h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// suggestion says how a key can be verified of which no host is known.
func (v *Verifier) suggestion(f *scanner.Finding) string {
	if found := tenantHosts(f); len(found) > 0 {
		return fmt.Sprintf("found https://%s beside it: run again with --url https://%[1]s, or with --discover", found[0])
	}
	return "no host is known: name it with --url or QAS_URL"
}

// run asks about each key, a few at a time.
func (v *Verifier) run(ctx context.Context, findings []scanner.Finding, checks []*check) error {
	queue := make(chan *check)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for c := range queue {
				v.check(ctx, &findings[c.finding], c)
			}
		})
	}
	for _, c := range checks {
		if len(c.hosts) > 0 {
			queue <- c
		}
	}
	close(queue)
	wait.Wait()
	return ctx.Err()
}

// check asks the hosts of a key one by one. What the first says stands, unless
// another proves that the key is one.
func (v *Verifier) check(ctx context.Context, f *scanner.Finding, c *check) {
	for i, h := range c.hosts {
		said, err := v.ask(ctx, h, f.Key.String(), c.secret)
		if err != nil {
			return // Verify says so
		}
		proven := said.State.Alive() || said.State == scanner.Suspended
		if i == 0 || proven {
			c.result = said.Liveness
		}
		if v.options.Analyze && said.State.Alive() {
			c.result.Access = v.analyze(ctx, f, c.secret, h, said)
		}
		if proven {
			return
		}
	}
}

// asked is what a host said of a key, the answer that decided, and the scheme it
// was given to.
type asked struct {
	scanner.Liveness
	answer
	scheme string
}

// ask asks one host about a key.
func (v *Verifier) ask(ctx context.Context, h host, keyID string, key scanner.Secret) (asked, error) {
	path, scheme := pathMe, bearer
	for {
		a, err := v.client.get(ctx, h, path, scheme, keyID, key)
		if err != nil {
			return asked{}, err
		}
		r := lookup(path, a)
		switch {
		case r.then == askProjects:
			path = pathProjects
			continue
		case r.then == askAudit:
			path = pathAudit
			continue
		case r.then == askAnew && scheme == bearer:
			path, scheme = pathMe, apiKey
			continue
		case r.state == scanner.Invalid && !h.named:
			r.state, r.reason = scanner.Unknown, "refused there; it may belong to another tenant"
		}
		return asked{scanner.Liveness{State: r.state, Host: h.String(), CheckedAt: time.Now(), Reason: r.reason}, a, scheme}, nil
	}
}

// doubt takes back that a key is invalid where the host proved to be another
// tenant's: it refuses all keys but those of its own.
func doubt(findings []scanner.Finding, checks []*check) {
	tenants := map[string][]string{} // by host
	for _, c := range checks {
		if c.result.State.Alive() {
			tenants[c.result.Host] = append(tenants[c.result.Host], findings[c.finding].Key.TenantID)
		}
	}
	for _, c := range checks {
		known := tenants[c.result.Host]
		if c.result.State == scanner.Invalid && len(known) > 0 && !slices.Contains(known, findings[c.finding].Key.TenantID) {
			c.result.State = scanner.Unknown
			c.result.Reason = "refused there, but the host is that of tenant " + known[0]
		}
	}
}

// parseProxy returns the proxy of a URL, and trusts its address.
func parseProxy(text string, trusted map[string]bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, hint.New("write it as http://proxy.example.com:3128", "--proxy is not the URL of an HTTP proxy")
	}
	if u.User != nil {
		return nil, hint.New("use a proxy that needs none: every user of the machine can see arguments", "--proxy has a user or a password in it")
	}
	h := host{name: strings.ToLower(u.Hostname()), port: u.Port()}
	if h.port == "" {
		h.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	trusted[h.address()] = true
	return u, nil
}

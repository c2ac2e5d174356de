// Package verify asks the QA Sphere API whether keys are live. It connects through
// package guard. It promises:
//
//   - It sends only GET requests and changes nothing.
//   - A key is sent only in the Authorization header, over verified TLS, to a host
//     that the user named or, with Options.Discover, to a tenant's host of
//     qasphere.com found next to the key. It is never part of a URL, an error or
//     a log.
//   - It follows no redirects, uses no proxy that the user did not name, and
//     connects only to public addresses, unless the user allowed that host and port.
//   - What is not proven is reported as unknown.
//
// The files, in the order in which to read them:
//
//	verify.go   which keys are asked about, and at which hosts
//	host.go     which hosts may receive a key
//	ask.go      the requests that are made for one key
//	client.go   how a request is sent; no other file reveals a key
//	states.go   what each answer proves
//	analyze.go  what a live key gives access to
//	audit.go    what is new in the audit log since a key leaked
//	words.go    what an answer says for people
package verify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// DefaultMaxKeys is the number of keys that a run asks about if Options.MaxKeys
// is 0.
const DefaultMaxKeys = 200

// workers is the number of keys that are asked about at the same time.
const workers = 4

// Options say which hosts to ask, and what. They come from the user's command
// line and environment, never from scanned content.
type Options struct {
	// URLs name the hosts to ask, in this order. Source says where they come from, for
	// errors: "--url", "QAS_URL".
	URLs   []string
	Source string
	// Discover also asks the hosts found next to a key, if they are hosts of
	// tenants at qasphere.com.
	Discover bool
	// AllowHost permits one host, "name" or "name:port", that is not a tenant's
	// host at qasphere.com, whatever its address.
	AllowHost string
	// Proxy is the URL of an HTTP proxy; no proxy is used if it is empty.
	Proxy string
	// Analyze also asks what live keys give access to.
	Analyze bool
	// MaxKeys is the largest number of keys to ask about; 0 means DefaultMaxKeys.
	MaxKeys int
}

// Verifier asks about keys.
type Verifier struct {
	options Options
	named   []host
	client  *client
}

// New returns a Verifier, or an error with a hint if the options are invalid. It
// opens no connection.
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
	for _, text := range o.URLs {
		h, err := named(o.Source, text, allowed)
		if err != nil {
			return nil, err
		}
		v.named = addHost(v.named, h)
	}
	var proxy *url.URL
	if o.Proxy != "" {
		if proxy, err = parseProxy(o.Proxy, trusted); err != nil {
			return nil, err
		}
	}
	v.client = newClient(trusted, proxy)
	return v, nil
}

// check is one key to ask about. A finding with two tokens for one key ID needs
// two checks.
type check struct {
	finding *scanner.Finding
	secret  scanner.Secret
	hosts   []host // to ask, in this order; none if result is known without asking
	said    []opinion
	result  scanner.Liveness
}

// opinion is what one host said of a key. foreign says that the host is known to belong
// to another tenant.
type opinion struct {
	scanner.Liveness
	named, foreign bool
}

// knows reports whether the host has shown that it knows the key.
func (o opinion) knows() bool { return o.State.Alive() || o.State == scanner.Suspended }

// weight orders opinions: a host that may know the key comes before one that refused it,
// and that before one that is not the host of its tenant.
func (o opinion) weight() int {
	switch {
	case o.knows():
		return 0
	case o.foreign, o.State == scanner.WrongHost:
		return 3
	case o.State == scanner.Invalid:
		return 2
	}
	return 1
}

// decide returns what the hosts of a key prove together. The hosts that the user named
// count before a host that was found, unless that one knows the key. A key is invalid only
// if each named host of its tenant refused it.
func decide(said []opinion) scanner.Liveness {
	best := said[0]
	for _, o := range said[1:] {
		if (o.named || o.knows()) && o.weight() < best.weight() {
			best = o
		}
	}
	return best.Liveness
}

// Verify sets the liveness of each finding that is a key, and sorts the findings
// by it. Findings without a key, documented examples and suppressed findings stay
// unchecked. It fails only if ctx ends, and then changes no finding.
func (v *Verifier) Verify(ctx context.Context, findings []scanner.Finding) error {
	checks := v.checks(findings)
	if err := v.run(ctx, checks); err != nil {
		return err
	}
	withdrawForeignRefusals(checks)
	for _, c := range checks {
		if len(c.said) > 0 {
			c.result = decide(c.said)
		}
	}
	seen := map[*scanner.Finding]bool{}
	for _, c := range checks {
		// Of several tokens, the one whose state matters most decides.
		if !seen[c.finding] || c.result.State.Compare(c.finding.Liveness.State) < 0 {
			c.finding.Liveness = c.result
		}
		seen[c.finding] = true
	}
	scanner.SortFindings(findings)
	return nil
}

// checks returns a check for each token of each key. A check that must not be
// made has its result already.
func (v *Verifier) checks(findings []scanner.Finding) []*check {
	var all []*check
	asked := 0
	for i := range findings {
		f := &findings[i]
		if f.Key == (rules.Key{}) || f.Key.Documented() || f.Suppressed != nil {
			continue
		}
		for _, secret := range f.Secrets {
			c := &check{finding: f, secret: secret, hosts: v.hosts(f)}
			switch {
			case len(c.hosts) == 0:
				c.result = scanner.Liveness{State: scanner.Unverifiable, Reason: suggestHost(f)}
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

// hosts returns the hosts to ask about a key. Those that the user named come first.
func (v *Verifier) hosts(f *scanner.Finding) []host {
	hosts := slices.Clone(v.named)
	if !v.options.Discover {
		return hosts
	}
	for _, h := range tenantHosts(f) {
		hosts = addHost(hosts, h)
	}
	return hosts
}

// addHost adds a host unless it is among the hosts.
func addHost(hosts []host, h host) []host {
	if slices.ContainsFunc(hosts, func(known host) bool { return known.address() == h.address() }) {
		return hosts
	}
	return append(hosts, h)
}

// tenantHosts returns the hosts found next to a key that are hosts of tenants.
func tenantHosts(f *scanner.Finding) []host {
	var hosts []host
	for _, name := range f.Hosts {
		if h := (host{name: name, port: "443"}); isTenantHost(h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// suggestHost says how the user can have a key verified for which no host may be
// asked.
func suggestHost(f *scanner.Finding) string {
	if found := tenantHosts(f); len(found) > 0 {
		return fmt.Sprintf("found https://%s next to the key: run again with --url https://%[1]s, or with --discover", found[0])
	}
	return "no host given: name it with --url or QAS_URL"
}

// run makes the checks, a few at a time. It fails if ctx ends.
func (v *Verifier) run(ctx context.Context, checks []*check) error {
	queue := make(chan *check)
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for c := range queue {
				v.askHosts(ctx, c)
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

// withdrawForeignRefusals turns invalid into unknown where the host has shown, by
// answering to another key, that it belongs to another tenant: such a host
// refuses the key whether it is live or not.
func withdrawForeignRefusals(checks []*check) {
	tenants := map[string][]string{} // IDs, by the host that knows a key of them
	for _, c := range checks {
		for _, o := range c.said {
			if o.State.Alive() {
				tenants[o.Host] = append(tenants[o.Host], c.finding.Key.TenantID)
			}
		}
	}
	for _, c := range checks {
		for i := range c.said {
			o := &c.said[i]
			known := tenants[o.Host]
			if o.State == scanner.Invalid && len(known) > 0 && !slices.Contains(known, c.finding.Key.TenantID) {
				o.State, o.foreign = scanner.Unknown, true
				o.Reason = "refused, but this host belongs to tenant " + known[0]
			}
		}
	}
}

// parseProxy returns the URL of a proxy, and adds its address to trusted.
func parseProxy(text string, trusted map[string]bool) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, hint.New("write it as http://proxy.example.com:3128", "--proxy is not the URL of an HTTP proxy")
	}
	if u.User != nil {
		return nil, hint.New("use a proxy that needs none: every user of the machine can see arguments", "--proxy contains a user or a password")
	}
	h := host{name: strings.ToLower(u.Hostname()), port: u.Port()}
	if h.port == "" {
		h.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	trusted[h.address()] = true
	return u, nil
}

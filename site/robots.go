package site

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/scanner"
)

// robots is the robots.txt of a host (RFC 9309).
type robots struct {
	once  sync.Once
	rules []robotsRule
	// unreachable says why it could not be read: then nothing on the host may be read.
	unreachable string
}

// robotsRule allows or disallows the paths that match.
type robotsRule struct {
	allow   bool
	length  int // of the pattern: the longest that matches counts
	pattern *regexp.Regexp
}

// permitted reports whether robots.txt permits a URL. It records URLs that it does not
// permit.
func (c *crawl) permitted(ctx context.Context, u *url.URL, r reference) bool {
	if c.site.ignoreRobots {
		return true
	}
	c.mu.Lock()
	host := address(u)
	if c.robots[host] == nil {
		c.robots[host] = new(robots)
	}
	known := c.robots[host]
	c.mu.Unlock()
	known.once.Do(func() { c.readRobots(ctx, u, known) })
	if known.unreachable == "" && known.allows(u) {
		return true
	}
	if !r.sure || ctx.Err() != nil {
		return false
	}
	skip := scanner.Skip{Path: c.site.shown(u), Kind: scanner.SkipPolicy, Reason: "robots.txt disallows it"}
	if known.unreachable != "" {
		skip.Kind, skip.Reason = scanner.SkipFailed, "robots.txt could not be read: "+known.unreachable
	}
	if r.start {
		skip.Kind = scanner.SkipFailed
	}
	c.to.Skip(skip)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states[u.String()] == unknown {
		c.states[u.String()] = taken
		if known.unreachable == "" {
			c.banned++
		}
	}
	return false
}

// readRobots reads the robots.txt of the host of a URL. As RFC 9309 says, there are no
// rules if the answer is that there is no file, and nothing is permitted if the host
// fails to answer.
func (c *crawl) readRobots(ctx context.Context, of *url.URL, into *robots) {
	u := &url.URL{Scheme: "https", Host: of.Host, Path: "/robots.txt"}
	for range 5 {
		c.mu.Lock()
		ok := c.count()
		c.mu.Unlock()
		if !ok {
			return
		}
		a, err := c.get(ctx, u)
		switch {
		case err != nil:
			return
		case a.Failure != "":
			into.unreachable = a.Failure
			return
		case a.Status/100 == 5 || a.Status == http.StatusTooManyRequests:
			into.unreachable = "the host has a server error, or limits the rate of requests"
			return
		case a.Status/100 == 3:
			if u = resolve(u, a.Header.Get("Location")); u == nil || address(u) != address(of) {
				return
			}
			continue
		case a.Status == http.StatusOK:
			if text, err := decompress(a.Header.Get("Content-Encoding"), a.Body); err == nil && !isHTML(text) {
				into.rules = parseRobots(string(text[:min(len(text), maxRobots)]))
			}
		}
		return
	}
}

// Limits of what is read of robots.txt; RFC 9309 asks for at least 500 KiB.
const (
	maxRobots = 512 << 10
	maxRules  = 5000
)

// parseRobots returns the rules for qasleaks, or else for every crawler.
func parseRobots(text string) []robotsRule {
	groups := map[string][]robotsRule{}
	var agents []string
	inRules, named := false, false
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case !ok:
		case key == "user-agent":
			if inRules {
				agents, inRules = nil, false
			}
			agent := strings.ToLower(value)
			agents = append(agents, agent)
			named = named || agent == "qasleaks"
		case key == "allow", key == "disallow":
			inRules = true
			if value == "" {
				continue
			}
			for _, agent := range agents {
				if len(groups[agent]) < maxRules && (agent == "*" || agent == "qasleaks") {
					groups[agent] = append(groups[agent], robotsRule{key == "allow", len(value), robotsPattern(value)})
				}
			}
		}
	}
	if named {
		return groups["qasleaks"]
	}
	return groups["*"]
}

// robotsPattern returns the expression for the path of a rule, in which * is any text
// and a $ at the end is the end.
func robotsPattern(path string) *regexp.Regexp {
	path, ends := strings.CutSuffix(path, "$")
	parts := strings.Split(path, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	expression := "^" + strings.Join(parts, ".*")
	if ends {
		expression += "$"
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return regexp.MustCompile("^" + regexp.QuoteMeta(path))
	}
	return compiled
}

// allows reports whether the rules permit a URL.
func (r *robots) allows(u *url.URL) bool {
	path := u.EscapedPath()
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	allowed, longest := true, -1
	for _, rule := range r.rules {
		if (rule.length > longest || rule.length == longest && rule.allow) && rule.pattern.MatchString(path) {
			allowed, longest = rule.allow, rule.length
		}
	}
	return allowed
}

package verify

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// host is a server that may be asked.
type host struct {
	name, port string
	// named says that the user gave it for these keys; else it was found beside
	// one of them.
	named bool
}

// String returns the name, with the port unless that is 443.
func (h host) String() string {
	if h.port == "443" && !strings.Contains(h.name, ":") { // an IPv6 address needs its brackets
		return h.name
	}
	return h.address()
}

// address returns what to connect to.
func (h host) address() string { return net.JoinHostPort(h.name, h.port) }

// tenantHost is the form of a tenant's host: tenant.qasphere.com, or
// tenant.region.qasphere.com (docs.qasphere.com/api, "Base URL").
var tenantHost = regexp.MustCompile(`^([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?))?\.qasphere\.com$`)

// reserved are names below qasphere.com that are, or could be, no tenant's.
var reserved = []string{
	"account", "accounts", "admin", "analytics", "api", "app", "assets", "auth", "beta", "billing", "blog", "cdn", "community",
	"demo", "dev", "docs", "download", "downloads", "email", "files", "forum", "ftp", "git", "help", "id", "images", "img",
	"internal", "learn", "login", "mail", "media", "mx", "news", "ns1", "ns2", "oauth", "portal", "preview", "public", "register",
	"s3", "sandbox", "signup", "smtp", "sso", "staging", "static", "status", "store", "support", "test", "trust", "uploads",
	"web", "webmail", "www",
}

// isTenantHost reports whether a host is one that QA Sphere gives to a tenant,
// on the port of https. Nothing else is asked without --allow-host.
func isTenantHost(h host) bool {
	labels := tenantHost.FindStringSubmatch(h.name)
	return labels != nil && h.port == "443" && !slices.Contains(reserved, labels[1]) && !slices.Contains(reserved, labels[2])
}

// Error is a mistake in what the user asked for, and what to do about it. It
// never repeats a URL, since people paste keys into them.
type Error struct{ text, hint string }

// Error returns what is wrong.
func (e *Error) Error() string { return e.text }

// Hint returns what to do about it, in one sentence.
func (e *Error) Hint() string { return e.hint }

// apiPath is what the documentation's base URL ends in.
const apiPath = "/api/public/v0"

// parseURL returns the host that a URL names. source is where the URL is from,
// for errors: "--url", "QAS_URL".
func parseURL(source, text string) (host, error) {
	const example = "write it as https://acme.eu1.qasphere.com"
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return host{}, &Error{source + " is not a URL", example}
	}
	switch {
	case u.Scheme != "https":
		return host{}, &Error{source + " is not an https URL", "a key is sent over TLS alone: " + example}
	case u.User != nil:
		return host{}, &Error{source + " has a user or a password in it", example}
	case u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != apiPath:
		return host{}, &Error{source + " has a path", "name the host alone: " + example}
	}
	h := host{name: strings.ToLower(u.Hostname()), port: u.Port(), named: true}
	if h.port == "" {
		h.port = "443"
	}
	return h, nil
}

// parseAllowed returns the host that --allow-host permits.
func parseAllowed(text string) (host, error) {
	h, err := parseURL("--allow-host", "https://"+text)
	if err != nil || strings.ContainsAny(text, "/ ") {
		return host{}, &Error{"--allow-host is not a HOST or HOST:PORT", "write it as qasphere.example.com or 10.0.0.5:8443"}
	}
	return h, nil
}

// named returns the host of the URL that the user gave.
func named(source, text string, allowed host) (host, error) {
	h, err := parseURL(source, text)
	if err != nil {
		return host{}, err
	}
	if !isTenantHost(h) && h.address() != allowed.address() {
		return host{}, &Error{
			source + " names a host that is no tenant's of qasphere.com",
			"keys go to tenant.qasphere.com and tenant.region.qasphere.com alone; permit another with --allow-host HOST[:PORT]",
		}
	}
	return h, nil
}

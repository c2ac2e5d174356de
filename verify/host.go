package verify

import (
	"net"
	"net/url"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
)

// host is a server that keys may be sent to.
type host struct {
	name, port string
	// named says that the user named it; else it was found near a key.
	named bool
}

// String returns the name, with the port unless that is 443.
func (h host) String() string {
	if h.port == "443" && !strings.Contains(h.name, ":") { // an IPv6 address needs its brackets
		return h.name
	}
	return h.address()
}

// address returns the host and the port to connect to.
func (h host) address() string { return net.JoinHostPort(h.name, h.port) }

// isTenantHost reports whether a host is in the form that QA Sphere gives to tenants,
// on the port of https. No other host is asked without --allow-host.
func isTenantHost(h host) bool {
	tenant, ok := rules.ParseHost(h.name)
	return ok && !tenant.Reserved() && h.port == "443"
}

// apiPath is the path of the base URL in the documentation.
const apiPath = "/api/public/v0"

// parseURL returns the host of a URL. source is where the URL comes from, for errors:
// "--url", "QAS_URL". No error repeats a URL, since people paste keys into them.
func parseURL(source, text string) (host, error) {
	const example = "write it as https://acme.eu1.qasphere.com"
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return host{}, hint.New(example, "%s is not a URL", source)
	}
	switch {
	case u.Scheme != "https":
		return host{}, hint.New("keys are sent only over TLS: "+example, "%s is not an https URL", source)
	case u.User != nil:
		return host{}, hint.New(example, "%s has a user or a password in it", source)
	case u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != apiPath:
		return host{}, hint.New("name only the host: "+example, "%s has a path", source)
	}
	h := host{name: strings.ToLower(u.Hostname()), port: u.Port(), named: true}
	if h.port == "" {
		h.port = "443"
	}
	return h, nil
}

// parseAllowed returns the host of --allow-host.
func parseAllowed(text string) (host, error) {
	h, err := parseURL("--allow-host", "https://"+text)
	if err != nil || strings.ContainsAny(text, "/ ") {
		return host{}, hint.New("write it as qasphere.example.com or 10.0.0.5:8443", "--allow-host is not a HOST or HOST:PORT")
	}
	return h, nil
}

// named returns the host of the URL of the user, if keys may be sent to it.
func named(source, text string, allowed host) (host, error) {
	h, err := parseURL(source, text)
	if err != nil {
		return host{}, err
	}
	if !isTenantHost(h) && h.address() != allowed.address() {
		return host{}, hint.New(
			"keys are sent only to tenant.qasphere.com and tenant.region.qasphere.com; permit another host with --allow-host HOST[:PORT]",
			"%s does not name the host of a QA Sphere tenant", source)
	}
	return h, nil
}

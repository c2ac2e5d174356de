package site

import (
	"net"
	"net/url"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// parseStart returns the URL of the page to begin with. No error repeats the URL, which
// may have a password in it.
func parseStart(text string) (*url.URL, error) {
	const example = "write it as https://app.example.com"
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.Hostname() == "":
		return nil, hint.New(example, "the argument is not a URL")
	case u.Scheme != "https":
		return nil, hint.New("a site is read only over TLS. To search a build on disk, use \"qasleaks scan\"", "the argument is not an https URL")
	case u.User != nil:
		return nil, hint.New("use --header Authorization=VARIABLE", "the URL has a user or a password in it")
	}
	return clean(u), nil
}

// parseHost returns the host of a flag as "name:port".
func parseHost(flag, text string) (string, error) {
	u, err := url.Parse("https://" + text)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "/?# @") {
		return "", hint.New("write it as cdn.example.com or cdn.example.com:8443", "%s is not a HOST or HOST:PORT", flag)
	}
	return address(u), nil
}

// address returns the host of a URL as "name:port".
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// clean returns a URL in the form in which it is requested: without a fragment and a
// user, with a path, and without the default port.
func clean(u *url.URL) *url.URL {
	c := *u
	c.Fragment, c.RawFragment, c.User = "", "", nil
	c.Host = strings.ToLower(strings.TrimSuffix(c.Host, ":443"))
	if c.Path == "" {
		c.Path = "/"
	}
	return &c
}

// allowed reports whether a URL of [resolve] may be requested.
func (s *Site) allowed(u *url.URL) bool { return s.hosts[address(u)] }

// resolve returns the URL of a reference, as [clean] has it; nil if it is no URL of a
// web server.
func resolve(base *url.URL, text string) *url.URL {
	u, err := base.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" {
		return nil
	}
	if u.Scheme == "http" && u.Port() == "" {
		u.Scheme = "https" // as a browser does on a page with TLS
	}
	if u.Scheme != "https" {
		return nil
	}
	return clean(u)
}

// shown returns a URL for reports: with the names in its query, but not the values.
func (s *Site) shown(u *url.URL) string {
	text := "https://" + u.Host + u.EscapedPath()
	var names []string
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if name, _, ok := strings.Cut(pair, "="); ok {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		text += "?" + strings.Join(names, "&")
	}
	return string(s.mask([]byte(text)))
}

// minSecret is the minimum length of a header's value that is masked: shorter ones are
// common words.
const minSecret = 6

// mask replaces the values of the user's headers, which a site may send back. The length
// of the text does not change.
func (s *Site) mask(text []byte) []byte {
	for _, secret := range s.secrets {
		if len(secret) >= minSecret && strings.Contains(string(text), secret) {
			text = []byte(strings.ReplaceAll(string(text), secret, strings.Repeat("*", len(secret))))
		}
	}
	return text
}

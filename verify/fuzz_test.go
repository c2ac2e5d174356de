package verify

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzURL parses anything as --url and as --allow-host: a host that it accepts has only
// a name and a port, and is the one that an https URL of it connects to. No error
// repeats the text.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{
		"https://acme.eu1.qasphere.com", "https://acme.qasphere.com:8443/api/public/v0/", "http://x", "https://user@host", "https://[::1]:1", "https://a:b", "HTTPS://ACME.qasphere.COM.",
		"https://acme.qasphere.com\\@evil.example", "https://acme.qasphere.com%2eevil.example", "//x", "https://x?y", "https:x", "https://ａcme.qasphere.com",
	} {
		f.Add(seed)
		f.Add(strings.TrimPrefix(seed, "https://"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func() (host, error){
			func() (host, error) { return parseURL("--url", text) },
			func() (host, error) { return parseAllowed(text) },
			func() (host, error) { return named("--url", text, host{}) },
		} {
			h, err := parse()
			if err != nil {
				if len(text) > 7 && strings.Contains(err.Error(), text) && !strings.Contains("write it as https://acme.eu1.qasphere.com", text) {
					t.Errorf("the error repeats it: %v", err)
				}
				continue
			}
			if h.name == "" || strings.ContainsAny(h.name, "/@?#\\ \t\r\n") || h.name != strings.ToLower(h.name) {
				t.Errorf("the host is %q", h.name)
			}
			u, err := url.Parse("https://" + h.address() + "/")
			if err != nil {
				continue // Go sends nothing then
			}
			if u.Hostname() != h.name || u.Port() != h.port || u.User != nil {
				t.Errorf("%q would be asked, not %q", u.Host, h.address())
			}
			if isTenantHost(h) && !strings.HasSuffix(h.name, ".qasphere.com") {
				t.Errorf("%q is no host of QA Sphere", h.name)
			}
		}
	})
}

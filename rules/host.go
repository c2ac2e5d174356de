package rules

import (
	"bytes"
	"slices"
	"strings"
)

// tenantDomain is the end of the names of QA Sphere's hosts, after the first label.
const tenantDomain = ".qasphere.com"

// Host is the name of a host in the form that QA Sphere gives to tenants:
// {company}.{region}.qasphere.com, or {company}.qasphere.com without a region
// (docs.qasphere.com, api_intro, "Base URL").
type Host struct {
	// Tenant and Region are the labels, in lower case. Region may be empty.
	Tenant, Region string
}

// ParseHost returns the host with a name, in any case. It returns false for a name of
// another form, or with a label that RFC 1035, section 2.3.4, does not allow.
func ParseHost(name string) (Host, bool) {
	domain := len(name) - len(tenantDomain)
	if domain < 0 || !hasPrefixFold([]byte(name[domain:]), tenantDomain) {
		return Host{}, false
	}
	tenant, region, two := strings.Cut(name[:domain], ".")
	if !isLabel(tenant) || two && !isLabel(region) {
		return Host{}, false
	}
	return Host{strings.ToLower(tenant), strings.ToLower(region)}, true
}

// String returns the name of the host.
func (h Host) String() string {
	if h.Region == "" {
		return h.Tenant + tenantDomain
	}
	return h.Tenant + "." + h.Region + tenantDomain
}

// Reserved reports whether one of the labels belongs to QA Sphere itself or may do so,
// so that the host may not be a tenant's.
func (h Host) Reserved() bool {
	return slices.Contains(reservedLabels, h.Tenant) || slices.Contains(reservedLabels, h.Region)
}

// reservedLabels are labels below qasphere.com that services use for themselves.
var reservedLabels = []string{
	"account", "accounts", "admin", "analytics", "api", "app", "assets", "auth", "beta", "billing", "blog", "cdn", "community",
	"demo", "dev", "docs", "download", "downloads", "email", "files", "forum", "ftp", "git", "help", "id", "images", "img",
	"internal", "learn", "login", "mail", "media", "mx", "news", "ns1", "ns2", "oauth", "portal", "preview", "public", "register",
	"s3", "sandbox", "signup", "smtp", "sso", "staging", "static", "status", "store", "support", "test", "trust", "uploads",
	"web", "webmail", "www",
}

// HostsIn returns the names of the hosts in the https URLs of a text, in order and
// without duplicates. A URL must have its host in lower case and no user or port. The
// hosts may be [Host.Reserved].
func HostsIn(text []byte) []string {
	var found []string
	for _, at := range DomainsIn(text, 0) {
		host, start, end, ok := hostAround(text, at)
		if !ok || !followsHTTPS(text[:start]) || hasPort(text[end:]) || host.String() != string(text[start:end]) {
			continue
		}
		if !slices.Contains(found, host.String()) {
			found = append(found, host.String())
		}
	}
	return found
}

// DomainsIn returns the offsets in text[from:] of the domain that all of QA Sphere's hosts are
// in.
func DomainsIn(text []byte, from int) []int {
	var found []int
	for {
		next := bytes.Index(text[from:], []byte(tenantDomain))
		if next < 0 {
			return found
		}
		found = append(found, from+next)
		from += next + len(tenantDomain)
	}
}

// followsHTTPS reports whether text ends in https://, which JSON may escape.
func followsHTTPS(text []byte) bool {
	return bytes.HasSuffix(text, []byte("https://")) || bytes.HasSuffix(text, []byte(`https:\/\/`))
}

func hasPort(text []byte) bool {
	return len(text) > 1 && text[0] == ':' && continuesHost(text[1])
}

// hostAround returns the host whose [tenantDomain] begins at text[at], and its bounds.
// It returns false if the name is not a host's, or is the user of a URL.
func hostAround(text []byte, at int) (host Host, start, end int, ok bool) {
	const longest = 2*maxLabelLen + 1
	start, end = at, at+len(tenantDomain)
	for start > 0 && at-start <= longest && (isWordByte(text[start-1]) || text[start-1] == '.') {
		start--
	}
	host, ok = ParseHost(string(text[start:end]))
	return host, start, end, ok && endsHost(text[end:])
}

// endsHost reports whether a host ends before text: the text does not continue the
// name, and does not make it the user of a URL.
func endsHost(text []byte) bool {
	switch {
	case len(text) == 0:
		return true
	case text[0] == '.': // the end of a sentence if nothing follows
		return len(text) == 1 || !continuesHost(text[1])
	}
	return text[0] != '@' && text[0] != '%' && !continuesHost(text[0])
}

// continuesHost reports whether c, after a host, makes it another one. A byte of a
// letter beyond ASCII does: names may be in any script.
func continuesHost(c byte) bool { return isWordByte(c) || c == '.' || c >= 0x80 }

// maxLabelLen is the length of the longest label (RFC 1035, section 2.3.4).
const maxLabelLen = 63

// isLabel reports whether a label has the letters, digits and inner
// hyphens of RFC 1035, section 2.3.1. As RFC 1123, section 2.1, allows, it may begin
// with a digit.
func isLabel(label string) bool {
	if len(label) == 0 || len(label) > maxLabelLen || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if !isAlnum(label[i]) && label[i] != '-' {
			return false
		}
	}
	return true
}

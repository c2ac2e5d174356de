package rules

import (
	"bytes"
	"slices"
	"strings"
)

// wrongBaseURL finds settings for QA Sphere's URL with which no request can succeed.
var wrongBaseURL = Rule{
	ID:    "wrong-base-url",
	Title: "Wrong URL for QA Sphere",
	Help: `The URL of the tenant is not the one that keys belong to: a host for documentation, login
or marketing, a path after the host, no ` + "`https://`" + `, or another tenant than where the same key
is used elsewhere. QA Sphere answers that the domain is wrong, and the key was sent to a
host that is not the tenant's.

## Example

~~~sh .env.example
QAS_URL=https://docs.qasphere.com
~~~

Better:

~~~sh .env.example
QAS_URL=https://acme.eu1.qasphere.com
~~~

## Remediation

1. Use ` + "`https://TENANT.REGION.qasphere.com`" + ` or ` + "`https://TENANT.qasphere.com`" + `, without a path:
   the address of QA Sphere in your browser.
2. If a key was sent to the host of another tenant, rotate it: QA Sphere, Settings → API
   Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if f.Speaks {
				found = append(found, wrongURLs(f)...)
			}
		}
		return append(found, p.elsewhere()...)
	},
}

func wrongURLLint(name string, start, end int, url, replace, why string) Lint {
	return Lint{Path: name, Match: Match{
		Start: start, End: end, Severity: Warning, Confidence: High, Subject: url, Replace: replace, Message: url + " " + why,
	}}
}

// wrongURLs judges the settings in a file, and the URLs with the path of the API.
func wrongURLs(f File) []Lint {
	text := f.Read()
	var found []Lint
	for at := 0; at+3 <= len(text); at++ {
		switch {
		case text[at] == '/' && bytes.HasPrefix(text[at:], []byte("/api/public/v0")):
			if start, host, ok := hostBefore(text, at); ok && isOwn(host) {
				found = append(found, wrongURLLint(f.Path, start, at, host, "", "is not the host of a tenant: QA Sphere's API is at https://TENANT.REGION.qasphere.com"))
			}
		case text[at]|0x20 == 'q' && hasPrefixFold(text[at:], "qas"):
			start, end := nameAround(text, at)
			if isTenantURLName(string(text[start:end])) {
				if l, ok := wrongURL(f.Path, text, string(text[start:end]), end); ok {
					found = append(found, l)
				}
			}
			at = max(at, end-1)
		}
	}
	return found
}

// hostBefore returns the host of QA Sphere that ends at text[at] and follows https://.
func hostBefore(text []byte, at int) (start int, host string, ok bool) {
	start = at
	for start > 0 && at-start < 2*maxLabelLen && (isWordByte(text[start-1]) || text[start-1] == '.') {
		start--
	}
	host = strings.ToLower(string(text[start:at]))
	return start, host, followsHTTPS(text[:start]) && ("."+host == tenantDomain || strings.HasSuffix(host, tenantDomain))
}

// notTenants are the first labels of hosts that belong to QA Sphere itself.
var notTenants = []string{"docs", "login", "id", "www", "blog", "help", "status", "support", "community", "auth", "sso", "account", "accounts"}

// isOwn reports whether a host of qasphere.com belongs to QA Sphere and to no tenant.
func isOwn(name string) bool {
	host, ok := ParseHost(name)
	return "."+name == tenantDomain || ok && slices.Contains(notTenants, host.Tenant)
}

// isTenantURLName reports whether a name names a variable for the URL of a tenant, and for
// nothing else.
func isTenantURLName(name string) bool {
	words := nameWords(name)
	isURL := func(w string) bool { return slices.Contains([]string{"url", "uri", "host", "endpoint"}, w) }
	return slices.ContainsFunc(words, isURL) && !slices.ContainsFunc(words, func(w string) bool {
		return !isQualifier(w) && !slices.Contains([]string{"qas", "qasphere", "tenant", "base", "api", "server", "vite"}, w) && !isURL(w)
	})
}

// wrongURL judges the value of a name that ends at text[at].
func wrongURL(path string, text []byte, name string, at int) (Lint, bool) {
	start := valueStart(text, at)
	if start < 0 || bytes.IndexByte(text[at:start], '\n') >= 0 {
		return Lint{}, false
	}
	end := start
	for end < len(text) && end-start < maxURL && bytes.IndexByte([]byte(" \t\r\n\"'`<>|;,)}]\\"), text[end]) < 0 {
		end++
	}
	value := string(text[start:end])
	scheme, rest, hasScheme := strings.Cut(value, "://")
	if !hasScheme {
		rest = value
	}
	host, path2 := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path2 = rest[:i], rest[i:]
	}
	lower := strings.ToLower(host)
	switch own := name == "QAS_URL" || name == "QASPHERE_TENANT_URL"; {
	case "."+lower != tenantDomain && !strings.HasSuffix(lower, tenantDomain), strings.ContainsAny(host, "${%*"):
		return Lint{}, false
	case isOwn(lower):
		return wrongURLLint(path, start, end, value, "", "is not the URL of a tenant: QA Sphere's API is at https://TENANT.REGION.qasphere.com"), true
	case hasScheme && scheme != "https" || strings.ContainsAny(path2, "${%*"):
		return Lint{}, false // insecure-base-url reports http
	case !hasScheme && own:
		return wrongURLLint(path, start, end, value, "https://"+host, "has no scheme: "+name+" begins with https://"), true
	case own && strings.Trim(path2, "/") != "":
		return wrongURLLint(path, start, end, value, "https://"+host, "has a path: the client adds the path of the API to "+name), true
	}
	return Lint{}, false
}

// elsewhere returns the places of keys next to the host of another tenant than at their
// first place. A place with several hosts proves nothing.
func (p Project) elsewhere() []Lint {
	var found []Lint
	for _, places := range p.places() {
		first := ""
		for _, i := range places {
			hosts := slices.DeleteFunc(slices.Clone(p.Keys[i].Hosts), func(h string) bool {
				host, ok := ParseHost(h)
				return !ok || host.Reserved()
			})
			switch {
			case len(hosts) != 1:
			case first == "":
				first = hosts[0]
			case hosts[0] != first:
				found = append(found, keyLint(i, p.Keys[i].Key, Warning, Medium, "is used with "+hosts[0]+" here and with "+first+" elsewhere: a key belongs to one host"))
			}
		}
	}
	return found
}

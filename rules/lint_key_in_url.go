package rules

import "bytes"

// keyInURL finds credentials in the query or the user part of a URL.
var keyInURL = Rule{
	ID:    "key-in-url",
	Title: "Credential in a URL",
	Help: `A QA Sphere credential, or a reference to one, is part of a URL. Servers, proxies and
browsers store URLs in logs and histories, and send them to other sites as referrers. QA
Sphere's API accepts keys only in the Authorization header.

## Example

~~~sh upload.sh
curl "https://acme.eu1.qasphere.com/api/public/v0/project?api_key=$QAS_TOKEN"
~~~

Better:

~~~sh upload.sh
curl -H "Authorization: Bearer $QAS_TOKEN" "https://acme.eu1.qasphere.com/api/public/v0/project"
~~~

## Remediation

1. Send the key in the header ` + "`Authorization: Bearer`" + `.
2. Rotate every key that was part of a URL: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Anchors: append(hqid7Anchors("."),
		Anchor{Literal: tenantDomain, Fold: true},
		Anchor{Literal: "/api/public/v0"},
	),
	Find: func(text []byte, at int) (Match, bool) {
		if bytes.HasPrefix(text[at:], []byte(".1")) {
			if before := around(text, at, 2*maxTenantLen, 0); bytes.IndexByte(before, '=') < 0 || bytes.IndexByte(before, '?') < 0 && bytes.IndexByte(before, '&') < 0 {
				return Match{}, false
			}
			m, ok := qasAPIKey.Find(text, at)
			if !ok || m.Key.Documented() || !isParameter(text, m.Start) {
				return Match{}, false
			}
			return urlMatch(m.Start, m.End, "")
		}
		if m, ok := userOfURL(text, at); ok {
			return m, true
		}
		return queryOfURL(text, at)
	},
}

const (
	maxURL       = 600
	inURLMessage = "A credential in a URL is stored in logs and histories and sent in referrers: send it in the Authorization header"
)

// urlMatch returns the match of text[start:end], which is masked unless it has a subject.
func urlMatch(start, end int, subject string) (Match, bool) {
	return Match{Start: start, End: end, Severity: Warning, Confidence: High, Message: inURLMessage, Subject: subject}, true
}

// userOfURL finds a credential before the host whose domain is at text[at]:
// https://x:$QAS_TOKEN@acme.qasphere.com.
func userOfURL(text []byte, at int) (Match, bool) {
	if !hasPrefixFold(text[at:], tenantDomain) {
		return Match{}, false
	}
	host, name, _, ok := hostAround(text, at)
	if !ok || host.Reserved() || name == 0 || text[name-1] != '@' {
		return Match{}, false
	}
	end := name - 1
	start := end
	for start > 0 && end-start < MaxKeyLen && bytes.IndexByte([]byte("/ \t\r\n\"'`<>"), text[start-1]) < 0 {
		start--
	}
	if start < 3 || !bytes.HasSuffix(text[:start], []byte("://")) || start == end {
		return Match{}, false
	}
	user := text[start:end]
	if i := bytes.IndexByte(user, ':'); i >= 0 && bytes.IndexByte(user, '$') < 0 {
		user = user[i+1:]
		start = end - len(user)
	}
	switch {
	case refersToCredential(user):
		n := credentialNames(user)[0] // only the name: the text around it may be a secret
		return urlMatch(start+n.start, start+n.end, n.name)
	case isWholeKey(user) || credentialLike(user) && len(user) >= 16 && !isForTests(user):
		return urlMatch(start, end, "")
	}
	return Match{}, false
}

// queryOfURL finds a parameter for a credential in the query of the URL around text[at].
func queryOfURL(text []byte, at int) (Match, bool) {
	if bytes.IndexByte(around(text, at, 0, maxURL), '?') < 0 {
		return Match{}, false
	}
	name, open := -1, 0 // the start of the parameter, and how many braces of templates are open
	for i := at; i < len(text) && i-at < maxURL; i++ {
		switch c := text[i]; {
		case c == '{':
			open++
		case c == '}':
			open--
		case open > 0:
		case endsURL(c):
			return Match{}, false
		case c == '?' || c == '&' && name >= 0:
			name = i + 1
		case c == '=' && name >= 0:
			if m, ok := parameter(text, name, i); ok {
				return m, true
			}
		}
	}
	return Match{}, false
}

func endsURL(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '"', '\'', '`', '<', '>', '|', ';', ',':
		return true
	}
	return false
}

// parameter judges the parameter of a query whose = is at text[at].
func parameter(text []byte, name, at int) (Match, bool) {
	if !isCredentialParameter(string(text[name:at])) {
		return Match{}, false
	}
	start := at + 1
	end := start
	for open := 0; end < len(text) && end-start < MaxKeyLen; end++ {
		c := text[end]
		if open <= 0 && (endsURL(c) || c == '&' || c == '#') {
			break
		}
		switch c {
		case '{':
			open++
		case '}':
			open--
		}
	}
	value := text[start:end]
	switch {
	case isWholeKey(value) || credentialLike(value) && len(value) >= 16 && !isForTests(value) && bytes.IndexByte(value, '{') < 0 && bytes.IndexByte(value, '$') < 0:
		return urlMatch(start, end, "")
	case isReference(value), len(value) == 0 && end < len(text) && isQuote(text[end]) && joinsMore(text, end+1):
		return urlMatch(name, at, string(text[name:at]))
	}
	return Match{}, false
}

// isCredentialParameter reports whether a parameter with that name is for a credential.
func isCredentialParameter(name string) bool {
	switch name {
	case "api_key", "apikey", "apiKey", "api-key", "access_token", "accessToken", "token", "auth_token", "authorization", "Authorization":
		return true
	}
	return isCredentialName(name)
}

// isParameter reports whether text[start] is the beginning of the value of a parameter
// in the query of a URL.
func isParameter(text []byte, start int) bool {
	if start < 2 || text[start-1] != '=' {
		return false
	}
	name := start - 1
	for name > 0 && start-name < 40 && isWordByte(text[name-1]) {
		name--
	}
	return name < start-1 && name > 0 && (text[name-1] == '?' || text[name-1] == '&')
}

// isReference reports whether a value begins with a variable of a shell or a template.
func isReference(value []byte) bool {
	return len(value) > 1 && (value[0] == '$' || value[0] == '{')
}

// refersToCredential reports whether a value is a reference to a QA Sphere credential.
func refersToCredential(value []byte) bool {
	return bytes.ContainsAny(value, "${%") && len(credentialNames(value)) > 0
}

// joinsMore reports whether an expression continues after a string that ends at
// text[at].
func joinsMore(text []byte, at int) bool {
	at = skip(text, at, " \t\r\n", 16)
	return at < len(text) && (text[at] == '+' || text[at] == '.')
}

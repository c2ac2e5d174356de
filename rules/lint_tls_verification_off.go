package rules

import (
	"bytes"
	"slices"
	"strings"
)

// tlsVerificationOff finds calls of QA Sphere that accept any certificate.
var tlsVerificationOff = Rule{
	ID:    "tls-verification-off",
	Title: "TLS verification turned off for QA Sphere",
	Help: `A call of QA Sphere's API or of its client accepts any certificate. Whoever is on the way,
such as a proxy or another machine of a network, can answer in the place of QA Sphere and
gets the key with the first request. The rule knows ` + "`curl -k`, `wget\n--no-check-certificate`, `NODE_TLS_REJECT_UNAUTHORIZED=0`, `http.sslVerify=false`" + ` and the
settings of HTTP libraries, in the function or the step that calls QA Sphere.

## Example

~~~python upload.py
import requests

requests.get("https://acme.eu1.qasphere.com/api/public/v0/project", verify=False).raise_for_status()
~~~

Better:

~~~python upload.py
import requests

requests.get("https://acme.eu1.qasphere.com/api/public/v0/project").raise_for_status()
~~~

## Remediation

1. Remove the setting. If a proxy of your company signs certificates, trust its certificate
   instead: ` + "`NODE_EXTRA_CA_CERTS`, `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`, `curl --cacert`" + `.
2. Rotate the keys that were sent without verification: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if f.Speaks && isSource(f.Path) {
				found = append(found, unverifiedInSource(f)...)
			}
			if (f.Speaks || f.Names) && (ciOf(f.Path) != noCI || isShell(f.Path)) {
				found = append(found, unverifiedInSteps(p.pipeline(f))...)
			}
		}
		return found
	},
}

func unverifiedLint(name string, start, end int, text, replace string) Lint {
	return Lint{Path: name, Match: Match{
		Start: start, End: end, Severity: Warning, Confidence: High, Subject: text, Replace: replace,
		Message: text + " accepts any certificate, so that a key that is sent to QA Sphere can be intercepted",
	}}
}

// verification are the settings that turn verification off, with a value that does not.
var verification = []struct{ name, off, on string }{
	{"verify", "False", "True"},
	{"verify_ssl", "False", "True"},
	{"rejectUnauthorized", "false", "true"},
	{"strictSSL", "false", "true"},
	{"InsecureSkipVerify", "true", "false"},
	{"ignoreHTTPSErrors", "true", "false"},
	{"NODE_TLS_REJECT_UNAUTHORIZED", "0", "1"},
	{"CURLOPT_SSL_VERIFYPEER", "false", "true"},
	{"CURLOPT_SSL_VERIFYPEER", "0", "1"},
	{"verify_mode", "OpenSSL::SSL::VERIFY_NONE", "OpenSSL::SSL::VERIFY_PEER"},
	{"ServerCertificateCustomValidationCallback", "HttpClientHandler.DangerousAcceptAnyServerCertificateValidator", ""},
}

// unverifiedInSource judges the settings in source code.
func unverifiedInSource(f File) []Lint {
	s := readSource(f)
	var found []Lint
	for _, v := range verification {
		for at, judged := 0, 0; judged < maxJudged; {
			i := bytes.Index(s.bare[at:], []byte(v.name))
			if i < 0 {
				break
			}
			start := at + i
			at = start + len(v.name)
			value := skip(s.bare, at, "\"'`] \t=:,>", 8)
			end := value + len(v.off)
			isName := (start == 0 || !isIdentifierByte(s.bare[start-1])) && value > at
			if !isName || !bytes.HasPrefix(s.bare[value:], []byte(v.off)) || end < len(s.bare) && isIdentifierByte(s.bare[end]) {
				continue
			}
			judged++
			from, to := s.function(start)
			if !meansAPI(s.bare[from:to], s.names) {
				continue
			}
			text, replace := string(s.bare[start:end]), ""
			if v.on != "" {
				replace = string(s.bare[start:value]) + v.on
			}
			found = append(found, unverifiedLint(f.Path, start, end, text, replace))
		}
	}
	slices.SortFunc(found, func(a, b Lint) int { return a.Start - b.Start })
	return found
}

// unverifiedInSteps judges the commands and variables of steps.
func unverifiedInSteps(f pipeline) []Lint {
	var found []Lint
	for _, s := range f.steps {
		calls := false // the step calls QA Sphere
		var late []Lint
		for _, code := range s.scripts {
			api := apiCalls(s, code)
			calls = calls || len(api) > 0
			add := func(start, end int, replace string) {
				text := string(code.text[start:end])
				start, end = code.place(start, end)
				late = append(late, unverifiedLint(f.Path, start, end, text, replace))
			}
			for _, c := range api {
				if c.name == "curl" {
					before := c.start
					for i, w := range c.args {
						switch {
						case w.text == "--insecure", w.text == "-k":
							if i == 0 && string(code.text[before:w.start]) == "curl " {
								add(before, w.end, "curl")
							} else {
								add(w.start, w.end, "")
							}
						case isOption(w.text, "-k"):
							add(w.start, w.end, strings.ReplaceAll(w.text, "k", ""))
						}
					}
				}
				for _, w := range c.args {
					if w.text == "--no-check-certificate" || strings.EqualFold(w.text, "http.sslverify=false") {
						add(w.start, w.end, "")
					}
				}
			}
			for _, c := range code.calls() {
				for _, w := range c.assigns {
					if w.text == "NODE_TLS_REJECT_UNAUTHORIZED=0" && (c.name == "" || c.name == "export" || slices.ContainsFunc(api, func(a shellCall) bool { return a.start == c.start })) {
						add(w.start, w.end, "")
					}
				}
			}
		}
		if !calls {
			continue
		}
		found = append(found, late...)
		for _, v := range s.env {
			if v.name != "NODE_TLS_REJECT_UNAUTHORIZED" || v.value.Value != "0" {
				continue
			}
			start, end := f.offset(v.key), f.offset(v.key)+len(v.name)
			found = append(found, unverifiedLint(f.Path, start, end, v.name, ""))
		}
	}
	slices.SortStableFunc(found, func(a, b Lint) int { return a.Start - b.Start })
	return slices.CompactFunc(found, func(a, b Lint) bool { return a.Start == b.Start })
}

// apiCalls returns the commands of a script that call QA Sphere: the official client, or
// a program with the URL of the API as an argument.
func apiCalls(s step, code script) []shellCall {
	var names []string
	for _, v := range s.env {
		if meansAPI([]byte(v.value.Value), nil) {
			names = append(names, v.name)
		}
	}
	var found []shellCall
	for _, c := range code.calls() {
		for _, w := range c.assigns {
			name, _, _ := strings.Cut(w.text, "=")
			if meansAPI(code.text[w.start:w.end], names) && !strings.Contains(w.text, "curl") {
				names = append(names, name)
			}
		}
		isURL := func(w shellWord) bool { return meansAPI(code.text[w.start:w.end], names) }
		if isClient(c.name) || !slices.Contains(noProcess, c.name) && slices.ContainsFunc(c.args, isURL) {
			found = append(found, c)
		}
	}
	return found
}

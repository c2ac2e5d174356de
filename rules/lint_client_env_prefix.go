package rules

import (
	"bytes"
	"slices"
	"strings"
)

// clientEnvPrefix finds variables for credentials that bundlers copy into their output.
var clientEnvPrefix = Rule{
	ID:    "client-env-prefix",
	Title: "Credential variable that bundlers inline",
	Help: `A bundler copies the value of a variable for a QA Sphere credential into its output,
because of the variable's prefix or because of the bundler's configuration. Anyone who
opens the page or unpacks the application can then read the key. The finding does not
depend on whether the variable has a value here.

The rule knows the prefixes of Vite, Next.js, Create React App, Expo, Nuxt, SvelteKit
and Astro, Gatsby, Vue CLI, Angular and Storybook, and the settings ` + "`define`" + `,
` + "`DefinePlugin`, `EnvironmentPlugin`, `envPrefix`" + ` and ` + "`env`" + ` of Next.js.

## Example

~~~sh .env
VITE_QAS_URL=https://acme.eu1.qasphere.com
VITE_QAS_TOKEN=
~~~

Better, with a server that reads the variable and that the page calls:

~~~sh .env
QAS_URL=https://acme.eu1.qasphere.com
QAS_TOKEN=
VITE_API_URL=/api
~~~

## Remediation

1. Call QA Sphere from a server, and let the page call that server.
2. Remove the prefix from the variable, and the variable from the bundler's
   configuration.
3. If the variable had a value in any build, rotate the key: QA Sphere, Settings → API
   Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true, Name: true}},
	Find: func(text []byte, at int) (Match, bool) {
		start, end := nameAround(text, at)
		name := string(text[start:end])
		m := Match{Start: start, End: end, Severity: Warning, Confidence: High, Subject: name, ByName: true}
		if by := inlinedPrefix(name); by != "" {
			m.Message = by + " copies " + name + " into its output, where anyone can read the key"
			return m, true
		}
		if start > 0 && isQuote(text[start-1]) && inEnvPrefix(text, at, name) {
			m.Message = "Vite copies all variables that begin with " + name + " into its output, including the key"
			return m, true
		}
		if !isCredentialName(name) {
			return Match{}, false
		}
		if by := definedFor(text, at); by != "" {
			m.Message = by + " copies " + name + " into the build, where anyone can read the key"
			return m, true
		}
		return Match{}, false
	},
}

// inliningPrefixes are the prefixes of variables that bundlers inline, from the
// documentation of each bundler.
var inliningPrefixes = []struct{ prefix, by string }{
	{"VITE_", "Vite"},
	{"NEXT_PUBLIC_", "Next.js"},
	{"REACT_APP_", "Create React App"},
	{"EXPO_PUBLIC_", "Expo"},
	{"NUXT_PUBLIC_", "Nuxt"},
	{"PUBLIC_", "SvelteKit and Astro"},
	{"GATSBY_", "Gatsby"},
	{"VUE_APP_", "Vue CLI"},
	{"NG_APP_", "Angular"},
	{"STORYBOOK_", "Storybook"},
}

// inlinedPrefix returns the bundler that inlines a variable for a credential because of
// its prefix, or "".
func inlinedPrefix(name string) string {
	for _, p := range inliningPrefixes {
		if rest, ok := strings.CutPrefix(name, p.prefix); ok && isCredentialName(rest) {
			return p.by
		}
	}
	return ""
}

// inEnvPrefix reports whether a quoted name is a prefix in Vite's envPrefix, and one of
// the variables of the client or of the MCP server.
func inEnvPrefix(text []byte, at int, name string) bool {
	if !strings.HasPrefix("QAS_TOKEN", name) && !strings.HasPrefix("QASPHERE_API_KEY", name) {
		return false
	}
	before := around(text, at, 120, 0)
	i := bytes.LastIndex(before, []byte("envPrefix"))
	return i >= 0 && !bytes.ContainsAny(before[i:], "]};\n")
}

// isBracket has the bytes that definedFor looks at.
var isBracket = [256]bool{'(': true, ')': true, '[': true, ']': true, '{': true, '}': true, '!': true}

// bundlers are parts of the words that definedFor looks for.
var bundlers = []string{"efine", "vironmentPlugin", "env"}

// definedFor returns the setting that writes the expression around text[at] into a
// bundle, or "".
func definedFor(text []byte, at int) string {
	const longest = Reach - 128
	before := around(text, at, longest, 0)
	isIn := func(c byte) bool { return bytes.IndexByte(before, c) >= 0 }
	if !isIn('(') && !isIn('[') && !isIn('{') {
		return ""
	}
	if !slices.ContainsFunc(bundlers, func(word string) bool { return bytes.Contains(before, []byte(word)) }) {
		return ""
	}
	depth := 0
	for i := at - 1; i >= 0 && at-i < longest; i-- {
		if !isBracket[text[i]] {
			continue
		}
		switch c := text[i]; c {
		case ')', ']', '}':
			depth++
		case '!':
			if depth == 0 && i > 0 && text[i-1] == '!' {
				return "" // only whether there is a value
			}
		case '(', '[', '{':
			if depth > 0 {
				depth--
				continue
			}
			switch word, assigned := wordBefore(text, i); {
			case word == "Boolean":
				return ""
			case word == "DefinePlugin" || word == "EnvironmentPlugin":
				return word
			case word == "define" && assigned:
				return "define"
			case word == "env" && assigned && c == '{' && containsFold(before, "nextconfig"):
				return "Next.js, by its setting env,"
			}
		}
	}
	return ""
}

// wordBefore returns the name before an opening bracket at text[at], and whether the
// bracket is assigned to it.
func wordBefore(text []byte, at int) (word string, assigned bool) {
	end := at
	for end > 0 && at-end < 16 && bytes.IndexByte([]byte(" \t\r\n:=('\""), text[end-1]) >= 0 {
		assigned = assigned || text[end-1] == ':' || text[end-1] == '='
		end--
	}
	start := end
	for start > 0 && end-start < 32 && isIdentifierByte(text[start-1]) {
		start--
	}
	return string(text[start:end]), assigned
}

package rules

import (
	"bytes"
	"strings"
)

// clientEnvPrefix sees the name of a credential under which bundlers take it into
// what they build.
var clientEnvPrefix = Rule{
	ID:    "client-env-prefix",
	Title: "Credential variable that bundlers inline",
	Help: `A variable for a QA Sphere credential has a prefix by which a bundler writes its
value into what it builds, or the bundler is told to in its configuration. Whoever opens
the page or unpacks the app can read the key then, even if the variable has no value
here yet.

The prefixes are those of Vite, Next.js, Create React App, Expo, Nuxt, SvelteKit and
Astro, Gatsby, Vue CLI, Angular and Storybook; the configurations ` + "`define`, `DefinePlugin`,\n`EnvironmentPlugin`, `envPrefix`" + ` and ` + "`env`" + ` of Next.js.

## Example

~~~sh .env
VITE_QAS_TOKEN=
~~~

Better, and read by the server that the page asks:

~~~sh .env
QAS_TOKEN=
VITE_API_URL=/api
~~~

## Remediation

1. Call QA Sphere from a server, and have the page ask that.
2. Take the prefix off the variable, and the variable out of the bundler's configuration.
3. If it ever had a value in a build, rotate the key: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Anchors:    []Anchor{{Literal: "QAS", Fold: true}},
	Find: func(text []byte, at int) (Match, bool) {
		start, end := nameAround(text, at)
		name := string(text[start:end])
		m := Match{Start: start, End: end, Severity: Warning, Confidence: High, Subject: name}
		if why := inlinedPrefix(name); why != "" {
			m.Message = name + " is written by " + why + " into what it builds: whoever gets that can read the key"
			return m, true
		}
		if start > 0 && isQuote(text[start-1]) && inEnvPrefix(text, at, name) {
			m.Message = "Vite writes all variables that begin with " + name + " into what it builds, the key too"
			return m, true
		}
		if !isCredentialName(name) {
			return Match{}, false
		}
		if by := definedFor(text, at); by != "" {
			m.Message = name + " is written by " + by + " into what is built: whoever gets that can read the key"
			return m, true
		}
		return Match{}, false
	},
}

// inliningPrefixes are those of variables that bundlers inline, and whose they are,
// from the documentation of each.
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

// inlinedPrefix returns which bundler inlines a variable for a credential; empty if
// none does.
func inlinedPrefix(name string) string {
	for _, p := range inliningPrefixes {
		if rest, ok := strings.CutPrefix(name, p.prefix); ok && isCredentialName(rest) {
			return p.by
		}
	}
	return ""
}

// inEnvPrefix reports whether a name in quotes stands in Vite's envPrefix and takes
// in the variables of the client or of the MCP server.
func inEnvPrefix(text []byte, at int, name string) bool {
	if !strings.HasPrefix("QAS_TOKEN", name) && !strings.HasPrefix("QASPHERE_API_KEY", name) {
		return false
	}
	before := around(text, at, 120, 0)
	i := bytes.LastIndex(before, []byte("envPrefix"))
	return i >= 0 && !bytes.ContainsAny(before[i:], "]};\n")
}

// definedFor returns by what the expression around text[at] is written into a bundle;
// empty if by nothing.
func definedFor(text []byte, at int) string {
	const longest = Reach - 128
	depth := 0
	for i := at - 1; i >= 0 && at-i < longest; i-- {
		switch c := text[i]; c {
		case ')', ']', '}':
			depth++
		case '!':
			if depth == 0 && i > 0 && text[i-1] == '!' {
				return "" // whether there is one, not which
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
			case word == "env" && assigned && c == '{' && containsFold(around(text, at, longest, 0), "nextconfig"):
				return "env of Next.js"
			}
		}
	}
	return ""
}

// wordBefore returns the name that stands before an opening bracket at text[at], and
// whether the bracket is assigned to it.
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

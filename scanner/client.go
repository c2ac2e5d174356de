package scanner

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
)

// delivery says how a file, or parts of it, are delivered to clients.
type delivery struct {
	way   string
	parts []deliveredPart
}

// deliveredPart is a part of a file that is delivered in a way of its own.
type deliveredPart struct {
	start, end int
	way        string
}

// at returns how the place in the file is delivered, as "in a webpack bundle"; "" if
// it is not known to be.
func (d delivery) at(place int) string {
	for _, p := range d.parts {
		if p.start <= place && place < p.end {
			return p.way
		}
	}
	return d.way
}

// deliver has a key that is delivered to clients named by the rule for that.
func (s *scan) deliver(f *sighting, d delivery) {
	if f.member == nil {
		f.at.client = d.at(f.hit.start)
	}
	if f.hit.match.Key == (rules.Key{}) || f.at.Severity != rules.Error {
		f.at.client = "" // an example of the documentation, or what may be no key
	}
	rule := s.clientRule()
	if f.at.client == "" || rule < 0 {
		return
	}
	f.hit.rule = rule
	f.at.Rule = s.opts.Rules[rule]
	f.at.message = "QA Sphere API key of tenant " + f.hit.match.Key.TenantID + " " + f.at.client
}

// clientRule returns the index of the rule for keys that are delivered to clients; -1
// if it was not selected.
func (s *scan) clientRule() int {
	return slices.IndexFunc(s.opts.Rules, func(r rules.Rule) bool { return r.ID == rules.ClientEmbeddedID })
}

// deliveryOf makes out whether a file is delivered to clients, by how it is built and
// by what stands beside it. Where it could as well be a script of a server or a test,
// it is not.
func deliveryOf(b Blob) delivery {
	switch {
	case bytes.HasPrefix(b.Data, hermesMagic):
		return delivery{way: "in a React Native bundle (Hermes bytecode)"}
	case isTestPath(b.Path):
	case isHTML(b.Data):
		if parts := inlineScripts(b.Data); len(parts) > 0 && !isReport(b.Data) {
			return delivery{parts: parts}
		}
	case isSourceMap(b.Data):
		if parts := mappedSources(b.Path, b.Data); len(parts) > 0 {
			return delivery{parts: parts}
		}
	default:
		if way := scriptDelivery(b.Path, b.Data); way != "" {
			return delivery{way: way}
		}
	}
	return delivery{way: packageDelivery(b)}
}

// hermesMagic begins the bytecode of React Native's engine (github.com/facebook/hermes,
// BytecodeFileFormat.h: 0x1F1903C103BC1FC6 in little endian).
var hermesMagic = []byte{0xc6, 0x1f, 0xbc, 0x03, 0xc1, 0x03, 0x19, 0x1f}

// testFolders are where test runners read from and write to.
var testFolders = map[string]bool{
	"test": true, "tests": true, "__tests__": true, "spec": true, "specs": true, "e2e": true, "fixtures": true,
	"__fixtures__": true, "__mocks__": true, "testdata": true, "cypress": true, "playwright-report": true,
	"test-results": true, "allure-results": true, "allure-report": true, "coverage": true, "reports": true,
	"newman": true, "node_modules": true,
}

var testName = regexp.MustCompile(`(?i)\.(test|spec|cy|e2e|config)\.[cm]?[jt]sx?(\.map)?$`)

// isTestPath reports whether a path is one of tests, or of what others published.
func isTestPath(name string) bool {
	for folder := range strings.SplitSeq(path.Dir(name), "/") {
		if testFolders[strings.ToLower(folder)] {
			return true
		}
	}
	return testName.MatchString(name)
}

// runtimes are what the runtimes of bundlers for browsers begin their files with; no
// file for a server does.
var runtimes = []struct {
	pattern *regexp.Regexp
	way     string
}{
	{regexp.MustCompile(`^[^\n]{0,200}\bwebpackChunk_N_E\b`), "in a Next.js bundle"},
	{regexp.MustCompile(`\b(self|window|globalThis|this)(\.|\[")webpack(Chunk|Jsonp)[\w$.-]*("\])?\s*=`), "in a webpack bundle"},
	{regexp.MustCompile(`^[^\n]{0,40}\b(globalThis|self)\.TURBOPACK\b`), "in a Next.js bundle"},
	{regexp.MustCompile(`\b__BUNDLE_START_TIME__\s*=|\b__d\(\(?function\s*\(`), "in a React Native bundle"},
	{regexp.MustCompile(`^(\(self|self|\(window|window)\.__next_f\b`), "in a Next.js bundle"},
}

// Signs in a script. The patterns of Go's regexp take time linear in the text.
var (
	isBrowser   = regexp.MustCompile(`\b(document\.|window\.|localStorage\b|sessionStorage\b|navigator\.|XMLHttpRequest\b|customElements\.)`)
	isOnServer  = regexp.MustCompile("[\"'`]node:[a-z_/]+[\"'`]|(\\brequire\\(\\s*|\\bfrom\\s*|\\bimport\\s*)[\"'`](fs|fs/promises|child_process|http|https|http2|net|tls|os|cluster|worker_threads|readline|electron)[\"'`]|\\bprocess\\.(argv|exit|stdout|stdin)\\b|^\\s*module\\.exports\\s*=|\\bmodule\\.exports\\s*=\\s*(__webpack_exports__|__toCommonJS|require\\()|\\bexports\\.handler\\s*=")
	isEnvAtRun  = regexp.MustCompile(`\bprocess\.env(\.[A-Z_a-z]|\[)|\bimport\.meta\.dirname\b|\b(Deno|Bun)\.`)
	isTest      = regexp.MustCompile("[\"'`](@playwright/test|@jest/globals|vitest|mocha|cypress|k6(/[a-z]+)?|supertest)[\"'`]|\\bcy\\.(visit|request)\\(|\\b__karma__\\b|\\bpm\\.(test|environment)\\b")
	isVite      = regexp.MustCompile("\\b__vite__mapDeps\\b|\\brelList\\b[^;]{0,80}\\bsupports\\b[^;]{0,40}modulepreload|rel\\s*===?\\s*[\"'`]modulepreload")
	isWorker    = regexp.MustCompile("\\bself\\.addEventListener\\(\\s*[\"'`](install|activate|push|notificationclick)[\"'`]|\\bself\\.__WB_MANIFEST\\b|\\bprecacheAndRoute\\(")
	isWebpack   = regexp.MustCompile(`\b__webpack_require__\b|webpackBootstrap|\bwebpackChunk`)
	isParcel    = regexp.MustCompile(`\bparcelRequire`)
	isESBuild   = regexp.MustCompile(`^\s*("use strict";\s*)?\(\(\)\s*=>\s*\{\s*(//|var __(defProp|getOwn|create))|\b__(defProp|toESM|commonJS|copyProps)\s*=`)
	isIIFE      = regexp.MustCompile(`^\s*("use strict";\s*)?(;?!?\(?function\s*\(|\(\(\)\s*=>\s*\{|(var|const|let)\s+[\w$]+\s*=\s*\(\(\)\s*=>|["']use strict["'];)`)
	isSettings  = regexp.MustCompile(`^\s*(window|self|globalThis)(\.\w+|\[["'][\w.$-]+["']\])\s*=`)
	isFetching  = regexp.MustCompile(`\bfetch\(|\bXMLHttpRequest\b`)
	hasMap      = regexp.MustCompile(`//[#@] ?sourceMappingURL=`)
	serverPath  = regexp.MustCompile(`(^|/)(server|ssr|functions|lambda|api|bin|cli)/`)
	nodeChunk   = regexp.MustCompile(`^chunk-[A-Z0-9]{8}\.`)
	scriptExts  = []string{".js", ".mjs", ".bundle", ".jsbundle", ".hbc", ""}
	builtFolder = regexp.MustCompile(`(^|/)(public|static|assets|dist|build|www|out)/`)
)

// scriptDelivery tells how a script is delivered to browsers; "" if it is not known
// to be.
func scriptDelivery(name string, data []byte) string {
	if !slices.Contains(scriptExts, strings.ToLower(path.Ext(name))) || bytes.HasPrefix(data, []byte("#!")) {
		return ""
	}
	const headLen = 2 << 10
	text := trimLicense(data)
	head := text[:min(len(text), headLen)]
	if serverPath.MatchString(name) {
		return ""
	}
	for _, r := range runtimes {
		if r.pattern.Match(head) {
			return r.way
		}
	}
	if isOnServer.Match(text) || isTest.Match(text) {
		return ""
	}
	browser := isBrowser.Match(text)
	switch {
	case isVite.Match(text):
		return "in a Vite bundle"
	case isWorker.Match(text):
		return "in a service worker"
	case isWebpack.Match(text) && (browser || isFetching.Match(text)):
		return "in a webpack bundle"
	case isParcel.Match(text):
		return "in a Parcel bundle"
	case isEnvAtRun.Match(text):
		return ""
	case isESBuild.Match(text) && (browser || isIIFE.Match(text)):
		return "in an esbuild bundle"
	case isSettings.Match(text) && builtFolder.MatchString(name):
		return "in a script of settings for the browser"
	}
	minified, hashed := isMinified(text), isHashed(name)
	switch {
	case hashed && (browser || minified && !nodeChunk.MatchString(path.Base(name))):
		return "in a bundle with a hashed name"
	case minified && browser && (hasMap.Match(text) || isIIFE.Match(text) || strings.Contains(name, ".min.")),
		minified && isIIFE.Match(text) && isFetching.Match(text):
		return "in a minified bundle"
	}
	return ""
}

// trimLicense returns a script without the comments that it begins with.
func trimLicense(text []byte) []byte {
	for {
		text = bytes.TrimLeft(text, "\ufeff \t\r\n")
		rest, ok := bytes.CutPrefix(text, []byte("/*"))
		if !ok {
			return text
		}
		_, after, ok := bytes.Cut(rest, []byte("*/"))
		if !ok {
			return text
		}
		text = after
	}
}

// isMinified reports whether less than a tenth of a script is white space, as people
// never write.
func isMinified(text []byte) bool {
	if at := hasMap.FindIndex(text); at != nil {
		text = text[:at[0]]
	}
	blanks := 0
	for _, c := range text {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			blanks++
		}
	}
	return len(text) > 60 && blanks*10 < len(text)
}

// isHashed reports whether a name ends in a hash of the content, of one of the lengths
// that bundlers write: "index-CKURceVt.js", "main.ba7c1a07d7786c611156.js".
func isHashed(name string) bool {
	stem := strings.TrimSuffix(path.Base(name), ".map")
	stem = strings.TrimSuffix(stem, path.Ext(stem))
	for _, n := range []int{8, 10, 13, 16, 20, 32} {
		at := len(stem) - n
		if at < 0 || at > 0 && !strings.ContainsRune("-._~", rune(stem[at-1])) {
			continue
		}
		if looksHashed(stem[at:]) {
			return true
		}
	}
	return false
}

// looksHashed reports whether a word mixes digits with letters, or cases as no words
// do.
func looksHashed(word string) bool {
	digits, letters, turns := 0, 0, 0
	for i := range len(word) {
		c := word[i]
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
			if i > 0 && word[i-1] > '9' && (word[i-1]^c)&0x20 != 0 {
				turns++
			}
		case c != '-' && c != '_':
			return false
		}
	}
	return digits > 0 && letters > 0 || turns > 2
}

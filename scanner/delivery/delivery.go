// Package delivery determines whether a file ships to clients: web pages, JavaScript
// bundles, source maps, mobile and desktop applications, published packages. It uses
// the content and the name of the file, and manifests in the same tree. If a server
// or a test may run the file as well, the answer is that it does not ship.
package delivery

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Delivery describes how a file, or parts of it, ship to clients.
type Delivery struct {
	way   string
	parts []deliveredPart
}

// deliveredPart is a part of a file that ships in a different way than the rest.
type deliveredPart struct {
	start, end int
	way        string
}

// At returns how the text at an offset in the file ships to clients, as "in a webpack
// bundle"; "" if it is not known to ship.
func (d Delivery) At(place int) string {
	for _, p := range d.parts {
		if p.start <= place && place < p.end {
			return p.way
		}
	}
	return d.way
}

// Of determines how a file ships to clients, by its content and by the files around
// it. A file that may also be a script of a server or a test does not ship. readFile
// reads a file of the same tree by its path; it is nil if there is no tree.
func Of(name string, data []byte, readFile func(name string) []byte) Delivery {
	switch {
	case bytes.HasPrefix(data, hermesMagic):
		return Delivery{way: "in a React Native bundle (Hermes bytecode)"}
	case isTestPath(name), len(data) > maxDelivered:
	case mobileSource(name) != "":
		return Delivery{way: mobileSource(name)}
	case isHTML(data):
		if parts := inlineScripts(data); len(parts) > 0 && !isReport(data) {
			return Delivery{parts: parts}
		}
	case isSourceMap(data):
		if parts := mappedSources(name, data); len(parts) > 0 {
			return Delivery{parts: parts}
		}
	default:
		if way := scriptDelivery(name, data); way != "" {
			return Delivery{way: way}
		}
	}
	return Delivery{way: packageDelivery(name, readFile)}
}

// mobileSources match the paths of source files that a build copies into an application:
// developer.android.com, "App resources overview"; developer.apple.com, "Bundle
// Resources", "Information Property List".
var mobileSources = []struct {
	pattern *regexp.Regexp
	way     string
}{
	{regexp.MustCompile(`(^|/)res/values[^/]*/[^/]+\.xml$`), "in the resources of an Android application"},
	{regexp.MustCompile(`(^|/)src/main/assets/`), "in the assets of an Android application"},
	{regexp.MustCompile(`(^|[/-])Info\.plist$`), "in the Info.plist of an Apple application"},
}

// mobileSource returns how a source file ships in an application; "" if it does not.
func mobileSource(name string) string {
	for _, source := range mobileSources {
		if source.pattern.MatchString(name) {
			return source.way
		}
	}
	return ""
}

// maxDelivered is the maximum size of a page, a map or a script that is examined.
// Bundles are smaller; reports and logs may be larger.
const maxDelivered = 64 << 20

// hermesMagic is the start of the bytecode of React Native's engine
// (github.com/facebook/hermes, BytecodeFileFormat.h: 0x1F1903C103BC1FC6 in little
// endian).
var hermesMagic = []byte{0xc6, 0x1f, 0xbc, 0x03, 0xc1, 0x03, 0x19, 0x1f}

// testFolders are folders that test runners read or write, and dependencies.
var testFolders = map[string]bool{
	"test": true, "tests": true, "__tests__": true, "spec": true, "specs": true, "e2e": true, "fixtures": true,
	"__fixtures__": true, "__mocks__": true, "testdata": true, "cypress": true, "playwright-report": true,
	"test-results": true, "allure-results": true, "allure-report": true, "coverage": true, "reports": true,
	"newman": true, "node_modules": true,
}

var testName = regexp.MustCompile(`(?i)\.(test|spec|cy|e2e|config)\.[cm]?[jt]sx?(\.map)?$`)

// isTestPath reports whether a path is part of tests or of dependencies.
func isTestPath(name string) bool {
	for folder := range strings.SplitSeq(path.Dir(name), "/") {
		if testFolders[strings.ToLower(folder)] {
			return true
		}
	}
	return testName.MatchString(name)
}

// runtimes match the start of files that bundlers for browsers write. No file for a
// server starts like this. They are only matched at the start of a file.
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

// Starts and paths of scripts.
var (
	startsESBuild = regexp.MustCompile(`^\s*("use strict";\s*)?\(\(\)\s*=>\s*\{\s*(//|var __(defProp|getOwn|create))`)
	startsCall    = regexp.MustCompile(`^\s*("use strict";\s*)?(;?!?\(?function\s*\(|\(\(\)\s*=>\s*\{|(var|const|let)\s+[\w$]+\s*=\s*\(\(\)\s*=>)`)
	startsSetting = regexp.MustCompile(`^\s*(window|self|globalThis)(\.\w+|\[["'][\w.$-]+["']\])\s*=`)
	startsModule  = regexp.MustCompile(`^\s*module\.exports\s*=`)
	serverPath    = regexp.MustCompile(`(^|/)(server|ssr|functions|lambda|api|bin|cli)/`)
	builtFolder   = regexp.MustCompile(`(^|/)(public|static|assets|dist|build|www|out)/`)
	nodeName      = regexp.MustCompile(`^chunk-[A-Z0-9]{8}\.`) // of tsup, which bundles for Node.js
	scriptExts    = []string{".js", ".mjs", ".bundle", ".jsbundle", ".hbc", ""}
)

// sign is a set of literals. Each of them, in a script, indicates what the script is.
type sign []string

func (s sign) in(text []byte) bool {
	return slices.ContainsFunc(s, func(literal string) bool { return bytes.Contains(text, []byte(literal)) })
}

// quoted returns a sign of names as string literals that follow the text before.
func quoted(before string, names ...string) sign {
	var s sign
	for _, name := range names {
		for _, quote := range []string{`"`, `'`, "`"} {
			s = append(s, before+quote+name+quote)
		}
	}
	return s
}

var (
	signBrowser = sign{"document.", "window.", "localStorage", "sessionStorage", "navigator.", "XMLHttpRequest", "customElements."}
	signFetch   = sign{"fetch(", "XMLHttpRequest"}
	signServer  = sign{`"node:`, "'node:", "`node:", "process.argv", "process.exit", "process.stdout", "process.stdin", "exports.handler", "module.exports = require(", "__toCommonJS("}
	signEnv     = sign{"process.env.", "process.env[", "import.meta.dirname", "Deno.", "Bun."}
	signTest    = append(quoted("", "@playwright/test", "@jest/globals", "vitest", "mocha", "cypress", "k6", "k6/http", "supertest"), "cy.visit(", "cy.request(", "__karma__", "pm.test(", "pm.environment")
	signWorker  = append(quoted("self.addEventListener(", "install", "activate", "push", "notificationclick"), "self.__WB_MANIFEST", "precacheAndRoute(")
	signWebpack = sign{"__webpack_require__", "webpackBootstrap", "webpackChunk"}
	signESBuild = sign{"__defProp=", "__defProp =", "__toESM=", "__toESM =", "__commonJS=", "__commonJS =", "__copyProps=", "__copyProps ="}
	signMap     = sign{"//# sourceMappingURL=", "//@ sourceMappingURL="}
	builtins    = quoted("", "fs", "fs/promises", "child_process", "http", "https", "http2", "net", "tls", "os", "cluster", "worker_threads", "readline", "electron")
)

// isOnServer reports whether a script can run only on a server.
func isOnServer(text []byte) bool {
	if signServer.in(text) || startsModule.Match(text) || bytes.Contains(text, []byte("\nmodule.exports")) && !bytes.Contains(text, []byte("/***/")) {
		return true
	}
	for _, module := range builtins {
		for rest := text; ; {
			before, after, ok := bytes.Cut(rest, []byte(module))
			if !ok {
				break
			}
			before = bytes.TrimRight(before[max(0, len(before)-16):], " \t\n")
			if bytes.HasSuffix(before, []byte("require(")) || bytes.HasSuffix(before, []byte("from")) || bytes.HasSuffix(before, []byte("import")) {
				return true
			}
			rest = after
		}
	}
	return false
}

// isVite reports whether a script has the code that Vite adds to the entry script of
// a page.
func isVite(text []byte) bool {
	return sign{"__vite__mapDeps"}.in(text) ||
		sign{"modulepreload"}.in(text) && sign{"relList"}.in(text) && sign{".supports"}.in(text)
}

// scriptDelivery returns how a script ships to browsers; "" if it is not known to
// ship.
func scriptDelivery(name string, data []byte) string {
	if !slices.Contains(scriptExts, strings.ToLower(path.Ext(name))) || bytes.HasPrefix(data, []byte("#!")) || serverPath.MatchString(name) {
		return ""
	}
	const headLen = 2 << 10
	text := trimLicense(data)
	head := text[:min(len(text), headLen)]
	for _, r := range runtimes {
		if r.pattern.Match(head) {
			return r.way
		}
	}
	if isOnServer(text) || signTest.in(text) {
		return ""
	}
	browser, fetches, called := signBrowser.in(text), signFetch.in(text), startsCall.Match(head)
	switch {
	case isVite(text):
		return "in a Vite bundle"
	case signWorker.in(text):
		return "in a service worker"
	case signWebpack.in(text) && (browser || fetches):
		return "in a webpack bundle"
	case bytes.Contains(text, []byte("parcelRequire")):
		return "in a Parcel bundle"
	case signEnv.in(text), bytes.Contains(text, []byte("module.exports")):
		return ""
	case startsESBuild.Match(head), signESBuild.in(text) && (browser || called):
		return "in an esbuild bundle"
	case startsSetting.Match(head) && builtFolder.MatchString(name):
		return "in a settings script for the browser"
	}
	minified, hashed := isMinified(text), isHashed(name)
	switch {
	case hashed && (browser || minified && !nodeName.MatchString(path.Base(name))):
		return "in a bundle with a hashed name"
	case minified && browser && (called || signMap.in(text) || strings.Contains(name, ".min.")), minified && called && fetches:
		return "in a minified bundle"
	}
	return ""
}

// trimLicense returns a script without the comments at its start.
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

// isMinified reports whether less than a tenth of a script is white space, which no
// script written by hand has.
func isMinified(text []byte) bool {
	if at := bytes.LastIndex(text, []byte("sourceMappingURL=")); at >= 0 {
		text = text[:at]
	}
	blanks := 0
	for _, c := range text {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			blanks++
		}
	}
	return len(text) > 60 && blanks*10 < len(text)
}

// Content hashes in the names of bundles: hexadecimal (webpack, Parcel), base64 (Vite)
// or base32 (esbuild), and base36 (Turbopack).
var (
	hexHash  = regexp.MustCompile(`(^|[-._~])([0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{20}|[0-9a-f]{32})$`)
	wordHash = regexp.MustCompile(`(?:^|[-._~])([\w-]{8})$`)
	baseHash = regexp.MustCompile(`(?:^|[-._~])([0-9a-z_~-]{13})$`)
)

// isHashed reports whether a name ends with a content hash: "index-CKURceVt.js",
// "main.ba7c1a07d7786c611156.js".
func isHashed(name string) bool {
	stem := strings.TrimSuffix(path.Base(name), ".map")
	stem = strings.TrimSuffix(stem, path.Ext(stem))
	if hash := hexHash.FindStringSubmatch(stem); hash != nil {
		return strings.ContainsAny(hash[2], "0123456789") && strings.ContainsAny(hash[2], "abcdef")
	}
	if hash := wordHash.FindStringSubmatch(stem); hash != nil && isMixed(hash[1]) {
		return true
	}
	hash := baseHash.FindStringSubmatch(stem)
	return hash != nil && digits(hash[1]) > 1 && digits(hash[1]) < 10
}

// digits returns the number of digits in a word.
func digits(word string) int {
	n := 0
	for _, c := range word {
		if '0' <= c && c <= '9' {
			n++
		}
	}
	return n
}

// isMixed reports whether a word mixes capitals with digits, or mixes cases as no
// ordinary word does.
func isMixed(word string) bool {
	capitals, turns := 0, 0
	for i := range len(word) {
		if 'A' <= word[i] && word[i] <= 'Z' {
			capitals++
		}
		if i > 0 && word[i] > '9' && word[i-1] > '9' && (word[i-1]^word[i])&0x20 != 0 {
			turns++
		}
	}
	return capitals > 0 && (digits(word) > 0 || turns > 2)
}

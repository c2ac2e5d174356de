package site

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxName is the maximum length of a name in a text.
const maxName = 500

// addScript adds what a script, a style sheet or JSON names. text is that of f, or a part
// of a page.
func (c *crawl) addScript(f file, text []byte) {
	for escaped, plain := range map[string]string{`\/`: "/", `\u002F`: "/", `\u002f`: "/", `&quot;`: `"`} {
		if bytes.Contains(text, []byte(escaped)) {
			text = bytes.ReplaceAll(text, []byte(escaped), []byte(plain))
		}
	}
	var refs []reference
	if f.kind == style {
		refs = styleReferences(f.url, text)
	} else {
		refs = append(imports(f.url, text), literals(f, text)...)
		refs = append(refs, frameworkReferences(f, text)...)
		c.addLazy(f, text)
	}
	c.addAll(f, refs)
}

// importOf matches imports of modules and of scripts of workers, and the URLs that
// bundlers write for workers.
var importOf = regexp.MustCompile("(?:\\b(?:import|from|importScripts)\\s*\\(?|\\bnew\\s+URL\\s*\\()\\s*(?:/\\*[^*]{0,200}\\*/\\s*)?[\"'`]([^\"'`\\s\\\\]+)[\"'`]")

// imports returns the modules that a script imports. A browser resolves their names
// against the URL of the script.
func imports(base *url.URL, text []byte) []reference {
	var refs []reference
	for _, match := range importOf.FindAllSubmatch(text, maxReferences) {
		name := string(match[1])
		if len(name) > maxName {
			continue
		}
		isURL := bytes.Contains(match[0], []byte("URL"))
		isPath := strings.HasPrefix(name, "/") || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "https://")
		kind, known := kindOf(name)
		switch {
		case isURL && !known, !isURL && !isPath && !bytes.HasPrefix(match[0], []byte("importScripts")):
			continue // an image, or the name of a package
		case !known:
			kind = script
		}
		if u := resolve(base, name); u != nil {
			refs = append(refs, reference{urls: []*url.URL{u}, kind: kind, sure: !isURL})
		}
	}
	return refs
}

// kindOf returns the kind of file by its name.
func kindOf(name string) (kind, bool) {
	name, _, _ = strings.Cut(name, "?")
	name, _, _ = strings.Cut(name, "#")
	switch strings.ToLower(path.Ext(name)) {
	case ".js", ".mjs":
		return script, true
	case ".css":
		return style, true
	case ".json", ".webmanifest":
		return data, true
	case ".html", ".htm":
		return page, true
	}
	return 0, false
}

// maxLiterals is the maximum number of strings of one text that are looked at.
const maxLiterals = 100_000

// endings are the ends of names that are searched in a text.
var endings = [][]byte{[]byte(".js"), []byte(".mjs"), []byte(".css"), []byte(".html")}

// literals returns the strings in a text that look like names of files: lists of lazy
// scripts and of what a service worker stores, configurations that are loaded at run
// time.
func literals(f file, text []byte) []reference {
	stores := bytes.Contains(text, []byte("precache")) || bytes.Contains(text, []byte("revision")) || bytes.Contains(text, []byte(`"assetGroups"`))
	var refs []reference
	seen := map[string]bool{}
	hits := 0
	for _, ending := range endings {
		if !stores && string(ending) == ".html" {
			continue // templates
		}
		for at := 0; len(refs) < maxReferences && hits < maxLiterals; hits++ {
			next := bytes.Index(text[at:], ending)
			if next < 0 {
				break
			}
			at += next + len(ending)
			name := literalAround(text, at-len(ending))
			kind, ok := kindOf(name)
			if !ok || seen[name] {
				continue
			}
			seen[name] = true
			if urls := candidates(f, name); len(urls) > 0 {
				refs = append(refs, reference{urls: urls, kind: kind})
			}
		}
	}
	return refs
}

// literalAround returns the string literal around an offset; "" if there is none, or if
// it cannot be a name.
func literalAround(text []byte, at int) string {
	const (
		quotes = "\"'`"
		never  = " \t\r\n<>{}|^\\;,*!"
	)
	start := at
	for start > 0 && at-start < maxName && !strings.ContainsRune(quotes+never, rune(text[start-1])) {
		start--
	}
	end := at
	for end < len(text) && end-at < maxName && !strings.ContainsRune(quotes+never, rune(text[end])) {
		end++
	}
	if start == 0 || end == len(text) || start == at || text[start-1] == '\\' && start < 2 {
		return ""
	}
	opens, closes := text[start-1], text[end]
	if closes == '\\' && end+1 < len(text) {
		closes = text[end+1]
	}
	if strings.IndexByte(quotes, opens) < 0 || opens != closes {
		return ""
	}
	return string(text[start:end])
}

// candidates returns the URLs that a name in a script may have. A browser resolves it
// against the page or the script, and bundlers against the directory that they deploy
// to.
func candidates(f file, name string) []*url.URL {
	base, page := f.url, f.base
	var bases []*url.URL
	switch at := strings.Index(name, "https://"); {
	case at > 0: // name@https://…, of module federation
		name = name[at:]
		fallthrough
	case at == 0:
		bases = []*url.URL{base}
	case strings.HasPrefix(name, "./"), strings.HasPrefix(name, "../"):
		bases = []*url.URL{base, page}
	case strings.HasPrefix(name, "/"):
		bases = []*url.URL{page, base}
	case strings.Contains(name, ":"):
		return nil
	default:
		if root := deployed(base, name); root != nil {
			bases = append(bases, root)
		}
		if f.root != nil {
			bases = append(bases, f.root)
		}
		bases = append(bases, base, page)
	}
	var urls []*url.URL
	for _, b := range bases {
		if u := resolve(b, name); u != nil && !slices.ContainsFunc(urls, func(known *url.URL) bool { return known.String() == u.String() }) {
			urls = append(urls, u)
		}
	}
	return urls
}

// deployed returns the directory that a bundler deployed to, if the URL of a script shows
// it: "assets/a.js", named by /app/assets/b.js, is below /app/.
func deployed(base *url.URL, name string) *url.URL {
	first, _, ok := strings.Cut(name, "/")
	if !ok {
		return nil
	}
	before, _, ok := strings.Cut(base.Path, "/"+first+"/")
	if !ok {
		return nil
	}
	return &url.URL{Scheme: base.Scheme, Host: base.Host, Path: before + "/"}
}

var styleImport = regexp.MustCompile(`@import\s+(?:url\(\s*)?["']?([^"')\s;]+)`)

// styleReferences returns the style sheets that a style sheet imports.
func styleReferences(base *url.URL, text []byte) []reference {
	var refs []reference
	for _, match := range styleImport.FindAllSubmatch(text, maxReferences) {
		if u := resolve(base, string(match[1])); u != nil {
			refs = append(refs, reference{urls: []*url.URL{u}, kind: style, sure: true})
		}
	}
	return refs
}

package site

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// lazyScripts has what is known of the lazy scripts of webpack and bundlers like it: the
// functions that compute their names, and their IDs, which other scripts have. It is
// guarded by crawl.mu.
type lazyScripts struct {
	functions []nameFunction
	ids       map[string]bool
}

// nameFunction computes the name of a lazy script from its ID.
type nameFunction struct {
	name  expression
	bases []*url.URL // directories that the name may be relative to
	page  *url.URL
}

// Limits of what is kept of one site.
const (
	maxFunctions = 20
	maxIDs       = 5000
)

var (
	// assigned matches the start of a function that computes names: of scripts, u, and of
	// style sheets, miniCssF and k.
	assigned = regexp.MustCompile(`\.(?:u|miniCssF|k|src)\s*=\s*(?:function\s*\w*\s*\(\s*([\w$]+)\s*\)\s*\{|\(?\s*([\w$]+)\s*\)?\s*=>\s*\{?)`)
	// older matches such a function in webpack 4.
	older = regexp.MustCompile(`\bfunction\s*\w*\(\s*([\w$]+)\s*\)\s*\{\s*(?:return\b|[\w$.]+\s*=)?\s*[\w$]+\.p\s*\+`)
	// loaded matches a call that loads a lazy script.
	loaded = regexp.MustCompile(`\.e\(\s*(?:/\*[^*]*\*/\s*)*(\d{1,20}|"[^"\\]+"|'[^'\\]+')`)
	// publicPath matches the directory that scripts are deployed to.
	publicPath = regexp.MustCompile(`\.p\s*=\s*(?:"([^"\\]*)"|'([^'\\]*)')`)
	// upwards matches the way to it from the directory of the script.
	upwards = regexp.MustCompile(`(?:\.p\s*=\s*[\w$]+|\.replace\([^()]*\)\)?)\s*\+\s*["'](\.\.?/[./]*)["']`)
)

// addLazy adds the lazy scripts whose names a script computes, or whose IDs it has.
func (c *crawl) addLazy(f file, text []byte) {
	if !bytes.Contains(text, []byte(".e(")) && !bytes.Contains(text, []byte(".p")) && !bytes.Contains(text, []byte(".u")) {
		return
	}
	functions := nameFunctions(f, text)
	var ids []string
	for _, match := range loaded.FindAllSubmatch(text, maxReferences) {
		ids = append(ids, strings.Trim(string(match[1]), `"'`))
	}
	c.mu.Lock()
	if c.lazy.ids == nil {
		c.lazy.ids = map[string]bool{}
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return c.lazy.ids[id] || len(c.lazy.ids) >= maxIDs })
	for _, id := range ids {
		c.lazy.ids[id] = true
	}
	before := c.lazy.functions
	functions = functions[:min(len(functions), maxFunctions-len(before))]
	c.lazy.functions = append(slices.Clip(before), functions...)
	all := make([]string, 0, len(c.lazy.ids))
	for id := range c.lazy.ids {
		all = append(all, id)
	}
	c.mu.Unlock()
	slices.Sort(all)
	for _, n := range before {
		c.addAll(file{reference: reference{base: n.page}}, n.references(ids))
	}
	for _, n := range functions {
		c.addAll(f, n.references(append(all, n.name.ids()...)))
	}
}

// nameFunctions returns the functions in a script that compute names.
func nameFunctions(f file, text []byte) []nameFunction {
	var found []nameFunction
	add := func(match []int, from int) {
		parameter := ""
		for i := 2; i < len(match); i += 2 {
			if match[i] >= 0 {
				parameter = string(text[match[i]:match[i+1]])
			}
		}
		if name, ok := parseFunction(text[from:], parameter); ok && len(found) < maxFunctions {
			found = append(found, nameFunction{name: name, page: f.base})
		}
	}
	for _, match := range assigned.FindAllSubmatchIndex(text, 200) {
		add(match, match[1])
	}
	for _, match := range older.FindAllSubmatchIndex(text, 200) {
		add(match, bytes.IndexByte(text[match[0]:], '{')+match[0]+1)
	}
	if len(found) == 0 {
		return nil
	}
	bases := deployments(f, text)
	for i := range found {
		found[i].bases = bases
	}
	return found
}

// deployments returns the directories that the names in a runtime may be relative to.
func deployments(f file, text []byte) []*url.URL {
	var bases []*url.URL
	add := func(base *url.URL, path string) {
		if u := resolve(base, path); u != nil && len(bases) < 4 {
			bases = append(bases, u)
		}
	}
	for _, match := range publicPath.FindAllSubmatch(text, 8) {
		path := string(match[1]) + string(match[2])
		if path == "" || strings.HasSuffix(path, "/") && !strings.ContainsAny(path, " <>") {
			add(f.base, path)
		}
	}
	for _, match := range upwards.FindAllSubmatch(text, 2) {
		add(f.url, string(match[1]))
	}
	add(f.url, ".")
	return bases
}

// references returns the scripts with some IDs.
func (n nameFunction) references(ids []string) []reference {
	var refs []reference
	seen := map[string]bool{}
	for _, id := range ids {
		name, ok := n.name.evaluate(id)
		kind, known := kindOf(name)
		if !ok || !known || seen[name] || len(name) > maxName {
			continue
		}
		seen[name] = true
		r := reference{kind: kind}
		for _, base := range n.bases {
			if u := resolve(base, name); u != nil {
				r.urls = append(r.urls, u)
			}
		}
		refs = append(refs, r)
	}
	return refs
}

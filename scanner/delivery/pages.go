package delivery

import (
	"bytes"
	"encoding/json"
	"path"
	"regexp"
	"strings"
)

// isHTML reports whether a file is an HTML page.
func isHTML(data []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 1<<10)], "\ufeff \t\r\n"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html")) ||
		bytes.HasPrefix(head, []byte("<!--")) && bytes.Contains(head, []byte("<html"))
}

var hasSource = regexp.MustCompile(`(?i)(^|\s)src\s*=`)

// inlineScripts returns the inline scripts of a page, including data blocks (HTML
// Living Standard, 4.12.1).
func inlineScripts(page []byte) []deliveredPart {
	var parts []deliveredPart
	for at := 0; ; {
		tag := indexTag(page, at, "<script")
		if tag < 0 {
			return parts
		}
		size := bytes.IndexByte(page[tag:], '>')
		if size < 0 {
			return parts
		}
		start := tag + size + 1
		end := indexTag(page, start, "</script")
		if end < 0 {
			end = len(page)
		}
		if !hasSource.Match(page[tag:start]) {
			parts = append(parts, deliveredPart{start, end, "in an inline script of an HTML page"})
		}
		at = end
	}
}

// indexTag returns the offset of the first tag in a page at or after an offset; -1 if
// there is none.
func indexTag(page []byte, at int, tag string) int {
	for {
		next := bytes.IndexByte(page[at:], '<')
		if next < 0 || at+next+len(tag) > len(page) {
			return -1
		}
		at += next
		if strings.EqualFold(string(page[at:at+len(tag)]), tag) {
			return at
		}
		at++
	}
}

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>|<meta\s[^>]*name=["']?generator["']?[^>]*>`)
	// reportTitle matches the titles of pages that test runners and documentation tools write.
	reportTitle = regexp.MustCompile(`(?i)\b(reports?|test(s|ing)?|results?|coverage|dashboard|trace viewer|docs?|documentation|api reference|playwright|allure|newman|postman|mochawesome|cucumber|junit|testng|jest|cypress|pytest|robot framework|jmeter|gatling|k6|lighthouse|swagger|redoc|sphinx|mkdocs|docusaurus|typedoc|javadoc|doxygen|jekyll|hugo|notebook|nbconvert)\b`)
)

// signReport is in the pages that test runners write, regardless of their titles.
var signReport = sign{"playwrightReport", "pytest-html", "mochawesome", "allure-", "allure.", "newman", "htmlextra", "data:application/zip;base64,", "swagger-ui", "nbconvert"}

// isReport reports whether a page is a test report or documentation.
func isReport(page []byte) bool {
	for _, title := range pageTitle.FindAll(page[:min(len(page), 64<<10)], -1) {
		if reportTitle.Match(title) {
			return true
		}
	}
	return signReport.in(page)
}

// isSourceMap reports whether a file is a source map (ECMA-426: a JSON object with
// version 3, sources and mappings).
func isSourceMap(data []byte) bool {
	data = bytes.TrimLeft(data, "\ufeff \t\r\n")
	data = bytes.TrimPrefix(data, []byte(")]}'\n"))
	return len(data) > 0 && data[0] == '{' &&
		bytes.Contains(data, []byte(`"version"`)) && bytes.Contains(data, []byte(`"mappings"`)) && bytes.Contains(data, []byte(`"sources`))
}

// mappedSources returns the sources in the source map of a client-side bundle, each
// with the name that the map gives it; none for a map of another script.
func mappedSources(name string, data []byte) []deliveredPart {
	prefix := bytes.Index(data, []byte("{"))
	var m struct {
		Version        int       `json:"version"`
		Sources        []string  `json:"sources"`
		SourcesContent []*string `json:"sourcesContent"`
		Mappings       *string   `json:"mappings"`
	}
	if json.Unmarshal(data[prefix:], &m) != nil || m.Version != 3 || m.Mappings == nil || len(m.Sources) == 0 {
		return nil
	}
	bundled := isHashed(name) || strings.Contains(name, ".min.") || strings.HasSuffix(name, ".bundle.map")
	for i, source := range m.Sources {
		if strings.Contains(source, "external commonjs") || strings.Contains(source, "external node-commonjs") {
			return nil
		}
		bundled = bundled || strings.HasPrefix(source, "webpack://") || strings.HasPrefix(source, "turbopack://")
		if i < len(m.SourcesContent) && m.SourcesContent[i] != nil {
			content := []byte(*m.SourcesContent[i])
			if isOnServer(content) || signTest.in(content) {
				return nil
			}
			bundled = bundled || len(m.Sources) > 1 && (signBrowser.in(content) || signFetch.in(content)) // the map of a compiler has only one source
		}
	}
	if !bundled || serverPath.MatchString(name) {
		return nil
	}
	parts := contentParts(data[prefix:], m.Sources)
	for i := range parts {
		parts[i].start += prefix
		parts[i].end += prefix
	}
	return parts
}

// contentParts returns the positions of the contents of sources in a source map.
func contentParts(data []byte, sources []string) []deliveredPart {
	var parts []deliveredPart
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return nil
	}
	for d.More() {
		field, err := d.Token()
		if err != nil {
			return nil
		}
		if field != "sourcesContent" {
			var skipped json.RawMessage
			if d.Decode(&skipped) != nil {
				return nil
			}
			continue
		}
		if _, err := d.Token(); err != nil {
			return nil
		}
		for i := 0; d.More(); i++ {
			start := int(d.InputOffset())
			if _, err := d.Token(); err != nil {
				return nil
			}
			way := "in a source map"
			if i < len(sources) {
				way += ", of " + sourceName(sources[i])
			}
			parts = append(parts, deliveredPart{start, int(d.InputOffset()), way})
		}
		break
	}
	return append(parts, deliveredPart{0, len(data), "in a source map"})
}

// sourceName returns the path of a source without the prefix that bundlers add.
func sourceName(source string) string {
	if _, rest, ok := strings.Cut(source, "://"); ok {
		source = rest
	}
	source = strings.TrimPrefix(path.Clean("/"+source), "/")
	source = strings.TrimPrefix(source, "[project]/")
	return clip(source)
}

// clip shortens a name that is too long for a message.
func clip(name string) string {
	const longest = 120
	if len(name) <= longest {
		return name
	}
	return strings.ToValidUTF8(name[:longest], "") + "…"
}

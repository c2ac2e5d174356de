package decode

import (
	"bytes"
	"strings"
)

// markup is text with tags between its characters: runs of documents and sheets (ECMA-376),
// spans of OpenDocument, highlighted code, <wbr>. Tags of cells, paragraphs and all other
// elements stay, since they separate texts.
var markup = Encoding{
	Name:   "markup",
	Escape: '<',
	Forms: func(literal string) []Form {
		// A tag that ends after the dot of an anchor, or begins before its last character.
		rest, ok := strings.CutPrefix(literal, ".")
		if !ok || len(rest) < 2 {
			return nil
		}
		return []Form{{Text: ">" + rest}, {Text: literal[:len(literal)-1] + "<"}}
	},
	Decode: func(text []byte, _, _ int, old Text) Text {
		return decodeRuns(text, "<", old, func(rest []byte) (byte, int) {
			return dropped, inlineTag(rest)
		})
	},
}

const (
	// maxTag is the length of the longest tag that is left out, maxTagName of its name.
	maxTag     = 400
	maxTagName = 24
)

// inlineTag returns the length of the tag or comment that begins text, if it is inside a
// line of text; otherwise 0. A slash may be escaped, as in JSON.
func inlineTag(text []byte) int {
	text = text[:min(len(text), maxTag)]
	if bytes.HasPrefix(text, []byte("<!--")) {
		if end := bytes.Index(text, []byte("-->")); end > 0 {
			return end + len("-->")
		}
		return 0
	}
	name := 1
	for name < len(text) && (text[name] == '/' || text[name] == '\\') {
		name++
	}
	end := name
	for end < len(text) && (text[end] == ':' || isDigitOrLetter(text[end])) {
		end++
	}
	if !isInline(text[name:end]) {
		return 0
	}
	if last := nextMark(text[end:], "<>"); last >= 0 && text[end+last] == '>' {
		return end + last + 1
	}
	return 0
}

// isInline reports whether the element of some name is a part of a line of text.
func isInline(name []byte) bool {
	if len(name) > maxTagName {
		return false
	}
	var lower [maxTagName]byte
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	name = lower[:len(name)]
	if prefix, local, ok := bytes.Cut(name, []byte(":")); ok && (string(prefix) == "w" || string(prefix) == "a") {
		return !officeBlocks[string(local)]
	}
	return inlineTags[string(name)]
}

// inlineTags are the elements inside a line in HTML, wikis, SVG, OpenDocument, and the shared
// strings of sheets.
var inlineTags = setOf(`a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark nobr nowiki q s samp small span
	strike strong sub sup time tt u var wbr tspan text:span text:a text:bookmark text:soft-page-break
	r t rpr sz color rfont family scheme charset vertalign phonet`)

// officeBlocks are the elements of documents and slides that separate texts.
var officeBlocks = setOf("p br cr tab ptab tbl tr tc sectpr body hdr ftr footnote endnote comment nobreakhyphen sym txbody")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

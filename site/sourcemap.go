package site

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"
	"sync"
	"unicode/utf8"
)

// sourceMapName returns the URL in the comment at the end of a script or a style sheet
// that names its source map (ECMA-426); "" if there is none.
func sourceMapName(text []byte) string {
	at := bytes.LastIndex(text, []byte("sourceMappingURL="))
	if at < 2 || !bytes.Contains(text[max(0, at-6):at], []byte("/")) {
		return ""
	}
	name := text[at+len("sourceMappingURL="):]
	if end := bytes.IndexAny(name, " \t\r\n\"'`*"); end >= 0 {
		name = name[:end]
	}
	return string(name)
}

// dataURL returns the content of a data URL with base64 or plain text; nil if it is
// damaged.
func dataURL(name string) []byte {
	kind, content, ok := strings.Cut(name, ",")
	if !ok {
		return nil
	}
	if strings.HasSuffix(kind, ";base64") {
		text, err := base64.StdEncoding.DecodeString(content)
		if err != nil {
			return nil
		}
		return text
	}
	text, err := url.PathUnescape(content)
	if err != nil {
		return nil
	}
	return []byte(text)
}

// mapText is a source map. It is parsed when it is first needed.
type mapText struct {
	text   []byte
	once   sync.Once
	parsed *parsedMap
}

func newMapText(text []byte) *mapText { return &mapText{text: text} }

// parsedMap has the fields of a source map (ECMA-426) that say where code comes from.
type parsedMap struct {
	SourceRoot     string   `json:"sourceRoot"`
	Sources        []string `json:"sources"`
	SourcesContent []*quote `json:"sourcesContent"`
	Mappings       string   `json:"mappings"`
	Sections       []struct {
		Offset struct {
			Line   int `json:"line"`
			Column int `json:"column"`
		} `json:"offset"`
		Map *parsedMap `json:"map"`
	} `json:"sections"`
}

// quote is a JSON string as it is written.
type quote struct{ raw json.RawMessage }

// UnmarshalJSON keeps the text.
func (q *quote) UnmarshalJSON(raw []byte) error {
	q.raw = bytes.Clone(raw)
	return nil
}

func (m *mapText) parse() *parsedMap {
	m.once.Do(func() {
		text := m.text
		if bytes.HasPrefix(text, []byte(")]}")) { // against inclusion as a script
			text = text[min(len(text), bytes.IndexByte(text, '\n')+1):]
		}
		var p parsedMap
		if json.Unmarshal(text, &p) == nil {
			m.parsed = &p
		}
	})
	return m.parsed
}

// original returns the position in the source code that an offset in the text of the map
// has, in the content of one of its sources; "" if it is elsewhere.
func (m *mapText) original(offset int) string {
	if p := m.parse(); p != nil && offset >= 0 {
		return p.inContents(m.text, offset)
	}
	return ""
}

func (p *parsedMap) inContents(text []byte, offset int) string {
	for _, section := range p.Sections {
		if section.Map == nil {
			continue
		}
		if found := section.Map.inContents(text, offset); found != "" {
			return found
		}
	}
	end := 0 // of the content before: they are in order
	for i, content := range p.SourcesContent {
		if content == nil || i >= len(p.Sources) {
			continue
		}
		next := bytes.Index(text[end:], content.raw)
		if next < 0 {
			continue
		}
		start := end + next
		end = start + len(content.raw)
		if start <= offset && offset < end {
			line, column := positionInQuote(content.raw[:offset-start])
			return p.name(i, line, column)
		}
	}
	return ""
}

// positionInQuote returns the line and the column after the start of a JSON string.
func positionInQuote(raw []byte) (line, column int) {
	line, column = 1, 1
	for i := 1; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] == 'n':
			line, column = line+1, 1
			i++
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] == 'u':
			column++
			i += 5
		case raw[i] == '\\':
			column++
			i++
		case raw[i] >= 0xf0:
			column += 2
		case raw[i] < 0x80 || raw[i] >= 0xc0:
			column++
		}
	}
	return line, column
}

// originalOf returns the function that maps an offset of the generated text to its
// position in the source code.
func (m *mapText) originalOf(generated []byte) func(offset int) string {
	return func(offset int) string {
		p := m.parse()
		if p == nil || offset < 0 || offset > len(generated) {
			return ""
		}
		line := bytes.Count(generated[:offset], []byte("\n"))
		column := 0
		for text := generated[bytes.LastIndexByte(generated[:offset], '\n')+1 : offset]; len(text) > 0; {
			r, size := utf8.DecodeRune(text)
			if column++; r > 0xffff {
				column++
			}
			text = text[size:]
		}
		return p.at(line, column)
	}
}

// at returns the position in the source code for a line and a column of the generated
// text, both from 0; "" if there is none.
func (p *parsedMap) at(line, column int) string {
	for i := len(p.Sections) - 1; i >= 0; i-- {
		from := p.Sections[i].Offset
		if from.Line > line || from.Line == line && from.Column > column || p.Sections[i].Map == nil {
			continue
		}
		if from.Line == line {
			column -= from.Column
		}
		return p.Sections[i].Map.at(line-from.Line, column)
	}
	source, line, column := lookUp(p.Mappings, line, column)
	if source < 0 || source >= len(p.Sources) {
		return ""
	}
	return p.name(source, line+1, column+1)
}

// maxSource is the maximum length of the name of a source.
const maxSource = 200

// name returns a position in a source, without the prefix that bundlers add to its name.
func (p *parsedMap) name(source, line, column int) string {
	name := p.Sources[source]
	if !strings.Contains(name, "://") && p.SourceRoot != "" {
		name = strings.TrimSuffix(p.SourceRoot, "/") + "/" + name
	}
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, "?")
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	name = strings.TrimPrefix(name, "[project]/")
	if len(name) > maxSource {
		name = strings.ToValidUTF8(name[:maxSource], "") + "…"
	}
	return fmt.Sprintf("%s:%d:%d", name, line, column)
}

// lookUp returns the source, and the line and column in it, that mappings have for a
// position of the generated text; a negative source if there is none. All count from 0.
func lookUp(mappings string, line, column int) (source, originalLine, originalColumn int) {
	source = -1
	var at struct{ line, column, source, originalLine, originalColumn int }
	for len(mappings) > 0 && at.line <= line {
		switch mappings[0] {
		case ';':
			at.line++
			at.column = 0
			mappings = mappings[1:]
			continue
		case ',':
			mappings = mappings[1:]
			continue
		}
		var fields [5]int
		n := 0
		for len(mappings) > 0 && mappings[0] != ',' && mappings[0] != ';' {
			value, rest, ok := variableLength(mappings)
			if !ok || n == len(fields) {
				return -1, 0, 0
			}
			fields[n] = value
			n++
			mappings = rest
		}
		at.column += fields[0]
		at.source += fields[1]
		at.originalLine += fields[2]
		at.originalColumn += fields[3]
		if at.line != line || at.column > column {
			continue
		}
		if source = -1; n >= 4 {
			source, originalLine, originalColumn = at.source, at.originalLine, at.originalColumn
		}
	}
	if originalLine < 0 || originalColumn < 0 {
		return -1, 0, 0
	}
	return source, originalLine, originalColumn
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// variableLength reads a number of variable length in base64.
func variableLength(text string) (value int, rest string, ok bool) {
	for i := range min(len(text), 7) {
		digit := strings.IndexByte(base64Digits, text[i])
		if digit < 0 {
			return 0, "", false
		}
		value |= (digit & 31) << (5 * i)
		if digit&32 == 0 {
			if value&1 != 0 {
				return -(value >> 1), text[i+1:], true
			}
			return value >> 1, text[i+1:], true
		}
	}
	return 0, "", false
}

package lab

import (
	stdbase64 "encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// written is an encoded text. For each byte of the original, first and last are the
// offsets where its encoded form begins and ends.
type written struct {
	text        []byte
	first, last []int
}

func (w *written) add(s string) {
	w.first = append(w.first, len(w.text))
	w.text = append(w.text, s...)
	w.last = append(w.last, len(w.text))
}

// bounds returns the encoded range of a range of the original.
func (w written) bounds(s span) span { return span{w.first[s.from], w.last[s.to-1]} }

// writer encodes a text.
type writer func(text []byte) written

// then encodes the result of w with another writer.
func (w writer) then(outer writer) writer {
	return func(text []byte) written {
		inner := w(text)
		both := outer(inner.text)
		for i := range inner.first {
			bounds := both.bounds(span{inner.first[i], inner.last[i]})
			inner.first[i], inner.last[i] = bounds.from, bounds.to
		}
		inner.text = both.text
		return inner
	}
}

// within adds text around the result of w.
func (w writer) within(before, after string) writer {
	return func(text []byte) written {
		inner := w(text)
		inner.text = []byte(before + string(inner.text) + after)
		for i := range inner.first {
			inner.first[i] += len(before)
			inner.last[i] += len(before)
		}
		return inner
	}
}

// encoding is one way to encode keys, or whole files.
type encoding struct {
	name   string
	layers []string
	write  writer
	// whole encodings are applied to files; others to a key with before and after.
	whole         bool
	before, after string
	// escapes says that it changes few characters, so that a report may or may not name
	// it as a layer.
	escapes bool
	// issued says that the tokens must be as long as those that QA Sphere makes: what tags
	// separate from such a token is not a part of it.
	issued bool
	// wide says that it is UTF-16, in which lines and columns are the same as in the
	// plain text.
	wide bool
}

const (
	plainName  = "plain"
	quotedName = "file in quoted-printable"
)

var (
	stdBase64 = stdbase64.StdEncoding
	urlBase64 = stdbase64.RawURLEncoding
)

var (
	b64  = []string{"base64"}
	twos = []string{"base64", "base64"}
)

// allEncodings are the encodings, those of keys first.
var allEncodings = []encoding{
	{name: plainName, layers: nil, write: each(func(c byte) string { return string([]byte{c}) })},
	{name: "base64", layers: b64, write: base64Lines(stdBase64, 0, "")},
	{name: "base64, second alignment", layers: b64, write: base64Lines(stdBase64, 0, ""), before: ":", after: "\n"},
	{name: "base64, third alignment", layers: b64, write: base64Lines(stdBase64, 0, ""), before: "k=", after: ";"},
	{name: "base64, URL-safe", layers: b64, write: base64Lines(urlBase64, 0, ""), before: "~~?>>", after: "?~>"},
	{name: "base64, twice", layers: twos, write: base64Lines(stdBase64, 0, "").then(base64Lines(stdBase64, 0, ""))},
	{name: "base64, twice, moved", layers: twos, write: base64Lines(stdBase64, 0, "").within("k: ", "").then(base64Lines(stdBase64, 0, "")), before: "=", after: " "},
	{name: "hex", layers: []string{"hex"}, write: each(format("%02x"))},
	{name: "hex, upper case", layers: []string{"hex"}, write: each(format("%02X"))},
	{name: "percent, dots", layers: []string{"percent"}, write: dots(format("%%%02X"))},
	{name: "percent, dots, lower case", layers: []string{"percent"}, write: dots(format("%%%02x"))},
	{name: "percent, whole", layers: []string{"percent"}, write: each(format("%%%02X"))},
	{name: "percent, twice", layers: []string{"percent", "percent"}, write: dots(format("%%25%02X"))},
	{name: "escape u002e", layers: []string{"escape"}, write: dots(format(`\u%04x`))},
	{name: "escape u002E", layers: []string{"escape"}, write: dots(format(`\u%04X`))},
	{name: "escape u{2e}", layers: []string{"escape"}, write: dots(format(`\u{%x}`))},
	{name: "escape x2E", layers: []string{"escape"}, write: dots(format(`\x%02X`))},
	{name: "escape x2e, whole", layers: []string{"escape"}, write: each(format(`\x%02x`))},
	{name: "escape u, whole", layers: []string{"escape"}, write: each(format(`\u%04x`))},
	{name: "entity, decimal", layers: []string{"entity"}, write: dots(format("&#%d;"))},
	{name: "entity, hex", layers: []string{"entity"}, write: dots(format("&#x%x;"))},
	{name: "entity, hex, upper case", layers: []string{"entity"}, write: dots(format("&#x%X;"))},
	{name: "entity, named", layers: []string{"entity"}, write: dots(func(byte) string { return "&period;" })},
	{name: "entity, soft hyphen", layers: []string{"entity"}, write: afterDots("&shy;")},
	{name: "quoted-printable, dots", layers: []string{"quoted-printable"}, write: dots(format("=%02X"))},
	{name: "zero-width space", layers: []string{"invisible"}, write: afterDots("\u200b")},
	{name: "soft hyphen", layers: []string{"invisible"}, write: afterDots("\u00ad")},
	{name: "wbr", layers: []string{"markup"}, write: afterDots("<wbr>")},
	{name: "runs of a document", issued: true, layers: []string{"markup"}, write: every(9, "</w:t></w:r><w:r w:rsidRPr=\"00A77B3E\"><w:rPr><w:rFonts w:ascii=\"Consolas\"/></w:rPr><w:t>")},
	{name: "runs of a sheet", issued: true, layers: []string{"markup"}, write: every(12, "</t></r><r><rPr><b/><sz val=\"11\"/></rPr><t>")},
	{name: "runs of a slide", issued: true, layers: []string{"markup"}, write: every(16, "</a:t></a:r><a:r><a:rPr lang=\"en-US\"/><a:t>")},
	{name: "spans of OpenDocument", issued: true, layers: []string{"markup"}, write: every(7, "</text:span><text:span text:style-name=\"T1\">")},
	{name: "highlighted code", layers: []string{"markup"}, write: dots(func(byte) string { return "<span class=\"token punctuation\">.</span>" })},
	{name: "highlighted numbers", layers: []string{"markup"}, write: afterDots("<span class=hljs-number>")},
	{name: "tags in a string", issued: true, layers: []string{"markup"}, write: every(8, `<\/b><b class=\"x\">`)},
	{name: "tags in text of HTML", issued: true, layers: []string{"entity", "markup"}, write: every(14, "&lt;/b&gt;&lt;b&gt;")},
	{name: "soft hyphen in a string", issued: true, layers: []string{"escape"}, write: every(14, `\u00ad`)},
	{name: "RTF, hex", layers: []string{"escape"}, write: each(replaceIn("._", `\'%02x`))},
	{name: "RTF, decimal", layers: []string{"escape"}, write: each(replaceIn("_", `\u%d?`))},
	{name: "LaTeX", layers: []string{"escape"}, write: each(func(c byte) string { return strings.ReplaceAll(string([]byte{c}), "_", `\textunderscore{}`) })},
	{name: "Markdown", layers: []string{"escape"}, write: each(escapePunctuation("_"))},
	{name: "regular expression", layers: []string{"escape"}, write: each(escapePunctuation(".-"))},
	{name: "entity, whole", layers: []string{"entity"}, write: each(format("&#%d;"))},

	{name: "file in UTF-16LE", layers: []string{"utf-16"}, write: wide(0, ""), whole: true, wide: true},
	{name: "file in UTF-16BE", layers: []string{"utf-16"}, write: wide(1, ""), whole: true, wide: true},
	{name: "file in UTF-16LE with mark", layers: []string{"utf-16"}, write: wide(0, "\xff\xfe"), whole: true, wide: true},
	{name: "file in UTF-16BE with mark", layers: []string{"utf-16"}, write: wide(1, "\xfe\xff"), whole: true, wide: true},
	{name: "file in base64", layers: b64, whole: true, write: base64Lines(stdBase64, 0, "").within("data:\n  file: ", "\n")},
	{name: "file in base64, quoted", layers: b64, whole: true, write: base64Lines(stdBase64, 0, "").within(`{"file":"`, "\"}\n")},
	{name: "file in base64, URL-safe", layers: b64, whole: true, write: base64Lines(urlBase64, 0, "").within("GET /?file=", "&v=1\n")},
	{name: "file in base64, data URL", layers: b64, whole: true, write: base64Lines(stdBase64, 0, "").within("//# sourceMappingURL=data:application/json;base64,", "\n")},
	{name: "file in base64, 64 a line", layers: b64, whole: true, write: base64Lines(stdBase64, 64, "\n").within("-----BEGIN FILE-----\n", "\n-----END FILE-----\n")},
	{name: "file in base64, 64 a line, CRLF", layers: b64, whole: true, write: base64Lines(stdBase64, 64, "\r\n").within("-----BEGIN FILE-----\r\n", "\r\n-----END FILE-----\r\n")},
	{name: "file in base64, 76 a line", layers: b64, whole: true, write: base64Lines(stdBase64, 76, "\n").within("Content-Transfer-Encoding: base64\n\n", "\n\n--0000--\n")},
	{name: "file in base64, 76 a line, CRLF", layers: b64, whole: true, write: base64Lines(stdBase64, 76, "\r\n").within("Content-Transfer-Encoding: base64\r\n\r\n", "\r\n\r\n--0000--\r\n")},
	{name: "file in base64, 76 a line, indented", layers: b64, whole: true, write: base64Lines(stdBase64, 76, "\n    ").within("data:\n  file: |\n    ", "\n  other: x\n")},
	{name: "file in base64, 76 a line, in JSON", layers: b64, whole: true, write: base64Lines(stdBase64, 76, `\n`).within(`{"file": "`, "\"}\n")},
	{name: "file in base64, twice", layers: twos, whole: true, write: base64Lines(stdBase64, 0, "").then(base64Lines(stdBase64, 0, ""))},
	{name: "file in hex", layers: []string{"hex"}, whole: true, write: each(format("%02x"))},
	{name: "file in JSON", escapes: true, whole: true, write: writer(jsonString).within(`{"file":"a","content":"`, "\"}\n")},
	{name: "file in JSON, twice", escapes: true, whole: true, write: writer(jsonString).within(`{"content":"`, `"}`).then(jsonString).within(`{"body":"`, "\"}\n")},
	{name: "file in JSON, escaped", escapes: true, whole: true, write: each(escapeMarkup).within(`{"content":"`, "\"}\n")},
	{name: "file in HTML", escapes: true, whole: true, write: each(escapeHTML).within("<pre>", "</pre>\n")},
	{name: "file in a query", escapes: true, whole: true, write: each(func(c byte) string { return url.QueryEscape(string([]byte{c})) }).within("content=", "&v=1\n")},
	{name: quotedName, escapes: true, whole: true, write: quotedPrintable},
	{name: "file in Markdown", escapes: true, whole: true, write: each(escapePunctuation("\\`*_[]"))},
	{name: "file with CRLF", layers: nil, whole: true, write: each(crlf)},
}

// each encodes every byte separately.
func each(write func(c byte) string) writer {
	return func(text []byte) written {
		var w written
		for _, c := range text {
			w.add(write(c))
		}
		return w
	}
}

// dots encodes only the dots.
func dots(write func(c byte) string) writer {
	return each(func(c byte) string {
		if c == '.' {
			return write(c)
		}
		return string([]byte{c})
	})
}

// afterDots writes something after each dot, which is no part of it.
func afterDots(mark string) writer {
	return func(text []byte) written {
		var w written
		for _, c := range text {
			w.add(string([]byte{c}))
			if c == '.' {
				w.text = append(w.text, mark...)
			}
		}
		return w
	}
}

// every writes something after each so many bytes, which is no part of them.
func every(n int, mark string) writer {
	return func(text []byte) written {
		var w written
		for i, c := range text {
			if i > 0 && i%n == 0 {
				w.text = append(w.text, mark...)
			}
			w.add(string([]byte{c}))
		}
		return w
	}
}

// replaceIn writes some characters by a format.
func replaceIn(chars, verb string) func(c byte) string {
	return func(c byte) string {
		if strings.IndexByte(chars, c) >= 0 {
			return fmt.Sprintf(verb, c)
		}
		return string([]byte{c})
	}
}

// escapePunctuation puts a backslash before some characters.
func escapePunctuation(chars string) func(c byte) string {
	return func(c byte) string {
		if strings.IndexByte(chars, c) >= 0 {
			return `\` + string([]byte{c})
		}
		return string([]byte{c})
	}
}

// quotedPrintable writes lines of at most 76 characters (RFC 2045, 6.7).
func quotedPrintable(text []byte) written {
	var w written
	line := 0
	for i, c := range text {
		s := string([]byte{c})
		if c == '=' || c >= 0x7f || c < ' ' && c != '\n' && c != '\t' {
			s = fmt.Sprintf("=%02X", c)
		}
		if atEnd := i+1 == len(text) || text[i+1] == '\n'; c != '\n' && (line+len(s) > 76 || line+len(s) == 76 && !atEnd) {
			w.text = append(w.text, "=\n"...)
			line = 0
		}
		w.add(s)
		if line += len(s); c == '\n' {
			line = 0
		}
	}
	return w
}

func format(verb string) func(c byte) string {
	return func(c byte) string { return fmt.Sprintf(verb, c) }
}

// base64Lines encodes in base64, in lines of a width with a separator between them.
func base64Lines(e *stdbase64.Encoding, width int, between string) writer {
	return func(text []byte) written {
		encoded := e.EncodeToString(text)
		var w written
		var at []int // of each character
		for i := range len(encoded) {
			if width > 0 && i > 0 && i%width == 0 {
				w.text = append(w.text, between...)
			}
			at = append(at, len(w.text))
			w.text = append(w.text, encoded[i])
		}
		for i := range text {
			w.first = append(w.first, at[i*8/6])
			w.last = append(w.last, at[(i*8+7)/6]+1)
		}
		return w
	}
}

// wide encodes valid UTF-8 in UTF-16, after a byte order mark. low is the index of the
// low byte in each unit.
func wide(low int, mark string) writer {
	return func(text []byte) written {
		w := written{text: []byte(mark)}
		for len(text) > 0 {
			r, size := utf8.DecodeRune(text)
			text = text[size:]
			var s []byte
			for _, unit := range utf16.Encode([]rune{r}) {
				pair := [2]byte{}
				pair[low], pair[1-low] = byte(unit), byte(unit>>8)
				s = append(s, pair[:]...)
			}
			w.add(string(s))
			for range size - 1 { // the other bytes of the character are at its end
				w.add("")
			}
		}
		return w
	}
}

// jsonString encodes a text as a JSON string (RFC 8259), without the quotes.
func jsonString(text []byte) written {
	return each(func(c byte) string {
		switch {
		case c == '\n':
			return `\n`
		case c == '\t':
			return `\t`
		case c == '\r':
			return `\r`
		case c == '"' || c == '\\':
			return `\` + string([]byte{c})
		case c < ' ':
			return fmt.Sprintf(`\u%04x`, c)
		}
		return string([]byte{c})
	})(text)
}

// escapeMarkup encodes a byte of a JSON string so that it is safe in HTML, as Go's
// encoding/json and PHP's JSON_HEX_TAG and JSON_HEX_QUOT do.
func escapeMarkup(c byte) string {
	if strings.IndexByte(`<>&"'`, c) >= 0 || c < ' ' {
		return fmt.Sprintf(`\u%04x`, c)
	}
	if c == '\\' {
		return `\\`
	}
	return string([]byte{c})
}

func escapeHTML(c byte) string {
	switch c {
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '&':
		return "&amp;"
	case '"':
		return "&quot;"
	case '\'':
		return "&#39;"
	}
	return string([]byte{c})
}

func crlf(c byte) string {
	if c == '\n' {
		return "\r\n"
	}
	return string([]byte{c})
}

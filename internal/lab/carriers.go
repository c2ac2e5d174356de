package lab

import (
	"embed"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"
)

//go:embed carriers/*.txtar
var carrierFiles embed.FS

// carrier is a text with places for keys, marked by «». A place contains {{key}}; or
// the parts {{tenant}}, {{id}} and {{token}}, which may be split into {{tokenhead}} and
// {{tokentail}}; or {{basic}}, the credentials of HTTP basic authentication (RFC 7617)
// with a key as the password; or {{oauth}}, a token of the command-line client; or
// {{secret}}, a credential that is no key. {{esc}} is the escape character.
type carrier struct {
	rule, name, file string
	text             string
	// wholeKeys says that it has a key in one piece, which can be encoded separately.
	wholeKeys bool
	// encodings are the names of the only encodings to write it in; nil for all.
	encodings []string
}

// someEncodings are the encodings of the carriers in a file of which there are many. Forms
// without quotes are searched for in plain text only.
var someEncodings = map[string][]string{
	"idioms.txtar":      {plainName, "file with CRLF", "file in JSON", "file in base64"},
	"headers.txtar":     {plainName, "file with CRLF", "file in JSON", "file in base64"},
	"typed.txtar":       {plainName, "file with CRLF", "file in JSON", "file in UTF-16LE with mark"},
	"credentials.txtar": {plainName, "file with CRLF", "file in JSON", "file in base64"},
	"words.txtar":       {plainName, "file with CRLF"},
	"written.txtar":     {plainName, "file with CRLF", "file in JSON", "file in base64"},
}

// textCarriers returns the carriers of carriers/*.txtar.
func textCarriers() []carrier {
	var all []carrier
	entries, err := carrierFiles.ReadDir("carriers")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, entry := range entries {
		data, err := carrierFiles.ReadFile(path.Join("carriers", entry.Name()))
		if err != nil {
			panic(err)
		}
		for _, f := range txtar.Parse(data).Files {
			parts := strings.SplitN(f.Name, "/", 3)
			text := strings.ReplaceAll(string(f.Data), "{{esc}}", "\x1b")
			all = append(all, carrier{parts[0], parts[1], parts[2], text, strings.Contains(text, "{{key}}"), someEncodings[entry.Name()]})
		}
	}
	return all
}

// kinds returns the kinds of keys that can be found in the carrier.
func (c carrier) kinds() []Kind {
	switch c.rule {
	case "qas-api-key", "qas-split-key", "qas-oauth-token", "qas-session-cookie", "qas-account-password", "qas-webhook-secret":
		return []Kind{Structured}
	}
	return []Kind{Structured, Opaque, Short}
}

// severity returns the severity of the findings in the carrier.
func (c carrier) severity() string {
	switch c.rule {
	case "qas-account-password", "qas-session-cookie", "qas-webhook-secret":
		return "warning"
	}
	return "error"
}

// span is a range of a text.
type span struct{ from, to int }

// spot is where a key is to be.
type spot struct {
	key    key
	at     span
	layers []string
	// changed says that the key contains an escape.
	changed bool
}

var marked = regexp.MustCompile(`(?s)«(.*?)»`)

// write puts new keys into the carrier. It encodes each key or the whole file, as the
// encoding requires.
func (c carrier) write(m *maker, kind Kind, e encoding) ([]byte, []Planted) {
	text, spots := c.fill(m, kind, e)
	var layers []string
	wide := false
	if e.whole {
		w := e.write(text)
		layers, wide = e.layers, e.wide
		for i, s := range spots {
			if wide {
				continue
			}
			spots[i].at = w.bounds(s.at)
			spots[i].changed = e.escapes && string(text[s.at.from:s.at.to]) != string(w.text[spots[i].at.from:spots[i].at.to])
		}
		if wide {
			return w.text, places(text, spots, layers)
		}
		text = w.text
	}
	planted := places(text, spots, layers)
	if e.name == plainName {
		for i := range planted {
			planted[i].Rule = c.rule
		}
	}
	return text, planted
}

// fill puts new keys into the places of the carrier.
func (c carrier) fill(m *maker, kind Kind, e encoding) ([]byte, []spot) {
	var text []byte
	var spots []spot
	last := 0
	for _, match := range marked.FindAllStringSubmatchIndex(c.text, -1) {
		text = append(text, c.text[last:match[0]]...)
		last = match[1]
		k := m.key(kind)
		if e.issued {
			k = m.issued()
		}
		inner := c.text[match[2]:match[3]]
		s := spot{at: span{len(text), 0}}
		switch {
		case inner == "{{key}}" && !e.whole:
			w := e.write([]byte(e.before + k.String() + e.after))
			bounds := w.bounds(span{len(e.before), len(e.before) + len(k.String())})
			s.at, s.layers = span{len(text) + bounds.from, len(text) + bounds.to}, e.layers
			text = append(text, w.text...)
		case inner == "{{basic}}":
			w := base64Lines(stdBase64, 0, "")([]byte("qas:" + k.String()))
			bounds := w.bounds(span{4, 4 + len(k.String())})
			s.at, s.layers = span{len(text) + bounds.from, len(text) + bounds.to}, []string{"base64"}
			text = append(text, w.text...)
		default:
			switch inner {
			case "{{oauth}}":
				k = m.oauth()
			case "{{secret}}":
				k = key{Token: k.Token}
			}
			half := len(k.Token) / 2
			if half == issuedTokenLen {
				half-- // half a token that long is a whole one
			}
			text = append(text, strings.NewReplacer(
				"{{key}}", k.String(), "{{oauth}}", k.String(), "{{secret}}", k.Token, "{{tenant}}", k.Tenant, "{{id}}", k.ID, "{{token}}", k.Token,
				"{{tokenhead}}", k.Token[:half], "{{tokentail}}", k.Token[half:],
			).Replace(inner)...)
			s.at.to = len(text)
		}
		s.key = k
		spots = append(spots, s)
	}
	return append(text, c.text[last:]...), spots
}

// places returns the entries of the manifest for spots.
func places(text []byte, spots []spot, outer []string) []Planted {
	var planted []Planted
	for _, s := range spots {
		p := Planted{TenantID: s.key.Tenant, KeyID: s.key.ID, Layers: append(append([]string{}, outer...), s.layers...)}
		if s.changed {
			p.Layers = nil
		}
		p.Line, p.Column = place(text, s.at.from)
		p.EndLine, p.EndColumn = place(text, s.at.to)
		planted = append(planted, p)
	}
	return planted
}

// place returns the line and the column of an offset, both from 1, columns in
// UTF-16 code units.
func place(text []byte, offset int) (line, column int) {
	before := string(text[:offset])
	line = 1 + strings.Count(before, "\n")
	before = before[strings.LastIndexByte(before, '\n')+1:]
	column = 1
	for len(before) > 0 {
		r, size := utf8.DecodeRuneInString(before)
		column++
		if r > 0xffff {
			column++
		}
		before = before[size:]
	}
	return line, column
}

// slug turns a name into a part of a path.
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == ',' }), "-")
}

package site

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// addPage adds what a page names: scripts, styles, preloads, its manifest, and what its
// inline scripts and inline data name.
func (c *crawl) addPage(f file) {
	p := pageReader{base: f.url}
	p.read(f.text)
	f.base, f.root = p.base, nextRoot(p.base, f.text)
	c.addAll(f, p.refs)
	inline := f
	inline.url = p.base
	for _, text := range p.inline {
		c.addScript(inline, text)
	}
}

// pageReader collects what a page names.
type pageReader struct {
	base   *url.URL
	refs   []reference
	inline [][]byte // text of script elements
	based  bool
}

// read reads the tags of a page. Broken HTML is read as browsers do.
func (p *pageReader) read(text []byte) {
	z := html.NewTokenizer(bytes.NewReader(text))
	z.SetMaxBuf(maxBody)
	inScript := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if inScript {
				p.inline = append(p.inline, bytes.Clone(z.Raw()))
			}
		case html.EndTagToken:
			inScript = false
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			inScript = token.DataAtom == atom.Script
			p.tag(token)
		}
	}
}

// tag reads the attributes of a tag.
func (p *pageReader) tag(t html.Token) {
	switch t.DataAtom {
	case atom.Base:
		if base := resolve(p.base, attribute(t, "href")); base != nil && !p.based && attribute(t, "href") != "" {
			p.base, p.based = base, true
		}
	case atom.Script:
		p.add(attribute(t, "src"), script)
		p.add(attribute(t, "data-src"), data) // Nuxt's payload
	case atom.Link:
		p.link(strings.ToLower(attribute(t, "rel")), strings.ToLower(attribute(t, "as")), attribute(t, "href"))
	case atom.Meta:
		if strings.EqualFold(attribute(t, "http-equiv"), "refresh") {
			if _, to, ok := strings.Cut(attribute(t, "content"), "="); ok {
				p.add(strings.Trim(to, ` '"`), page)
			}
		}
	}
}

func (p *pageReader) link(rel, as, href string) {
	for word := range strings.FieldsSeq(rel) {
		switch word {
		case "stylesheet":
			p.add(href, style)
		case "modulepreload":
			p.add(href, script)
		case "manifest":
			p.add(href, data)
		case "preload", "prefetch":
			switch as {
			case "script", "worker", "serviceworker", "sharedworker":
				p.add(href, script)
			case "style":
				p.add(href, style)
			case "fetch":
				p.add(href, data)
			case "document":
				p.add(href, page)
			case "":
				if kind, ok := kindOf(href); ok {
					p.add(href, kind)
				}
			}
		}
	}
}

func (p *pageReader) add(text string, kind kind) {
	if text == "" || len(text) > maxName || strings.HasPrefix(text, "data:") {
		return
	}
	if u := resolve(p.base, text); u != nil {
		p.refs = append(p.refs, reference{urls: []*url.URL{u}, kind: kind, sure: true})
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

package site

import (
	"bytes"
	"strings"
)

// parseFunction parses the body of a function with one parameter, from after its brace
// or arrow: returns, also in if statements.
func parseFunction(text []byte, parameter string) (expression, bool) {
	p := &parser{text: text, parameter: parameter}
	return p.body(0)
}

// parser parses an expression. After an error it reports failed.
type parser struct {
	text      []byte
	at        int
	parameter string
	nodes     int
	failed    bool
}

// body parses statements up to the return that is always reached.
func (p *parser) body(depth int) (expression, bool) {
	if p.tooDeep(depth) {
		return expression{}, false
	}
	if !p.word("if") {
		p.word("return")
		e := p.expression(depth + 1)
		p.space()
		ends := p.at == len(p.text) || strings.IndexByte(",;})", p.text[p.at]) >= 0
		return e, !p.failed && ends && depends(e)
	}
	if !p.token("(") {
		return expression{}, false
	}
	condition := p.expression(depth + 1)
	if !p.token(")") {
		return expression{}, false
	}
	braces := p.token("{")
	if !p.word("return") {
		return expression{}, false
	}
	then := p.expression(depth + 1)
	p.token(";")
	if braces && !p.token("}") || p.failed {
		return expression{}, false
	}
	otherwise, ok := p.body(depth + 1)
	return expression{kind: choice, parts: []expression{condition, then, otherwise}}, ok
}

// depends reports whether a name depends on the ID.
func depends(e expression) bool {
	if e.kind == parameter {
		return true
	}
	for _, part := range e.parts {
		if depends(part) {
			return true
		}
	}
	return false
}

func (p *parser) tooDeep(depth int) bool {
	p.nodes++
	p.failed = p.failed || depth > maxDepth || p.nodes > maxNodes
	return p.failed
}

// expression parses a ? b : c and everything that binds closer.
func (p *parser) expression(depth int) expression {
	if p.tooDeep(depth) {
		return expression{}
	}
	condition := p.alternatives(depth + 1)
	if p.failed || !p.token("?") {
		return condition
	}
	then := p.expression(depth + 1)
	if !p.token(":") {
		p.failed = true
		return expression{}
	}
	return expression{kind: choice, parts: []expression{condition, then, p.expression(depth + 1)}}
}

func (p *parser) alternatives(depth int) expression {
	left := p.comparison(depth + 1)
	for !p.failed && (p.token("||") || p.token("??")) {
		left = expression{kind: either, parts: []expression{left, p.comparison(depth + 1)}}
		p.tooDeep(depth)
	}
	return left
}

func (p *parser) comparison(depth int) expression {
	left := p.addition(depth + 1)
	switch {
	case p.failed:
	case p.token("==="), p.token("=="):
		return expression{kind: equal, parts: []expression{left, p.addition(depth + 1)}}
	case p.token("!=="), p.token("!="):
		return expression{kind: negated, parts: []expression{left, p.addition(depth + 1)}}
	}
	return left
}

func (p *parser) addition(depth int) expression {
	parts := []expression{p.operand(depth + 1)}
	for !p.failed && p.token("+") {
		parts = append(parts, p.operand(depth+1))
		p.failed = p.failed || len(parts) > maxParts
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return expression{kind: sum, parts: parts}
}

// operand parses a literal, a table, a name or parentheses, and lookups in it.
func (p *parser) operand(depth int) expression {
	if p.tooDeep(depth) {
		return expression{}
	}
	e := p.primary(depth + 1)
	for !p.failed && p.token("[") {
		e = expression{kind: lookup, parts: []expression{e, p.expression(depth + 1)}}
		if !p.token("]") {
			p.failed = true
		}
		p.tooDeep(depth)
	}
	return e
}

func (p *parser) primary(depth int) expression {
	p.space()
	if p.at == len(p.text) {
		p.failed = true
		return expression{}
	}
	switch next := p.text[p.at]; {
	case next == '"' || next == '\'':
		return expression{kind: literal, text: p.quoted(next)}
	case next == '`':
		return p.template(depth + 1)
	case p.token("("):
		e := p.expression(depth + 1)
		if !p.token(")") {
			p.failed = true
		}
		return e
	case p.token("{"):
		return p.object(depth + 1)
	case '0' <= next && next <= '9':
		return expression{kind: literal, text: p.name()}
	}
	switch name := p.name(); {
	case name == "":
		p.failed = true
	case name == p.parameter:
		return expression{kind: parameter}
	case p.token("."):
		if p.name() == "p" { // the directory that scripts are deployed to
			return expression{kind: nothing}
		}
		p.failed = true
	default:
		p.failed = true
	}
	return expression{}
}

// object parses a table, after its brace.
func (p *parser) object(depth int) expression {
	e := expression{kind: table, table: map[string]expression{}}
	for !p.failed && !p.token("}") {
		p.space()
		key := ""
		if p.at < len(p.text) && (p.text[p.at] == '"' || p.text[p.at] == '\'') {
			key = p.quoted(p.text[p.at])
		} else if key = p.name(); key == "" {
			p.failed = true
		}
		if !p.token(":") {
			p.failed = true
		}
		if p.failed {
			break
		}
		e.table[key] = p.expression(depth + 1)
		if !p.token(",") && !(p.at < len(p.text) && p.text[p.at] == '}') {
			p.failed = true
		}
	}
	return e
}

// template parses a template literal.
func (p *parser) template(depth int) expression {
	e := expression{kind: sum}
	p.at++
	for {
		rest := p.text[p.at:]
		end := bytes.IndexAny(rest[:min(len(rest), maxValue)], "`$\\")
		if end < 0 || rest[end] == '\\' || p.tooDeep(depth) {
			p.failed = true
			return e
		}
		e.parts = append(e.parts, expression{kind: literal, text: string(rest[:end])})
		p.at += end + 1
		if rest[end] == '`' {
			return e
		}
		if !p.token("{") {
			e.parts = append(e.parts, expression{kind: literal, text: "$"})
			continue
		}
		e.parts = append(e.parts, p.expression(depth+1))
		if p.failed || !p.token("}") {
			p.failed = true
			return e
		}
	}
}

// quoted reads a string. Escapes are not needed in names.
func (p *parser) quoted(quote byte) string {
	p.at++
	rest := p.text[p.at:]
	end := bytes.IndexAny(rest[:min(len(rest), maxValue)], string(quote)+"\\\n")
	if end < 0 || rest[end] != quote {
		p.failed = true
		return ""
	}
	p.at += end + 1
	return string(rest[:end])
}

// name reads a name or a number.
func (p *parser) name() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && p.at-start < maxName {
		c := p.text[p.at]
		if c != '_' && c != '$' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		p.at++
	}
	return string(p.text[start:p.at])
}

// word reads a word, if it is next.
func (p *parser) word(word string) bool {
	before := p.at
	if p.name() == word {
		return true
	}
	p.at = before
	return false
}

// token reads a token, if it is next.
func (p *parser) token(token string) bool {
	p.space()
	if !bytes.HasPrefix(p.text[p.at:], []byte(token)) {
		return false
	}
	p.at += len(token)
	return true
}

// space skips white space and comments.
func (p *parser) space() {
	for p.at < len(p.text) {
		rest := p.text[p.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.at++
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest, []byte("*/"))
			if end < 0 {
				return
			}
			p.at += end + 2
		case bytes.HasPrefix(rest, []byte("//")):
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				return
			}
			p.at += end + 1
		default:
			return
		}
	}
}

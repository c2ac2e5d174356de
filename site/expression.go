package site

import "strings"

// expression is the body of a function that computes the name of a script: strings that
// are joined, tables that are looked up, and comparisons. It is interpreted here; no
// script is executed.
type expression struct {
	kind  expressionKind
	text  string                // of a literal
	parts []expression          // operands
	table map[string]expression // of an object
}

type expressionKind int

const (
	literal   expressionKind = iota
	parameter                // the ID
	nothing                  // the directory that scripts are deployed to, which is added later
	sum                      // of strings
	either                   // a || b
	choice                   // a ? b : c
	equal                    // a === b
	table                    // {a: b}
	lookup                   // a[b]
	negated                  // a !== b
)

// Limits of an expression.
const (
	maxDepth = 3000
	maxNodes = 100_000
	maxParts = 100 // of a sum
	maxValue = 4 * maxName
)

// evaluate returns the value for an ID; false if it has none.
func (e expression) evaluate(id string) (string, bool) {
	switch e.kind {
	case literal:
		return e.text, true
	case parameter:
		return id, true
	case nothing:
		return "", true
	case sum:
		var b strings.Builder
		for _, part := range e.parts {
			text, ok := part.evaluate(id)
			if !ok || b.Len()+len(text) > maxValue {
				return "", false
			}
			b.WriteString(text)
		}
		return b.String(), true
	case either:
		if text, ok := e.parts[0].evaluate(id); ok && text != "" {
			return text, true
		}
		return e.parts[1].evaluate(id)
	case choice:
		if e.parts[0].holds(id) {
			return e.parts[1].evaluate(id)
		}
		return e.parts[2].evaluate(id)
	case lookup:
		key, ok := e.parts[1].evaluate(id)
		value, found := e.parts[0].table[key]
		if !ok || !found {
			return "", false
		}
		return value.evaluate(id)
	}
	return "", false
}

// holds reports whether a condition is true for an ID.
func (e expression) holds(id string) bool {
	switch e.kind {
	case equal, negated:
		a, okA := e.parts[0].evaluate(id)
		b, okB := e.parts[1].evaluate(id)
		return (okA && okB && a == b) == (e.kind == equal)
	case either:
		return e.parts[0].holds(id) || e.parts[1].holds(id)
	}
	text, ok := e.evaluate(id)
	return ok && text != "" && text != "0"
}

// ids returns the IDs in tables and comparisons.
func (e expression) ids() []string {
	var all []string
	for id := range e.table {
		all = append(all, id)
	}
	for _, part := range e.parts {
		if (e.kind == equal || e.kind == negated) && part.kind == literal {
			all = append(all, part.text)
		}
		all = append(all, part.ids()...)
	}
	return all
}

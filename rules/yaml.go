package rules

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlFile is a parsed YAML file.
type yamlFile struct {
	text  []byte
	lines []int // where each line begins
	docs  []*yaml.Node
}

// parseYAML parses a YAML file up to its first error.
func parseYAML(text []byte) yamlFile {
	f := yamlFile{text: text, lines: []int{0}}
	for at, c := range text {
		if c == '\n' {
			f.lines = append(f.lines, at+1)
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if d.Decode(&doc) != nil { // at the end, or wrong from here on
			return f
		}
		f.docs = append(f.docs, doc.Content...)
	}
}

// offset returns where a node begins.
func (f yamlFile) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(f.lines) {
		return 0
	}
	at := f.lines[n.Line-1]
	for range n.Column - 1 { // in characters
		at++
		for at < len(f.text) && f.text[at]&0xc0 == 0x80 {
			at++
		}
	}
	return min(at, len(f.text))
}

// find returns the bounds in the file of value[from:to] of a scalar, up to the end of
// its line. Indentation and escapes may make the text of a scalar differ from its value.
func (f yamlFile) find(n *yaml.Node, from, to int) (start, end int) {
	part := n.Value[from:to]
	if i := strings.IndexByte(part, '\n'); i >= 0 {
		part = part[:i]
	}
	at := f.offset(n)
	if part == "" {
		return at, at
	}
	nth := strings.Count(n.Value[:from+len(part)], part)
	for {
		next := bytes.Index(f.text[at:], []byte(part))
		if next < 0 {
			return f.offset(n), f.offset(n)
		}
		if nth--; nth <= 0 {
			return at + next, at + next + len(part)
		}
		at += next + len(part)
	}
}

// script returns the script that is in some scalars, one command or more in each.
func (f yamlFile) script(nodes []*yaml.Node, macros bool) script {
	var text []byte
	var starts []int
	for _, n := range nodes {
		starts = append(starts, len(text))
		text = append(append(text, n.Value...), '\n')
	}
	return newScript(text, macros, func(from, to int) (int, int) {
		i, exact := slices.BinarySearch(starts, from)
		if !exact {
			i--
		}
		from, to = from-starts[i], to-starts[i]
		to = min(to, len(nodes[i].Value))
		return f.find(nodes[i], min(from, to), to)
	})
}

// field returns the value of a key of a mapping; nil if there is none.
func field(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		i := slices.IndexFunc(n.Content, func(k *yaml.Node) bool { return k.Value == key })
		for i%2 == 1 { // a value, not a key
			next := slices.IndexFunc(n.Content[i+1:], func(k *yaml.Node) bool { return k.Value == key })
			if next < 0 {
				return nil
			}
			i += 1 + next
		}
		if i < 0 {
			return nil
		}
		n = n.Content[i+1]
	}
	return n
}

// scalar returns the value of a scalar at a path of keys; "" if there is none.
func scalar(n *yaml.Node, keys ...string) string {
	if n = field(n, keys...); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// scalars returns the scalars below a node: itself, or those of a list, or of lists in it.
func scalars(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode:
		return []*yaml.Node{n}
	case n.Kind == yaml.SequenceNode:
		var all []*yaml.Node
		for _, item := range n.Content {
			all = append(all, scalars(item)...)
		}
		return all
	}
	return nil
}

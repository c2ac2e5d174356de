package config

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// parser turns the nodes of one file into a Config. It stops at the first error.
type parser struct{ file string }

// Parse reads the content of a configuration file; file is its name in errors, which
// begin with file:line:column. They never hold the value of a fingerprint, since
// people paste keys there.
func Parse(file string, content []byte) (*Config, error) {
	p := parser{file}
	document, err := p.document(content)
	switch {
	case err != nil:
		return nil, err
	case document == nil:
		return &Config{}, nil
	}
	return p.config(document)
}

// document reads the one document of a file. It returns nil if the file is empty.
func (p parser) document(content []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, p.syntax(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, p.fail(&second, "", "expected one YAML document, got a second")
	case !errors.Is(err, io.EOF):
		return nil, p.syntax(err)
	}
	return document.Content[0], nil
}

func (p parser) config(node *yaml.Node) (*Config, error) {
	var c Config
	err := p.mapping(node, map[string]func(*yaml.Node) error{
		"exclude": func(n *yaml.Node) error { return p.globs(n, &c.Exclude) },
		"rules":   func(n *yaml.Node) error { return c.tune(p, n) },
		"ignore":  func(n *yaml.Node) error { return p.list(n, "fingerprints with a reason", c.addIgnore(p)) },
		"min-confidence": func(n *yaml.Node) (err error) {
			c.MinConfidence, err = choice(p, n, rules.ParseConfidence)
			return err
		},
		"fail-on": func(n *yaml.Node) (err error) {
			c.FailOn, err = choice(p, n, ParseFailOn)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// mapping calls the function of each key of node with its value. An empty node is an
// empty mapping; unknown and duplicate keys are errors.
func (p parser) mapping(node *yaml.Node, keys map[string]func(*yaml.Node) error) error {
	if isNull(node) {
		return nil
	}
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	if node.Kind != yaml.MappingNode {
		return p.fail(node, "", "expected a mapping with the keys %s, got %s", strings.Join(names, ", "), kind(node))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		read, known := keys[key.Value]
		switch {
		case !known:
			return p.unknownKey(key, names)
		case seen[key.Value]:
			return p.fail(key, "merge the two", "duplicate key %q", key.Value)
		}
		seen[key.Value] = true
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func (p parser) unknownKey(key *yaml.Node, names []string) error {
	return p.fail(key, nearest.Hint(key.Value, names), "unknown key %q: expected one of %s", key.Value, strings.Join(names, ", "))
}

// list calls add with each element of node. An empty value is an empty list.
func (p parser) list(node *yaml.Node, of string, add func(*yaml.Node) error) error {
	if isNull(node) {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		return p.fail(node, "begin each element with a dash", "expected a list of %s, got %s", of, kind(node))
	}
	for _, element := range node.Content {
		if err := add(element); err != nil {
			return err
		}
	}
	return nil
}

// globs appends a list of globs.
func (p parser) globs(list *yaml.Node, globs *[]string) error {
	return p.list(list, "globs", func(node *yaml.Node) error {
		glob, err := p.text(node, "a glob")
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(glob, "/"), strings.HasPrefix(glob, "./"), strings.HasPrefix(glob, "../"):
			return p.fail(node, `paths are relative to the target: write "dist/**"`, "glob %q matches nothing", glob)
		case strings.HasPrefix(glob, "!"):
			return p.fail(node, "list only paths to exclude", "glob %q: negation is not supported", glob)
		case strings.HasSuffix(glob, "/"):
			return p.fail(node, fmt.Sprintf("to exclude a directory write %q", glob+"**"), "glob %q matches nothing", glob)
		case !doublestar.ValidatePattern(glob):
			return p.fail(node, `a glob can contain *, **, ?, [a-z] and {a,b}; "\" escapes the next character`,
				"invalid glob %q", glob)
		}
		*globs = append(*globs, glob)
		return nil
	})
}

func (c *Config) addIgnore(p parser) func(*yaml.Node) error {
	return func(node *yaml.Node) error {
		ignore, err := p.ignore(node, map[string]func(*yaml.Node) error{})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.Ignore, func(i scanner.Ignore) bool { return i.Fingerprint == ignore.Fingerprint }) {
			return p.fail(node, "", "duplicate fingerprint %s", ignore.Fingerprint)
		}
		c.Ignore = append(c.Ignore, ignore)
		return nil
	}
}

// ignore reads a fingerprint, a reason and a date; others read further keys.
func (p parser) ignore(node *yaml.Node, others map[string]func(*yaml.Node) error) (scanner.Ignore, error) {
	const example = "write \"- fingerprint: 0123456789abcdef\" and under it \"reason: …\""
	var ignore scanner.Ignore
	if node.Kind != yaml.MappingNode {
		return ignore, p.fail(node, example, "expected a fingerprint and a reason, got %s", kind(node))
	}
	keys := maps.Clone(others)
	keys["fingerprint"] = func(n *yaml.Node) (err error) {
		ignore.Fingerprint, err = p.fingerprint(n)
		return err
	}
	keys["reason"] = func(n *yaml.Node) (err error) {
		ignore.Reason, err = p.text(n, "a reason")
		return err
	}
	keys["until"] = func(n *yaml.Node) (err error) {
		ignore.Until, err = p.date(n)
		return err
	}
	err := p.mapping(node, keys)
	switch {
	case err != nil:
		return ignore, err
	case ignore.Fingerprint == "":
		return ignore, p.fail(node, example, "expected the key fingerprint")
	case ignore.Reason == "":
		return ignore, p.fail(node, "say why the finding does not count", "expected the key reason")
	}
	return ignore, nil
}

// date reads a day, which begins in UTC.
func (p parser) date(node *yaml.Node) (time.Time, error) {
	day, err := ParseDate(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		return day, p.fail(node, "write the date on which the entry expires, such as 2027-01-31", "expected a date")
	}
	return day, nil
}

// ParseDate reads a day such as 2027-01-31, which begins in UTC.
func ParseDate(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%q is not a date: expected for example 2027-01-31", text)
	}
	return day, nil
}

// fingerprint reads 16 hexadecimal digits, which may look like a number to YAML.
func (p parser) fingerprint(node *yaml.Node) (string, error) {
	digits := strings.ToLower(node.Value)
	if _, err := hex.DecodeString(digits); node.Kind != yaml.ScalarNode || err != nil || len(digits) != 16 {
		return "", p.fail(node, "copy the fingerprint from the report, not the key", "expected a fingerprint of 16 hexadecimal digits")
	}
	return digits, nil
}

func (p parser) text(node *yaml.Node, what string) (string, error) {
	if node.Kind != yaml.ScalarNode || node.Tag != "!!str" {
		return "", p.fail(node, "put it in quotes", "expected %s, got %s", what, kind(node))
	}
	if strings.TrimSpace(node.Value) == "" {
		return "", p.fail(node, "", "expected %s, got an empty string", what)
	}
	return node.Value, nil
}

func choice[T any](p parser, node *yaml.Node, parse func(string) (T, error)) (T, error) {
	name := node.Value
	if node.Kind != yaml.ScalarNode {
		name = kind(node)
	}
	value, err := parse(name)
	if err != nil {
		err = p.fail(node, "", "%w", err)
	}
	return value, err
}

// fail returns an error at the place of a node.
func (p parser) fail(node *yaml.Node, advice, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return hint.New(advice, "%s:%d:%d: %w", p.file, max(node.Line, 1), max(node.Column, 1), err)
}

// yamlLine is how package yaml writes where a syntax error is.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func (p parser) syntax(err error) error {
	text, line := err.Error(), 1
	if at := yamlLine.FindStringSubmatch(text); at != nil {
		text = text[len(at[0]):]
		if n, err := strconv.Atoi(at[1]); err == nil {
			line = n
		}
	}
	return fmt.Errorf("%s:%d: not valid YAML: %s", p.file, line, text)
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

// kind names what a node is, in the terms of YAML.
func kind(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch node.Tag {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	}
	return "a string"
}

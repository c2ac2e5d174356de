package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// step is a part of a pipeline that runs commands or an action.
type step struct {
	// node is the mapping of the step, and job the mapping of its job, with the job's name;
	// nil for code that is not in YAML.
	node, job *yaml.Node
	jobName   string
	// env are the variables of the step, of its job and of its workflow.
	env []variable
	// scripts run one after the other in one shell.
	scripts []script
}

// variable is a variable that a pipeline sets.
type variable struct {
	name       string
	key, value *yaml.Node
}

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

// variablesIn returns the variables of a mapping, or of a list of them.
func variablesIn(n *yaml.Node) []variable {
	var all []variable
	add := func(name string, key, value *yaml.Node) {
		all = append(all, variable{name, key, value})
	}
	switch {
	case n == nil:
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			add(n.Content[i].Value, n.Content[i], n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if value := field(item, "value"); value != nil {
				add(scalar(item, "name"), field(item, "name"), value)
			} else if name, _, ok := strings.Cut(item.Value, "="); ok {
				add(name, item, item)
			}
		}
	}
	return all
}

// pipeline is a parsed file that runs commands: a pipeline in YAML, a Jenkinsfile, which
// has no documents, or a shell script, which has neither.
type pipeline struct {
	File
	yamlFile
	steps []step
}

// Pipelines keeps parsed pipelines, so that not each rule parses them again. The zero value
// is ready for use.
type Pipelines struct {
	known map[string]pipeline
	size  int
}

// maxKept is the maximum size of the pipelines that are kept, in bytes. Parsed, they can
// take a hundred times as much.
const maxKept = 1 << 20

// pipeline parses a file, unless it is kept.
func (p Project) pipeline(f File) pipeline {
	if p.Parsed == nil {
		return parsePipeline(f)
	}
	parsed, ok := p.Parsed.known[f.Path]
	if ok {
		return parsed
	}
	parsed = parsePipeline(f)
	if p.Parsed.size += len(parsed.text); p.Parsed.size <= maxKept {
		if p.Parsed.known == nil {
			p.Parsed.known = map[string]pipeline{}
		}
		p.Parsed.known[f.Path] = parsed
	}
	return parsed
}

func parsePipeline(f File) pipeline {
	p, text := pipeline{File: f}, f.Read()
	switch service := ciOf(f.Path); {
	case service == jenkins:
		p.text, p.steps = text, jenkinsSteps(text)
	case isShell(f.Path):
		p.text = text
		p.steps = []step{{scripts: []script{newScript(text, false, func(from, to int) (int, int) { return from, to })}}}
	case service != noCI:
		r := stepReader{yamlFile: parseYAML(text), service: service}
		for _, doc := range r.docs {
			r.read(doc, step{}, "")
		}
		p.yamlFile, p.steps = r.yamlFile, r.found
	}
	return p
}

func isShell(name string) bool {
	return strings.HasSuffix(name, ".sh") || strings.HasSuffix(name, ".bash")
}

// stepReader collects the steps of a pipeline.
type stepReader struct {
	yamlFile
	service ci
	found   []step
	depth   int
}

// shellKeys are the keys whose values are commands, in the order in which they run. A step
// runs those of the first three in one shell.
var shellKeys = []string{
	"before_script", "script", "run", "after_script", "bash", "pwsh", "powershell", "commands", "before_install", "install",
	"after_success", "after_failure", "before_deploy",
}

// read collects the steps below a node. outer has what the nodes around it set.
func (r *stepReader) read(n *yaml.Node, outer step, key string) {
	const deepest = 64
	if r.depth++; r.depth > deepest {
		r.depth--
		return
	}
	defer func() { r.depth-- }()
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			r.read(item, outer, key)
		}
	case yaml.MappingNode:
		now := outer
		now.node = n
		now.env = slices.Clone(outer.env)
		for _, name := range []string{"env", "environment", "variables"} {
			now.env = append(now.env, variablesIn(field(n, name))...)
		}
		if job := scalar(n, "job") + scalar(n, "deployment"); job != "" { // of Azure
			now.job, now.jobName = n, job
		}
		r.add(n, now, key)
		for i := 0; i+1 < len(n.Content); i += 2 {
			inner, name := now, n.Content[i].Value
			if key == "jobs" || key == "" && r.service == gitLab {
				inner.job, inner.jobName = n.Content[i+1], name
			}
			r.read(n.Content[i+1], inner, name)
		}
	}
}

// add adds the mapping n if it is a step.
func (r *stepReader) add(n *yaml.Node, now step, key string) {
	macros := r.service == azure
	var first []*yaml.Node
	for i, name := range shellKeys {
		nodes := scalars(field(n, name))
		if i < 3 {
			first = append(first, nodes...)
		} else if len(nodes) > 0 {
			now.scripts = append(now.scripts, r.script(nodes, macros))
		}
	}
	if key == "run" { // of CircleCI
		first = append(first, scalars(field(n, "command"))...)
	}
	if len(first) > 0 {
		now.scripts = append([]script{r.script(first, macros)}, now.scripts...)
	}
	if len(now.scripts) > 0 || scalar(n, "uses") != "" {
		r.found = append(r.found, now)
	}
}

// jobEnvironment returns the environment that a job is for by its settings or its name,
// and whether its settings say so.
func (s step) jobEnvironment() (e environment, isSet bool) {
	set := scalar(s.job, "environment") + scalar(s.job, "environment", "name")
	if e := environmentOfName(set); e != "" {
		return e, true
	}
	return environmentOfName(s.jobName), false
}

// isJenkinsfile reports whether a file is the pipeline of Jenkins.
func isJenkinsfile(name string) bool {
	base := path.Base(name)
	return base == "Jenkinsfile" || strings.HasPrefix(base, "Jenkinsfile.") || strings.HasSuffix(base, ".jenkinsfile")
}

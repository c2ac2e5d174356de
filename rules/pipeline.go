package rules

import (
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

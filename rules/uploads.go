package rules

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// uploaded returns the artifacts of a pipeline that have the credential file in them which
// a step before wrote: .qaspherecli.
func uploaded(f pipeline) []Lint {
	service := ciOf(f.Path)
	if service != gitHub && service != gitLab {
		return nil
	}
	var found []Lint
	written := map[*yaml.Node]string{} // by job
	for _, s := range f.steps {
		for _, code := range s.scripts {
			for _, c := range code.calls() {
				for _, target := range c.writes {
					if strings.HasPrefix(path.Base(target), ".qaspherecli") {
						written[s.job] = target
					}
				}
			}
		}
		file := written[s.job]
		if file == "" {
			continue
		}
		paths := artifacts(s, service)
		for _, n := range paths {
			for line := range strings.Lines(n.Value) {
				if line = strings.TrimSpace(line); !takes(line, file) {
					continue
				}
				at := strings.Index(n.Value, line)
				start, end := f.find(n, at, at+len(line))
				m := logLint(f.Path, start, end, line, file+", which an earlier command wrote, becomes part of an artifact: people who can read the run can download it")
				found = append(found, m)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Lint) int { return a.Start - b.Start })
	return slices.CompactFunc(found, func(a, b Lint) bool { return a.Start == b.Start })
}

// artifacts returns the scalars that name the files of a step's artifacts. GitHub leaves
// out hidden files by default since version 4 of the action.
func artifacts(s step, service ci) []*yaml.Node {
	if service == gitLab {
		return scalars(field(s.job, "artifacts", "paths"))
	}
	action, version, _ := strings.Cut(scalar(s.node, "uses"), "@")
	hidden := scalar(s.node, "with", "include-hidden-files") == "true" || slices.Contains([]string{"v1", "v2", "v3"}, version)
	if action != "actions/upload-artifact" || !hidden {
		return nil
	}
	return scalars(field(s.node, "with", "path"))
}

// takes reports whether a path of artifacts has a file in it.
func takes(pattern, file string) bool {
	pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "${{ github.workspace }}"), "$CI_PROJECT_DIR")
	pattern = strings.Trim(path.Clean("./"+pattern), "/")
	file = path.Clean(file)
	matched, _ := path.Match(pattern, file)
	return pattern == "." || pattern == "*" || pattern == "**" || pattern == "**/*" || matched || strings.HasPrefix(file, pattern+"/")
}

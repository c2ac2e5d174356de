package rules

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// secretUse is a reference to a secret in a pipeline or in settings.
type secretUse struct {
	path       string
	start, end int
	name       string
	// byName is the environment in the name of the secret, and place the one that the job,
	// or the name of the file, is for. separate says that the CI service may have a secret
	// of this name for each environment.
	byName, place environment
	separate      bool
}

// secretUses returns the references to QA Sphere credentials in a file.
func (p Project) secretUses(f File) []secretUse {
	if !f.Names || isShell(f.Path) {
		return nil
	}
	byPath := environmentOfPath(f.Path[len(f.Root):])
	if service := ciOf(f.Path); service == noCI || service == jenkins {
		return usesInSettings(f, byPath)
	}
	code := p.pipeline(f)
	var found []secretUse
	type seat struct {
		node  *yaml.Node
		place environment
	}
	seen := map[seat]bool{}
	for _, s := range code.steps {
		place, separate := s.jobEnvironment()
		if place == "" {
			place = byPath
		}
		var values []*yaml.Node
		for _, v := range s.env {
			values = append(values, v.value)
		}
		values = append(values, secretsIn(field(s.node, "with"), nil)...)
		for _, key := range shellKeys {
			values = append(values, scalars(field(s.node, key))...)
		}
		for _, n := range values {
			if seen[seat{n, place}] {
				continue // a variable of the job, which all its steps have
			}
			seen[seat{n, place}] = true
			for _, at := range reference.FindAllStringSubmatchIndex(n.Value, maxJudged) {
				name := referenceName(n.Value, at)
				if !isCredentialName(name) {
					continue
				}
				start, end := code.find(n, at[0], at[1])
				found = append(found, secretUse{f.Path, start, end, name, environmentOfName(name), place, separate})
			}
		}
	}
	return found
}

// reference matches a variable of a shell or of GitHub's expressions that is replaced by its
// value.
var reference = regexp.MustCompile(`\$\{\{\s*(?:secrets|env|inputs|vars)\.(\w+)\s*\}\}|\$\{(\w+)\}|\$\((\w+)\)|\$(\w+)`)

func referenceName(text string, at []int) string {
	for group := 2; group < len(at); group += 2 {
		if at[group] >= 0 {
			return text[at[group]:at[group+1]]
		}
	}
	return ""
}

// usesInSettings returns the variables that a file of settings for an environment takes its
// values from: QAS_TOKEN=${QAS_TOKEN_PROD}.
func usesInSettings(f File, byPath environment) []secretUse {
	if byPath == "" {
		return nil
	}
	var found []secretUse
	text := f.Read()
	for _, n := range credentialNames(text) {
		before := string(text[max(0, n.start-2):n.start])
		if strings.HasSuffix(before, "${") || strings.HasSuffix(before, "$") {
			found = append(found, secretUse{f.Path, n.start, n.end, n.name, environmentOfName(n.name), byPath, false})
		}
	}
	return found
}

// usesAcross returns for each secret that several environments use the first use, and the
// names of the environments.
func (p Project) usesAcross() []struct {
	secretUse
	environments []string
} {
	type key struct{ root, name string }
	type use = struct {
		secretUse
		environments []string
	}
	number := map[key]int{}
	var all []use
	for _, f := range p.Files {
		for _, u := range p.secretUses(f) {
			if u.byName != "" || u.place == "" || u.separate {
				continue
			}
			k := key{f.Root, u.name}
			n, ok := number[k]
			if !ok {
				n = len(all)
				number[k] = n
				all = append(all, use{secretUse: u})
			}
			if !slices.Contains(all[n].environments, string(u.place)) {
				all[n].environments = append(all[n].environments, string(u.place))
			}
		}
	}
	return slices.DeleteFunc(all, func(u use) bool { return len(u.environments) < 2 })
}

package rules

import (
	"path"
	"slices"
	"strings"
)

// environment is what a deployment is for.
type environment string

const (
	production  environment = "production"
	staging     environment = "staging"
	development environment = "development"
	testing     environment = "test"
)

// environmentWords are the words by which people name environments. "test" is none in
// a path: there are tests everywhere.
var environmentWords = map[string]environment{
	"prod": production, "production": production, "prd": production, "live": production,
	"staging": staging, "stage": staging, "stg": staging, "uat": staging, "preprod": staging, "preproduction": staging,
	"dev": development, "development": development, "local": development, "develop": development,
}

// environmentOf returns the environments that a place of a key is for: that of the
// variable on its line, and that of its path; empty where they name none.
func environmentOf(k Sighting) (byName, byPath environment) {
	return environmentOfName(string(k.Before)), environmentOfPath(k.Path[len(k.Root):])
}

// environmentOfName returns that of the last name on a line that has one.
func environmentOfName(line string) environment {
	var found environment
	for _, w := range nameWords(line) {
		if e, ok := environmentWords[w]; ok {
			found = e
		}
	}
	return found
}

// environmentOfPath returns that of a file of settings: .env.production,
// config/staging.yml, values-prod.yaml, environments/dev/settings.json.
func environmentOfPath(name string) environment {
	dir, base := path.Split(name)
	base = strings.ToLower(base)
	isSetting := strings.HasPrefix(base, ".env") || strings.HasSuffix(base, ".env") ||
		slices.Contains([]string{".yml", ".yaml", ".json", ".toml", ".ini", ".properties", ".tfvars", ".conf", ".cfg", ".env", ".xml"}, path.Ext(base))
	if !isSetting {
		return ""
	}
	words := nameWords(base)
	for _, w := range words {
		if e, ok := environmentWords[w]; ok {
			return e
		}
	}
	if strings.HasPrefix(base, ".env") && slices.Contains(words, "test") {
		return testing
	}
	folders := strings.Split(strings.ToLower(strings.TrimSuffix(dir, "/")), "/")
	slices.Reverse(folders)
	for _, folder := range folders {
		if e, ok := environmentWords[folder]; ok {
			return e
		}
	}
	return ""
}

// places returns the indices of the sightings of each key in order, keys in order of
// their first. Those that are accepted are left out.
func (p Project) places() [][]int {
	number := map[Key]int{}
	var all [][]int
	for i, k := range p.Keys {
		if k.Accepted {
			continue
		}
		n, ok := number[k.Key]
		if !ok {
			n = len(all)
			number[k.Key] = n
			all = append(all, nil)
		}
		all[n] = append(all[n], i)
	}
	return all
}

package rules

import (
	"path"
	"slices"
	"strings"
)

// environment is the purpose of a deployment.
type environment string

const (
	production  environment = "production"
	staging     environment = "staging"
	development environment = "development"
	testing     environment = "test"
)

// environmentWords are the words by which people name environments. "test" is not one
// of them: most paths with it are tests.
var environmentWords = map[string]environment{
	"prod": production, "production": production, "prd": production, "live": production,
	"staging": staging, "stage": staging, "stg": staging, "uat": staging, "preprod": staging, "preproduction": staging,
	"dev": development, "development": development, "local": development, "develop": development,
}

// environmentRoots are parts of environmentWords, of which each word has one.
var environmentRoots = roots{
	'p': {{"prod", 0}, {"prd", 0}}, 'v': {{"live", 2}, {"dev", 2}}, 'g': {{"stag", 3}, {"stg", 2}}, 'u': {{"uat", 0}}, 'c': {{"local", 2}},
}

// environmentOf returns the environments that the variable on the line of a key and the
// path of its file name; empty if they name none.
func environmentOf(k Sighting) (byName, byPath environment) {
	return environmentOfName(string(k.Before)), environmentOfPath(k.Path[len(k.Root):])
}

// environmentOfName returns the last environment that a line names.
func environmentOfName(line string) environment {
	var found environment
	if !hasRoot(line, &environmentRoots) {
		return found
	}
	for _, w := range nameWords(line) {
		if e, ok := environmentWords[w]; ok {
			found = e
		}
	}
	return found
}

// environmentOfPath returns the environment of a settings file: .env.production,
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

package rules

import (
	"path"
	"slices"
	"strings"
)

// Looked reports whether a rule with a Check looks at files with that path.
func Looked(name string) bool {
	if isCredentialFile(name) || ciOf(name) != noCI {
		return true
	}
	base := path.Base(name)
	return slices.Contains(manifests, base) || isCypressConfig(base) || isPlaywrightConfig(base) || isCompose(base) || isDockerfile(base) || strings.HasSuffix(base, "ignore") && base[0] == '.'
}

// manifests are the files whose folder is a package or an application.
var manifests = []string{
	"package.json", "pyproject.toml", "setup.py", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts", "Cargo.toml",
	"composer.json", "Gemfile", "mix.exs", "pubspec.yaml",
}

func isCompose(base string) bool {
	return (strings.HasPrefix(base, "docker-compose") || strings.HasPrefix(base, "compose")) && isYAML(base)
}

func isYAML(base string) bool {
	return strings.HasSuffix(base, ".yml") || strings.HasSuffix(base, ".yaml")
}

func isDockerfile(base string) bool {
	return base == "Dockerfile" || base == "Containerfile" || strings.HasSuffix(strings.ToLower(base), ".dockerfile") ||
		strings.HasPrefix(base, "Dockerfile.") && !strings.HasSuffix(base, "ignore")
}

// ci is a kind of CI service.
type ci int

const (
	noCI ci = iota
	gitHub
	gitLab
	azure
	jenkins
	otherCI
)

// ciOf returns the CI service that runs a file, judging by the file's name.
func ciOf(name string) ci {
	dir, base := path.Split(name)
	dir = "/" + dir
	switch {
	case strings.HasSuffix(dir, "/.github/workflows/") && isYAML(base),
		(base == "action.yml" || base == "action.yaml"):
		return gitHub
	case strings.HasSuffix(base, ".gitlab-ci.yml"), strings.HasSuffix(base, ".gitlab-ci.yaml"),
		strings.Contains(dir, "/.gitlab/") && isYAML(base):
		return gitLab
	case strings.HasPrefix(base, "azure-pipelines") && isYAML(base):
		return azure
	case isJenkinsfile(base):
		return jenkins
	case base == "bitbucket-pipelines.yml", strings.HasSuffix(dir, "/.circleci/") && isYAML(base), base == ".travis.yml", base == ".drone.yml":
		return otherCI
	case isShell(base):
		for _, folder := range []string{"/ci/", "/.ci/", "/scripts/", "/.github/", "/.gitlab/", "/.circleci/"} {
			if strings.Contains(dir, folder) {
				return otherCI
			}
		}
	}
	return noCI
}

// isCredentialFile reports whether a file is one in which people keep credentials, and
// not a template: .env files, and the files that the official client reads and writes
// (github.com/Hypersequent/qas-cli).
func isCredentialFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	switch {
	case base == ".qaspherecli" || base == "credentials.json" || base == ".env" || base == ".envrc":
		return true
	case !strings.HasPrefix(base, ".env.") && !strings.HasPrefix(base, ".envrc.") && !strings.HasSuffix(base, ".env") && !strings.HasPrefix(base, ".qaspherecli."):
		return false
	}
	for part := range strings.FieldsFuncSeq(base, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
		switch part {
		case "example", "sample", "template", "tmpl", "tpl", "dist", "defaults", "schema", "vault", "encrypted", "enc", "md", "ts", "js":
			return false
		}
	}
	return true
}

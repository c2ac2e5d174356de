package rules

import (
	"path"
	"slices"
	"strings"
	"time"
)

// Project is what a scan knows of the files it read, for rules that judge them
// together. Its paths are those of reports, with slashes.
type Project struct {
	// Files are those that [Looked] names, sorted by path.
	Files []File
	// Keys are the places of keys in files, sorted by place; none is in an archive.
	Keys []Sighting
	// Now is the time of the scan.
	Now time.Time
	// Days is the threshold of the rule, see [Tuning].
	Days int
}

// File is a file on disk or in the index.
type File struct {
	Path string
	// Root is the path of its work tree or target: empty, or ending with a slash.
	Root string
	// Tracked and Ignored are what git does with it; a file that is neither is one
	// that git would add. InGit is false where no git says.
	InGit, Tracked, Ignored bool
	// Read returns its content; nil if it cannot be read, or is large.
	Read func() []byte
}

// Sighting is a place of a key.
type Sighting struct {
	Key  Key
	Path string
	// Root is as that of a file. Repository tells one from another; empty outside of any.
	Root, Repository string
	// Start and End bound it in its file.
	Start, End int
	// Before is what stands before it on its line, as far as it is near.
	Before []byte
	// Accepted says that the key does not count there: a comment on its line allows it,
	// or the configuration ignores it.
	Accepted bool
}

// Lint is a habit that was seen.
type Lint struct {
	// Path is that of the file it is in. Where nothing in a file is wrong but that it
	// is there, Start and End are zero.
	Path string
	Match
	// Seen is the number of the sighting that it is about, from 1 on, whose place it
	// then has; or zero.
	Seen int
	// Append is an edit of another file; zero for none.
	Append Append
}

// Append is a line that another file should have, which may have to be made.
type Append struct{ Path, Line string }

// Looked reports whether some rule looks at a file of that path in a [Project].
func Looked(name string) bool {
	if isCredentialFile(name) || ciOf(name) != noCI {
		return true
	}
	base := path.Base(name)
	return slices.Contains(manifests, base) || isCompose(base) || isDockerfile(base) || strings.HasSuffix(base, "ignore") && base[0] == '.'
}

// file returns the file of a path.
func (p Project) file(name string) (File, bool) {
	i, ok := slices.BinarySearchFunc(p.Files, name, func(f File, name string) int { return strings.Compare(f.Path, name) })
	if !ok {
		return File{}, false
	}
	return p.Files[i], true
}

// manifests are files whose folder is a package or an application of its own.
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
	return base == "Dockerfile" || strings.HasPrefix(base, "Dockerfile.") && !strings.HasSuffix(base, "ignore")
}

// ci is the kind of service that runs what a file says.
type ci int

const (
	noCI ci = iota
	gitHub
	gitLab
	otherCI
)

// ciOf returns whose pipeline a file is, by its name.
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
	case strings.HasPrefix(base, "azure-pipelines") && isYAML(base), base == "bitbucket-pipelines.yml",
		strings.HasSuffix(dir, "/.circleci/") && isYAML(base), base == ".travis.yml", base == "Jenkinsfile", base == ".drone.yml":
		return otherCI
	case strings.HasSuffix(base, ".sh") || strings.HasSuffix(base, ".bash"):
		for _, folder := range []string{"/ci/", "/.ci/", "/scripts/", "/.github/", "/.gitlab/", "/.circleci/"} {
			if strings.Contains(dir, folder) {
				return otherCI
			}
		}
	}
	return noCI
}

// isCredentialFile reports whether a file is one in which people keep credentials,
// and no template of it: .env and its kin, what the official client reads and writes
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

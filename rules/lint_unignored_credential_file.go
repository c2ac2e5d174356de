package rules

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"
)

// unignoredCredentialFile finds credential files that git, an image or a package would
// include.
var unignoredCredentialFile = Rule{
	ID:    "unignored-credential-file",
	Title: "Credential file that is not ignored",
	Help: `A file with a QA Sphere credential is not in git yet, but ` + "`git add .`" + ` would add it; or
it is in a folder that a Dockerfile copies or that ` + "`npm publish`" + ` packs, and no
` + "`.dockerignore`" + ` or ` + "`.npmignore`" + ` excludes it. Where there is an ` + "`.npmignore`" + `, npm does not
read ` + "`.gitignore`" + `.

## Example

~~~sh +.env
QAS_URL=https://acme.eu1.qasphere.com
QAS_TOKEN=f9d0K2xQ8m-part-of-a-key
~~~

Better:

~~~sh .gitignore
.env
~~~

## Remediation

1. Add the name of the file to ` + "`.gitignore`" + `, and to ` + "`.dockerignore` or `.npmignore`" + ` if
   there is one.
2. If the file was ever committed, copied into an image or published, rotate the key: QA
   Sphere, Settings → API Keys.
`,
	Severity:   Note,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			if f.Tracked || !f.InGit || !isCredentialFile(f.Path) {
				continue
			}
			line, why := p.notIgnored(f)
			if line.Line == "" || !p.hasCredential(f) {
				continue
			}
			found = append(found, Lint{
				Path: f.Path,
				Match: Match{
					Severity: Note, Confidence: High, Subject: path.Base(f.Path), ByName: true,
					Message: path.Base(f.Path) + " has a QA Sphere credential in it, and " + why,
				},
				Append: line,
			})
		}
		return found
	},
}

// notIgnored returns the line that is missing in an ignore file, and why a tool would
// include the file without it; the zero Append if no tool would.
func (p Project) notIgnored(f File) (Append, string) {
	if !f.Ignored {
		return ignoreLine(f), "git does not ignore it: git add . would add it"
	}
	for dir := path.Dir(f.Path); ; dir = path.Dir(dir) {
		in := func(name string) string { return path.Join(dir, name) }
		rel := strings.TrimPrefix(f.Path, dir+"/")
		if p.imageTakes(dir, rel) {
			return Append{in(".dockerignore"), rel}, in("Dockerfile") + " copies its folder, and no .dockerignore excludes it"
		}
		if ignore, ok := p.file(in(".npmignore")); ok && p.isPublished(in("package.json")) && !ignores(ignore.Read(), rel) {
			return Append{in(".npmignore"), "/" + rel}, "npm publish would pack it: npm reads .npmignore, which does not name it, instead of .gitignore"
		}
		if dir == "." || dir == "/" || dir+"/" == f.Root {
			return Append{}, ""
		}
	}
}

// imageTakes reports whether a Dockerfile in a folder copies a file into its image
// together with the file's folder.
func (p Project) imageTakes(dir, rel string) bool {
	dockerfile, ok := p.file(path.Join(dir, "Dockerfile"))
	if !ok {
		return false
	}
	copies := false
	for _, i := range instructions(dockerfile.Read()) {
		for _, w := range i.sources() {
			from := strings.TrimPrefix(path.Clean(w.text), "/")
			copies = copies || from == "." || from == "" || from == path.Dir(rel) || strings.HasPrefix(rel, from+"/")
		}
	}
	if !copies {
		return false
	}
	for _, name := range []string{"Dockerfile.dockerignore", ".dockerignore"} {
		if ignore, ok := p.file(path.Join(dir, name)); ok {
			return !ignores(ignore.Read(), rel)
		}
	}
	return true
}

// isPublished reports whether a package.json belongs to a package that npm publishes with
// every file that is not ignored (docs.npmjs.com/cli/configuring-npm/package-json).
func (p Project) isPublished(name string) bool {
	file, ok := p.file(name)
	if !ok {
		return false
	}
	var m struct {
		Name    string
		Private bool
		Files   []string
	}
	return json.Unmarshal(file.Read(), &m) == nil && m.Name != "" && !m.Private && m.Files == nil
}

// ignores reports whether an ignore file may exclude a path. Where git, Docker and npm
// read a pattern differently, the widest reading counts, so that no excluded file is
// reported as included.
func ignores(patterns []byte, rel string) bool {
	ignored := false
	for line := range bytes.Lines(patterns) {
		pattern, keep := strings.CutPrefix(strings.TrimSpace(string(line)), "!")
		pattern = strings.Trim(pattern, "/")
		if pattern == "" || pattern[0] == '#' {
			continue
		}
		for at := rel; at != "." && at != ""; at = path.Dir(at) {
			whole, _ := path.Match(pattern, at)
			last, _ := path.Match(path.Base(pattern), path.Base(at))
			if pattern == "*" || pattern == "**" || whole || last {
				ignored = !keep
			}
		}
	}
	return ignored
}

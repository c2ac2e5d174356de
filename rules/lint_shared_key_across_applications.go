package rules

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// sharedKeyAcrossApplications finds a key in several applications.
var sharedKeyAcrossApplications = Rule{
	ID:    "shared-key-across-applications",
	Title: "Key shared by several applications",
	Help: `Several services, packages or repositories use the same key. It cannot be revoked for
one of them without breaking the others, and the audit log does not show which of them
made a change. Keys that are in no file any more but in histories count, too. An application is a folder with a manifest (` + "`package.json`" + `,
` + "`pyproject.toml`, `go.mod`" + ` and others), a repository, or a service in a Compose file.

## Example

~~~yaml compose.yml
services:
  reporter:
    environment:
      QAS_TOKEN: KEY
  importer:
    environment:
      QAS_TOKEN: KEY
~~~

Better:

~~~yaml compose.yml
services:
  reporter:
    environment:
      QAS_TOKEN: ${REPORTER_QAS_TOKEN}
  importer:
    environment:
      QAS_TOKEN: ${IMPORTER_QAS_TOKEN}
~~~

## Remediation

1. Create a key for each application: QA Sphere, Settings → API Keys.
2. Revoke the shared key.
`,
	Severity:   Warning,
	Confidence: Medium,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		roots := p.applicationRoots()
		all := slices.Concat(p.Keys, p.Past)
		for _, places := range placesOf(all) {
			var apps []application
			for _, i := range places {
				app := p.application(all[i], roots)
				if !slices.ContainsFunc(apps, func(other application) bool { return app.id == other.id }) {
					apps = append(apps, app)
				}
			}
			apps = innermost(apps)
			if len(apps) < 2 {
				continue
			}
			found = append(found, keyLint(places[0], all[places[0]].Key, Warning, Medium,
				"is shared by several applications: "+fewNames(apps)))
		}
		return found
	},
}

// application is the user of a key: a folder with a manifest, a repository or a service.
type application struct {
	// id is the same in all working trees of a repository.
	id struct{ repository, dir, service string }
	// name is for messages.
	name string
}

// applicationRoots returns the folders that have a manifest. Each ends with a slash; the
// root is empty.
func (p Project) applicationRoots() map[string]bool {
	roots := map[string]bool{}
	for _, f := range p.Files {
		if base := path.Base(f.Path); slices.Contains(manifests, base) {
			roots[strings.TrimSuffix(f.Path, base)] = true
		}
	}
	return roots
}

// application returns the innermost application of a sighting.
func (p Project) application(k Sighting, roots map[string]bool) application {
	dir := k.Path
	for {
		dir = strings.TrimSuffix(dir, "/")
		dir = dir[:strings.LastIndexByte(dir, '/')+1]
		if roots[dir] || len(dir) <= len(k.Root) {
			break
		}
	}
	app := application{name: strings.TrimSuffix(dir, "/")}
	if app.name == "" {
		app.name = "the root"
	}
	app.id.repository, app.id.dir = k.Repository, dir
	if k.Repository != "" {
		app.id.dir = strings.TrimPrefix(dir, k.Root)
	} else if !roots[dir] {
		app.id.dir = "" // nothing shows that the folder is an application
	}
	if f, ok := p.file(k.Path); ok && k.End > 0 && isCompose(path.Base(k.Path)) {
		if text := f.Read(); k.End <= len(text) {
			if app.id.service = composeService(text, k.Start); app.id.service != "" {
				app.name = "service " + app.id.service
			}
		}
	}
	return app
}

// innermost removes applications that contain others: a root that shares its key with a
// package below it is the same application, unless it is another repository.
func innermost(apps []application) []application {
	return slices.DeleteFunc(slices.Clone(apps), func(app application) bool {
		return app.id.service == "" && slices.ContainsFunc(apps, func(other application) bool {
			return other.id != app.id && other.id.repository == app.id.repository && strings.HasPrefix(other.id.dir, app.id.dir)
		})
	})
}

// fewNames lists the names of the first applications.
func fewNames(apps []application) string {
	const most = 4
	names := make([]string, 0, most)
	for _, app := range apps[:min(len(apps), most)] {
		names = append(names, app.name)
	}
	text := strings.Join(names, ", ")
	if len(apps) > most {
		text += " and others"
	}
	return text
}

// composeService returns the service of a Compose file that text[at] is in, or "".
func composeService(text []byte, at int) string {
	service, below, services := "", -1, false
	for line := range bytes.Lines(text[:at]) {
		content := bytes.TrimLeft(line, " ")
		indent := len(line) - len(content)
		name, _, ok := bytes.Cut(bytes.TrimSpace(content), []byte(":"))
		if !ok || len(content) == 0 || content[0] == '#' {
			continue
		}
		switch {
		case indent == 0:
			services, service, below = string(name) == "services", "", -1
		case services && (below < 0 || indent <= below):
			below, service = indent, string(name)
		}
	}
	return service
}

package rules

import (
	"bytes"
	"cmp"
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
		roots, services := p.applicationRoots(), map[string]composeServices{}
		all, places := p.Keys, p.places()
		if len(p.Past) > 0 {
			all = slices.Concat(p.Keys, p.Past)
			places = PlacesOf(all)
		}
		for _, places := range places {
			var apps []application
			for _, i := range places {
				app := p.application(all[i], roots, services)
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
func (p Project) application(k Sighting, roots map[string]bool, services map[string]composeServices) application {
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
		known, ok := services[k.Path]
		if !ok {
			known = servicesIn(f.Read())
			services[k.Path] = known
		}
		if app.id.service = known.at(k.Start, k.End); app.id.service != "" {
			app.name = "service " + app.id.service
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

// composeServices has the state of a reader of a Compose file at the start of each line.
type composeServices struct {
	text  []byte
	lines []composeLine
}

// composeLine is such a state: the service, and the indentation of the names of services
// below the key services; -1 if it is not known yet.
type composeLine struct {
	start   int
	service string
	below   int
	inside  bool
}

func servicesIn(text []byte) composeServices {
	c := composeServices{text: text}
	state := composeLine{below: -1}
	for line := range bytes.Lines(text) {
		c.lines = append(c.lines, state)
		state = state.after(line)
		state.start += len(line)
	}
	return c
}

// at returns the service that text[start:end] is in, or "".
func (c composeServices) at(start, end int) string {
	if end > len(c.text) {
		return "" // the file has changed
	}
	next, _ := slices.BinarySearchFunc(c.lines, start+1, func(l composeLine, at int) int { return cmp.Compare(l.start, at) })
	if next == 0 {
		return ""
	}
	line := c.lines[next-1]
	return line.after(c.text[line.start:start]).service
}

// after returns the state after a line.
func (l composeLine) after(line []byte) composeLine {
	content := bytes.TrimLeft(line, " ")
	indent := len(line) - len(content)
	name, _, ok := bytes.Cut(bytes.TrimSpace(content), []byte(":"))
	switch {
	case !ok || content[0] == '#':
	case indent == 0:
		l.inside, l.service, l.below = string(name) == "services", "", -1
	case l.inside && (l.below < 0 || indent <= l.below):
		l.below, l.service = indent, string(name)
	}
	return l
}

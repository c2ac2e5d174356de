package rules

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// credentialInImage finds credentials that become part of container images.
var credentialInImage = Rule{
	ID:    "credential-in-image",
	Title: "Credential in a container image",
	Help: `A QA Sphere credential becomes part of a container image: ` + "`ARG` and `ENV`" + ` are written
to the image and to its history, and a file that ` + "`COPY`" + ` or ` + "`ADD`" + ` copies stays in its
layer, even if a later instruction deletes it. Anyone who can pull the image can read the
credential. The rule also looks at the build arguments of Compose files, of ` + "`docker build`" + `
and of ` + "`docker/build-push-action`" + `.

## Example

~~~docker Dockerfile
FROM node:24
ARG QAS_TOKEN
RUN QAS_TOKEN=$QAS_TOKEN npx qas-cli junit-upload results.xml
~~~

Better, with a secret that exists only while the command runs:

~~~docker Dockerfile
FROM node:24
RUN --mount=type=secret,id=QAS_TOKEN,env=QAS_TOKEN npx qas-cli junit-upload results.xml
~~~

## Remediation

1. Mount the credential as a secret: ` + "`docker build --secret id=QAS_TOKEN`" + `, or set it when
   the container starts.
2. Delete the images, and rotate the key: QA Sphere, Settings → API Keys.
`,
	Severity:   Warning,
	Confidence: High,
	Lint:       true,
	Check: func(p Project) []Lint {
		var found []Lint
		for _, f := range p.Files {
			base := path.Base(f.Path)
			switch {
			case isDockerfile(base):
				found = append(found, p.inDockerfile(f)...)
			case !f.Names:
			case isCompose(base):
				found = append(found, inComposeBuild(f)...)
			case ciOf(f.Path) != noCI:
				found = append(found, inBuildCommands(p.pipeline(f))...)
			}
		}
		return found
	},
}

func imageLint(name string, start int, subject, message string) Lint {
	return Lint{Path: name, Match: Match{
		Start: start, End: start + len(subject), Severity: Warning, Confidence: High, ByName: true, Subject: subject,
		Message: message + ": mount it as a secret instead",
	}}
}

// inDockerfile judges the instructions of a Dockerfile.
func (p Project) inDockerfile(f File) []Lint {
	var found []Lint
	for _, i := range instructions(f.Read()) {
		for n, w := range i.args {
			name, value, assigned := strings.Cut(w.text, "=")
			switch {
			case i.name == "ENV" && n == 0 && !assigned && len(i.args) > 1: // ENV NAME value
				value = i.args[1].text
			case i.name == "ENV" && !assigned:
				continue
			case i.name != "ENV" && i.name != "ARG":
				continue
			}
			if isCredentialName(name) && (i.name == "ARG" || isSecretValue(value)) {
				found = append(found, imageLint(f.Path, w.start, name, i.name+" writes "+name+" into the image and its history"))
			}
		}
		for _, w := range i.sources() {
			if p.isCredentialCopy(path.Join(path.Dir(f.Path), w.text)) {
				found = append(found, imageLint(f.Path, w.start, w.text, i.name+" puts "+path.Base(w.text)+", which has a QA Sphere credential, into the image"))
			}
		}
	}
	return found
}

// isSecretValue reports whether a value is a reference or looks like a credential.
func isSecretValue(value string) bool {
	return strings.Contains(value, "$") || len(value) >= 8 && credentialLike([]byte(value)) && !isForTests([]byte(value))
}

// isCredentialCopy reports whether a file with a credential has a path.
func (p Project) isCredentialCopy(name string) bool {
	if !isCredentialFile(name) {
		return false
	}
	f, ok := p.file(name)
	return ok && p.hasCredential(f) || strings.HasPrefix(path.Base(name), ".qaspherecli")
}

// inComposeBuild judges the build arguments of a Compose file.
func inComposeBuild(f File) []Lint {
	var found []Lint
	y := parseYAML(f.Read())
	for _, doc := range y.docs {
		services := field(doc, "services")
		if services == nil || services.Kind != yaml.MappingNode {
			continue
		}
		for _, service := range services.Content {
			args := field(service, "build", "args")
			if args == nil {
				continue
			}
			for i, n := range args.Content {
				name, _, _ := strings.Cut(n.Value, "=")
				if (args.Kind == yaml.SequenceNode || i%2 == 0) && isCredentialName(name) {
					start, _ := y.find(n, 0, len(name))
					found = append(found, imageLint(f.Path, start, name, "The build argument "+name+" is written to the history of the image"))
				}
			}
		}
	}
	return found
}

// inBuildCommands judges the build arguments in a pipeline.
func inBuildCommands(f pipeline) []Lint {
	var found []Lint
	const message = " is written to the history of the image"
	for _, s := range f.steps {
		for _, code := range s.scripts {
			for _, c := range code.calls() {
				for i, w := range c.args {
					option, name, _ := strings.Cut(w.text, "=")
					if option != "--build-arg" || c.name != "docker" && c.name != "podman" && c.name != "buildah" {
						continue
					}
					if name == "" && i+1 < len(c.args) {
						w = c.args[i+1]
						name = w.text
					}
					if name, _, _ = strings.Cut(name, "="); isCredentialName(name) {
						at := w.start + strings.Index(string(code.text[w.start:w.end]), name)
						start, _ := code.place(at, at+len(name))
						found = append(found, imageLint(f.Path, start, name, "The build argument "+name+message))
					}
				}
			}
		}
		args := field(s.node, "with", "build-args")
		if args == nil || !strings.HasPrefix(scalar(s.node, "uses"), "docker/build-push-action") {
			continue
		}
		at := 0
		for line := range strings.Lines(args.Value) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), "=")
			if isCredentialName(name) {
				from := at + strings.Index(line, name)
				start, _ := f.find(args, from, from+len(name))
				found = append(found, imageLint(f.Path, start, name, "The build argument "+name+message))
			}
			at += len(line)
		}
	}
	return slices.Clip(found)
}

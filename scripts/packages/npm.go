//go:build ignore

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// packageFile is the package.json of npm. The order of its fields is that of the file.
type packageFile struct {
	Name                 string            `json:"name"`
	Version              string            `json:"version"`
	Description          string            `json:"description"`
	Keywords             []string          `json:"keywords,omitempty"`
	Homepage             string            `json:"homepage"`
	Repository           map[string]string `json:"repository"`
	License              string            `json:"license"`
	OS                   []string          `json:"os,omitempty"`
	CPU                  []string          `json:"cpu,omitempty"`
	Bin                  map[string]string `json:"bin,omitempty"`
	Files                []string          `json:"files"`
	Engines              map[string]string `json:"engines,omitempty"`
	PreferUnplugged      bool              `json:"preferUnplugged,omitempty"`
	PublishConfig        map[string]string `json:"publishConfig"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
}

func newPackageFile(name, version, description string) packageFile {
	return packageFile{
		Name: name, Version: version, Description: description,
		Homepage: homepage, Repository: map[string]string{"type": "git", "url": "git+" + homepage + ".git"},
		License: "MIT", Files: []string{"bin"}, PublishConfig: map[string]string{"access": "public"},
	}
}

// writePlatformPackage writes the package @qasleaks/OS-CPU, which holds a program.
func writePlatformPackage(folder, version string, p platform, program []byte) error {
	name := p.npmOS + "-" + p.npmCPU
	about := newPackageFile("@qasleaks/"+name, version, "The qasleaks program for "+name)
	about.OS, about.CPU, about.PreferUnplugged = []string{p.npmOS}, []string{p.npmCPU}, true
	folder = filepath.Join(folder, "@qasleaks", name)
	readme := "The program of [qasleaks](" + homepage + ") for " + name + ". Install `qasleaks`, which depends on this.\n"
	return errors.Join(
		writePackage(folder, about),
		writeFile(filepath.Join(folder, "README.md"), []byte(readme), 0o644),
		writeFile(filepath.Join(folder, "bin", p.program()), program, 0o755),
	)
}

// writeMainPackage writes the package qasleaks, which starts the program of a package
// for the system that it is installed on.
func writeMainPackage(folder, version string) error {
	about := newPackageFile("qasleaks", version, summary)
	about.Keywords = []string{"qasphere", "qa-sphere", "api-key", "secrets", "secret-scanning", "security", "pre-commit", "cli"}
	about.Bin = map[string]string{"qasleaks": "bin/qasleaks.js"}
	about.Engines = map[string]string{"node": ">=16"}
	about.OptionalDependencies = map[string]string{}
	for _, p := range platforms {
		about.OptionalDependencies["@qasleaks/"+p.npmOS+"-"+p.npmCPU] = version
	}
	folder = filepath.Join(folder, "qasleaks")
	if err := writePackage(folder, about); err != nil {
		return err
	}
	for name, mode := range map[string]os.FileMode{"README.md": 0o644, "bin/qasleaks.js": 0o755} {
		content, err := os.ReadFile(filepath.Join("npm", "qasleaks", name))
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(folder, name), content, mode); err != nil {
			return err
		}
	}
	return nil
}

func writePackage(folder string, about packageFile) error {
	var content bytes.Buffer
	out := json.NewEncoder(&content)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(about); err != nil {
		return err
	}
	license, err := os.ReadFile("LICENSE")
	return errors.Join(
		err,
		writeFile(filepath.Join(folder, "package.json"), content.Bytes(), 0o644),
		writeFile(filepath.Join(folder, "LICENSE"), license, 0o644),
	)
}

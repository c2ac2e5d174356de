package delivery

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// MemberName returns the path of a member in its archive, or the name of a compressed
// file; "" if there is none.
func MemberName(m unpack.Member) string {
	_, name, _ := strings.Cut(m.Layers[len(m.Layers)-1], ":")
	return name
}

// Packages records which archives are packages that ship to clients. It recognizes
// each kind of package by its members.
type Packages map[string]string // way by the layers of the archive

// NewPackages returns an empty record.
func NewPackages() Packages { return Packages{} }

// archiveOf returns the name of the archive that contains a member.
func archiveOf(layers []string) string { return strings.Join(layers[:len(layers)-1], "\x00") }

// See records what a member shows about the kind of its archive. A way that starts
// with "!" means that no member of the archive ships to clients.
func (p Packages) See(m unpack.Member) {
	kind, name, _ := strings.Cut(m.Layers[len(m.Layers)-1], ":")
	archive, way := archiveOf(m.Layers), ""
	switch {
	case kind == "asar":
		way = "in an Electron application"
	case kind == "tar" && name == "package/package.json":
		way = publishedName(m.Data)
	case kind != "zip":
	case name == "AndroidManifest.xml" || name == "base/manifest/AndroidManifest.xml":
		way = "in an Android package"
	case strings.HasPrefix(name, "Payload/") && strings.Contains(name, ".app/"):
		way = "in an iOS application"
	case name == "manifest.json" && isExtension(m.Data):
		way = "in a browser extension"
	case strings.HasSuffix(name, ".trace") || strings.HasSuffix(name, ".network"):
		way = "!trace"
	}
	if way != "" {
		p[archive] = way
	}
}

// Delivery returns how a member of an archive ships to clients: the way of an archive
// around it, or else itself, the way that its own content shows.
func (p Packages) Delivery(layers []string, itself string) string {
	for n := len(layers); n > 0; n-- {
		switch way := p[archiveOf(layers[:n])]; {
		case strings.HasPrefix(way, "!"):
			return ""
		case way != "":
			return way
		}
	}
	return itself
}

// isExtension reports whether data is the manifest.json of a browser extension
// (developer.mozilla.org, WebExtensions, manifest.json/manifest_version).
func isExtension(data []byte) bool {
	var m struct {
		Version int    `json:"manifest_version"`
		Name    string `json:"name"`
	}
	return json.Unmarshal(data, &m) == nil && m.Version >= 2 && m.Version <= 3 && m.Name != ""
}

// npmPackage has the fields of a package.json that determine which files are published
// (docs.npmjs.com/cli/configuring-npm/package-json).
type npmPackage struct {
	Name    string          `json:"name"`
	Private bool            `json:"private"`
	Files   []string        `json:"files"`
	Main    string          `json:"main"`
	Module  string          `json:"module"`
	Browser json.RawMessage `json:"browser"`
	Bin     json.RawMessage `json:"bin"`
}

// publishedName returns how the files of an npm package ship; "" if npm does not
// publish it.
func publishedName(data []byte) string {
	var p npmPackage
	if json.Unmarshal(data, &p) != nil || p.Private || p.Name == "" {
		return ""
	}
	return "in the published files of npm package " + clip(p.Name)
}

// publishes reports whether a package lists its published files, and the file with
// this path is one of them.
func (p npmPackage) publishes(name string) bool {
	if p.Private || p.Name == "" || len(p.Files) == 0 {
		return false
	}
	var published bool
	for _, entry := range p.Files {
		entry, excluded := strings.CutPrefix(entry, "!")
		entry = strings.TrimPrefix(path.Clean("/"+entry), "/")
		if entry == "" || entry == name || strings.HasPrefix(name, entry+"/") ||
			doublestar.MatchUnvalidated(entry, name) || doublestar.MatchUnvalidated(entry+"/**", name) {
			published = !excluded
		}
	}
	for _, entry := range append(fileNames(p.Browser), append(fileNames(p.Bin), p.Main, p.Module)...) {
		published = published || path.Clean("/"+entry) == "/"+name
	}
	return published
}

// fileNames returns the file names in a field, which is a string or an object.
func fileNames(field json.RawMessage) []string {
	var one string
	if json.Unmarshal(field, &one) == nil {
		return []string{one}
	}
	var several map[string]any
	_ = json.Unmarshal(field, &several)
	var names []string
	for _, value := range several {
		if name, ok := value.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

// packageDelivery returns how a file on disk ships to clients, by the manifests in the
// folders above it; "" if it is not known to ship.
func packageDelivery(file string, readFile func(name string) []byte) string {
	if readFile == nil {
		return ""
	}
	isAsset := slices.Contains([]string{".js", ".mjs", ".html", ".htm", ".json"}, strings.ToLower(path.Ext(file)))
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		name := file
		if dir != "." {
			name = strings.TrimPrefix(name[len(dir):], "/")
		}
		if isAsset && name != "manifest.json" {
			manifest := readFile(path.Join(dir, "manifest.json"))
			if isExtension(manifest) && bytes.Contains(manifest, []byte(`"`+name+`"`)) {
				return "in a browser extension"
			}
		}
		if isAsset && path.Base(dir) == "www" && bytes.Contains(readFile(path.Join(path.Dir(dir), "config.xml")), []byte("<widget")) {
			return "in the pages of a Cordova application"
		}
		if data := readFile(path.Join(dir, "package.json")); data != nil {
			var p npmPackage
			if json.Unmarshal(data, &p) == nil && p.publishes(name) {
				return publishedName(data)
			}
			if p.Name != "" {
				return ""
			}
		}
		if dir == "." || dir == "/" || dir == path.Dir(dir) {
			return ""
		}
	}
}

//go:build ignore

package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// pythonVersion writes a version as PEP 440 wants it: 1.2.3-rc.1 is 1.2.3rc1.
func pythonVersion(version string) string {
	return strings.NewReplacer("-alpha.", "a", "-beta.", "b", "-rc.", "rc").Replace(version)
}

// writeWheel writes a wheel without Python code: pip puts the program, which is in the
// folder for scripts, on the PATH of the environment.
func writeWheel(folder, version string, p platform, program []byte) error {
	readme, err := os.ReadFile("npm/qasleaks/README.md")
	if err != nil {
		return err
	}
	license, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	_, description, _ := strings.Cut(string(readme), "\n\n")
	description, _, _ = strings.Cut(description, "```sh")
	metadata := fmt.Sprintf(`Metadata-Version: 2.1
Name: qasleaks
Version: %s
Summary: %s
Home-page: %s
License: MIT
Requires-Python: >=3.7
Description-Content-Type: text/markdown

%s[Documentation](%s)
`, version, summary, homepage, description, homepage)
	tags := "Wheel-Version: 1.0\nGenerator: qasleaks\nRoot-Is-Purelib: false\n"
	for tag := range strings.SplitSeq(p.wheel, ".") {
		tags += "Tag: py3-none-" + tag + "\n"
	}
	info := "qasleaks-" + version + ".dist-info/"
	members := []struct {
		name    string
		content []byte
		mode    os.FileMode
	}{
		{"qasleaks-" + version + ".data/scripts/" + p.program(), program, 0o755},
		{info + "licenses/LICENSE", license, 0o644},
		{info + "METADATA", []byte(metadata), 0o644},
		{info + "WHEEL", []byte(tags), 0o644},
		{info + "RECORD", nil, 0o644},
	}
	var wheel, record bytes.Buffer
	out := zip.NewWriter(&wheel)
	for _, m := range members {
		if m.name == info+"RECORD" {
			fmt.Fprintf(&record, "%s,,\n", m.name)
			m.content = record.Bytes()
		} else {
			sum := sha256.Sum256(m.content)
			fmt.Fprintf(&record, "%s,sha256=%s,%d\n", m.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(m.content))
		}
		header := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(m.mode)
		member, err := out.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := member.Write(m.content); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return writeFile(filepath.Join(folder, "qasleaks-"+version+"-py3-none-"+p.wheel+".whl"), wheel.Bytes(), 0o644)
}

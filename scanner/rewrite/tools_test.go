package rewrite_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/internal/tooltest"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func base64Of(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// TestToolsRead gives rewritten files to the programs that read them.
func TestToolsRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("most of them are not there")
	}
	log := keytest.Expand("Authorization: ApiKey {{key 1}}\n")
	var tgz bytes.Buffer
	compressed := gzip.NewWriter(&tgz)
	archive := tar.NewWriter(compressed)
	for _, name := range []string{"run/upload.log", strings.Repeat("long/", 40) + "name"} {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(log)), ModTime: made}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, log); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command string
		name    string
		data    []byte
	}{
		{"unzip -t", "trace.zip", zipOf(t, map[string]string{"0-trace.network": log, "a.txt": "other"})},
		{"python3 -m zipfile -t", "trace.zip", zipOf(t, map[string]string{"0-trace.network": log, "a.txt": "other"})},
		{"tar -tzf", "run.tar.gz", tgz.Bytes()},
		{"gzip -t", "run.tar.gz", tgz.Bytes()},
	} {
		t.Run(c.command, func(t *testing.T) { runTool(t, c.command, c.name, c.data) })
	}
	packed := map[string][]string{
		"unzip -t":              {"zip", "playwright-trace", "jar", "wheel", "docx", "xlsx", "apk", "ipa", "aab", "vsix"},
		"python3 -m zipfile -t": {"playwright-trace", "wheel"},
		"tar -tf":               {"tar"},
		"tar -tzf":              {"npm-package", "zip-in-tar"},
		"gzip -t":               {"gzip", "npm-package"},
		"zstd -t":               {"zstandard", "initrd"},
		"jq -e .":               {"json-body"},
		"xmllint --html":        {"playwright-report", "robot-log"},
	}
	carriers := map[string]lab.File{}
	for _, f := range lab.New(1).Files {
		if isPacked(f.Path) {
			carriers[strings.Split(f.Path, "/")[3]] = f
		}
	}
	for command, names := range packed {
		for _, name := range names {
			t.Run(command+" "+name, func(t *testing.T) {
				f := carriers[name]
				runTool(t, command, filepath.Base(f.Path), f.Data)
			})
		}
	}
	readers := map[string]string{".json": "jq -e .", ".har": "jq -e .log", ".ipynb": "jq -e .", ".map": "jq -e .", ".network": "jq -e .", ".xml": "xmllint --noout", ".plist": "xmllint --noout", ".jmx": "xmllint --noout"}
	for _, f := range lab.New(1).Files {
		command := readers[filepath.Ext(f.Path)]
		// In other encodings, the files themselves are not valid.
		if command == "" || !strings.HasPrefix(f.Path, "files/plain/structured/") && !strings.HasPrefix(f.Path, "files/base64/") || isPacked(f.Path) {
			continue
		}
		t.Run(command+" "+f.Path, func(t *testing.T) {
			program := strings.Fields(command)
			if exec.Command(tooltest.Path(t, program[0]), append(program[1:], write(t, filepath.Base(f.Path), f.Data))...).Run() != nil {
				t.Skip("the original is only a part of a file")
			}
			runTool(t, command, filepath.Base(f.Path), f.Data)
		})
	}
}

// runTool expects a program to read a file with the keys masked.
func runTool(t *testing.T, command, name string, data []byte) {
	t.Helper()
	program := strings.Fields(command)
	path := tooltest.Path(t, program[0])
	out, masked := rewrite.New().Content(t.Context(), data)
	if len(masked.Keys) == 0 || len(masked.Left) > 0 {
		t.Fatalf("%+v", masked)
	}
	if said, err := exec.Command(path, append(program[1:], write(t, name, out))...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

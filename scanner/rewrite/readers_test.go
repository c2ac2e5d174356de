package rewrite_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/internal/tooltest"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

func parseJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data)) // several values are JSON Lines
	for {
		var v any
		if err := d.Decode(&v); err != nil {
			return ignoreEOF(err)
		}
	}
}

func parseXML(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		if _, err := d.RawToken(); err != nil {
			return ignoreEOF(err)
		}
	}
}

func parseYAML(data []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var v any
		if err := d.Decode(&v); err != nil {
			return ignoreEOF(err)
		}
	}
}

func parseTOML(data []byte) error {
	var v any
	return toml.Unmarshal(data, &v)
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// parsers are readers of formats in Go, by extension.
var parsers = map[string]func([]byte) error{
	".json": parseJSON, ".har": parseJSON, ".map": parseJSON, ".ipynb": parseJSON, ".network": parseJSON,
	".xml": parseXML, ".plist": parseXML, ".jmx": parseXML,
	".yaml": parseYAML, ".yml": parseYAML, ".toml": parseTOML,
}

// programs are readers of formats that accept a list of files, one per line, on standard
// input, and print the numbers of those that they accept, by extension.
var programs = map[string][]string{
	".py": {"python3", "-W", "ignore", "-c", `
import ast, sys
for i, name in enumerate(sys.stdin.read().splitlines()):
    try:
        ast.parse(open(name, "rb").read())
        print(i)
    except (SyntaxError, ValueError):
        pass`},
	".js": {"node", "-e", `
const { readFileSync } = require("fs"), { Script } = require("vm")
readFileSync(0, "utf8").trim().split("\n").forEach((name, i) => {
  try { new Script(readFileSync(name, "utf8")); console.log(i) } catch {}
})`},
	".sh": {"bash", "-c", `i=0; while read -r name; do bash -n "$name" 2>/dev/null && echo $i; i=$((i+1)); done`},
}

// TestLabFilesAreRead expects that each file of the laboratory that a reader of its format
// accepts is accepted when its keys are masked, in all encodings.
func TestLabFilesAreRead(t *testing.T) {
	r := rewrite.New()
	byProgram := map[string][][2][]byte{}
	read := map[string]int{}
	for _, f := range lab.New(1).Files {
		extension := path.Ext(f.Path)
		parse := parsers[extension]
		if parse == nil && programs[extension] == nil || parse != nil && parse(f.Data) != nil {
			continue // in some encodings, the file itself is not valid
		}
		out, masked := r.Content(t.Context(), f.Data)
		if len(masked.Keys) == 0 {
			continue
		}
		if parse == nil {
			byProgram[extension] = append(byProgram[extension], [2][]byte{f.Data, out})
			continue
		}
		read[extension]++
		if err := parse(out); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
	}
	for extension := range parsers {
		if read[extension] == 0 {
			t.Errorf("no file %s was read", extension)
		}
	}
	for extension, files := range byProgram {
		t.Run(extension, func(t *testing.T) {
			before := accepted(t, programs[extension], files, 0)
			after := accepted(t, programs[extension], files, 1)
			if len(before) == 0 {
				t.Error("no file was read")
			}
			for i := range before {
				if !after[i] {
					t.Errorf("not accepted: %q", files[i][1])
				}
			}
		})
	}
}

// accepted returns which of the files a program accepts; of each, the original or the masked
// one.
func accepted(t *testing.T, program []string, files [][2][]byte, which int) map[int]bool {
	t.Helper()
	dir := t.TempDir()
	var names strings.Builder
	for i, f := range files {
		name := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(name, f[which], 0o600); err != nil {
			t.Fatal(err)
		}
		names.WriteString(name + "\n")
	}
	command := exec.Command(tooltest.Path(t, program[0]), program[1:]...)
	command.Stdin = strings.NewReader(names.String())
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	ok := map[int]bool{}
	for line := range strings.FieldsSeq(string(out)) {
		i, err := strconv.Atoi(line)
		if err != nil {
			t.Fatal(err)
		}
		ok[i] = true
	}
	return ok
}

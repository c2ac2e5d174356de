package export

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/rules"
)

// sample is a file of the laboratory that holds keys as they are, or decoys.
type sample struct {
	path string
	data []byte
	// keys are those that an expression can see: they are there in one piece, and their
	// own structure tells them.
	keys []string
	// decoy is what it looks like a key by.
	decoy string
}

// untellable are the decoys that only more than an expression can tell from keys: the
// key ID has to be decoded, or the name of a file with a hash recognized. A match in one
// of them is expected.
var untellable = []string{"wrong-version", "wrong-variant", "chunk names"}

// samples returns the plain carriers and the decoys that are small. A carrier whose key
// no expression can see is left out: in pieces, in an archive, encoded, over lines, or with
// a key that only its surroundings tell.
var samples = sync.OnceValue(func() []sample {
	corpus := lab.New(1)
	data := map[string][]byte{}
	for _, f := range corpus.Files {
		data[f.Path] = f.Data
	}
	byPath := map[string]*sample{}
	var order []string
	for _, p := range corpus.Manifest.Planted {
		if p.Encoding != "plain" || p.Kind == lab.Opaque || strings.HasPrefix(p.Carrier, "oauth") {
			continue
		}
		// The manifest has no token: it is what goes on after the IDs.
		whole := regexp.MustCompile(regexp.QuoteMeta(p.TenantID+"."+p.KeyID) + `\.[0-9A-Za-z_-]{9,128}`)
		key := whole.Find(data[p.Path])
		if key == nil || p.Line != p.EndLine || p.EndColumn-p.Column != len(key) || p.Carrier == "pieces-token-cut" {
			continue
		}
		if byPath[p.Path] == nil {
			byPath[p.Path] = &sample{path: p.Path, data: data[p.Path]}
			order = append(order, p.Path)
		}
		byPath[p.Path].keys = append(byPath[p.Path].keys, string(key))
	}
	var all []sample
	for _, path := range order {
		all = append(all, *byPath[path])
	}
	for _, d := range corpus.Manifest.Decoys {
		if strings.HasPrefix(d.Path, "decoys/plain/") || strings.HasSuffix(d.Path, ".min.js") {
			all = append(all, sample{path: d.Path, data: data[d.Path], decoy: d.Kind})
		}
	}
	return all
})

// finds is a way to find what an expression matches: the matches in each file of a
// directory, by path.
type finds func(t *testing.T, dir string, p rules.Pattern) map[string][]string

// TestEngines has each engine find the keys of the laboratory, to the letter, and no
// decoy that an expression can tell.
func TestEngines(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the laboratory's corpus")
	}
	dir := t.TempDir()
	keys, decoys := 0, 0
	for _, s := range samples() {
		name := filepath.Join(dir, filepath.FromSlash(s.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, s.data, 0o644); err != nil {
			t.Fatal(err)
		}
		keys += len(s.keys)
		if s.decoy != "" {
			decoys++
		}
	}
	if keys < 180 || decoys < 30 {
		t.Errorf("only %d keys and %d decoys are looked for", keys, decoys)
	}
	for name, find := range map[string]finds{"RE2": findGo, "PCRE2": findPCRE, "ECMAScript": findNode, "Rust": findRust} {
		t.Run(name, func(t *testing.T) {
			for _, patterns := range [][]rules.Pattern{rules.Patterns(), {rules.Join(rules.Patterns())}} {
				found := map[string][]string{}
				for _, p := range patterns {
					for path, matches := range find(t, dir, p) {
						for _, match := range matches {
							if key := keyOf(match, p); !excepted(key, p) {
								found[path] = append(found[path], key)
							}
						}
					}
				}
				compare(t, found)
			}
		})
	}
}

// keyOf returns the key in a match, which is its group.
func keyOf(match string, p rules.Pattern) string {
	groups := regexp.MustCompile("(?s)^(?:" + p.Regexp() + ")$").FindStringSubmatch(match)
	if groups == nil {
		return "no match: " + match
	}
	return groups[1]
}

func excepted(key string, p rules.Pattern) bool {
	return slices.ContainsFunc(p.Except(), func(e string) bool { return regexp.MustCompile(e).MatchString(key) })
}

// compare tells what was found in the samples that is not there, and what was not.
func compare(t *testing.T, found map[string][]string) {
	t.Helper()
	for _, s := range samples() {
		got := found[s.path]
		if slices.Contains(untellable, s.decoy) {
			if len(got) == 0 {
				t.Errorf("%s is told from keys: take %q off the list", s.path, s.decoy)
			}
			continue
		}
		for _, key := range s.keys {
			if !slices.Contains(got, key) {
				t.Errorf("%s: a key is not found", s.path)
			}
		}
		if len(got) > len(s.keys) {
			t.Errorf("%s (%s): %d matches, want %d", s.path, s.decoy, len(got), len(s.keys))
		}
	}
}

func findGo(t *testing.T, _ string, p rules.Pattern) map[string][]string {
	expression := regexp.MustCompile(p.Regexp())
	found := map[string][]string{}
	for _, s := range samples() {
		for _, match := range expression.FindAll(s.data, -1) {
			found[s.path] = append(found[s.path], string(match))
		}
	}
	return found
}

// run runs a program in the directory, or skips the test where there is none. It may
// fail where it found nothing.
func run(t *testing.T, dir, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("QASLEAKS_ALL_ENGINES") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("NOT RUN: %s is not installed", name)
	}
	var errs bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), "LC_ALL=C"), &errs
	out, err := cmd.Output()
	if err != nil && (cmd.ProcessState.ExitCode() != 1 || errs.Len() > 0) {
		t.Fatalf("%s: %v: %s", name, err, errs.String())
	}
	return out
}

// findPCRE asks GNU grep.
func findPCRE(t *testing.T, dir string, p rules.Pattern) map[string][]string {
	if version := run(t, dir, "grep", "--version"); !bytes.Contains(version, []byte("GNU grep")) {
		t.Skip("NOT RUN: grep is not GNU grep")
	}
	return byFile(run(t, dir, "grep", "--perl-regexp", "--text", "--only-matching", "--recursive", "--null", p.Regexp(), "decoys", "files"))
}

// findRust asks ripgrep.
func findRust(t *testing.T, dir string, p rules.Pattern) map[string][]string {
	return byFile(run(t, dir, "rg", "--no-config", "--text", "--only-matching", "--hidden", "--no-ignore", "--null", "--no-heading", "--no-line-number", "-e", p.Regexp(), "decoys", "files"))
}

// byFile reads lines of a path, a NUL byte and a match.
func byFile(lines []byte) map[string][]string {
	found := map[string][]string{}
	for line := range bytes.Lines(lines) {
		path, match, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte{0})
		found[filepath.ToSlash(string(path))] = append(found[filepath.ToSlash(string(path))], string(match))
	}
	return found
}

// findNode asks Node.js, which is what secretlint runs in, with its flags.
func findNode(t *testing.T, dir string, p rules.Pattern) map[string][]string {
	const script = `
		const { readdirSync, readFileSync } = require('fs')
		const found = {}
		for (const entry of readdirSync('.', { recursive: true, withFileTypes: true })) {
			if (!entry.isFile()) continue
			const name = (entry.parentPath ?? entry.path) + '/' + entry.name
			const matches = readFileSync(name, 'latin1').match(new RegExp(process.argv[1], 'gu'))
			if (matches) found[name.replaceAll('\\', '/').replace(/^\.\//, '')] = matches
		}
		process.stdout.write(JSON.stringify(found))`
	found := map[string][]string{}
	if err := json.Unmarshal(run(t, dir, "node", "-e", script, p.Regexp()), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

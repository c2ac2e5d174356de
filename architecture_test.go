package main_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/qasleaks/qasleaks"

// mayImport says which packages of ours a package of ours may import: one way,
// main → internal/cli → {internal/config, verify, report} → scanner → rules.
// A package that is not here may import none, and the test says so.
var mayImport = map[string][]string{
	".":               {"internal/cli"},
	"internal/cli":    {"scanner/redact", "scanner/repo", "scanner/rewrite", "internal/action", "internal/agenthook", "internal/atomicfile", "internal/cmdline", "internal/config", "internal/demo", "internal/export", "internal/githook", "internal/hint", "internal/nearest", "internal/plan", "internal/plural", "internal/targets", "site", "verify", "report", "report/neutral", "scanner", "scanner/unpack", "rules"},
	"internal/config": {"internal/hint", "internal/nearest", "scanner", "rules"},
	"internal/export": {"rules"},
	"verify":          {"internal/guard", "internal/hint", "scanner", "rules"},
	"site":            {"internal/guard", "internal/hint", "internal/plural", "scanner"},
	"verify/fakeapi":  {}, // and only tests import it
	"report":          {"internal/plural", "report/neutral", "scanner", "rules"},
	"report/neutral":  {},
	"scanner": {
		"internal/fault", "internal/hint", "internal/mmap", "internal/nearest", "internal/regular", "rules", "scanner/attribute", "scanner/decode", "scanner/delivery", "scanner/detect",
		"scanner/large", "scanner/odb", "scanner/redact", "scanner/repo", "scanner/unpack",
	},
	"scanner/attribute":   {"scanner/odb", "scanner/repo"},
	"scanner/delivery":    {"scanner/unpack"},
	"scanner/detect":      {"rules", "scanner/decode", "scanner/odb", "scanner/redact"},
	"scanner/rewrite":     {"internal/atomicfile", "internal/fault", "internal/hint", "internal/mmap", "internal/regular", "rules", "scanner/decode", "scanner/detect", "scanner/odb", "scanner/redact", "scanner/unpack"},
	"scanner/repo":        {"internal/hint", "internal/regular", "scanner/odb"},
	"scanner/redact":      {"scanner/decode"},
	"scanner/odb":         {"internal/mmap", "internal/regular", "scanner/large", "scanner/odb/inflate"},
	"scanner/odb/inflate": {},
	"scanner/decode":      {"rules"},
	"scanner/unpack":      {"scanner/decode", "scanner/large", "scanner/odb"},
	"scanner/large":       {},
	"rules":               {},
	"internal/action":     {"internal/config", "internal/hint", "internal/nearest", "internal/plan", "internal/plural", "report", "report/neutral", "scanner", "scanner/repo", "scanner/rewrite", "scanner/unpack", "site", "verify"},
	"internal/plan":       {"internal/config", "internal/hint", "internal/nearest", "internal/plural", "scanner", "scanner/repo", "scanner/unpack", "site", "verify", "rules"},
	"internal/targets":    {"internal/atomicfile", "internal/hint", "scanner", "scanner/repo"},
	"deploy/kubernetes":   {}, // a module of its own
	"internal/demo":       {"internal/hint", "internal/keytest"},
	"internal/agenthook":  {"internal/atomicfile", "internal/hint", "rules", "scanner/rewrite"},
	"internal/githook":    {"internal/hint"},
	"internal/atomicfile": {},
	"internal/plural":     {},
	"internal/fault":      {},
	"internal/guard":      {},
	"internal/hint":       {},
	"internal/regular":    {},
	"internal/mmap":       {"internal/regular"},
	"internal/cmdline":    {"internal/hint", "internal/nearest"},
	"internal/nearest":    {},
	"internal/keytest":    {},
	"internal/e2e":        {},
	"internal/tooltest":   {},
	"internal/gittest":    {"internal/tooltest"},
	"internal/lab":        {"internal/keytest", "internal/gittest"},
}

// onlyIn says which files may import a package. A pattern is that of path.Match.
// Tests may run programs.
var onlyIn = map[string][]string{
	"net":        {"internal/guard/*.go", "site/address.go", "verify/host.go", "verify/fakeapi/*.go"},
	"net/http":   {"internal/guard/*.go", "site/*.go", "verify/client.go", "verify/fakeapi/*.go"},
	"crypto/tls": {"internal/guard/*.go", "verify/fakeapi/*.go"},
	"os/exec":    {"scanner/repo/*.go", "internal/demo/git.go", "internal/gittest/*.go", "internal/tooltest/*.go"},
	"unsafe":     {"scanner/odb/*.go", "scanner/odb/inflate/*.go", "internal/mmap/*.go"},
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif": {"report/*_test.go"},
	"github.com/go-git/...":                                   {"scanner/repo/*.go"},
	"testing":                                                 {"internal/gittest/*.go", "internal/tooltest/*.go", "internal/lab/history.go"},
}

// source is one parsed Go file of the module.
type source struct {
	path string // with slashes, from the root
	file *ast.File
	// lines is how long it is.
	lines int
}

func (s source) dir() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	positions := token.NewFileSet()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "scripts"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		file, err := parser.ParseFile(positions, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{filepath.ToSlash(name), file, positions.File(file.Pos()).LineCount()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s source) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range s.file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, imported)
	}
	return paths
}

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		allowed, known := mayImport[s.dir()]
		if !known {
			t.Errorf("%s: package %s is new: say in mayImport what it may import", s.path, s.dir())
			continue
		}
		for _, imported := range s.imports(t) {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if isOurs && !s.isTest() && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", s.path, ours)
			}
		}
	}
}

func TestRulesAreALeaf(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir() != "rules" || s.isTest() {
			continue
		}
		for _, imported := range s.imports(t) {
			doesIO := slices.Contains([]string{"os", "io", "io/fs", "net", "net/http", "os/exec", "syscall"}, imported)
			isParser := slices.Contains([]string{"go.yaml.in/yaml/v3", "mvdan.cc/sh/v3/syntax"}, imported)
			if doesIO || !isParser && strings.Contains(strings.Split(imported, "/")[0], ".") {
				t.Errorf("%s imports %s: a rule judges bytes it is given, with the standard library and two parsers", s.path, imported)
			}
		}
	}
}

func TestDangerousImportsStayHome(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports(t) {
			homes, restricted := homesOf(imported)
			if restricted && !s.isTest() && !slices.ContainsFunc(homes, func(home string) bool {
				matched, err := path.Match(home, s.path)
				return err == nil && matched
			}) {
				t.Errorf("%s imports %s, which is for %s alone", s.path, imported, strings.Join(homes, ", "))
			}
		}
	}
}

// homesOf returns the files that may import a package; a pattern that ends in /...
// is for all packages below it.
func homesOf(imported string) (homes []string, restricted bool) {
	for pattern, homes := range onlyIn {
		below, all := strings.CutSuffix(pattern, "/...")
		if pattern == imported || all && strings.HasPrefix(imported, below+"/") {
			return homes, true
		}
	}
	return nil, false
}

// TestProgramIsSmall keeps out what calls methods by name: the linker would keep every
// exported method of every package, which are 2 MB.
func TestProgramIsSmall(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(goError(err))
	}
	if slices.Contains(strings.Fields(string(out)), "text/template") {
		t.Error("the program is built from text/template")
	}
}

// TestDetectionNeedsNoGit asks the go command for everything that the detector is
// built from: a text is judged without a repository, a process or a file.
func TestDetectionNeedsNoGit(t *testing.T) {
	for _, pkg := range []string{"./scanner/detect", "./scanner/delivery", "./scanner/redact", "./scanner/unpack", "./scanner/decode"} {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(goError(err))
		}
		for dependency := range strings.FieldsSeq(string(out)) {
			if dependency == module+"/scanner/repo" || dependency == "os/exec" || strings.HasPrefix(dependency, "github.com/go-git/") {
				t.Errorf("%s is built from %s", pkg, dependency)
			}
		}
	}
}

// TestScanningCannotPhoneHome asks the go command for everything that package
// scanner is built from.
func TestScanningCannotPhoneHome(t *testing.T) {
	for _, pkg := range []string{"./scanner", "./internal/config"} {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(goError(err))
		}
		for dependency := range strings.FieldsSeq(string(out)) {
			if dependency == "net" || dependency == "net/http" || dependency == "crypto/tls" {
				t.Errorf("%s is built from %s", pkg, dependency)
			}
		}
	}
}

func TestOnlyMainExits(t *testing.T) {
	eachUse(t, func(file, pkg, name string) {
		if pkg == "os" && name == "Exit" || pkg == "log" {
			t.Errorf("%s uses %s.%s: only main ends the process, and only internal/cli talks to people", file, pkg, name)
		}
	})
}

// TestContextComesFromMain keeps cancellation whole.
func TestContextComesFromMain(t *testing.T) {
	eachUse(t, func(file, pkg, name string) {
		if file == "scanner/names.go" {
			return // says why
		}
		if pkg == "context" && (name == "Background" || name == "TODO") {
			t.Errorf("%s uses context.%s", file, name)
		}
	})
}

// eachUse calls use with every pkg.name in the files below main.
func eachUse(t *testing.T, use func(file, pkg, name string)) {
	t.Helper()
	for _, s := range sources(t) {
		if s.path == "main.go" || s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if pkg, ok := selector.X.(*ast.Ident); ok {
					use(s.path, pkg.Name, selector.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestNamesSayWhatIsInside(t *testing.T) {
	for _, s := range sources(t) {
		for _, vague := range []string{"util", "utils", "helper", "helpers", "common", "types", "misc", "manager"} {
			if path.Base(s.dir()) == vague || path.Base(s.path) == vague+".go" {
				t.Errorf("%s: %s says nothing of what is inside", s.path, vague)
			}
		}
	}
}

func TestFilesFitInAHead(t *testing.T) {
	const most = 400
	for _, s := range sources(t) {
		if s.lines > most && !s.isTest() && !ast.IsGenerated(s.file) {
			t.Errorf("%s has %d lines: split it", s.path, s.lines)
		}
	}
}

// goError returns an error of a command with what it said.
func goError(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New(err.Error() + ": " + string(bytes.TrimSpace(exit.Stderr)))
	}
	return err
}

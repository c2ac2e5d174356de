package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/tooltest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

var update = flag.Bool("update", false, "write what generated docs should contain")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"qasleaks": main})
}

// docs returns the pages whose commands and examples are tested.
func docs(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(pages, "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
}

// elsewhere are documented commands that run this test.
var elsewhere = []string{"go test ./...", ".ci/run", ".ci/run --fast"}

// TestDocumentedCommands runs every command that the docs show after "$ ", in a copy of
// the repository. Scans may have findings.
func TestDocumentedCommands(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds the program and its tests again")
	}
	dir := checkout(t)
	seen := map[string]bool{}
	for _, page := range docs(t) {
		for _, command := range commands(t, page) {
			if slices.Contains(elsewhere, command) || seen[command] {
				continue
			}
			seen[command] = true
			t.Run(command, func(t *testing.T) {
				cmd := exec.Command("sh", "-c", command)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOBIN="+filepath.Join(dir, "..", "bin"), "GOFLAGS=-buildvcs=false")
				out, err := cmd.CombinedOutput()
				if status := cmd.ProcessState.ExitCode(); err != nil && (status != 1 || !strings.Contains(command, " scan ")) {
					t.Errorf("%s shows %q, which fails with %v:\n%s", page, command, err, out)
				}
			})
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %d commands are documented: are the blocks still marked console?", len(seen))
	}
}

// TestDocumentedFlags adds --help to each command in the sh blocks of the docs, which
// are not run because they need a server. An unknown command or flag still is an error.
func TestDocumentedFlags(t *testing.T) {
	n := 0
	for _, page := range docs(t) {
		for _, block := range blocks(t, page, "sh") {
			for line := range strings.Lines(block) {
				command, _, _ := strings.Cut(strings.TrimSpace(line), " < ")
				if !strings.HasPrefix(command, "qasleaks ") {
					continue
				}
				n++
				out, err := exec.Command("qasleaks", append(strings.Fields(command)[1:], "--help")...).CombinedOutput()
				if err != nil {
					t.Errorf("%s shows %q, which is wrong: %s", page, command, out)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no command is documented in an sh block")
	}
}

// commands returns the commands after "$ " in the console blocks of a page.
func commands(t *testing.T, page string) []string {
	t.Helper()
	var found []string
	for _, block := range blocks(t, page, "console") {
		for line := range strings.Lines(block) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				found = append(found, strings.TrimSpace(command))
			}
		}
	}
	return found
}

// blocks returns the fenced blocks of a page in a language.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	fenced := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$")
	var found []string
	for _, match := range fenced.FindAllStringSubmatch(read(t, page), -1) {
		found = append(found, match[1])
	}
	return found
}

// checkout returns a commit of the files that git tracks, or would track. It adds the
// directory and the log that the docs scan, and the rule in CONTRIBUTING.md.
func checkout(t *testing.T) string {
	t.Helper()
	r := gittest.Checkout(t, ".")
	addRule(t, r)
	r.Commit("Begin")
	return r.Dir
}

// addRule adds a rule as CONTRIBUTING.md describes.
func addRule(t *testing.T, r *gittest.Repo) {
	t.Helper()
	const page = "CONTRIBUTING.md"
	literal, cases := blocks(t, page, "go"), blocks(t, page, "txtar")
	if len(literal) != 1 || len(cases) != 1 {
		t.Fatalf("%s has %d rules and %d files of cases, want one of each", page, len(literal), len(cases))
	}
	r.Write("rules/secret_qas_url_key.go", literal[0])
	r.Write("testdata/rules/qas-url-key.txtar", cases[0])
	all := read(t, "rules/rule.go")
	if !strings.Contains(all, "qasURLKey") { // else a reader has added it
		all = strings.Replace(all, "\t\tqasAPIKey,\n", "\t\tqasURLKey,\n\t\tqasAPIKey,\n", 1)
	}
	r.Write("rules/rule.go", all)
}

// TestDocumentedConfiguration parses every example, and looks for a section on every
// key.
func TestDocumentedConfiguration(t *testing.T) {
	for _, page := range docs(t) {
		for _, example := range blocks(t, page, "yaml") {
			if _, err := config.Parse(page, []byte(example)); err != nil {
				t.Errorf("%v in\n%s", err, example)
			}
		}
		for _, example := range blocks(t, page, "yaml baseline") {
			if _, err := config.ParseBaseline(page, []byte(example)); err != nil {
				t.Errorf("%v in\n%s", err, example)
			}
		}
	}
	_, err := config.Parse("f", []byte("unknown: key\n"))
	_, keys, ok := strings.Cut(err.Error(), "expected one of ")
	if !ok {
		t.Fatalf("%v does not name the keys", err)
	}
	page := read(t, "docs/configuration.md")
	for key := range strings.SplitSeq(keys, ", ") {
		if !strings.Contains(page, "\n## "+key+"\n") {
			t.Errorf("docs/configuration.md does not describe %s", key)
		}
	}
}

// TestDocumentedPipelines parses the pipelines in the docs, and adds --help to each scan
// in them. scripts/e2e-action.sh checks them with other tools.
func TestDocumentedPipelines(t *testing.T) {
	const page = "docs/ci.md"
	pipelines := append(blocks(t, page, "yml"), blocks(t, "docs/scale.md", "yml")...)
	for _, pipeline := range pipelines {
		var content map[string]any
		if err := yaml.Unmarshal([]byte(pipeline), &content); err != nil {
			t.Errorf("%v in\n%s", err, pipeline)
		}
	}
	jenkins := blocks(t, page, "groovy")
	for _, pipeline := range jenkins {
		for _, pair := range []string{"{}", "()", "[]"} {
			if strings.Count(pipeline, pair[:1]) != strings.Count(pipeline, pair[1:]) {
				t.Errorf("%s is not balanced in\n%s", pair, pipeline)
			}
		}
		if strings.Count(pipeline, "'")%2 != 0 {
			t.Errorf("a quote is not closed in\n%s", pipeline)
		}
	}
	scan := regexp.MustCompile(`qasleaks scan [^'\n]*`)
	scans := scan.FindAllString(strings.Join(append(pipelines, jenkins...), ""), -1)
	for _, command := range scans {
		out, err := exec.Command("qasleaks", append(strings.Fields(command)[1:], "--help")...).CombinedOutput()
		if err != nil {
			t.Errorf("%s shows %q, which is wrong: %s", page, command, out)
		}
	}
	if len(pipelines) < 3 || len(jenkins) == 0 || len(scans) < 5 {
		t.Errorf("%s has %d pipelines in YAML and %d in Groovy, with %d scans", page, len(pipelines), len(jenkins), len(scans))
	}
}

// TestDocumentedUploads expects that the documented workflow masks what it uploads, before.
func TestDocumentedUploads(t *testing.T) {
	var masked []string
	uploads := 0
	for _, pipeline := range blocks(t, "docs/ci.md", "yml") {
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses, Run string
					With      map[string]string
				}
			}
		}
		if !strings.Contains(pipeline, "redact:") || yaml.Unmarshal([]byte(pipeline), &workflow) != nil {
			continue
		}
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				masked = append(masked, strings.Fields(step.With["redact"])...)
				if !strings.HasPrefix(step.Uses, "actions/upload-artifact@") && !strings.Contains(step.Run, "-upload ") {
					continue
				}
				uploads++
				if !slices.ContainsFunc(masked, func(path string) bool { return strings.Contains(step.With["path"]+" "+step.Run, path) }) {
					t.Errorf("%s %s is not masked before", step.Uses, step.Run)
				}
			}
		}
	}
	if uploads != 2 {
		t.Errorf("%d uploads", uploads)
	}
}

// TestDocumentedDependencies looks for a reason for each direct dependency.
func TestDocumentedDependencies(t *testing.T) {
	page := read(t, "docs/architecture.md")
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // indirect ones have a comment
	for _, match := range direct.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		name := strings.TrimPrefix(match[1], "github.com/go-git/") // modules of one project share a line
		if !strings.Contains(page, name+"`") {
			t.Errorf("docs/architecture.md does not say why %s is needed", match[1])
		}
	}
}

// TestCIRunsTheTests checks that .ci/run runs the test command in the README, and that
// the jobs of the workflow are its steps.
func TestCIRunsTheTests(t *testing.T) {
	const command = "go test ./..."
	script := read(t, ".ci/run")
	if !strings.Contains(read(t, "README.md"), "\n$ "+command+"\n") || !strings.Contains(script, "\n\t"+command+"\n") {
		t.Errorf("README.md and .ci/run do not both run %q", command)
	}
	steps := regexp.MustCompile(`(?m)^readonly steps="(.*)"$`).FindStringSubmatch(script)
	jobs := regexp.MustCompile(`(?m)^ +step: \[(.*)\]$`).FindStringSubmatch(read(t, ".github/workflows/test.yml"))
	if steps == nil || jobs == nil || strings.ReplaceAll(jobs[1], ",", "") != steps[1] {
		t.Errorf("the jobs of test.yml are %v, want the steps of .ci/run, %v", jobs, steps)
	}
}

// TestLinks follows the links in the docs to files and to headings.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)
	for _, page := range docs(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, page), -1) {
			target := page
			if match[1] != "" {
				target = filepath.Join(filepath.Dir(page), match[1])
			}
			if strings.Contains(match[1], "://") {
				continue
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, match[1], err)
			} else if match[2] != "" && !slices.Contains(headings(read(t, target)), match[2]) {
				t.Errorf("%s links to %s#%s, which is not a heading", page, target, match[2])
			}
		}
	}
}

// headings returns the anchors that GitHub gives to the headings of a page.
func headings(page string) []string {
	var anchors []string
	dropped := regexp.MustCompile(`[^\w\- ]`)
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		anchors = append(anchors, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-"))
	}
	return anchors
}

// TestNoKeyIsCommitted scans the tracked files of this repository.
func TestNoKeyIsCommitted(t *testing.T) {
	out, err := exec.Command(tooltest.Path(t, "git"), "ls-files").Output()
	if err != nil {
		t.Skip("not in a git repository")
	}
	var tracked []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSuffix(name, "\n")
		if _, err := os.Stat(name); err == nil {
			tracked = append(tracked, name)
		}
	}
	result, err := scanner.Scan(t.Context(), tracked, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Coverage.Files == 0 || !result.Coverage.Complete() {
		t.Errorf("read %d files, skipped %v", result.Coverage.Files, result.Coverage.Skipped)
	}
	for _, f := range result.Findings {
		if f.Suppressed == nil && f.Severity >= rules.Error {
			t.Errorf("%s:%d: %s", f.Occurrences[0].Path, f.Occurrences[0].Line, f.Message)
		}
	}
}

// TestLintingNamesEveryRule checks that every lint rule watches over a sentence of QA Sphere's
// documentation in the table of docs/linting.md.
func TestLintingNamesEveryRule(t *testing.T) {
	page, err := os.ReadFile("docs/linting.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules.All() {
		if rule.Lint && !strings.Contains(string(page), "TestRules/"+rule.ID+"`") {
			t.Errorf("docs/linting.md does not name %s", rule.ID)
		}
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

// TestActionInRunner runs workflows that use the action, by act on this machine
// (github.com/nektos/act, the program that QASLEAKS_E2E_ACT names).
// scripts/e2e-action.sh starts it. Actions of others are stood in for, since they
// cannot be fetched: Go must be installed, and an upload only prints a line. The action
// takes the program from a release that this test serves on loopback.
func TestActionInRunner(t *testing.T) {
	act := os.Getenv("QASLEAKS_E2E_ACT")
	if act == "" {
		t.Skip("scripts/e2e-action.sh runs it")
	}
	assets := newRelease(t)
	runner := newActRunner(t, act, assets)
	repo := gittest.New(t)
	repo.Write("README.md", "hello\n")
	workflow := func(with string) {
		repo.Write(".github/workflows/qasleaks.yml", fmt.Sprintf(testWorkflow, with))
	}
	workflow("{}")
	begin := repo.Commit("begin")

	t.Run("clean push", func(t *testing.T) {
		runner.run(t, repo.Path("."), "push", push(begin, begin), true, "Downloaded http://127.0.0.1", "scanning "+begin+".."+begin, "findings=0 live=0 exit=0", "code 0")
	})
	t.Run("everything, uploaded", func(t *testing.T) {
		assets.server.Close() // a runner without network
		runner.run(t, repo.Path("."), "workflow_dispatch", byHand, true, "from the tool cache", "scanning everything", "stand-in for upload-sarif\n", "findings=0")
	})

	repo.Git("checkout", "-q", "-b", "change")
	repo.Write("test.js", keytest.Expand("const key = '{{key 1}}' // {{allow}} -- trust me\n"))
	repo.Commit("Add a key")
	repo.Write("other.js", keytest.Expand("const key = '{{key 2}}'\n"))
	leaking := repo.Commit("Add another")
	repo.Git("checkout", "-q", "main")
	repo.Git("merge", "-q", "--no-ff", "-m", "merge", "change")
	merge := repo.ID("HEAD")
	t.Run("leaking push", func(t *testing.T) {
		runner.run(t, repo.Path("."), "push", push(begin, merge), false, "scanning "+begin+".."+merge, "::error", "findings=1 live=0 exit=1", "was not uploaded: code scanning closes")
	})
	t.Run("leaking pull request", func(t *testing.T) {
		runner.run(t, repo.Path("."), "pull_request", proposal(begin, leaking, "acme/tests"), false, "scanning "+begin+".."+merge, "findings=2", "does not count", "stand-in for upload-sarif\n")
	})
	t.Run("pull request of a fork", func(t *testing.T) {
		runner.run(t, repo.Path("."), "pull_request", proposal(begin, leaking, "mallory/tests"), false, "findings=2", "not uploaded: runs for a fork or for Dependabot may not write")
	})
	t.Run("upload refused", func(t *testing.T) {
		refusing := runner.with("--env", "REFUSE=1")
		refusing.run(t, repo.Path("."), "workflow_dispatch", byHand, false, "was not uploaded to code scanning: that needs the permission", "live=0 exit=1")
	})
	t.Run("shallow", func(t *testing.T) {
		shallow := repo.Clone("--depth", "1", "--no-tags", "--branch", "main")
		runner.run(t, shallow.Path("."), "pull_request", proposal(begin, leaking, "acme/tests"), false, "base of this change ("+begin[:10]+") is not in the checkout", "scanning everything", "The checkout is shallow", "fetch-depth: 0", "findings=2")
	})
	t.Run("inputs", func(t *testing.T) {
		workflow("{fail-on: never, upload-sarif: false, format: json, range: \"" + begin + "..HEAD\"}")
		repo.Commit("Change the inputs")
		runner.run(t, repo.Path("."), "workflow_dispatch", byHand, true, "scanning "+begin+"..HEAD", `"schemaVersion": 1`, "findings=1 live=0 exit=0")
	})
	t.Run("this repository", func(t *testing.T) {
		this := gittest.Checkout(t, root)
		_ = os.Remove(this.Path(releaseDigests)) // there while a release is made
		this.Commit("This repository")
		itself := runner.with("-W", ".github/workflows/qasleaks.yml", "--matrix", "os:ubuntu-latest")
		itself.run(t, this.Path("."), "workflow_dispatch", byHand, true, "not a release: building qasleaks from source", "Success - Main Set up Go", "Success - Main Build qasleaks", "scanning everything", "stand-in for upload-sarif\n")
	})
	t.Run("wrong input", func(t *testing.T) {
		workflow(`{fail-on: "$(touch pwned)", path: "--show-secrets"}`)
		repo.Commit("Be hostile")
		runner.run(t, repo.Path("."), "workflow_dispatch", byHand, false, "unknown severity", "findings=0 live=0 exit=2")
	})
	t.Run("another program", func(t *testing.T) {
		newActRunner(t, act, assets.swapped(t)).run(t, repo.Path("."), "workflow_dispatch", byHand, false, "::error", "does not have the SHA-256", "findings= live= exit=")
	})
	t.Run("masked before an upload", func(t *testing.T) {
		repo.Write("run.log", keytest.Expand("Authorization: ApiKey {{key 1}}\n"))
		repo.Write(".github/workflows/qasleaks.yml", uploadWorkflow)
		repo.Commit("Upload a report")
		runner.run(t, repo.Path("."), "workflow_dispatch", byHand, true,
			keytest.Expand("Masked 1 key in 1 file: {{tenant 1}}.{{id 1}}.****"), keytest.Expand("uploaded Authorization: ApiKey {{tenant 1}}.{{id 1}}.****"))
	})
}

const testWorkflow = `
on: [push, pull_request, workflow_dispatch]
permissions: {contents: read, security-events: write}
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - id: qasleaks
        uses: qasleaks/qasleaks@v1
        with: %s
      - if: always()
        run: echo "findings=$FINDINGS live=$LIVE exit=$CODE"; test -s "$SARIF" || test "$CODE" = 2; test ! -e pwned; echo "code $CODE"
        env:
          FINDINGS: ${{ steps.qasleaks.outputs.findings }}
          LIVE: ${{ steps.qasleaks.outputs.live }}
          SARIF: ${{ steps.qasleaks.outputs.sarif-file }}
          CODE: ${{ steps.qasleaks.outputs.exit-code }}
`

const uploadWorkflow = `
on: [workflow_dispatch]
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - run: mkdir playwright-report && cp run.log playwright-report
      - uses: qasleaks/qasleaks@v1
        with: {redact: playwright-report}
      - run: echo "uploaded $(cat playwright-report/run.log)"
`

// byHand is the event of a workflow that somebody started.
var byHand = map[string]any{"repository": map[string]any{"default_branch": "main"}}

func push(before, after string) map[string]any {
	return map[string]any{"before": before, "after": after, "ref": "refs/heads/main", "repository": map[string]any{"default_branch": "main"}}
}

func proposal(base, head, from string) map[string]any {
	side := func(sha, name string) map[string]any {
		return map[string]any{"sha": sha, "ref": "some", "repo": map[string]any{"full_name": name}}
	}
	return map[string]any{"pull_request": map[string]any{"number": 1, "base": side(base, "acme/tests"), "head": side(head, from)}}
}

// actRunner runs act with stand-ins.
type actRunner struct {
	act       string
	arguments []string
}

// pinned is how an action of others is named: owner, name, a path in it, commit.
var pinned = regexp.MustCompile(`uses: ([\w-]+/[\w-]+)((?:/[\w-]+)*)@([0-9a-f]{40}) # v\d+\.\d+\.\d+\n`)

func newActRunner(t *testing.T, act string, assets *release) *actRunner {
	r := &actRunner{act: act}
	r.arguments = []string{
		"--action-cache-path", t.TempDir(), "-P", "ubuntu-latest=-self-hosted",
		"--local-repository", "qasleaks/qasleaks@v1=" + assets.action, "--env", "QASLEAKS_TEST_RELEASES=" + assets.server.URL,
	}
	for _, match := range pinned.FindAllStringSubmatch(read(t, filepath.Join(root, "action.yml")), -1) {
		repository, folder, commit := match[1], match[2], match[3]
		dir := t.TempDir()
		place(t, dir, "."+folder+"/action.yml", fmt.Sprintf(standIn, strings.TrimPrefix(folder, "/")))
		r.arguments = append(r.arguments, "--local-repository", repository+"@"+commit+"="+dir)
	}
	return r
}

const standIn = `
name: stand-in
inputs: {go-version: {}, cache: {}, sarif_file: {}}
runs:
  using: composite
  steps:
    - run: echo "stand-in for %s"; [ -z "$SARIF" ] || wc -c "$SARIF"; [ -z "$SARIF" ] || [ -z "$REFUSE" ]
      shell: bash
      env: {SARIF: "${{ inputs.sarif_file }}"}
`

// with returns the same runner with more arguments for act.
func (r *actRunner) with(arguments ...string) *actRunner {
	return &actRunner{r.act, append(slices.Clip(r.arguments), arguments...)}
}

// run runs the workflow of the repository in dir and looks for texts in what is printed.
func (r *actRunner) run(t *testing.T, dir, event string, payload map[string]any, succeeds bool, texts ...string) {
	t.Helper()
	content, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{event, "-e", file}, r.arguments...)
	cmd := exec.CommandContext(t.Context(), r.act, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	log := string(out)
	if (err == nil) != succeeds {
		t.Errorf("it ends with %v", err)
	}
	for _, text := range texts {
		if !strings.Contains(log, text) {
			t.Errorf("the log does not say %q", text)
		}
	}
	for n := range uint64(3) {
		if strings.Contains(log, keytest.Token(n)) {
			t.Error("the token is shown")
		}
	}
	for _, step := range stepTime.FindAllStringSubmatch(log, -1) {
		if took, err := time.ParseDuration(step[2]); err == nil {
			t.Logf("%s: %.1f s", step[1], took.Seconds())
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}

// stepTime finds how long getting the program took, and the whole action.
var stepTime = regexp.MustCompile(` - Main (Get qasleaks|Build qasleaks|qasleaks/qasleaks@v1) \[(\S+)\]`)

// TestWorkflows holds action.yml and the workflows to what keeps them safe:
// actions of others are pinned by commit, scripts contain no expressions, and
// no workflow runs with the rights of the base on what others propose.
func TestWorkflows(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(root, "action.yml"), filepath.Join(root, organisation)) {
		text := read(t, name)
		if strings.Contains(text, "pull_request_target") {
			t.Errorf("%s runs on pull_request_target", name)
		}
		if len(pinned.FindAllString(text, -1)) != strings.Count(text, "uses: ")-strings.Count(text, "uses: ./") {
			t.Errorf("%s uses an action without its commit and version", name)
		}
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		eachScript(&document, func(script *yaml.Node) {
			if strings.Contains(script.Value, "${{") {
				t.Errorf("%s:%d: an expression in a script could be one itself: use env", name, script.Line)
			}
		})
	}
}

// eachScript calls visit with the value of each key "run".
func eachScript(node *yaml.Node, visit func(*yaml.Node)) {
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 && child.Value == "run" {
			visit(node.Content[i+1])
		}
		eachScript(child, visit)
	}
}

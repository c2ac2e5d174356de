package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
)

const organisation = "deploy/github/organisation.yml"

// mirrorsIn makes bare repositories in a directory. They share a key.
func mirrorsIn(t *testing.T, dir string, n int) {
	t.Helper()
	repo := gittest.New(t)
	repo.Write("key.txt", keytest.Key(1, keytest.Made)+"\n")
	repo.Commit("Add a key")
	first := filepath.Join(dir, "0.git")
	repo.Git("clone", "-q", "--mirror", repo.Dir, first)
	for i := 1; i < n; i++ {
		if err := os.CopyFS(filepath.Join(dir, fmt.Sprintf("%d.git", i)), os.DirFS(first)); err != nil {
			t.Fatal(err)
		}
	}
}

// withoutTimes returns JSON Lines without durations and the time of the scan.
func withoutTimes(text string) string {
	return regexp.MustCompile(`"(seconds|lastSeenAt)":[^,}]*`).ReplaceAllString(text, `"$1":0`)
}

// scanned returns what one scan of mirrors reports, as JSON Lines.
func scanned(t *testing.T, list string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "qasleaks", "scan", "--targets", list, "--format", "jsonl", "--fail-on", "never").Output()
	if err != nil {
		t.Fatal(err)
	}
	return withoutTimes(string(out))
}

// TestOrganisationInRunner runs the workflow for an organisation, by act on this machine, see
// [TestActionInRunner]. Its jobs together report what one scan does.
func TestOrganisationInRunner(t *testing.T) {
	act := os.Getenv("QASLEAKS_E2E_ACT")
	if act == "" {
		t.Skip("scripts/e2e-action.sh runs it")
	}
	mirrors, store := t.TempDir(), t.TempDir()
	mirrorsIn(t, mirrors, 201)
	runner := &actRunner{act: act, arguments: []string{"--action-cache-path", t.TempDir(), "-P", "self-hosted=-self-hosted", "--env", "STORE=" + store}}
	text := read(t, filepath.Join(root, organisation))
	for _, match := range pinned.FindAllStringSubmatch(text, -1) {
		dir := t.TempDir()
		place(t, dir, "action.yml", storeAction[match[1]])
		runner.arguments = append(runner.arguments, "--local-repository", match[1]+"@"+match[3]+"="+dir)
	}
	repo := gittest.New(t)
	repo.Write(".github/workflows/organisation.yml", strings.Replace(text, "MIRRORS: /mirrors", "MIRRORS: "+mirrors, 1))
	repo.Commit("Add the workflow")
	runner.run(t, repo.Path("."), "workflow_dispatch", byHand, false, "organisation/scan-1", "organisation/scan-2", "organisation/scan-3")
	var list strings.Builder
	for i := range 201 {
		fmt.Fprintln(&list, filepath.Join(mirrors, fmt.Sprintf("%d.git", i)))
	}
	place(t, mirrors, "list", list.String())
	if got := withoutTimes(read(t, filepath.Join(store, "organisation", "all.jsonl"))); got != scanned(t, filepath.Join(mirrors, "list")) {
		t.Errorf("the jobs together report %s", got)
	}
	shards, err := fs.Glob(os.DirFS(store), "reports-*")
	if err != nil || len(shards) != 3 {
		t.Errorf("shards are %q, %v", shards, err)
	}
}

// storeAction are stand-ins for actions that keep files in a directory.
var storeAction = map[string]string{
	"actions/upload-artifact": `
name: upload
inputs: {name: {}, path: {}, retention-days: {}}
runs:
  using: composite
  steps:
    - run: mkdir -p "$STORE/$NAME"; for p in $FILES; do [ ! -d "$p" ] || p=$p/.; cp -r "$p" "$STORE/$NAME/"; done
      shell: bash
      env: {NAME: "${{ inputs.name }}", FILES: "${{ inputs.path }}"}
`,
	"actions/download-artifact": `
name: download
inputs: {name: {}, pattern: {}, path: {default: .}}
runs:
  using: composite
  steps:
    - run: mkdir -p "$TO"; [ -z "$NAME" ] || cp -r "$STORE/$NAME/." "$TO"; [ -z "$PATTERN" ] || cp -r "$STORE"/$PATTERN "$TO"
      shell: bash
      env: {NAME: "${{ inputs.name }}", PATTERN: "${{ inputs.pattern }}", TO: "${{ inputs.path }}"}
`,
}

// TestProcesses runs the line of docs/scale.md that starts several processes. Together they
// report what one scan does.
func TestProcesses(t *testing.T) {
	if _, err := exec.LookPath("xargs"); err != nil {
		t.Skip("needs xargs")
	}
	line := regexp.MustCompile(`(?m)^seq \d+ \| xargs -P.*$`).FindString(read(t, filepath.Join(root, "docs", "scale.md")))
	if line == "" {
		t.Fatal("docs/scale.md has no such line")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	mirrorsIn(t, dir, 12)
	var list strings.Builder
	for i := range 12 {
		fmt.Fprintf(&list, "%d.git\n", i)
	}
	place(t, dir, "list.txt", list.String())
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	out, err := exec.CommandContext(t.Context(), "qasleaks", "merge", "reports", "--format", "jsonl", "--fail-on", "never").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := withoutTimes(string(out)); got != scanned(t, "list.txt") {
		t.Errorf("the processes together report %s", got)
	}
}

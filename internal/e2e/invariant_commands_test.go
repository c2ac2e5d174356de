package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/cli"
	"github.com/qasleaks/qasleaks/internal/gittest"
)

// runs runs the program in this process.
func runs(t *testing.T, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	cli.Main(t.Context(), append([]string{"qasleaks"}, args...), strings.NewReader(stdin), &out, &messages)
	return out.String(), messages.String()
}

// everywhere returns a text that has keys in many places and encodings.
func everywhere(w *watchlist, name string) string {
	var b strings.Builder
	for _, how := range slices.Sorted(maps.Keys(encodedAs)) {
		for _, around := range []string{"header", "variable", "JSON", "in a URL", "bearer"} {
			b.WriteString(strings.ReplaceAll(surroundings[around], "BROKEN", encodedAs[how](w.plant(name+", "+how+", "+around))) + "\n")
		}
	}
	return b.String()
}

// TestInvariantOfRedact masks files, archives, names and standard input: neither what is
// written nor what is printed shows a token.
func TestInvariantOfRedact(t *testing.T) {
	var w watchlist
	t.Chdir(t.TempDir())
	text := everywhere(&w, "a file")
	place(t, ".", "in/a.log", text)
	place(t, ".", "in/wide.log", wide("QAS_TOKEN="+w.plant("a file in UTF-16")+"\n"))
	place(t, ".", "in/a.zip", string(zipOf(t, map[string]string{"a.txt": everywhere(&w, "a member"), "sub/b.json": `{"token":"` + w.plant("a member in JSON") + `"}`})))
	place(t, ".", "in/damaged.zip", "PK\x03\x04"+everywhere(&w, "a damaged archive"))
	place(t, ".", "in/"+w.plant("a name")+".log", "nothing\n")
	for _, args := range [][]string{
		{"redact", "in/a.log"},
		{"redact", "in/wide.log"},
		{"redact", "--output", "out", "in"},
		{"redact", "--output", "strict", "--strict", "in"},
		{"redact", "--in-place", "in"},
		{"redact", "in/none-" + w.plant("a missing file")},
		{"redact", "--output", w.plant("an output"), "in/none"},
	} {
		stdout, stderr := runs(t, "", args...)
		w.check(t, args[0]+" "+args[1]+", standard output", stdout)
		w.check(t, args[0]+" "+args[1]+", standard error", stderr)
	}
	stdout, stderr := runs(t, text, "redact")
	w.check(t, "the filter, standard output", stdout)
	w.check(t, "the filter, standard error", stderr)
	for _, dir := range []string{"in", "out/in"} {
		for _, name := range []string{"a.log", "wide.log"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			w.check(t, dir+"/"+name, strings.ReplaceAll(string(content), "\x00", ""))
		}
		archive, err := zip.OpenReader(filepath.Join(dir, "a.zip"))
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		for _, member := range archive.File {
			r, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			var content bytes.Buffer
			if _, err := content.ReadFrom(r); err != nil {
				t.Fatal(err)
			}
			w.check(t, dir+"/a.zip!"+member.Name, content.String())
		}
	}
}

// TestInvariantOfMerge scans many targets with keys in contents and names, keeps reports of
// them, and merges these.
func TestInvariantOfMerge(t *testing.T) {
	var w watchlist
	t.Chdir(t.TempDir())
	var list strings.Builder
	for i := range 3 {
		r := gittest.New(t)
		r.Write("a.txt", everywhere(&w, "a file"))
		r.Write("d/"+w.plant("a name"), "nothing\n")
		r.Commit("Use " + w.plant("a summary"))
		r.Git("branch", "b-"+w.plant("a branch"))
		bare := fmt.Sprintf("r%d-%s.git", i, w.plant("a target"))
		r.Git("clone", "-q", "--bare", r.Dir, filepath.Join(mustGetwd(t), bare))
		list.WriteString(bare + "\n")
	}
	list.WriteString("missing-" + w.plant("a missing target") + "\n")
	place(t, ".", "list.txt", list.String())
	for _, format := range []string{"text", "json", "sarif", "html", "markdown", "concise", "github", "junit", "gitlab", "jsonl"} {
		for _, args := range [][]string{{"scan", "--targets", "list.txt", "--reports", "reports"}, {"merge", "reports"}, {"merge", "reports", "none-" + w.plant("a missing report")}} {
			stdout, stderr := runs(t, "", append(args, "--format", format)...)
			w.check(t, args[0]+" "+format+", standard output", stdout)
			w.check(t, args[0]+" "+format+", standard error", stderr)
		}
	}
	reports, err := filepath.Glob("reports/*")
	if err != nil || len(reports) == 0 {
		t.Fatalf("no reports: %v", err)
	}
	for _, name := range reports {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w.check(t, "a kept report", string(content))
	}
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestInvariantOfAgents gives the hook of coding assistants keys in all places of an event.
// What it answers shows no token, apart from the input of a tool that it allows.
func TestInvariantOfAgents(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, agent := range []string{"claude", "codex", "gemini", "cursor", "copilot"} {
		var w watchlist
		for _, event := range []string{
			`{"hook_event_name":"UserPromptSubmit","prompt":"use QAS_TOKEN=KEY"}`,
			`{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"curl -H 'Authorization: ApiKey KEY'"}}`,
			`{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"file_path":"KEY","content":"QAS_TOKEN=KEY"}}`,
			`{"hook_event_name":"PostToolUse","tool_name":"Bash","tool_input":{"command":"env"},"tool_response":{"stdout":"QAS_TOKEN=KEY","stderr":"KEY"}}`,
			`{"hook_event_name":"BeforeTool","tool_name":"KEY","tool_input":{"KEY":"KEY"}}`, `{"hook_event_name":"KEY"}`, `{"KEY`, `[KEY]`, `KEY`,
			`{"hook_event_name":"beforeSubmitPrompt","prompt":"QAS_TOKEN=KEY"}`, `{"hook_event_name":"beforeShellExecution","command":"echo KEY"}`,
		} {
			for _, how := range slices.Sorted(maps.Keys(encodedAs)) {
				key := strings.ReplaceAll(encodedAs[how](w.plant(agent+", "+how)), `\`, `\\`)
				stdout, stderr := runs(t, strings.ReplaceAll(event, "KEY", key), "hook", "run", "agent", "--agent", agent)
				w.check(t, agent+", standard output of "+event[:min(40, len(event))], stdout)
				w.check(t, agent+", standard error of "+event[:min(40, len(event))], stderr)
			}
		}
	}
}

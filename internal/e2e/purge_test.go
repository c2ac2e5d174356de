package e2e

import (
	"encoding/base64"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/lab"
	"github.com/qasleaks/qasleaks/internal/tooltest"
)

// TestPurgeRecipe follows to the letter what reports say about removing keys from history,
// with the real git filter-repo. No key remains.
func TestPurgeRecipe(t *testing.T) {
	tooltest.Path(t, "git-filter-repo")
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	small := leakyRepository(t)
	for format, commands := range map[string]func(t *testing.T, report string) string{
		"text":     textCommands,
		"markdown": markdownCommands,
		"html":     htmlCommands,
	} {
		t.Run(format, func(t *testing.T) { purge(t, small, format, commands) })
	}
	t.Run("carriers and encodings", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it takes long")
		}
		r := gittest.New(t)
		const share = 11 // of the files are written, or the test takes minutes
		corpus := lab.New(1)
		for i, f := range corpus.Files {
			if i%share == 0 {
				r.Write(f.Path, string(f.Data))
			}
			if i == len(corpus.Files)/2 {
				r.Git("add", "-A", "-f")
				r.Commit("Half of it")
				r.Git("rm", "-q", "-r", "files")
				r.Commit("Remove it")
			}
		}
		r.Git("add", "-A", "-f")
		r.Commit("The other half")
		purge(t, r, "html", htmlCommands)
	})
}

// leakyRepository has keys in each kind of place: in plain text in files, messages and
// notes, and encoded, packed, split and binary.
func leakyRepository(t *testing.T) *gittest.Repo {
	r := gittest.New(t)
	key := func(n uint64) string { return keytest.Key(n, keytest.Made) }
	r.Write("README.md", "# Tests\n")
	r.Commit("Begin")
	r.Write("ci/upload.sh", "export QAS_TOKEN="+key(1)+"\n")
	r.Write("it's a file.txt", "\""+base64.StdEncoding.EncodeToString([]byte(key(2)))+"\"\n")
	r.Write("page.bin", "SQLite\x00\x01 ApiKey "+key(3)+"\x00")
	r.Write("split.js", "const key = '"+strings.ReplaceAll(key(4), ".", "' + '.' + '")+"'\n")
	r.Write("wide.ps1", wide("$env:QAS_TOKEN = '"+key(5)+"'\n"))
	r.Write("both.txt", key(6)+"\n"+base64.StdEncoding.EncodeToString([]byte(key(6)))+"\n")
	r.Commit("Add them")
	r.Git("rm", "-q", "-r", "ci", "split.js")
	r.Commit("Remove some, such as " + key(7))
	r.Git("tag", "-a", "v1", "-m", "With "+key(8))
	r.Git("notes", "add", "-m", "See "+key(9))
	r.Write("README.md", "# Tests of "+key(10)+"\n")
	r.Git("stash", "-q")
	r.Git("checkout", "-q", "-b", "side")
	r.Write("side.env", "QAS_TOKEN="+keytest.Expand("{{short 11}}")+"\n")
	r.Commit("Work aside")
	return r
}

// purge scans a repository, follows its report, and scans the result.
func purge(t *testing.T, r *gittest.Repo, format string, commands func(t *testing.T, report string) string) {
	run := func(dir, name string, args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, os.Environ()
		for name, value := range gitEnvironment(t.TempDir()) {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	report, status := run(r.Dir, "qasleaks", "scan", "--format", format)
	if status != 1 {
		t.Fatalf("the scan ends with %d:\n%s", status, report)
	}
	purged := filepath.Join(filepath.Dir(r.Dir), "purge.git")
	defer os.RemoveAll(purged)
	script := commands(t, report)
	if shown := tokenIn(script); shown != "" {
		t.Fatalf("the commands show a token, as %s", shown)
	}
	file := filepath.Join(t.TempDir(), "commands")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := run(r.Dir, "sh", "-e", file); status != 0 {
		t.Fatalf("the commands end with %d:\n%s\n%s", status, script, out)
	}
	if after, status := run(purged, "qasleaks", "scan", "--format", "concise", "--fail-on", "error"); status != 0 {
		t.Errorf("keys are left:\n%s", after)
	}
	if files, _ := run(purged, "git", "ls-tree", "-r", "--name-only", "main"); format != "html" && !strings.Contains(files, "README.md") {
		t.Errorf("the recipe also removed what has no key: %q", files)
	}
}

// textCommands returns the commands that the text report lists below the step about
// history, indented as they are.
func textCommands(t *testing.T, report string) string {
	_, rest, ok := strings.Cut(report, "Removing keys from history")
	if !ok {
		t.Fatalf("there is no step about history in:\n%s", report)
	}
	var commands []string
	for line := range strings.Lines(rest) {
		switch {
		case strings.HasPrefix(line, "       "):
			commands = append(commands, line)
		case len(commands) > 0:
			return strings.Join(commands, "")
		}
	}
	return strings.Join(commands, "")
}

// markdownCommands returns the code block of the same step.
func markdownCommands(t *testing.T, report string) string {
	_, rest, _ := strings.Cut(report, "Removing keys from history")
	_, rest, _ = strings.Cut(rest, "```sh\n")
	code, _, ok := strings.Cut(rest, "   ```")
	if !ok {
		t.Fatalf("there is no code in:\n%s", report)
	}
	return code
}

// htmlCommands returns what the part about purging has the reader do. Without a remote it
// leaves the address to the reader.
func htmlCommands(t *testing.T, report string) string {
	code := func(id string) string {
		found := regexp.MustCompile(`(?s)<code id="` + id + `">(.*?)</code>`).FindStringSubmatch(report)
		if found == nil {
			t.Fatalf("there is no %s", id)
		}
		return html.UnescapeString(found[1])
	}
	return "git clone --mirror --no-local . ../purge.git\ncd ../purge.git\ngit update-ref -d refs/stash\ncat >keys.txt <<'END'\n" + code("expressions") + "\nEND\n" +
		code("replace") + "\n" + code("paths") + "\n"
}

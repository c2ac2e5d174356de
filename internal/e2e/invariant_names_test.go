package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/cli"
	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// inNames are ways to write a key that a name may have.
var inNames = map[string]func(string) string{
	"plain":  func(s string) string { return s },
	"base64": func(s string) string { return strings.TrimRight(inBase64(s), "=") },
	"hex":    func(s string) string { return hex.EncodeToString([]byte(s)) },
	"suffix": func(s string) string { return "key-" + s + ".txt" },
}

// TestInvariantOfNames plants keys that are only in names, of everything that a report may
// name, and searches all formats.
func TestInvariantOfNames(t *testing.T) {
	for _, how := range slices.Sorted(maps.Keys(inNames)) {
		encode := inNames[how]
		t.Run(how, func(t *testing.T) {
			var w watchlist
			name := func(of string) string { return encode(w.plant(how + ", " + of)) }
			r := gittest.New(t)
			r.Write("key.js", "send('"+w.plant("the one in a file")+"') // qasleaks"+":allow -- see "+name("an allow comment")+"\n")
			r.Write(name("a folder")+"/f", "nothing\n")
			r.Write("a/"+name("a file"), "QAS_TOKEN="+w.plant("the one in a named file")+"\n")
			r.Write("x/"+name("an excluded path"), "nothing\n")
			r.Write("damaged-"+name("a damaged archive")+".zip", "PK\x03\x04 nonsense")
			r.Write("archive.zip", string(zipOf(t, map[string]string{
				name("an archive member"):                     "nothing\n",
				"d/" + name("a member with a key"):            w.plant("the one in a member") + "\n",
				"too-large-" + name("a member too large"):     strings.Repeat("x", 3<<10),
				"nested-" + name("a damaged member") + ".zip": "PK\x03\x04 nonsense",
			})))
			if err := os.Symlink(name("the target of a link"), filepath.Join(r.Dir, "link-"+name("a link"))); err != nil {
				t.Log(err)
			}
			r.Git("add", "-A")
			r.Git("-c", "user.name="+name("an author"), "commit", "-qm", "Use "+name("a summary"))
			r.Git("rm", "-q", "key.js")
			r.Git("-c", "user.email="+name("an email"), "commit", "-qm", "Remove "+name("a removal"))
			r.Git("notes", "add", "-m", "see "+name("a note"))
			r.Git("branch", "b-"+name("a branch"))
			r.Git("tag", "t-"+name("a tag"))
			r.Git("tag", "-a", "-m", "see "+name("the message of a tag"), "annotated-"+name("an annotated tag"))
			r.Git("remote", "add", name("a remote"), "https://me:"+name("a password")+"@example.com/"+name("a URL")+".git")
			r.Git("update-ref", "refs/remotes/"+name("a remote branch")+"/main", "HEAD")
			r.Git("checkout", "-qb", name("the current branch"))
			r.Write("staged/"+name("a staged file"), "QAS_TOKEN="+w.plant("the one in a staged file")+"\n")
			r.Write("ignored/"+name("an ignored file"), "nothing\n")
			r.Write("token-"+name("an ignored file with a telling name"), "nothing\n")
			r.Write(".gitignore", "ignored\ntoken-*\n")
			r.Git("add", "staged")
			target := filepath.Join(t.TempDir(), name("the target"))
			if err := os.Rename(r.Dir, target); err != nil {
				t.Fatal(err)
			}
			for what, options := range map[string]scanner.Options{
				"all":     {},
				"history": {NoFiles: true},
				"files":   {NoHistory: true, AllFiles: true},
				"staged":  {Staged: true},
			} {
				options.Exclude = []string{"x/**", "y/" + name("a pattern")}
				options.Ignores = []scanner.Ignore{{Fingerprint: "0123456789abcdef", Reason: "used as " + name("a reason")}}
				options.Unpack = unpack.Limits{Depth: 2, Member: 1 << 10, Total: 1 << 20, Ratio: 200}
				result, err := scanner.Scan(t.Context(), []string{target}, options)
				if err != nil {
					t.Fatal(err)
				}
				w.checkReports(t, what, result)
				if what == "files" {
					found := fmt.Sprint(result.Findings)
					for _, where := range []string{"in the name of the file in the archive", "in the name of the file", "in the name of a branch"} {
						if how == "plain" && !strings.Contains(found, where) {
							t.Errorf("no key was found %s", where)
						}
					}
				}
			}
		})
	}
}

// valueForms are ways to write a value that may be a token.
var valueForms = map[string]func(string) string{
	"key":             func(s string) string { return s },
	"token":           tokenOf,
	"key in base64":   inBase64,
	"token in base64": func(s string) string { return inBase64(tokenOf(s)) },
	"key in hex":      func(s string) string { return hex.EncodeToString([]byte(s)) },
	"token in hex":    func(s string) string { return hex.EncodeToString([]byte(tokenOf(s))) },
	"header":          func(s string) string { return "ApiKey " + s },
	"escape":          func(s string) string { return "\x1b[31m" + s + "\u202e" },
	"line":            func(s string) string { return "a\n::error::" + s },
}

func tokenOf(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// wrong are command lines with a value in a wrong place.
var wrong = []string{
	"VALUE", "--VALUE", "scan VALUE", "scan --VALUE", "scan --VALUE=x", "scan --format VALUE", "scan --output VALUE/x", "scan --output VALUE --output VALUE",
	"scan --config VALUE", "scan --baseline VALUE", "scan --range VALUE", "scan --range VALUE..HEAD", "scan --since VALUE",
	"scan --trust VALUE", "scan --fail-on VALUE", "scan --min-confidence VALUE", "scan --rules VALUE", "scan --url VALUE",
	"scan --verify --url VALUE", "scan --verify --url https://VALUE@h.example --allow-host VALUE", "scan --verify --proxy VALUE", "scan --jobs VALUE", "scan --quiet=VALUE",
	"scan --max-file-size VALUE", "scan --staged VALUE", "verify VALUE", "verify --url VALUE", "hook VALUE", "hook run VALUE", "hook run pre-push VALUE VALUE VALUE",
	"hook run commit-msg VALUE", "rules VALUE", "export VALUE", "completion VALUE", "help VALUE", "baseline VALUE", "baseline create --until VALUE",
	"baseline create --baseline VALUE/x", "demo --keep VALUE/x/y", "site VALUE VALUE", "version VALUE",
	"scan broken-VALUE.yml --config bad.yml", "scan --config keys.yml", "scan --config globs.yml", "scan --baseline bad.json", "scan r", "scan q", "scan p",
}

// TestInvariantOfErrors gives the program a key, or a token only, plain and encoded, in
// every place of the command line and of the configuration, and searches what it prints.
// Nothing on standard error is a control character or begins a workflow command.
func TestInvariantOfErrors(t *testing.T) {
	t.Setenv("QAS_URL", "")
	for _, how := range slices.Sorted(maps.Keys(valueForms)) {
		t.Run(how, func(t *testing.T) {
			var w watchlist
			t.Chdir(t.TempDir())
			for _, command := range wrong {
				value := valueForms[how](w.plant(how + ", " + command))
				quoted := strings.ReplaceAll(fmt.Sprintf("%q", value), `\'`, "'")
				for name, content := range map[string]string{
					"bad.yml": "exclude: " + quoted + "\n", "keys.yml": quoted + ": 1\nrules: {" + quoted + ": off}\n",
					"globs.yml": "exclude: [" + quoted + ", \"[\"]\nignore: [" + quoted + "]\n", "bad.json": "{" + quoted + ": [",
					"r/.git/HEAD": "ref: refs/heads/main\n", "r/.git/config": "[core]\n\trepositoryformatversion = " + quoted + "\n",
					"r/.git/objects/x": "", "r/.git/refs/x": "",
					"q/.git/HEAD": "ref: refs/heads/main\n", "q/.git/commondir": "/x/" + value + "\n", "q/.git/objects/x": "", "q/.git/refs/x": "",
					"p/.git": "gitdir: /x/" + value + "\n",
				} {
					place(t, ".", name, content)
				}
				args := []string{"qasleaks"}
				for arg := range strings.FieldsSeq(command) {
					args = append(args, strings.ReplaceAll(arg, "VALUE", value))
				}
				var stdout, stderr bytes.Buffer
				status := cli.Main(t.Context(), args, strings.NewReader(value+"\n"), &stdout, &stderr)
				if status < 0 || status > 3 {
					t.Errorf("%s: status %d", command, status)
				}
				if !strings.HasPrefix(command, "demo") { // whose report names the directory
					w.check(t, command+", standard output", stdout.String())
				}
				w.check(t, command+", standard error", stderr.String())
				for line := range strings.Lines(stderr.String()) {
					if strings.HasPrefix(line, "::") || strings.ContainsAny(line, "\x1b\r\u202e") {
						t.Errorf("%s: standard error has a control character or a workflow command", command)
					}
				}
			}
		})
	}
}

// TestInvariantOfDirectory scans in a directory with a key in its name, to which reports
// in a terminal link.
func TestInvariantOfDirectory(t *testing.T) {
	var w watchlist
	dir := filepath.Join(t.TempDir(), w.plant("the working directory"))
	place(t, dir, "a.txt", w.plant("the one in a file")+"\n")
	t.Chdir(dir)
	t.Setenv("FORCE_HYPERLINK", "1")
	var stdout, stderr bytes.Buffer
	cli.Main(t.Context(), []string{"qasleaks", "scan", "--color", "always", "."}, strings.NewReader(""), &stdout, &stderr)
	if !strings.Contains(stdout.String(), "\x1b]8;;file:") {
		t.Error("the report has no links")
	}
	w.check(t, "standard output", stdout.String())
	w.check(t, "standard error", stderr.String())
}

// TestInvariantOfAction gives the GitHub Action the same values as inputs, and as what
// the runner says.
func TestInvariantOfAction(t *testing.T) {
	for _, how := range slices.Sorted(maps.Keys(valueForms)) {
		for _, variable := range []string{
			"INPUT_PATH", "INPUT_CONFIG", "INPUT_BASELINE", "INPUT_FAIL-ON", "INPUT_URL", "INPUT_FORMAT", "INPUT_HISTORY", "INPUT_VERIFY",
			"INPUT_REDACT", "INPUT_RULES", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_REF", "GITHUB_SHA", "GITHUB_BASE_REF",
		} {
			t.Run(how+"/"+variable, func(t *testing.T) {
				var w watchlist
				t.Chdir(t.TempDir())
				for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} {
					t.Setenv(name, filepath.Join(t.TempDir(), name))
				}
				t.Setenv("RUNNER_TEMP", t.TempDir())
				t.Setenv("GITHUB_EVENT_NAME", "push")
				t.Setenv(variable, valueForms[how](w.plant(how+", "+variable)))
				var stdout, stderr bytes.Buffer
				cli.Main(t.Context(), []string{"qasleaks", "github-action"}, strings.NewReader(""), &stdout, &stderr)
				summary, _ := os.ReadFile(os.Getenv("GITHUB_STEP_SUMMARY"))
				if stdout.Len()+stderr.Len()+len(summary) == 0 {
					t.Error("nothing was printed")
				}
				w.check(t, "the log", stdout.String())
				w.check(t, "standard error", stderr.String())
				w.check(t, "the summary", string(summary))
			})
		}
	}
}

// zipOf returns an archive with members.
func zipOf(t *testing.T, members map[string]string) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		member, err := w.Create(name)
		if err == nil {
			_, err = member.Write([]byte(members[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

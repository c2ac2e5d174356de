package action_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/cli"
	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// runner runs the action as the runner of GitHub Actions does.
type runner struct {
	t    *testing.T
	temp string
}

// newRunner checks a repository out, so to speak: it is the directory of work.
func newRunner(t *testing.T, workspace string) *runner {
	t.Chdir(workspace)
	r := &runner{t, t.TempDir()}
	for _, name := range []string{"GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "GITHUB_SHA", "GITHUB_REF", "GITHUB_ACTOR", "QAS_URL"} {
		t.Setenv(name, "")
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	t.Setenv("RUNNER_TEMP", r.temp)
	return r
}

// event sets the event, its payload, and further variables as NAME=value.
func (r *runner) event(name string, payload any, variables ...string) {
	r.t.Helper()
	content, err := json.Marshal(payload)
	if err != nil {
		r.t.Fatal(err)
	}
	file := filepath.Join(r.temp, "event.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.t.Setenv("GITHUB_EVENT_NAME", name)
	r.t.Setenv("GITHUB_EVENT_PATH", file)
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		r.t.Setenv(name, value)
	}
}

// outcome is what one run of the action leaves behind.
type outcome struct {
	status       int
	log, summary string
	sarif        string
	outputs      map[string]string
}

func (r *runner) run() outcome {
	r.t.Helper()
	output, summary := filepath.Join(r.temp, "output"), filepath.Join(r.temp, "summary")
	for _, name := range []string{output, summary} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	r.t.Setenv("GITHUB_OUTPUT", output)
	r.t.Setenv("GITHUB_STEP_SUMMARY", summary)
	var stdout, stderr bytes.Buffer
	got := outcome{outputs: map[string]string{}}
	got.status = cli.Main(r.t.Context(), []string{"qasleaks", "github-action"}, strings.NewReader(""), &stdout, &stderr)
	got.log, got.summary = stdout.String()+stderr.String(), r.read(summary)
	for line := range strings.Lines(r.read(output)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got.outputs[name] = value
	}
	if name := got.outputs["sarif-file"]; name != "" {
		got.sarif = r.read(name)
	}
	return got
}

func (r *runner) read(name string) string {
	r.t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
}

// want checks the exit status, and what the log says.
func (o outcome) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if o.status != status {
		t.Errorf("exit status %d, want %d", o.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(o.log, text) {
			t.Errorf("the log does not say %q", text)
		}
	}
	if t.Failed() {
		t.Log(o.log)
	}
}

type m = map[string]any

func pullRequest(base, head, from string) m {
	return m{"pull_request": m{
		"base": m{"sha": base, "repo": m{"full_name": "acme/tests"}},
		"head": m{"sha": head, "repo": m{"full_name": from}},
	}}
}

// story is a repository with a key that its base allows, and a pull request.
type story struct {
	*gittest.Repo
	old, base, head, merge string
}

func newStory(t *testing.T) story {
	s := story{Repo: gittest.New(t)}
	s.Write("old.js", keytest.Expand("const old = '{{key 1}}' // {{allow}} -- revoked\n"))
	s.old = s.Commit("old")
	s.Write("README", "hello\n")
	s.base = s.Commit("base")
	s.Git("checkout", "-q", "-b", "change")
	s.Write("new.js", keytest.Expand("const key = '{{key 2}}' // {{allow}} -- trust me\n"))
	s.Write(".qasleaks.yml", "exclude: [\"*.js\"]\nfail-on: never\n")
	s.Commit("Add a key")
	s.Remove("new.js")
	s.head = s.Commit("Take it away")
	s.Git("checkout", "-q", "main")
	s.Git("merge", "-q", "--no-ff", "-m", "merge", "change")
	s.merge = s.ID("HEAD")
	return s
}

func TestActionPullRequest(t *testing.T) {
	s := newStory(t)
	r := newRunner(t, s.Path("."))
	t.Setenv("INPUT_UPLOAD_SARIF", "true")

	t.Run("leaking", func(t *testing.T) {
		r.event("pull_request", pullRequest(s.base, s.head, "acme/tests"), "GITHUB_SHA="+s.merge)
		got := r.run()
		got.want(t, 1, "::error title=QA Sphere API key", "scanning "+s.base+".."+s.merge, "::stop-commands::")
		want := map[string]string{"findings": "1", "live": "0", "exit-code": "1", "upload": "true"}
		for name, value := range want {
			if got.outputs[name] != value {
				t.Errorf("output %s is %q, want %q", name, got.outputs[name], value)
			}
		}
		if !strings.Contains(got.summary, "Found 1 key") || !strings.Contains(got.sarif, `"results"`) {
			t.Errorf("summary: %s\nSARIF: %s", got.summary, got.sarif)
		}
		for _, text := range []string{got.log, got.summary, got.sarif} {
			if strings.Contains(text, keytest.Token(2)) {
				t.Error("the token is shown")
			}
		}
	})
	t.Run("stale base in the event", func(t *testing.T) {
		r.event("pull_request", pullRequest(s.old, s.head, "acme/tests"), "GITHUB_SHA="+s.merge)
		r.run().want(t, 1, "scanning "+s.base+".."+s.merge)
	})
	t.Run("head checked out", func(t *testing.T) {
		s.Git("checkout", "-q", s.head)
		defer s.Git("checkout", "-q", "main")
		r.event("pull_request", pullRequest(s.base, s.head, "acme/tests"), "GITHUB_SHA="+s.merge)
		r.run().want(t, 1, "scanning "+s.base+".."+s.head)
	})
	t.Run("fork", func(t *testing.T) {
		r.event("pull_request", pullRequest(s.base, s.head, "mallory/tests"), "GITHUB_SHA="+s.merge)
		got := r.run()
		got.want(t, 1, "::notice title=qasleaks::The SARIF file was not uploaded: runs for a fork or for Dependabot may not write")
		if got.outputs["upload"] != "false" {
			t.Error("it would be uploaded")
		}
	})
	t.Run("nothing new", func(t *testing.T) {
		r.event("pull_request", pullRequest(s.base, s.base, "acme/tests"), "GITHUB_SHA=")
		r.run().want(t, 0, "scanning "+s.base+".."+s.base)
	})
	t.Run("everything", func(t *testing.T) {
		t.Setenv("INPUT_RANGE", "all")
		r.event("pull_request", pullRequest(s.base, s.head, "acme/tests"), "GITHUB_SHA="+s.merge)
		r.run().want(t, 1, "scanning everything", "Found 1 key") // the old one is allowed by the base
	})
	t.Run("merge queue", func(t *testing.T) {
		r.event("merge_group", m{"merge_group": m{"base_sha": s.base, "head_sha": s.merge}}, "GITHUB_SHA="+s.merge)
		r.run().want(t, 1, "scanning "+s.base+".."+s.merge)
	})
	t.Run("target", func(t *testing.T) {
		r.event("pull_request_target", pullRequest(s.base, s.head, "mallory/tests"))
		got := r.run()
		got.want(t, 2, "::error title=qasleaks::the event pull_request_target")
		if got.outputs["exit-code"] != "2" || !strings.Contains(got.summary, "Nothing was scanned") {
			t.Errorf("outputs %v, summary %s", got.outputs, got.summary)
		}
	})
}

func TestActionShallow(t *testing.T) {
	s := newStory(t)
	s.Write("new.js", keytest.Expand("const key = '{{key 2}}' // {{allow}} -- trust me\n"))
	s.Git("checkout", "-q", "change")
	s.Write("new.js", keytest.Expand("const key = '{{key 2}}' // {{allow}} -- trust me\n"))
	head := s.Commit("Add it again")
	s.Git("checkout", "-q", "main", "--force")
	base := s.base
	s.Git("reset", "-q", "--hard", base)
	s.Git("merge", "-q", "--no-ff", "-m", "merge", "change")
	for _, test := range []struct {
		depth string
		texts []string
	}{
		{"1", []string{"::warning title=qasleaks::The base of this change (" + base[:10] + ") is not in the checkout", "fetch-depth: 0", "scanning everything"}},
		{"2", []string{"::warning title=qasleaks::The checkout is shallow", "scanning " + base + ".." + s.ID("main")}},
	} {
		t.Run("depth "+test.depth, func(t *testing.T) {
			clone := s.Clone("--depth", test.depth, "--no-tags")
			r := newRunner(t, clone.Path("."))
			r.event("pull_request", pullRequest(base, head, "acme/tests"), "GITHUB_SHA="+clone.ID("HEAD"))
			r.run().want(t, 1, test.texts...)
		})
	}
	t.Run("push", func(t *testing.T) {
		clone := s.Clone("--depth", "1", "--no-tags")
		r := newRunner(t, clone.Path("."))
		r.event("push", m{"before": base, "after": clone.ID("HEAD"), "repository": m{"default_branch": "main"}}, "GITHUB_REF=refs/heads/main")
		// What is pushed is believed: the configuration leaves everything out.
		r.run().want(t, 0, "scanning everything", "::warning title=qasleaks::The checkout is shallow")
	})
}

func TestActionPush(t *testing.T) {
	s := newStory(t)
	s.Git("update-ref", "refs/remotes/origin/main", s.base)
	const zeros = "0000000000000000000000000000000000000000"
	const gone = "1234567890123456789012345678901234567890"
	r := newRunner(t, s.Path("."))
	t.Setenv("INPUT_UPLOAD_SARIF", "true")
	for _, test := range []struct{ name, event, before, after, ref, want string }{
		{"commits", "push", s.base, s.head, "refs/heads/main", s.base + ".." + s.head},
		{"forced, the old commit is there", "push", s.head, s.base, "refs/heads/main", s.head + ".." + s.base},
		{"forced, the old commit is gone", "push", gone, s.head, "refs/heads/change", s.base + ".." + s.head},
		{"forced on the default branch", "push", gone, s.head, "refs/heads/main", "everything"},
		{"new branch", "push", zeros, s.head, "refs/heads/change", s.base + ".." + s.head},
		{"first push", "push", zeros, s.head, "refs/heads/main", "everything"},
		{"deleted branch", "push", s.head, zeros, "refs/heads/change", s.head + "..HEAD"},
		{"not in the checkout", "push", s.base, gone, "refs/heads/main", s.base + "..HEAD"},
		{"hostile", "push", "--all", "$(id)", "refs/heads/x", s.base + "..HEAD"},
		{"schedule", "schedule", s.base, s.head, "refs/heads/main", "everything"},
		{"by hand", "workflow_dispatch", "", "", "refs/heads/main", "everything"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r.event(test.event, m{"before": test.before, "after": test.after, "repository": m{"default_branch": "main"}}, "GITHUB_REF="+test.ref)
			got := r.run()
			got.want(t, 0, "scanning "+test.want+" in .\n")
			uploaded := got.outputs["upload"] == "true"
			if whole := test.want == "everything"; uploaded != whole {
				t.Errorf("uploaded is %t, which would close the alerts of what was not scanned", uploaded)
			}
		})
	}
}

// What a payload lacks makes the scan larger or an error, and never smaller.
func TestActionIncompletePayload(t *testing.T) {
	s := newStory(t)
	r := newRunner(t, s.Path("."))
	t.Setenv("INPUT_UPLOAD_SARIF", "true")
	id := func(sha string) m { return m{"sha": sha} }
	repo := func(sha, name string) m { return m{"sha": sha, "repo": m{"full_name": name}} }
	const everything = "scanning everything in .\n"
	for _, test := range []struct {
		name, event string
		payload     any
		status      int
		want        string
		upload      bool
	}{
		{"push without fields", "push", m{}, 0, everything, true},
		{"push without before", "push", m{"after": s.head}, 0, everything, true},
		{"push without after", "push", m{"before": s.base}, 0, "scanning " + s.base + "..HEAD in", false},
		{"push of null", "push", m{"before": nil, "after": nil, "repository": nil}, 0, everything, true},
		{"pull request without fields", "pull_request", m{"pull_request": m{}}, 2, "read the event: it names no commits", false},
		{"pull request without base", "pull_request", m{"pull_request": m{"head": repo(s.head, "a/b")}}, 2, "it names no commits", false},
		{"pull request without head", "pull_request", m{"pull_request": m{"base": repo(s.base, "a/b")}}, 2, "it names no commits", false},
		{"pull request with a short ID", "pull_request", pullRequest(s.base[:12], s.head, "acme/tests"), 2, "it names no commits", false},
		{"pull request of a deleted fork", "pull_request", m{"pull_request": m{"base": repo(s.base, "a/b"), "head": id(s.head)}}, 1, "runs for a fork", false},
		{"pull request without repositories", "pull_request", m{"pull_request": m{"base": id(s.base), "head": id(s.head)}}, 1, "runs for a fork", false},
		{"pull request that is null", "pull_request", m{"pull_request": nil}, 0, everything, true},
		{"merge group without fields", "merge_group", m{"merge_group": m{}}, 2, "it names no commits", false},
		{"other event with a pull request", "issue_comment", pullRequest(s.base, s.head, "acme/tests"), 0, everything, true},
		{"wrong type", "push", m{"before": 1}, 2, "read the event", false},
		{"not an object", "push", []int{1}, 2, "read the event", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r.event(test.event, test.payload, "GITHUB_REF=refs/heads/main", "GITHUB_SHA=")
			got := r.run()
			got.want(t, test.status, test.want)
			if got.outputs["upload"] != fmt.Sprint(test.upload) || got.outputs["exit-code"] != fmt.Sprint(test.status) {
				t.Errorf("outputs are %v", got.outputs)
			}
		})
	}
	t.Run("no payload", func(t *testing.T) {
		r.event("push", m{}, "GITHUB_EVENT_PATH=")
		r.run().want(t, 0, everything)
	})
	t.Run("missing file", func(t *testing.T) {
		r.event("push", m{}, "GITHUB_EVENT_PATH="+filepath.Join(r.temp, "missing"))
		r.run().want(t, 2, "::error title=qasleaks::read the event: ")
	})
	t.Run("Dependabot", func(t *testing.T) {
		r.event("schedule", m{}, "GITHUB_ACTOR=dependabot[bot]")
		if got := r.run(); got.outputs["upload"] != "false" {
			t.Errorf("outputs are %v", got.outputs)
		}
	})
}

func TestActionInputs(t *testing.T) {
	s := newStory(t)
	s.Write("notes.txt", keytest.Expand("{{key 3}}")+"\n::error::no error ##[error]nor this\n")
	s.Write("strict.yml", "fail-on: error\n")
	s.Commit("notes")
	r := newRunner(t, filepath.Dir(s.Path(".")))
	r.event("schedule", m{})
	t.Setenv("INPUT_PATH", filepath.Base(s.Path(".")))

	t.Run("configuration", func(t *testing.T) {
		t.Setenv("INPUT_CONFIG", filepath.Join(filepath.Base(s.Path(".")), "strict.yml"))
		got := r.run()
		got.want(t, 1, "file="+filepath.Base(s.Path("."))+"/notes.txt")
	})
	t.Run("least severity", func(t *testing.T) {
		t.Setenv("INPUT_FAIL_ON", "error")
		t.Setenv("INPUT_FORMAT", "json")
		r.run().want(t, 1, `"schemaVersion": 1`)
	})
	t.Run("baseline", func(t *testing.T) {
		notes := keytest.Expand("{{key 3}}")
		key, ok := rules.ParseKey(notes)
		if !ok {
			t.Fatal("the key of notes.txt is not a key")
		}
		known := fmt.Sprintf("- {fingerprint: %s, reason: known}\n", key.Fingerprint())
		t.Setenv("INPUT_FAIL_ON", "error")
		t.Setenv("INPUT_RANGE", s.merge+"..HEAD")
		r.run().want(t, 1)
		s.Write("known.yml", known)
		t.Setenv("INPUT_BASELINE", s.Path("known.yml"))
		r.run().want(t, 0, "1 suppressed")
		s.Write(config.BaselineName, "[]\n")
		r.run().want(t, 0, "1 suppressed") // the input has precedence
		t.Setenv("INPUT_BASELINE", "")
		r.run().want(t, 1)
		s.Write(config.BaselineName, known)
		r.run().want(t, 0, "1 suppressed")
		s.Remove("known.yml")
		s.Remove(config.BaselineName)
	})
	t.Run("commands in what is scanned", func(t *testing.T) {
		log := r.run().log
		_, after, ok := strings.Cut(log, "::stop-commands::")
		end, text, _ := strings.Cut(after, "\n")
		inside, rest, closed := strings.Cut(text, "\n::"+end+"::\n")
		if !ok || len(end) < 20 || !closed || rest != "" || !strings.Contains(inside, "nor this") {
			t.Errorf("the report is not kept apart:\n%s", log)
		}
	})
	for _, test := range []struct{ name, input, value, want string }{
		{"unknown severity", "FAIL_ON", "fatal", "unknown severity"},
		{"flag for a value", "FAIL_ON", "--show-secrets", "unknown severity"},
		{"flag for a path", "PATH", "--show-secrets", "::error title=qasleaks::scan --show-secrets: "},
		{"unknown format", "FORMAT", "pdf", "unknown format"},
		{"range", "RANGE", "--all", "invalid range"},
		{"host without verification", "URL", "https://acme.eu1.qasphere.com", "the input url has no effect without verify"},
		{"lines", "RANGE", "a\n::error::b..c", `scanning a\n::error::b..c in `},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("INPUT_"+test.input, test.value)
			got := r.run()
			got.want(t, 2, test.want)
			if got.outputs["exit-code"] != "2" || got.outputs["findings"] != "0" || got.outputs["upload"] != "false" {
				t.Errorf("outputs are %v", got.outputs)
			}
		})
	}
	t.Run("host that is none of ours", func(t *testing.T) {
		t.Setenv("INPUT_VERIFY", "true")
		t.Setenv("INPUT_URL", "https://example.com")
		r.run().want(t, 2, "::error title=qasleaks::the input url does not name the host of a QA Sphere tenant")
	})
	t.Run("site", func(t *testing.T) {
		t.Setenv("INPUT_SITE", "https://127.0.0.1:9")
		t.Setenv("INPUT_UPLOAD_SARIF", "true")
		r.run().want(t, 3, "scanning a web site\n", "its address is not public", "code scanning shows only findings in files of the repository")
		t.Setenv("INPUT_SITE", "http://app.example.com")
		r.run().want(t, 2, "is not an https URL")
		t.Setenv("INPUT_RANGE", "all")
		r.run().want(t, 2, "the input range has no effect with site")
	})
	t.Run("nothing there", func(t *testing.T) {
		t.Setenv("INPUT_PATH", t.TempDir())
		r.run().want(t, 2, "there is nothing to scan in", "actions/checkout")
	})
}

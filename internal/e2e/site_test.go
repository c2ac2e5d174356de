package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// serve serves the files of a directory, and has qasleaks trust the certificate.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve DIRECTORY")
	}
	server, err := fakeapi.Start(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Check(err)
	ts.Defer(server.Close)
	ca := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(ca, server.CA, 0o644))
	ts.Setenv("SSL_CERT_FILE", ca)
	ts.Setenv("SITE", "https://"+server.Address)
	ts.Setenv("SITE_HOST", server.Address)
}

// TestDocumentedSites runs the commands of docs/site.md on servers that stand for the hosts
// in it. The page has a key, and so has a script on the other host.
func TestDocumentedSites(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Go on Linux reads SSL_CERT_FILE")
	}
	cdn, err := fakeapi.Start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "const token = %q", keytest.Key(2, keytest.Made))
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer cdn.Close()
	authorized := false
	app, err := fakeapi.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorized = authorized || r.Header.Get("Authorization") == "Basic dXNlcjpwYXNz"
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "<html><script>token = %q</script><script src=https://%s/a.js></script>", keytest.Key(1, keytest.Made), cdn.Address)
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	dir := t.TempDir()
	place(t, dir, "ca.pem", string(app.CA)+string(cdn.CA))
	place(t, dir, ".qasleaks-baseline.yml", "[]\n")
	place(t, dir, "session.har", `{"log": {"entries": [{"request": {"headers": [{"name": "authorization", "value": "ApiKey `+keytest.Key(1, keytest.Made)+`"}]}}]}}`)
	hosts := strings.NewReplacer("app.example.com", app.Address, "cdn.example.com", cdn.Address)
	page := read(t, filepath.Join(root, "docs", "site.md"))
	commands := regexp.MustCompile(`(?m)^qasleaks (.*)$`).FindAllStringSubmatch(page, -1)
	for _, match := range commands {
		arguments := strings.Fields(hosts.Replace(match[1]))
		keys := 1
		if arguments[0] == "site" {
			if !strings.Contains(match[1], "--allow-host") {
				arguments = append(arguments, "--allow-host", app.Address)
			}
			if strings.Contains(match[1], "--also") {
				arguments = append(arguments, "--allow-host", cdn.Address)
				keys = 2
			}
		}
		cmd := exec.Command("qasleaks", arguments...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem"), "PREVIEW_AUTHORIZATION=Basic dXNlcjpwYXNz")
		out, err := cmd.CombinedOutput()
		want := 1
		if strings.Contains(match[1], "--fail-on never") {
			want = 0
		}
		if status := cmd.ProcessState.ExitCode(); status != want || tokenIn(string(out)) != "" {
			t.Errorf("qasleaks %s: %v, want status %d:\n%s", match[1], err, want, out)
		}
		if found := regexp.MustCompile(`(\d+) (key|finding)s?\b`).FindStringSubmatch(string(out)); found == nil || found[1] != fmt.Sprint(keys) {
			t.Errorf("qasleaks %s: does not find %d keys:\n%s", match[1], keys, out)
		}
	}
	if len(commands) < 9 || !authorized {
		t.Errorf("%d commands are documented, and the header was sent: %v", len(commands), authorized)
	}
	testDocumentedWorkflow(t, page)
}

// TestNoKeyEscapesFromSite scans a site that puts keys into everything that a report shows.
func TestNoKeyEscapesFromSite(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Go on Linux reads SSL_CERT_FILE")
	}
	moved, named, query, mapped, header := tenantKey(1), tenantKey(2), tenantKey(3), tenantKey(4), tenantKey(5)
	s, err := fakeapi.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			fmt.Fprintf(w, `<html><script src="/moved.js"></script><script src="/%s/a.js?%[2]s=%[2]s"></script><script src=/b.js></script>%[3]s`, named, query, r.Header.Get("X-Preview"))
		case "/moved.js":
			http.Redirect(w, r, "/"+moved+"/gone.js?token="+moved, http.StatusFound)
		case "/b.js":
			fmt.Fprintf(w, "x(%q)\n//# sourceMappingURL=b.js.map", query)
		case "/b.js.map":
			fmt.Fprintf(w, `{"version":3,"sources":["src/%s.js"],"mappings":"AAAA"}`, mapped)
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dir := t.TempDir()
	place(t, dir, "ca.pem", string(s.CA))
	for _, format := range []string{"text", "json", "jsonl", "sarif", "gitlab", "junit", "markdown", "html", "github"} {
		for _, url := range []string{"https://" + s.Address, "https://" + s.Address + "/" + moved} {
			cmd := exec.Command("qasleaks", "site", url, "--allow-host", s.Address, "--ignore-robots", "--header", "X-Preview=PREVIEW", "--format", format)
			cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem"), "PREVIEW=ApiKey "+header, "GODEBUG=http2debug=2")
			out, err := cmd.CombinedOutput()
			if form := tokenIn(string(out)); form != "" {
				t.Errorf("%s: shows the token as %s:\n%s", format, form, out)
			}
			if status := cmd.ProcessState.ExitCode(); status != 1 && !strings.HasSuffix(url, moved) || status != 2 && strings.HasSuffix(url, moved) {
				t.Errorf("%s: %v: %s", format, err, out)
			}
		}
	}
}

// testDocumentedWorkflow checks the inputs of the action in the workflow of a page.
func testDocumentedWorkflow(t *testing.T, page string) {
	t.Helper()
	type inputs map[string]any
	var action struct{ Inputs inputs }
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, "action.yml"))), &action); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(page, "\n```yml\n")
	text, _, _ = strings.Cut(text, "\n```\n")
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With inputs
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
		t.Fatal(err)
	}
	used := 0
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if !strings.HasPrefix(step.Uses, "qasleaks/qasleaks@") {
				continue
			}
			used++
			for name := range step.With {
				if _, ok := action.Inputs[name]; !ok {
					t.Errorf("the action has no input %s", name)
				}
			}
		}
	}
	if used != 1 {
		t.Errorf("the workflow uses the action %d times", used)
	}
}

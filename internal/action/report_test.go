package action

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner"
)

func TestLive(t *testing.T) {
	findings := []scanner.Finding{
		{Liveness: scanner.Liveness{State: scanner.Live}},
		{Liveness: scanner.Liveness{State: scanner.Restricted}},
		{Liveness: scanner.Liveness{State: scanner.Live}, Suppressed: &scanner.Suppression{By: "inline"}},
		{Liveness: scanner.Liveness{State: scanner.Invalid}},
		{Liveness: scanner.Liveness{State: scanner.Unknown}},
	}
	if got := live(findings); got != 2 {
		t.Errorf("%d are live, want 2", got)
	}
}

// An error can contain text of others. It is neither a workflow command of its own nor
// markup.
func TestFailIsEscaped(t *testing.T) {
	dir := t.TempDir()
	summary, output := filepath.Join(dir, "summary"), filepath.Join(dir, "output")
	var log bytes.Buffer
	a := &Action{Stdout: &log, Getenv: func(name string) string {
		return map[string]string{"GITHUB_STEP_SUMMARY": summary, "GITHUB_OUTPUT": output}[name]
	}}
	if err := a.Fail(2, "open 100%\n::error::<b>@all [x](y)|*\x1b[2J", "do this"); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "::error title=qasleaks::open 100%25%0A") || !strings.HasSuffix(got, "%0Ado this\n") || strings.Contains(got, "\x1b") {
		t.Errorf("the log is %q", got)
	}
	text, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); !strings.HasPrefix(got, "**Nothing was scanned.** open 100") || !strings.HasSuffix(got, "<br>do this\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("the summary is %q", got)
	}
	for _, markup := range []string{"<b>", "@all", "[x]", "|*", "\x1b"} {
		if strings.Contains(string(text), markup) {
			t.Errorf("the summary has %q as markup: %q", markup, text)
		}
	}
	want := "findings=0\nlive=0\nsarif-file=\nexit-code=2\nupload=false\n"
	if got, err := os.ReadFile(output); err != nil || string(got) != want {
		t.Errorf("the outputs are %q, %v; want %q", got, err, want)
	}
}

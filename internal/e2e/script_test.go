package e2e

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/internal/tooltest"
)

// TestScript runs testdata/script, the specification of the command line. In the
// files of a script {{key 1}} and the like stand for synthetic keys, as
// [keytest.Expand] knows them; $KEY1 is {{key 1}},
// $TENANT1 its tenant. Besides the commands of
// testscript there are:
//
//	exits STATUS COMMAND…     run it, and check its exit status and that it showed no token
//	base64 FILE               encode the content of a file in place
//	overwrite GLOB AT TEXT    write TEXT into a file, AT bytes from its start
//	mode OCTAL FILE           check the permissions of a file
//	serve DIRECTORY           serve files over TLS at $SITE, whose host is $SITE_HOST
//	fakeapi N=STATE…          serve QA Sphere's API at $API, as startAPI says
//	heard N                   check that it got N requests, with keys only where they belong
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(root, "testdata", "script"),
		Setup:               setupScript,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"base64":    encodeBase64,
			"overwrite": overwrite,
			"mode":      checkMode,
			"serve":     serve,
			"fakeapi":   startAPI,
			"heard":     heard,
		},
		Condition: func(condition string) (bool, error) {
			if condition == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
	})
}

// TestScriptTools shows which programs are missing that scripts skip without: each of
// its subtests is then skipped, and fails in CI.
func TestScriptTools(t *testing.T) {
	tools := []string{"git"}
	if runtime.GOOS != "windows" {
		tools = append(tools, "sh", "tar", "zip", "gzip", "mkfifo")
	}
	for _, tool := range tools {
		t.Run(tool, func(t *testing.T) { tooltest.Path(t, tool) })
	}
}

func setupScript(env *testscript.Env) error {
	env.Setenv("KEY1", keytest.Key(1, keytest.Made))
	env.Setenv("TENANT1", keytest.TenantID(1))
	env.Setenv("NO_COLOR", "")
	env.Values[apiOfScript{}] = new(servedAPI)
	env.Setenv("TERM", "xterm")
	for key, value := range gitEnvironment(env.WorkDir) {
		env.Setenv(key, value)
	}
	return filepath.WalkDir(env.WorkDir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(name, []byte(keytest.Expand(string(content))), 0o644)
	})
}

// gitEnvironment hides the configuration of the machine from git, and fixes names and
// dates.
func gitEnvironment(home string) map[string]string {
	return map[string]string{
		"HOME":                home,
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull,
		"GIT_AUTHOR_NAME": "Ada Author", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "2025-03-01T12:00:00Z",
		"GIT_COMMITTER_NAME": "Cem Committer", "GIT_COMMITTER_EMAIL": "cem@example.com", "GIT_COMMITTER_DATE": "2025-03-01T12:00:00Z",
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
	if slices.Contains(args, "--show-secrets") {
		return
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if shown := tokenIn(ts.ReadFile(stream)); shown != "" {
			ts.Fatalf("%s shows a token, as %s", stream, shown)
		}
	}
}

func encodeBase64(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: base64 FILE")
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(ts.ReadFile(args[0])))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(encoded), 0o644))
}

func overwrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: overwrite GLOB AT TEXT")
	}
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) != 1 {
		ts.Fatalf("%s matches %d files, want 1", args[0], len(names))
	}
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	content, err := os.ReadFile(names[0])
	ts.Check(err)
	copy(content[at:], args[2])
	ts.Check(os.Chmod(names[0], 0o644)) // git writes its objects read-only
	ts.Check(os.WriteFile(names[0], content, 0o644))
}

func checkMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

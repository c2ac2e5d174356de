// Package gittest creates repositories for tests with the installed git. They do not
// depend on the configuration or the clock of the machine.
package gittest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/tooltest"
)

// Repo is a repository in its own directory, which is removed when its test ends.
type Repo struct {
	// Dir is the working tree, or the repository itself if it is bare.
	Dir string

	t     testing.TB
	clock *time.Time
}

// Start is the date of the first command on a new repository.
var Start = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// Step is the time by which the date advances with each command.
const Step = time.Minute

// New returns an empty repository whose branch is main. Further arguments go to
// git init: "--bare", "--object-format=sha256". The test is skipped if git does not
// know them, or is not installed ([tooltest.Path]).
func New(t testing.TB, args ...string) *Repo {
	t.Helper()
	tooltest.Path(t, "git")
	clock := Start
	r := &Repo{Dir: filepath.Join(t.TempDir(), "repo"), t: t, clock: &clock}
	if err := os.Mkdir(r.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Try(append([]string{"init", "-q", "-b", "main"}, args...)...); err != nil {
		if len(args) == 0 {
			t.Fatal(err)
		}
		t.Skipf("NOT RUN: the installed git is too old: %v", err)
	}
	return r
}

// Checkout returns a new repository with the files of another one that git tracks, or
// would track. They are not committed. The test is skipped if from is not in a
// repository.
func Checkout(t testing.TB, from string) *Repo {
	t.Helper()
	r := New(t)
	list := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	list.Dir = from
	names, err := list.Output()
	if err != nil {
		t.Skipf("%s is not in a git repository", from)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		source := filepath.Join(from, filepath.FromSlash(name))
		info, err := os.Stat(source)
		if err != nil {
			continue // deleted, but not yet in the index
		}
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		r.Write(name, string(content))
		if err := os.Chmod(r.Path(name), info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// At returns a Repo for another directory, such as a clone or a linked working tree. The
// two share their dates.
func (r *Repo) At(dir string) *Repo {
	return &Repo{Dir: dir, t: r.t, clock: r.clock}
}

// Clone clones the repository into a new directory, through a file:// URL, so that
// "--depth" and "--filter" work.
func (r *Repo) Clone(args ...string) *Repo {
	r.t.Helper()
	dir := filepath.Join(r.t.TempDir(), "clone")
	url := "file://" + filepath.ToSlash(r.Dir)
	r.Git(append(append([]string{"clone", "-q"}, args...), url, dir)...)
	return r.At(dir)
}

// Git runs git in the repository and returns its output without the final newline. The
// test fails if git fails.
func (r *Repo) Git(args ...string) string {
	r.t.Helper()
	out, err := r.Try(args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Need runs git like Git, but skips the test if git fails: for commands that older
// versions do not have.
func (r *Repo) Need(args ...string) string {
	r.t.Helper()
	out, err := r.Try(args...)
	if err != nil {
		r.t.Skipf("NOT RUN: the installed git is too old: %v", err)
	}
	return out
}

// Try runs git like Git, and returns an error if git fails.
func (r *Repo) Try(args ...string) (string, error) {
	return r.run(nil, args...)
}

// Feed runs git like Git, with stdin as its standard input.
func (r *Repo) Feed(stdin string, args ...string) string {
	r.t.Helper()
	out, err := r.run(strings.NewReader(stdin), args...)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *Repo) run(stdin *strings.Reader, args ...string) (string, error) {
	date := r.clock.Format(time.RFC3339)
	*r.clock = r.clock.Add(Step)
	cmd := exec.Command("git", args...)
	cmd.Dir = r.Dir
	if stdin != nil {
		cmd.Stdin = stdin
	}
	cmd.Env = append(environ(),
		"HOME="+r.Dir, "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_CONFIG_COUNT=3",
		"GIT_CONFIG_KEY_0=protocol.file.allow", "GIT_CONFIG_VALUE_0=always",
		"GIT_CONFIG_KEY_1=gc.auto", "GIT_CONFIG_VALUE_1=0",
		"GIT_CONFIG_KEY_2=advice.detachedHead", "GIT_CONFIG_VALUE_2=false",
		"GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=true",
		"GIT_AUTHOR_NAME=Ada Author", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=Cem Committer", "GIT_COMMITTER_EMAIL=cem@example.com", "GIT_COMMITTER_DATE="+date,
	)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// environ returns the environment without the variables of git: tests may run in a
// hook.
func environ() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			env = append(env, v)
		}
	}
	return env
}

// Path returns the path of a file of the working tree.
func (r *Repo) Path(name string) string {
	return filepath.Join(r.Dir, filepath.FromSlash(name))
}

// Write writes a file of the working tree, and creates its directory.
func (r *Repo) Write(name, content string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.Path(name)), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.Path(name), []byte(content), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

// Remove deletes a file of the working tree.
func (r *Repo) Remove(name string) {
	r.t.Helper()
	if err := os.Remove(r.Path(name)); err != nil {
		r.t.Fatal(err)
	}
}

// Commit commits everything in the working tree and returns the ID of the commit.
func (r *Repo) Commit(message string) string {
	r.t.Helper()
	r.Git("add", "-A")
	r.Git("commit", "-q", "--allow-empty", "-m", message)
	return r.ID("HEAD")
}

// Blob stores an unreachable blob and returns its ID.
func (r *Repo) Blob(content string) string {
	r.t.Helper()
	return r.Feed(content, "hash-object", "-w", "--stdin")
}

// ID returns the object ID of a revision.
func (r *Repo) ID(revision string) string {
	r.t.Helper()
	return r.Git("rev-parse", "--verify", "-q", revision)
}

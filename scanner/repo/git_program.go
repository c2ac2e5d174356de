package repo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// runGit runs the git program on the repository in gitDir and returns its output. It
// is used where only git can read the repository; ordinary repositories do not need
// it.
//
// The repository may be hostile, and its configuration can make git run programs.
// Therefore everything that does is turned off: the file system monitor, hooks,
// pagers, signature checks, and fetching of missing objects in a partial clone (by
// forbidding all transports, since git before 2.45 ignores GIT_NO_LAZY_FETCH).
// Callers must avoid commands that diff, log or convert text.
func runGit(ctx context.Context, gitDir string, args ...string) ([]byte, error) {
	return runGitIn(ctx, gitEnviron(), gitDir, args...)
}

// git runs the git program on the repository, including objects in quarantine.
func (r *Repository) git(ctx context.Context, args ...string) ([]byte, error) {
	return runGitIn(ctx, append(gitEnviron(), r.environ...), r.GitDir, args...)
}

func runGitIn(ctx context.Context, environ []string, gitDir string, args ...string) ([]byte, error) {
	cmd := gitCommand(ctx, environ, append([]string{"--git-dir=" + gitDir}, args...)...)
	out, err := outputOf(ctx, cmd, args[0])
	var known *hint.Error
	if errors.As(err, &known) && known.Hint == "" {
		known.Hint = "see whether a newer git can read the repository: git --git-dir=" + gitDir + " for-each-ref"
	}
	return out, err
}

// gitCommand returns a git command that runs no other program, with the environment.
func gitCommand(ctx context.Context, environ []string, args ...string) *exec.Cmd {
	options := []string{
		"--no-pager",
		"-c", "core.fsmonitor=false",
		"-c", "core.hooksPath=" + os.DevNull,
		"-c", "log.showSignature=false",
	}
	cmd := exec.CommandContext(ctx, "git", append(options, args...)...)
	cmd.WaitDelay = time.Second // of a program that git has started and that holds its output
	cmd.Env = append(slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, "GIT_TRACE") }),
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_ALLOW_PROTOCOL=none",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_TERMINAL_PROMPT=0",
		"LC_ALL=C",
	)
	return cmd
}

// outputOf runs a git command and returns its output, or an [*hint.Error] with the
// error message. The hint is empty unless the error is one of those known here.
func outputOf(ctx context.Context, cmd *exec.Cmd, what string) ([]byte, error) {
	out, _, err := outputs(ctx, cmd, what)
	return out, err
}

// outputs does the same as outputOf, and also returns the warnings of a successful
// command.
func outputs(ctx context.Context, cmd *exec.Cmd, what string) (out []byte, warnings string, err error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	late := time.AfterFunc(timeLimit, func() { _ = cmd.Cancel() })
	out, err = cmd.Output()
	inTime := late.Stop()
	switch {
	case err == nil:
		return out, stderr.String(), nil
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case !inTime:
		return nil, "", &hint.Error{Err: fmt.Errorf("run git %s: it did not end in %d minutes", what, timeLimit/time.Minute)}
	case errors.Is(err, exec.ErrNotFound):
		return nil, "", &hint.Error{
			Err:  fmt.Errorf("run git %s: %w", what, errNoGit),
			Hint: "install git (git-scm.com), or add its folder to the PATH",
		}
	}
	message, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	if strings.Contains(message, "dubious ownership") {
		return nil, "", &hint.Error{
			Err:  fmt.Errorf("run git %s: %w", what, errOwnership),
			Hint: "if you trust the repository: git config --global --add safe.directory PATH",
		}
	}
	return nil, "", &hint.Error{Err: fmt.Errorf("run git %s: %w: %s", what, err, message)}
}

var errNoGit = errors.New("git is not installed, or not in the PATH")

// errOwnership says that git refuses a repository because of its owner:
// safe.directory in git-config(1).
var errOwnership = errors.New("the repository belongs to another user")

// timeLimit ends a git command that waits forever in a hostile repository, for
// example for a FIFO in place of a .gitignore file.
var timeLimit = 5 * time.Minute

// gitEnviron returns the environment without the variables that make git use another
// repository than the given one. git sets them for hooks.
func gitEnviron() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX",
			"GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
			"GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE":
			return true
		}
		return false
	})
}

// HooksDir returns the directory in which git looks for hooks of the repository that
// contains dir. The directory may not exist yet.
func HooksDir(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "--git-path", "hooks")
	cmd.Env = hookEnviron(dir)
	out, err := outputOf(ctx, cmd, "rev-parse")
	var failed *hint.Error
	if errors.As(err, &failed) {
		return "", &hint.Error{Err: fmt.Errorf("find the hooks directory of %s: %w", dir, failed.Err), Hint: cmp.Or(failed.Hint, "change to the work tree of a git repository")}
	}
	hooks := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if !filepath.IsAbs(hooks) {
		hooks = filepath.Join(dir, hooks)
	}
	return hooks, err
}

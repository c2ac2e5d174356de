package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// repository is a git repository that is written with the git program, without the
// configuration of the machine.
type repository struct{ dir string }

func initRepository(ctx context.Context, dir string) (*repository, error) {
	r := &repository{dir}
	if err := r.git(ctx, nil, "init", "--quiet", "--template="); err != nil {
		return nil, err
	}
	return r, r.git(ctx, nil, "symbolic-ref", "HEAD", "refs/heads/main")
}

// commit makes one commit of a change.
func (r *repository) commit(ctx context.Context, c change) error {
	for name, content := range c.files {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("make demo: %w", err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return fmt.Errorf("make demo: %w", err)
		}
	}
	for _, name := range c.deleted {
		if err := os.Remove(filepath.Join(r.dir, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("make demo: %w", err)
		}
	}
	if err := r.git(ctx, nil, "add", "--all"); err != nil {
		return err
	}
	name, email, _ := strings.Cut(strings.TrimSuffix(c.author, ">"), " <")
	date := c.date.Format(time.RFC3339)
	identity := []string{
		"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + email, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + email, "GIT_COMMITTER_DATE=" + date,
	}
	return r.git(ctx, identity, "commit", "--quiet", "--message", c.summary)
}

func (r *repository) git(ctx context.Context, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(isolated(os.Environ(), r.dir), env...)
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return hint.New("install git (git-scm.com); scanning does not need it", "the demo needs git, which is not installed")
	case err != nil:
		return fmt.Errorf("make demo: git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// isolated returns the environment without the variables that git reads.
func isolated(environ []string, home string) []string {
	var env []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "GIT_") {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+home, "XDG_CONFIG_HOME="+home, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
}

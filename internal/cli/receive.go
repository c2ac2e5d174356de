package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/githook"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// defaultTimeLimit is how long a push is scanned unless --time-limit says otherwise.
const defaultTimeLimit = time.Minute

// receiveFlags are for the pre-receive hook.
func receiveFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "time-limit", Category: limits, Usage: "in the hook pre-receive, reject a push that is not scanned within `TIME`", Value: defaultTimeLimit},
		{Name: "allow-skip", Value: "", Category: exitStatus, Usage: "in the hook pre-receive, accept pushes with -o qasleaks.skip=REASON, and append each of them to the log `FILE`"},
	}
}

// without refuses flags with a hook that does not have them.
func without(c *cmdline.Context, hook string, flags []*cmdline.Flag) error {
	for _, flag := range flags {
		if name := flag.Name; c.IsSet(name) {
			return hint.New("remove it", "--%s has no effect with the hook %s", name, hook)
		}
	}
	return nil
}

// beforeReceive scans what a push adds to a server. git shows what it prints to the
// person who pushes. Every failure rejects the push.
func (s *session) beforeReceive(c *cmdline.Context, args []string) error {
	if err := without(c, githook.PreReceive, agentFlags()); err != nil {
		return err
	}
	status, err := s.received(c, args)
	if err != nil && c.Context.Err() == nil {
		text, advice := masked(err)
		s.tell("qasleaks: the push is rejected: it was not scanned.", text)
		if advice != "" {
			s.tell("hint: " + advice)
		}
		status, err = statusUsage, nil
	}
	s.status = status
	return err
}

func (s *session) received(c *cmdline.Context, args []string) (status int, err error) {
	if len(args) > 0 {
		return 0, hint.New("git passes none to it", "the %s hook has no arguments", githook.PreReceive)
	}
	limit := c.Duration("time-limit")
	if limit <= 0 {
		return 0, hint.New("for example 30s", "invalid value %s for --time-limit", limit)
	}
	r, err := s.request(c, nil)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(c.Context, limit)
	defer cancel()
	p, err := r.Resolve(ctx)
	if err != nil {
		return 0, err
	}
	if p.Options.Push, err = repo.ParseReceived(s.stdin); err != nil {
		return 0, &hint.Error{Err: err, Hint: "git writes them to the pre-receive hook"}
	}
	if len(p.Options.Push.Local) == 0 {
		return plan.Clean, nil
	}
	if skipped, err := s.skipped(c.String("allow-skip"), p.Options.Push); skipped || err != nil {
		return plan.Clean, err
	}
	result, err := scanner.Scan(ctx, p.Targets, p.Options)
	if err == nil {
		status, err = p.Finish(ctx, result)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded) && c.Context.Err() == nil:
		s.tell(fmt.Sprintf("qasleaks: the push is rejected: it was not scanned within %s.", limit),
			"Push fewer commits at a time, or ask the administrator of the server for a higher --time-limit.")
		return plan.Incomplete, nil
	case err != nil:
		return 0, err
	}
	if !c.Bool("quiet") || status != plan.Clean {
		s.tellResult(result, p.FailOn, status)
	}
	return status, nil
}

// skipOption is what the user of git push writes to skip the scan.
const skipOption = "qasleaks.skip"

// skipped reports whether the push asks not to be scanned and may do so, and logs it.
// git passes the options of a push in the environment (githooks(5), "pre-receive").
func (s *session) skipped(log string, push *repo.Push) (bool, error) {
	n, _ := strconv.Atoi(s.getenv("GIT_PUSH_OPTION_COUNT"))
	for i := range n {
		name, reason, _ := strings.Cut(s.getenv("GIT_PUSH_OPTION_"+strconv.Itoa(i)), "=")
		if name != skipOption {
			continue
		}
		reason = strings.TrimSpace(reason)
		switch {
		case log == "":
			s.tell("qasleaks: this server does not allow " + skipOption + ": the push is scanned.")
			return false, nil
		case reason == "":
			return false, hint.New("git push -o "+skipOption+"=REASON", "%s needs a reason", skipOption)
		}
		if err := s.logSkip(log, hide(reason), push); err != nil {
			return false, err
		}
		s.tell("qasleaks: the push is not scanned. The reason is in the log of the server.")
		return true, nil
	}
	return false, nil
}

// pushers are the variables in which servers name the person who pushes: GitLab, Gitea
// and Forgejo, GitHub Enterprise Server, Bitbucket, git over HTTP, and ssh.
var pushers = []string{"GL_USERNAME", "GITEA_PUSHER_NAME", "GITHUB_USER_LOGIN", "BB_USER_NAME", "REMOTE_USER", "USER"}

// logSkip appends a line of JSON to the log.
func (s *session) logSkip(log, reason string, push *repo.Push) error {
	entry := struct {
		Time       time.Time `json:"time"`
		User       string    `json:"user"`
		Repository string    `json:"repository"`
		New        []string  `json:"new"`
		Reason     string    `json:"reason"`
	}{Time: time.Now().UTC(), New: push.Local, Reason: reason}
	for _, name := range pushers {
		if entry.User = s.getenv(name); entry.User != "" {
			break
		}
	}
	var err error
	if entry.Repository, err = os.Getwd(); err != nil {
		return fmt.Errorf("log the skipped push: %w", err)
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("log the skipped push: %w", err)
	}
	file, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log the skipped push: %w", err)
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		file.Close()
		return fmt.Errorf("log the skipped push: %w", err)
	}
	return file.Close()
}

package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// hooks are those of git that can keep a key from spreading, each with what it
// scans (githooks(5)).
var hooks = []string{"pre-commit", "commit-msg", "pre-push"}

var hookActions = []string{"install", "uninstall", "status", "run"}

func (s *session) hookCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "hook",
		Usage:     "have git scan before each commit and push",
		ArgsUsage: "install|uninstall|status|run [HOOK…]",
		Description: "install    make git run qasleaks, after the hooks that are there\n" +
			"uninstall  undo that, exactly\n" +
			"status     tell which hooks are installed\n" +
			"run HOOK   do what the hook does, with the arguments that git gives it\n\n" +
			"A HOOK is pre-commit, which scans what is staged, commit-msg, which scans the\n" +
			"message, or pre-push, which scans what the remote lacks; the default is all.",
		Flags: append([]cli.Flag{
			baselineFlag(),
			&cli.StringFlag{Name: "fail-on", Usage: "exit with 1 for findings of `SEVERITY` and above: error, warning, note, never", Value: rules.Error.String()},
			noColorFlag(),
		}, judgeFlags()...),
		Action: func(c *cli.Context) error {
			switch action, rest := c.Args().First(), c.Args().Tail(); action {
			case "install":
				return s.eachHook(c, rest, install)
			case "uninstall":
				return s.eachHook(c, rest, uninstall)
			case "status":
				return s.eachHook(c, rest, status)
			case "run":
				return s.runHook(c, rest)
			default:
				return unknownWord("hook", "action", action, hookActions)
			}
		},
	})
}

// runHook scans what a hook is about; args are the name of the hook and what git
// gives it.
func (s *session) runHook(c *cli.Context, args []string) error {
	var hook string
	if len(args) > 0 {
		hook, args = args[0], args[1:]
	}
	if !slices.Contains(hooks, hook) {
		return unknownWord("hook", "hook", hook, hooks)
	}
	p, err := s.plan(c, nil, nil)
	if err != nil {
		return err
	}
	switch hook {
	case "pre-commit":
		err = s.beforeCommit(c, &p)
	case "commit-msg":
		err = s.beforeMessage(&p, args)
	case "pre-push":
		err = s.beforePush(&p, args)
	}
	if err != nil {
		return err
	}
	s.status, err = s.scan(c.Context, p)
	return err
}

// beforeCommit scans what is staged. The pre-commit framework also runs its hooks
// for all files and for a range, of which it tells in the environment alone.
func (s *session) beforeCommit(c *cli.Context, p *plan) (err error) {
	from, to := s.getenv("PRE_COMMIT_FROM_REF"), s.getenv("PRE_COMMIT_TO_REF")
	if from != "" && to != "" {
		p.options.Range, err = scanner.ParseRange(from + ".." + to)
		return err
	}
	p.options.Staged = true
	if s.getenv("PRE_COMMIT") == "" {
		return nil
	}
	empty, err := scanner.NothingStaged(c.Context, p.targets[0])
	if empty {
		p.options.Staged, p.options.NoHistory = false, true
		p.remarks = append(p.remarks, "nothing is staged, so the files of the work tree were scanned")
	}
	return err
}

// scissors is the line below which git drops what a message's editor showed, such
// as the changes that git commit -v adds (git-commit(1), --cleanup=scissors).
var scissors = regexp.MustCompile(`(?m)^. -{24} >8 -{24}$`)

// beforeMessage scans the message in a file.
func (s *session) beforeMessage(p *plan, args []string) error {
	if len(args) != 1 {
		return hint.New("git gives it to the commit-msg hook", "expected the file of the commit message")
	}
	message, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read commit message: %w", err)
	}
	if cut := scissors.FindIndex(message); cut != nil {
		message = message[:cut[0]]
	}
	p.targets, p.options.StdinName = []string{"-"}, "commit message"
	p.options.Stdin = bytes.NewReader(message)
	return nil
}

// beforePush scans what the remote lacks; args are its name and its URL. The
// pre-commit framework tells what it was told by git in the environment.
func (s *session) beforePush(p *plan, args []string) (err error) {
	push := &scanner.Push{Remote: s.getenv("PRE_COMMIT_REMOTE_NAME")}
	switch {
	case push.Remote != "":
		push.Local = []string{"HEAD"}
		for _, name := range []string{"PRE_COMMIT_LOCAL_BRANCH", "PRE_COMMIT_TO_REF"} {
			if value := s.getenv(name); value != "" && !strings.HasPrefix(value, "-") {
				push.Local[0] = value
			}
		}
	case len(args) == 0 || len(args) > 2:
		return hint.New("git gives them to the pre-push hook", "expected the name of the remote, and its URL")
	default:
		if push, err = scanner.ParsePush(args[0], s.stdin); err != nil {
			return &hint.Error{Err: err, Hint: "git writes it to the pre-push hook"}
		}
	}
	if len(push.Local) == 0 {
		p.remarks = append(p.remarks, "nothing but deletions is pushed, so nothing was scanned")
	}
	p.options.Push = push
	return nil
}

package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/githook"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

var hookActions = []string{"install", "uninstall", "status", "run"}

func (s *session) hookCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "hook",
		Usage:     "scan before each commit and push",
		ArgsUsage: strings.Join(hookActions, "|") + " [HOOK…]",
		Description: "install    install git hooks; existing hooks are kept and run first\n" +
			"uninstall  remove them and restore the previous hooks\n" +
			"status     print which hooks are installed\n" +
			"run HOOK   run a hook, with the arguments that git passes to it\n\n" +
			"A HOOK is pre-commit, which scans staged changes, commit-msg, which scans the commit " +
			"message, or pre-push, which scans the commits that the remote does not have. The " +
			"default is all three. On a git server, it is pre-receive, which scans what a push adds. " +
			"A coding assistant runs the hook agent, which stops keys in prompts and tools.",
		Flags: slices.Concat(ruleFlags(), []*cmdline.Flag{colorFlag(), quietFlag()}, statusFlags(), receiveFlags(), agentFlags(), limitFlags()),
		Action: func(c *cmdline.Context) error {
			action, rest := c.Args().First(), c.Args().Tail()
			if c.IsSet("agent") && action != "run" {
				return s.agentSettings(c, action, rest)
			}
			switch action {
			case "install":
				program, err := githook.Program()
				if err != nil {
					return err
				}
				return s.eachHook(c, rest, func(h githook.Hook) (string, error) { return h.Install(program) })
			case "uninstall":
				return s.eachHook(c, rest, githook.Hook.Uninstall)
			case "status":
				return s.eachHook(c, rest, githook.Hook.Status)
			case "run":
				return s.runHook(c, rest)
			}
			return unknownWord("hook", "action", action, hookActions)
		},
	}
}

// eachHook calls do for each hook that is named, or for all, and prints what it
// returns.
func (s *session) eachHook(c *cmdline.Context, names []string, do func(githook.Hook) (string, error)) error {
	for _, name := range names {
		if !slices.Contains(githook.Names, name) {
			return unknownWord("hook", "hook", name, githook.Names)
		}
	}
	if len(names) == 0 {
		names = githook.ForClones
	}
	dir, err := repo.HooksDir(c.Context, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		h := githook.In(dir, name)
		done, err := do(h)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.stdout, "%s: %s\n", filepath.ToSlash(h.File), done); err != nil {
			return err
		}
	}
	return nil
}

// runHook scans what a hook is for; args are the name of the hook and what git passes
// to it.
func (s *session) runHook(c *cmdline.Context, args []string) error {
	var hook string
	if len(args) > 0 {
		hook, args = args[0], args[1:]
	}
	if hook == agentHook {
		return s.beforeAgent(c, args)
	}
	if !slices.Contains(githook.Names, hook) {
		return unknownWord("hook", "hook", hook, append(slices.Clip(githook.Names), agentHook))
	}
	if hook == githook.PreReceive {
		return s.beforeReceive(c, args)
	}
	if err := without(c, hook, append(receiveFlags(), agentFlags()...)); err != nil {
		return err
	}
	r, err := s.request(c, nil)
	if err != nil {
		return err
	}
	p, err := r.Resolve(c.Context)
	if err != nil {
		return err
	}
	p.Notes = nil // each commit would repeat what the configuration says
	out, err := s.output(c, nil)
	if err != nil {
		return err
	}
	out.reports[0].format.Write = report.Hook
	switch hook {
	case "pre-commit":
		err = s.beforeCommit(c, &p, &out)
	case "commit-msg":
		err = s.beforeMessage(&p, &out, args)
	case "pre-push":
		out.moment = report.BeforePush
		err = s.beforePush(&p, args)
	}
	if err != nil {
		return err
	}
	s.status, err = s.scan(c.Context, p, out)
	return err
}

// beforeCommit scans staged changes. The pre-commit framework also runs its hooks for
// all files or for a range, and says so only in the environment.
func (s *session) beforeCommit(c *cmdline.Context, p *plan.Plan, out *output) (err error) {
	from, to := s.getenv("PRE_COMMIT_FROM_REF"), s.getenv("PRE_COMMIT_TO_REF")
	if from != "" && to != "" {
		p.Options.Range, err = repo.ParseRange(from + ".." + to)
		return err
	}
	p.Options.Staged, out.moment = true, report.BeforeCommit
	if s.getenv("PRE_COMMIT") == "" {
		return nil
	}
	empty, err := repo.NothingStaged(c.Context, p.Targets[0])
	if empty {
		p.Options.Staged, p.Options.NoHistory, out.moment = false, true, report.AnyTime
		p.Notes = append(p.Notes, "there are no staged changes, so the files of the working tree were scanned")
	}
	return err
}

// scissors is the line below which git drops what it showed in the editor, such as the
// changes that git commit -v adds (git-commit(1), --cleanup=scissors).
var scissors = regexp.MustCompile(`(?m)^. -{24} >8 -{24}$`)

// remarks are the lines that git drops from a message that was edited. Among them are
// the summaries of other commits during a rebase.
var remarks = regexp.MustCompile(`(?m)^#.*$`)

// beforeMessage scans the commit message in a file.
func (s *session) beforeMessage(p *plan.Plan, out *output, args []string) error {
	if len(args) != 1 {
		return hint.New("git passes it to the commit-msg hook", "expected the file of the commit message")
	}
	message, err := os.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read commit message: %w", err)
	}
	if cut := scissors.FindIndex(message); cut != nil {
		message = message[:cut[0]]
	}
	if s.getenv("GIT_EDITOR") != ":" { // which git sets for a message that is not edited
		message = remarks.ReplaceAll(message, nil)
	}
	out.moment, out.messageFile = report.BeforeMessage, args[0]
	if s.getenv("GIT_PREFIX") != "" { // git was started in a subfolder; the hook runs in the root
		if out.messageFile, err = filepath.Abs(args[0]); err != nil {
			return fmt.Errorf("find commit message: %w", err)
		}
	}
	p.Targets, p.Options.StdinName = []string{"-"}, "commit message"
	p.Options.Stdin = bytes.NewReader(message)
	return nil
}

// beforePush scans the commits that the remote does not have; args are its name and
// its URL. The pre-commit framework passes on in the environment what git says.
func (s *session) beforePush(p *plan.Plan, args []string) (err error) {
	push := &repo.Push{Remote: s.getenv("PRE_COMMIT_REMOTE_NAME")}
	switch {
	case push.Remote != "":
		push.Local = []string{"HEAD"}
		for _, name := range []string{"PRE_COMMIT_LOCAL_BRANCH", "PRE_COMMIT_TO_REF"} {
			if value := s.getenv(name); value != "" && !strings.HasPrefix(value, "-") {
				push.Local[0] = value
			}
		}
	case len(args) == 0 || len(args) > 2:
		return hint.New("git passes them to the pre-push hook", "expected the name of the remote and its URL")
	default:
		if push, err = repo.ParsePush(args[0], s.stdin); err != nil {
			return &hint.Error{Err: err, Hint: "git writes them to the pre-push hook"}
		}
	}
	p.Options.Push = push
	return nil
}

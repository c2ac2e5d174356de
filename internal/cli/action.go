package cli

import (
	"github.com/qasleaks/qasleaks/internal/action"
	"github.com/qasleaks/qasleaks/internal/cmdline"
)

// actionCommand is what action.yml runs.
func (s *session) actionCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:   "github-action",
		Usage:  "scan as the GitHub Action of this repository",
		Hidden: true,
		Action: func(c *cmdline.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			a := action.Action{Getenv: s.getenv, Stdout: s.stdout, Version: version()}
			status, err := a.Run(c.Context)
			if err == nil || c.Context.Err() != nil {
				s.status = status
				return err
			}
			s.status = statusUsage
			text, advice := masked(err)
			return a.Fail(statusUsage, text, advice)
		},
	}
}

package cli

import (
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

func (s *session) scanCommand() *cmdline.Command {
	given := new(ordered)
	return &cmdline.Command{
		Name:      "scan",
		Usage:     "scan files and the whole history of git repositories",
		ArgsUsage: "[TARGET…]",
		Description: "A target is a directory, a file, a git repository (working tree, bare, or a .git " +
			"directory), or - for standard input. The default is the current directory.\n\n" +
			"Exit status: 1 if there are findings at or above --fail-on; else 3 if something " +
			"could not be read; else 0. 2 for wrong usage or configuration; 130 if interrupted.",
		Flags: slices.Concat(
			[]*cmdline.Flag{stagedFlag(), allFilesFlag()}, ruleFlags(), manyFlags(),
			wholeHistoryFlags(), partialHistoryFlags(),
			formatFlags(given), []*cmdline.Flag{splitFlag(), githubFlag(), showSecretsFlag(), colorFlag(), quietFlag()},
			statusFlags(), []*cmdline.Flag{trustFlag()},
			verifyFlags(), limitFlags(),
		),
		Action: func(c *cmdline.Context) error {
			r, err := s.request(c, c.Args())
			if err != nil {
				return err
			}
			if isMany(c) {
				s.status, err = s.scanMany(c, r, *given)
				return err
			}
			p, err := r.Resolve(c.Context)
			if err != nil {
				return err
			}
			out, err := s.output(c, *given)
			if err != nil {
				return err
			}
			switch {
			case p.Options.Staged:
				out.moment = report.BeforeCommit
			case len(p.Targets) == 1 && p.Targets[0] == "-":
				out.moment = report.OnInput
			}
			s.status, err = s.scan(c.Context, p, out)
			return err
		},
	}
}

// scan carries out a plan, writes the reports, and returns the exit status. If a
// report cannot be written there is an error as well.
func (s *session) scan(ctx context.Context, p plan.Plan, out output) (int, error) {
	result, err := s.watched(ctx, p, out.quiet)
	if err != nil {
		return statusUsage, err
	}
	return s.finish(ctx, p, out, result)
}

// finish verifies keys if the plan says so, writes the reports, and returns the exit
// status.
func (s *session) finish(ctx context.Context, p plan.Plan, out output, result *scanner.Result) (int, error) {
	status, err := p.Finish(ctx, result)
	if err != nil {
		return statusUsage, err
	}
	if out.shortPaths {
		result.Base = ""
	}
	return status, s.write(out, p.FailOn, result)
}

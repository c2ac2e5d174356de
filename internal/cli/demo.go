package cli

import (
	"errors"
	"fmt"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/demo"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
)

func (s *session) demoCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:  "demo",
		Usage: "create a small repository with leaked keys, scan it and print the report",
		Description: "The keys are synthetic and open nothing. The repository is deleted at the end, " +
			"unless --keep names a directory for it.",
		Flags: []*cmdline.Flag{
			{Name: "keep", Value: "", Category: whatToScan, Usage: "create the repository in `DIR`, which must be new or empty, and keep it"},
			oneFormatFlag(report.Names()), colorFlag(), quietFlag(),
		},
		Action: func(c *cmdline.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return s.demo(c)
		},
	}
}

// demo makes, scans and removes a repository. It is supposed to find keys, so the
// status is then 0, not 1.
func (s *session) demo(c *cmdline.Context) error {
	format, err := report.Lookup(c.String("format"))
	if err != nil {
		return &hint.Error{Err: err, Hint: nearest.Hint(c.String("format"), report.Names())}
	}
	if err := checkColor(c); err != nil {
		return err
	}
	kept, quiet := c.String("keep"), c.Bool("quiet")
	dir, remove, err := demo.Dir(kept)
	if err != nil {
		return err
	}
	defer remove()
	if err := demo.Make(c.Context, dir); err != nil {
		return err
	}
	if !quiet {
		fmt.Fprintf(s.stderr, "Created a repository with %s in %s:\n", plural.Count(len(demo.Leaks), "leaked key"), dir)
		for _, leak := range demo.Leaks {
			fmt.Fprintf(s.stderr, "  %-20s %s\n", leak.Path, leak.What)
		}
		fmt.Fprint(s.stderr, "\nA scan of it finds:\n\n")
	}
	status, err := s.scan(c.Context, plan.Plan{Targets: []string{dir}, FailOn: rules.Error}, output{
		reports: []wanted{{format: format}}, color: s.wantsColor(c), quiet: quiet, shortPaths: kept == "",
	})
	switch {
	case err != nil:
		return err
	case status != plan.Findings:
		return errors.New("the demo did not find the keys it created: this is a bug")
	case quiet:
	case kept == "":
		fmt.Fprintln(s.stderr, "\nThe repository was deleted; \"qasleaks demo --keep DIR\" keeps it in DIR.")
	default:
		fmt.Fprintf(s.stderr, "\nThe repository is in %s; try \"qasleaks scan %s\".\n", kept, kept)
	}
	return nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
)

func (s *session) demoCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "demo",
		Usage: "make a small leaky repository, scan it and show the report",
		Description: "The keys are made up on the spot and open nothing. The repository is removed at\n" +
			"the end unless --keep names a folder for it.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "keep", Usage: "make the repository in `DIR`, new or empty, and leave it there"},
			&cli.StringFlag{Name: "format", Usage: "write the report as `FORMAT`: " + strings.Join(report.Names(), ", "), Value: report.Names()[0]},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing on standard error but errors", DisableDefaultText: true},
			noColorFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return s.demo(c)
		},
	})
}

// demo makes, scans and removes a leaky repository. That it finds keys is its
// point, so the status is 0 where that of a scan would be 1.
func (s *session) demo(c *cli.Context) error {
	format, err := report.Lookup(c.String("format"))
	if err != nil {
		return didYouMean(err, c.String("format"), report.Names())
	}
	dir, remove, err := demoDir(c.String("keep"))
	if err != nil {
		return err
	}
	defer remove()
	leaks, err := makeDemo(c.Context, dir)
	if err != nil {
		return err
	}
	p := plan{
		targets: []string{dir}, failOn: rules.Error, reports: []wanted{{format: format}},
		color: s.wantsColor(c), quiet: c.Bool("quiet"), shortPaths: c.String("keep") == "",
	}
	if !p.quiet {
		fmt.Fprintf(s.stderr, "Made a repository with %s in %s:\n%s\nThis is what a scan of it finds:\n\n",
			counted(len(leaks), "leaked key"), dir, described(leaks))
	}
	status, err := s.scan(c.Context, p)
	if err == nil && status != statusFindings {
		return errors.New("the demo did not find what it had hidden: this is a bug")
	}
	if err == nil && !p.quiet {
		s.closing(c.String("keep"))
	}
	return err
}

func (s *session) closing(kept string) {
	if kept == "" {
		fmt.Fprintln(s.stderr, "\nThe repository is removed; \"qasleaks demo --keep DIR\" leaves it in DIR.")
		return
	}
	fmt.Fprintf(s.stderr, "\nThe repository is in %s; try \"qasleaks scan %s\".\n", kept, kept)
}

// demoDir returns an empty folder for the repository and how to remove it; what
// is kept is not removed.
func demoDir(keep string) (dir string, remove func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "qasleaks-demo-")
		if err != nil {
			return "", nil, fmt.Errorf("make demo: %w", err)
		}
		return dir, func() { os.RemoveAll(dir) }, nil
	}
	entries, err := os.ReadDir(keep)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(keep, 0o755)
	case err == nil && len(entries) > 0:
		return "", nil, hint.New("name a folder that is new or empty", "%s is not empty", keep)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make demo: %w", err)
	}
	return keep, func() {}, nil
}

func described(leaks []leak) string {
	var b strings.Builder
	for _, l := range leaks {
		fmt.Fprintf(&b, "  %-20s %s\n", l.path, l.what)
	}
	return b.String()
}

// makeDemo fills dir with a repository and returns what leaks in it.
func makeDemo(ctx context.Context, dir string) ([]leak, error) {
	repository, err := initRepository(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, commit := range demoHistory() {
		if err := repository.commit(ctx, commit); err != nil {
			return nil, err
		}
	}
	return demoLeaks, nil
}

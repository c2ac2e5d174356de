package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

func stagedFlag() cli.Flag {
	return &cli.BoolFlag{Name: "staged", Usage: "scan what the next commit records, alone", DisableDefaultText: true}
}

// stage has the index scanned. The target becomes the root of the work tree, where
// the configuration is, since a commit is of all of it.
func (p *plan) stage(c *cli.Context) (err error) {
	if !c.Bool("staged") {
		return nil
	}
	for _, other := range []string{"no-history", "history-only", "all-files", "range", "since"} {
		if c.IsSet(other) {
			return hint.New("leave one of them out", "--staged and --%s contradict each other", other)
		}
	}
	if len(p.targets) > 1 {
		return hint.New("name one work tree, or none for that of the working directory", "--staged with %d targets", len(p.targets))
	}
	p.options.Staged = true
	p.targets[0], err = scanner.WorkTree(c.Context, p.targets[0])
	return err
}

package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

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
			return &usageError{fmt.Sprintf("--staged and --%s contradict each other", other), "leave one of them out"}
		}
	}
	if len(p.targets) > 1 {
		return &usageError{fmt.Sprintf("--staged with %d targets", len(p.targets)), "name one work tree, or none for that of the working directory"}
	}
	p.options.Staged = true
	p.targets[0], err = scanner.WorkTree(c.Context, p.targets[0])
	return err
}

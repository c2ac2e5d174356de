package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/rules"
)

func (s *session) rulesCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "rules",
		Usage:     "list the rules, or explain one",
		ArgsUsage: "[RULE]",
		Action: func(c *cmdline.Context) error {
			switch len(c.Args()) {
			case 0:
				return s.listRules()
			case 1:
				return s.explainRule(c.Args().First())
			}
			return hint.New("name one rule, or none to list them", "unexpected argument %q", c.Args().Get(1))
		},
	}
}

func (s *session) listRules() error {
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	for _, r := range rules.All() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", r.ID, r.Severity, r.Title)
	}
	return table.Flush()
}

func (s *session) explainRule(id string) error {
	selected, err := rules.Select([]string{id})
	if err != nil {
		return plan.UnknownRule(err, id)
	}
	r := selected[0]
	_, err = fmt.Fprintf(s.stdout, "%s\n%s, severity %s, confidence %s\n\n%s\n",
		r.Title, r.ID, r.Severity, r.Confidence, strings.TrimSpace(r.Help))
	return err
}

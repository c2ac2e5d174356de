package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify"
)

// verifyFormats are the formats of the answer, the default first.
var verifyFormats = []string{"text", "json", "html"}

func (s *session) verifyCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:  "verify",
		Usage: "ask the QA Sphere API whether keys are live",
		Description: "Keys are read from standard input, one per line. To check a key rotation, they are the " +
			"keys of an old JSON report instead, and --source is the repository that still has them " +
			"in its history.\n\n" +
			"Exit status: 0 if every key is dead; 1 if one is live; else 3: the liveness of a key is " +
			"unknown. 2 for wrong usage, and nothing was asked; 130 if interrupted.",
		Flags: slices.Concat([]*cmdline.Flag{
			{Name: "report", Value: "", Category: whatToScan, Usage: "verify the keys in the JSON report `FILE`"},
			{Name: "source", Value: "", Category: whatToScan, Usage: "scan `PATH` for the keys of the report"},
			{Name: "audit-key-env", Value: "", Category: verification, Usage: "compare the audit log since the first commit of each live key with the time before; the variable `NAME` has the key to read it with"},
			oneFormatFlag(verifyFormats), quietFlag(),
		}, hostFlags()),
		Action: func(c *cmdline.Context) error {
			if len(c.Args()) > 0 {
				return hint.New("write it to standard input: qasleaks verify < FILE",
					"a key is not accepted as an argument: it would stay in the shell history and be visible in the process list")
			}
			return s.verify(c)
		},
	}
}

// verify asks about the keys that the command line names.
func (s *session) verify(c *cmdline.Context) error {
	format := c.String("format")
	if !slices.Contains(verifyFormats, format) {
		return unknownWord("verify", "format", format, verifyFormats)
	}
	options, err := s.hostOptions(c)
	if err != nil {
		return err
	}
	verifier, err := verify.New(*options)
	if err != nil {
		return err
	}
	auditKey, err := s.auditKey(c)
	if err != nil {
		return err
	}
	asked, err := s.keys(c)
	if err != nil {
		return err
	}
	if err := verifier.Verify(c.Context, asked.result.Findings); err != nil {
		return err
	}
	if auditKey != nil {
		failure, err := verifier.Audit(c.Context, auditKey, asked.result.Findings)
		if err != nil {
			return err
		}
		if failure != "" {
			asked.result.Coverage.Skipped = append(asked.result.Coverage.Skipped, scanner.Skip{Path: auditLog, Kind: scanner.SkipFailed, Reason: failure})
		}
	}
	s.status = rotationStatus(asked.result)
	switch format {
	case "json":
		return report.JSON(s.stdout, asked.result, report.Options{Version: version()})
	case "html":
		return report.HTML(s.stdout, asked.result, report.Options{Version: version()})
	}
	return s.printLiveness(asked)
}

// rotationStatus is the exit status of a check that all keys are dead.
func rotationStatus(result *scanner.Result) int {
	status := plan.Clean
	if !result.Coverage.Complete() {
		status = plan.Incomplete
	}
	for i := range result.Findings {
		switch state := result.Findings[i].Liveness.State; {
		case state.Alive():
			return plan.Findings
		case state != scanner.Invalid:
			status = plan.Incomplete
		}
	}
	return status
}

// printLiveness writes a line for each key, and a summary.
func (s *session) printLiveness(asked keys) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	counts := map[scanner.LivenessState]int{}
	var audits []string
	line := func(key rules.Key, l scanner.Liveness) {
		counts[l.State]++
		why := l.Reason
		if l.Access != nil {
			why = strings.TrimPrefix(why+". "+l.Access.Summary, ". ")
		}
		if l.Host != "" {
			why = strings.TrimSuffix("at "+l.Host+": "+why, ": ")
		}
		if said := l.Answer.String(); said != "" && !l.State.Alive() {
			why += ". Answer: " + neutral.Log(said)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", key, l.State, why)
		if l.Audit != nil {
			audits = append(audits, fmt.Sprintf("%s: %s", key, l.Audit.Summary))
		}
	}
	for _, f := range asked.result.Findings {
		line(f.Key, f.Liveness)
	}
	for _, key := range asked.gone {
		line(key, scanner.Liveness{State: scanner.Unverifiable, Reason: goneReason})
	}
	table.Flush()
	for _, audit := range audits {
		fmt.Fprintln(&b, audit)
	}
	for _, skip := range asked.result.Coverage.Skipped {
		if skip.Path == auditLog {
			fmt.Fprintf(&b, "The %s was not read whole: %s.\n", auditLog, skip.Reason)
		}
	}
	if n := asked.unread(); n > 0 {
		fmt.Fprintf(&b, "%s could not be read: --format json lists them.\n", plural.Count(n, "item"))
	}
	var sum []string
	for state := range scanner.Unverifiable + 1 {
		if n := counts[state]; n > 0 {
			sum = append(sum, fmt.Sprintf("%d %s", n, state))
		}
	}
	total := len(asked.result.Findings) + len(asked.gone)
	_, err := fmt.Fprintf(s.stdout, "%s%s: %s.\n", &b, plural.Count(total, "key"), strings.Join(sum, ", "))
	return err
}

// unread counts the items of the source that could not be read. Keys that are gone are
// among the skips, and are listed anyway.
func (k keys) unread() int {
	n := -len(k.gone)
	for _, skip := range k.result.Coverage.Skipped {
		if skip.Kind == scanner.SkipFailed {
			n++
		}
	}
	return n
}

package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/targets"
)

// reportsAge is how long a report counts: some rules judge the age of keys, and objects can
// come to a repository without a ref.
const reportsAge = 7 * 24 * time.Hour

// manyFlags are for the scan of many targets, each by itself.
func manyFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "targets", Value: "", Category: manyTargets, Usage: "also scan the targets in `FILE`, one a line, or - for standard input; what is wrong with one does not stop the others"},
		{Name: "null", Aliases: []string{"0"}, Category: manyTargets, Usage: "the targets in the file are separated by NUL"},
		{Name: "target-timeout", Value: time.Duration(0), Category: manyTargets, Usage: "give up on a target after `TIME`, for example 10m", DefaultText: "no limit"},
		{Name: "reports", Value: "", Category: manyTargets, Usage: "keep a report of each target in `DIR`, and skip bare repositories that have not changed since; \"qasleaks merge DIR\" joins the reports"},
		{Name: "reports-max-age", Category: manyTargets, Usage: "scan again what was scanned `TIME` ago", Value: reportsAge},
		{Name: "shard", Value: "", Category: manyTargets, Usage: "scan only shard `I/N` of the targets, by their names; auto takes it from the environment of Kubernetes, GitLab or Buildkite"},
	}
}

// isMany reports whether each target is to be scanned by itself.
func isMany(c *cmdline.Context) bool {
	return slices.ContainsFunc(manyFlags(), func(f *cmdline.Flag) bool { return c.IsSet(f.Name) })
}

// scanMany scans many targets.
func (s *session) scanMany(c *cmdline.Context, r plan.Request, given ordered) (int, error) {
	o := targets.Options{Timeout: c.Duration("target-timeout")}
	var err error
	if c.IsSet("shard") {
		if o.Shard, err = targets.ParseShard(c.String("shard"), s.getenv); err != nil {
			return 0, err
		}
	}
	if err := checkMany(c); err != nil {
		return 0, err
	}
	r.Many = true
	p, err := r.Resolve(c.Context)
	if err != nil {
		return 0, err
	}
	out, err := s.output(c, given)
	if err != nil {
		return 0, err
	}
	if dir := c.String("reports"); dir != "" {
		o.Reports = &targets.Reports{Dir: dir, MaxAge: c.Duration("reports-max-age")}
		if o.Reports.Settings, err = p.Settings(version()); err != nil {
			return 0, err
		}
	}
	listed, err := s.listed(c)
	if err != nil {
		return 0, err
	}
	o.Targets, o.Scan = append(p.Targets, listed...), p.Options
	if len(o.Targets) == 0 {
		return 0, hint.New("give targets as arguments, or in a file with --targets", "no target to scan")
	}
	result, err := s.watchedTargets(c.Context, o, out.quiet)
	if err != nil {
		return 0, err
	}
	return s.finish(c.Context, p, out, result)
}

// checkMany refuses flags that have no effect, or would put secrets into reports.
func checkMany(c *cmdline.Context) error {
	for _, pair := range []struct {
		flag, without string
		wrong         bool
	}{
		{"null", "targets", !c.IsSet("targets")},
		{"reports-max-age", "reports", !c.IsSet("reports")},
	} {
		if c.IsSet(pair.flag) && pair.wrong {
			return hint.New(fmt.Sprintf("add --%s, or remove it", pair.without), "--%s has no effect without --%s", pair.flag, pair.without)
		}
	}
	for _, flag := range []string{"target-timeout", "reports-max-age"} {
		if d := c.Duration(flag); c.IsSet(flag) && d <= 0 {
			return hint.New("for example 10m, or 24h", "invalid value %s for --%s: expected more than 0", d, flag)
		}
	}
	for _, flag := range []string{"verify", "show-secrets"} {
		if c.IsSet("reports") && c.Bool(flag) {
			return hint.New("remove one of them: no secret is in the reports", "--reports and --%s contradict each other", flag)
		}
	}
	return nil
}

// listed returns the targets of --targets.
func (s *session) listed(c *cmdline.Context) ([]string, error) {
	name := c.String("targets")
	if name == "" {
		return nil, nil
	}
	var from io.Reader = s.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, &hint.Error{Err: fmt.Errorf("read list of targets: %w", err), Hint: "check the path; - is standard input"}
		}
		defer f.Close()
		from = f
	}
	all, err := targets.ReadList(from, c.Bool("null"))
	if err == nil && slices.Contains(all, "-") {
		err = hint.New("remove it", "read list of targets: - is no target in a list")
	}
	return all, err
}

func (s *session) mergeCommand() *cmdline.Command {
	reports := new(ordered)
	return &cmdline.Command{
		Name:      "merge",
		Usage:     "join the reports of many targets, as one scan of all would report them",
		ArgsUsage: "DIR…",
		Description: "DIR is a directory that \"qasleaks scan --reports DIR\" has written. Shards and reports " +
			"that are missing are named.\n\n" +
			"Exit status: 1 if there are findings at or above --fail-on; else 3 if something " +
			"could not be read or is missing; else 0. 2 for wrong usage; 130 if interrupted.",
		Flags: slices.Concat(
			formatFlags(reports), []*cmdline.Flag{splitFlag(), githubFlag(), colorFlag(), quietFlag()},
			statusFlags(),
		),
		Action: func(c *cmdline.Context) error {
			if len(c.Args()) == 0 {
				return hint.New(cmdline.SeeHelp("merge"), "merge needs a directory of reports")
			}
			p, err := plan.Request{Many: true, FailOn: given(c, "fail-on"), Strict: c.Bool("strict"), Baseline: c.String("baseline")}.Resolve(c.Context)
			if err != nil {
				return err
			}
			out, err := s.output(c, *reports)
			if err != nil {
				return err
			}
			result, err := targets.Merge(c.Args(), p.Options.Baseline)
			if err != nil {
				return err
			}
			s.status, err = s.finish(c.Context, p, out, result)
			return err
		},
	}
}

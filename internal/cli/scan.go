package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify"
)

// What --fail-on and --min-confidence take.
var (
	failOnNames     = []string{"error", "warning", "note", "never"}
	confidenceNames = []string{"high", "medium", "low"}
)

// plan is what a command line and a configuration ask for, resolved.
type plan struct {
	targets []string
	options scanner.Options
	failOn  rules.Severity
	reports []wanted
	// sarifForGitHub keeps SARIF to what GitHub code scanning takes.
	sarifForGitHub bool
	showSecrets    bool
	color          bool
	linkHost       string // empty for no links
	quiet          bool
	// shortPaths leaves the name of the target out of paths.
	shortPaths bool
	// verifier is nil unless keys are to be verified. failOnLive has live ones
	// alone fail.
	verifier   *verify.Verifier
	failOnLive bool
	// remarks say what a configuration changed.
	remarks []string
}

func (s *session) scanCommand() *cli.Command {
	given := new(ordered)
	return command(&cli.Command{
		Name:      "scan",
		Usage:     "scan files and the whole history of git repositories",
		ArgsUsage: "[TARGET…]",
		Description: "A target is a directory, a file, a git repository (work tree, bare, or a .git\n" +
			"folder), or - for standard input; the default is the current directory.\n\n" +
			"Exit status: 1 if there are findings at or above --fail-on; else 3 if something\n" +
			"could not be read; else 0. 2 for wrong usage or configuration; 130 if interrupted.",
		Flags: slices.Concat(reportFlags(given), []cli.Flag{
			stagedFlag(),
			&cli.StringFlag{Name: "range", Usage: "scan what the commits `BASE..HEAD` brought, alone"},
			&cli.StringFlag{Name: "since", Usage: "scan what commits since `DATE` brought, alone: 2026-01-31, or with a time as in RFC 3339"},
			baselineFlag(),
			&cli.BoolFlag{Name: "sarif-for-github", Usage: "keep SARIF to what GitHub code scanning takes; inside GitHub Actions it is", DisableDefaultText: true},
			&cli.StringFlag{Name: "fail-on", Usage: "exit with 1 for findings of `SEVERITY` and above: error, warning, note, never", Value: rules.Error.String()},
			trustFlag(),
			&cli.BoolFlag{Name: "show-secrets", Usage: "print whole keys, tokens too", DisableDefaultText: true},
			noColorFlag(),
		}, sourceFlags(), verifyFlags()),
		Action: func(c *cli.Context) error {
			p, err := s.plan(c, *given, c.Args().Slice())
			if err != nil {
				return err
			}
			s.status, err = s.scan(c.Context, p)
			return err
		},
	})
}

// sourceFlags are those that say what to scan, and for what.
func sourceFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "no-history", Usage: "leave out the history of repositories", DisableDefaultText: true},
		&cli.BoolFlag{Name: "history-only", Usage: "leave out the files of repositories", DisableDefaultText: true},
		&cli.BoolFlag{Name: "all-files", Usage: "read what git ignores, too", DisableDefaultText: true},
	}, judgeFlags()...)
}

// judgeFlags are those that say what to look for, wherever.
func judgeFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "min-confidence", Usage: "leave out findings below `CONFIDENCE`: high, medium, low", Value: rules.Low.String()},
		&cli.StringSliceFlag{Name: "rule", Usage: "run `RULE` alone; repeatable (see \"qasleaks rules\")", DefaultText: "all"},
		&cli.StringFlag{Name: "config", Usage: "read the configuration from `FILE`", DefaultText: config.FileName + " at the root of the first directory"},
		&cli.IntFlag{Name: "jobs", Usage: "read and judge with `N` goroutines", DefaultText: "one a core"},
		&cli.BoolFlag{Name: "quiet", Usage: "print nothing on standard error but errors", DisableDefaultText: true},
	}, unpackFlags()...)
}

// plan resolves flags and configuration; flags win. What is wrong with them is
// found here, before anything is scanned.
func (s *session) plan(c *cli.Context, given ordered, targets []string) (plan, error) {
	p, err := s.source(c, targets)
	if err != nil {
		return p, err
	}
	p.showSecrets, p.color, p.linkHost = c.Bool("show-secrets"), s.wantsColor(c), s.linkHost(c)
	// GitHub Actions set the variable ("Default environment variables").
	p.sarifForGitHub = c.Bool("sarif-for-github") || s.getenv("GITHUB_ACTIONS") == "true"
	if err := p.limit(c); err != nil {
		return p, err
	}
	if c.IsSet("fail-on") {
		if p.failOn, err = config.ParseFailOn(c.String("fail-on")); err != nil {
			return p, didYouMean(err, c.String("fail-on"), failOnNames)
		}
	}
	if err := p.compare(c.Context, c.String("baseline")); err != nil {
		return p, err
	}
	if err := s.verifying(c, &p); err != nil {
		return p, err
	}
	p.reports, err = given.reports()
	return p, err
}

// compare has the findings that a baseline lists not count.
func (p *plan) compare(ctx context.Context, path string) error {
	if path == "" {
		return nil
	}
	lines, err := p.baseline(ctx, path)
	if err != nil {
		return err
	}
	p.options.Baseline = []scanner.Ignore{} // there is one, though it may be empty
	for _, line := range lines {
		p.options.Baseline = append(p.options.Baseline, line.Ignore)
	}
	return nil
}

func (p *plan) baseline(ctx context.Context, path string) ([]config.Known, error) {
	if p.options.Trust != "" {
		return p.trustedBaseline(ctx, path)
	}
	lines, err := config.LoadBaseline(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = &hint.Error{Err: err, Hint: "make it with \"qasleaks baseline create\""}
	}
	return lines, err
}

// source resolves the flags of sourceFlags and the configuration.
func (s *session) source(c *cli.Context, targets []string) (plan, error) {
	p := plan{
		targets: targets,
		failOn:  rules.Error,
		quiet:   c.Bool("quiet"),
		options: scanner.Options{
			Jobs:      c.Int("jobs"),
			NoHistory: c.Bool("no-history"),
			NoFiles:   c.Bool("history-only"),
			AllFiles:  c.Bool("all-files"),
			Stdin:     s.stdin,
		},
	}
	if len(p.targets) == 0 {
		p.targets = []string{"."}
	}
	if err := p.stage(c); err != nil {
		return p, err
	}
	switch {
	case p.options.NoHistory && p.options.NoFiles:
		return p, hint.New("leave one of them out", "--no-history and --history-only leave nothing to scan")
	case p.options.Jobs < 0, p.options.Jobs == 0 && c.IsSet("jobs"):
		return p, hint.New("leave it out to use every core", "invalid value %d for --jobs: expected 1 or more", p.options.Jobs)
	}
	if err := p.bound(c); err != nil {
		return p, err
	}
	if err := p.choose(c); err != nil {
		return p, err
	}
	return p, p.configure(c)
}

// limit sets which part of a history is asked for.
func (p *plan) limit(c *cli.Context) (err error) {
	if !c.IsSet("range") && !c.IsSet("since") {
		return nil
	}
	if p.options.NoHistory {
		return hint.New("leave one of them out", "--no-history leaves nothing of a --range or --since to scan")
	}
	if c.IsSet("range") {
		if p.options.Range, err = scanner.ParseRange(c.String("range")); err != nil {
			return &hint.Error{Err: err, Hint: "for example --range origin/main..HEAD"}
		}
	}
	if text := c.String("since"); c.IsSet("since") {
		if p.options.Since, err = time.Parse(time.RFC3339, text); err != nil {
			p.options.Since, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return hint.New("for example --since 2026-01-31, or 2026-01-31T12:00:00Z", "invalid value %q for --since", text)
		}
	}
	return nil
}

// choose sets what flags name.
func (p *plan) choose(c *cli.Context) (err error) {
	if p.options.MinConfidence, err = rules.ParseConfidence(c.String("min-confidence")); err != nil {
		return didYouMean(err, c.String("min-confidence"), confidenceNames)
	}
	for _, id := range c.StringSlice("rule") {
		if _, err := rules.Select([]string{id}); err != nil {
			return unknownRule(err, id)
		}
	}
	p.options.Rules, err = rules.Select(c.StringSlice("rule"))
	return err
}

// configure adds what the configuration says and no flag contradicts.
func (p *plan) configure(c *cli.Context) error {
	path, settings, err := p.settings(c)
	if err != nil || settings == nil {
		return err
	}
	p.options.Exclude, p.options.Ignores = settings.Exclude, settings.Ignore
	p.options.Rules = settings.Tune(p.options.Rules, c.IsSet("rule"))
	if settings.FailOn != 0 {
		p.failOn = settings.FailOn // a flag is looked at later
	}
	if settings.MinConfidence != 0 && !c.IsSet("min-confidence") {
		p.options.MinConfidence = settings.MinConfidence
	}
	if text := remark(path, settings); text != "" {
		p.remarks = append(p.remarks, text)
	}
	return nil
}

// settings reads the configuration, if there is one.
func (p *plan) settings(c *cli.Context) (path string, settings *config.Config, err error) {
	if c.IsSet("trust") {
		return p.trustedSettings(c)
	}
	if path = c.String("config"); path == "" {
		if path, err = config.Find(p.targets); err != nil || path == "" {
			return "", nil, err
		}
	}
	settings, err = config.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = &hint.Error{Err: err, Hint: "name a configuration that is there; docs/configuration.md describes them"}
	}
	return path, settings, err
}

// remark says what a configuration changed, since it may come with the tree
// that is scanned.
func remark(path string, c *config.Config) string {
	var changes []string
	if n := len(c.Exclude); n > 0 {
		changes = append(changes, fmt.Sprintf("leaves out %s", counted(n, "glob")))
	}
	if n := len(c.Ignore); n > 0 {
		changes = append(changes, fmt.Sprintf("ignores %s", counted(n, "fingerprint")))
	}
	off := 0
	for _, set := range c.Rules {
		if set.Off {
			off++
		}
	}
	if off > 0 {
		changes = append(changes, fmt.Sprintf("turns off %s", counted(off, "rule")))
	}
	if n := len(c.Rules) - off; n > 0 {
		changes = append(changes, fmt.Sprintf("tunes %s", counted(n, "rule")))
	}
	if c.MinConfidence != 0 {
		changes = append(changes, "sets min-confidence")
	}
	if c.FailOn != 0 {
		changes = append(changes, "sets fail-on")
	}
	if len(changes) == 0 {
		return ""
	}
	return "configuration " + path + ": " + strings.Join(changes, ", ")
}

// scan carries out a plan and returns its exit status. If the report cannot be
// written there is an error as well.
func (s *session) scan(ctx context.Context, p plan) (int, error) {
	result, err := s.watched(ctx, p)
	if err != nil {
		return statusUsage, err
	}
	if err := errors.Join(p.verified(ctx, result), ctx.Err()); err != nil {
		return statusInterrupted, err
	}
	if p.shortPaths {
		result.Base = ""
	}
	result.Coverage.Notes = append(result.Coverage.Notes, p.remarks...)
	s.result = result
	status := exitStatus(result, p.failOn)
	if p.failOnLive {
		status = liveStatus(result)
	}
	return status, s.write(p, result)
}

// exitStatus is the contract for scans that ran; suppressed findings never count.
func exitStatus(result *scanner.Result, failOn rules.Severity) int {
	for _, f := range result.Findings {
		if f.Suppressed == nil && f.Severity >= failOn {
			return statusFindings
		}
	}
	if !result.Coverage.Complete() {
		return statusIncomplete
	}
	return statusClean
}

// didYouMean adds to an error about a name the one that is nearest, if any is.
func didYouMean(err error, name string, names []string) error {
	return &hint.Error{Err: err, Hint: nearest.Hint(name, names)}
}

func counted(n int, noun string) string { return fmt.Sprint(n, " ", plural(n, noun)) }

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

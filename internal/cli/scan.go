package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify"
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
	quiet          bool
	// shortPaths leaves the name of the target out of paths.
	shortPaths bool
	// verifier is nil unless keys are to be verified. failOnLive has live ones
	// alone fail.
	verifier   *verify.Verifier
	failOnLive bool
	// remark says what a configuration changed.
	remark string
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
		Flags: append(append(reportFlags(given), []cli.Flag{
			&cli.BoolFlag{Name: "no-history", Usage: "leave out the history of repositories", DisableDefaultText: true},
			&cli.BoolFlag{Name: "history-only", Usage: "leave out the files of repositories", DisableDefaultText: true},
			&cli.StringFlag{Name: "range", Usage: "scan what the commits `BASE..HEAD` brought, alone"},
			&cli.StringFlag{Name: "since", Usage: "scan what commits since `DATE` brought, alone: 2026-01-31, or with a time as in RFC 3339"},
			&cli.BoolFlag{Name: "all-files", Usage: "read what git ignores, too", DisableDefaultText: true},
			&cli.BoolFlag{Name: "sarif-for-github", Usage: "keep SARIF to what GitHub code scanning takes; inside GitHub Actions it is", DisableDefaultText: true},
			&cli.StringFlag{Name: "fail-on", Usage: "exit with 1 for findings of `SEVERITY` and above: error, warning, note, never", Value: rules.Error.String()},
			&cli.StringFlag{Name: "min-confidence", Usage: "leave out findings below `CONFIDENCE`: high, medium, low", Value: rules.Low.String()},
			&cli.StringSliceFlag{Name: "rule", Usage: "run `RULE` alone; repeatable (see \"qasleaks rules\")", DefaultText: "all"},
			&cli.StringFlag{Name: "config", Usage: "read the configuration from `FILE`", DefaultText: config.FileName + " at the root of the first directory"},
			trustFlag(),
			&cli.BoolFlag{Name: "show-secrets", Usage: "print whole keys, tokens too", DisableDefaultText: true},
			&cli.IntFlag{Name: "jobs", Usage: "read and judge with `N` goroutines", DefaultText: "one a core"},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing on standard error but errors", DisableDefaultText: true},
			noColorFlag(),
		}...), verifyFlags()...),
		Action: func(c *cli.Context) error {
			p, err := s.plan(c, *given)
			if err != nil {
				return err
			}
			s.status, err = s.scan(c.Context, p)
			return err
		},
	})
}

// plan resolves flags and configuration; flags win. What is wrong with them is
// found here, before anything is scanned.
func (s *session) plan(c *cli.Context, given ordered) (plan, error) {
	p := plan{
		targets:     c.Args().Slice(),
		showSecrets: c.Bool("show-secrets"),
		// GitHub Actions set the variable ("Default environment variables").
		sarifForGitHub: c.Bool("sarif-for-github") || s.getenv("GITHUB_ACTIONS") == "true",
		quiet:          c.Bool("quiet"),
		color:          s.wantsColor(c),
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
	switch {
	case p.options.NoHistory && p.options.NoFiles:
		return p, &usageError{"--no-history and --history-only leave nothing to scan", "leave one of them out"}
	case p.options.Jobs < 0, p.options.Jobs == 0 && c.IsSet("jobs"):
		return p, &usageError{fmt.Sprintf("invalid value %d for --jobs: expected 1 or more", p.options.Jobs), "leave it out to use every core"}
	}
	if err := p.limit(c); err != nil {
		return p, err
	}
	if err := p.choose(c); err != nil {
		return p, err
	}
	if err := p.configure(c); err != nil {
		return p, err
	}
	if err := s.verifying(c, &p); err != nil {
		return p, err
	}
	var err error
	p.reports, err = given.reports()
	return p, err
}

// limit sets which part of a history is asked for.
func (p *plan) limit(c *cli.Context) (err error) {
	if !c.IsSet("range") && !c.IsSet("since") {
		return nil
	}
	if p.options.NoHistory {
		return &usageError{"--no-history leaves nothing of a --range or --since to scan", "leave one of them out"}
	}
	if c.IsSet("range") {
		if p.options.Range, err = scanner.ParseRange(c.String("range")); err != nil {
			return &usageError{err.Error(), "for example --range origin/main..HEAD"}
		}
	}
	if text := c.String("since"); c.IsSet("since") {
		if p.options.Since, err = time.Parse(time.RFC3339, text); err != nil {
			p.options.Since, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return &usageError{fmt.Sprintf("invalid value %q for --since", text), "for example --since 2026-01-31, or 2026-01-31T12:00:00Z"}
		}
	}
	return nil
}

// choose sets what flags name.
func (p *plan) choose(c *cli.Context) (err error) {
	if p.failOn, err = config.ParseFailOn(c.String("fail-on")); err != nil {
		return didYouMean(err, c.String("fail-on"), []string{"error", "warning", "note", "never"})
	}
	if p.options.MinConfidence, err = rules.ParseConfidence(c.String("min-confidence")); err != nil {
		return didYouMean(err, c.String("min-confidence"), []string{"high", "medium", "low"})
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
	if settings.FailOn != 0 && !c.IsSet("fail-on") {
		p.failOn = settings.FailOn
	}
	if settings.MinConfidence != 0 && !c.IsSet("min-confidence") {
		p.options.MinConfidence = settings.MinConfidence
	}
	p.remark = remark(path, settings)
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
		err = &usageError{err.Error(), "name a configuration that is there; docs/configuration.md describes them"}
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
	if p.remark != "" {
		result.Coverage.Notes = append(result.Coverage.Notes, p.remark)
	}
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
func didYouMean(err error, name string, names []string) *usageError {
	mistake := &usageError{text: err.Error()}
	if meant, ok := nearest.Name(name, names); ok {
		mistake.hint = fmt.Sprintf("did you mean %s?", meant)
	}
	return mistake
}

func counted(n int, noun string) string { return fmt.Sprint(n, " ", plural(n, noun)) }

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

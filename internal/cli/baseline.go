package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// defaultReason is that of lines that nobody gave one.
const defaultReason = "known when the baseline was made"

var baselineActions = []string{"create", "update", "prune"}

func baselineFlag() cli.Flag {
	return &cli.StringFlag{Name: "baseline", Usage: "do not count the findings that `FILE` lists (see \"qasleaks baseline\")"}
}

func (s *session) baselineCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "baseline",
		Usage:     "list findings that are known, so that only new ones count",
		ArgsUsage: strings.Join(baselineActions, "|") + " [TARGET…]",
		Description: "create  scan, and list what is found\n" +
			"update  scan, and add what is new; lines that are there stay as they are\n" +
			"prune   scan, and drop what is not found any more, and what has expired\n\n" +
			"\"qasleaks scan --baseline FILE\" then does not count what is listed. The file has a\n" +
			"line for each finding, with a reason and a date that are yours to edit, and no\n" +
			"secrets: commit it. What .qasleaks.yml or a comment suppresses is not listed.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "baseline", Usage: "the baseline is `FILE`", Value: config.BaselineName},
			&cli.StringFlag{Name: "reason", Usage: "give new lines this `REASON`", Value: defaultReason},
			&cli.StringFlag{Name: "until", Usage: "let new lines count again from `DATE` on: 2027-01-31", DefaultText: "never"},
		}, sourceFlags()...),
		Action: func(c *cli.Context) error { return s.baseline(c) },
	})
}

func (s *session) baseline(c *cli.Context) error {
	action := c.Args().First()
	if !slices.Contains(baselineActions, action) {
		return unknownWord("baseline", "action", action, baselineActions)
	}
	p, err := s.source(c, c.Args().Tail())
	if err != nil {
		return err
	}
	b := baseline{path: c.String("baseline"), reason: maskKeys(c.String("reason"))}
	if c.IsSet("until") {
		if b.until, err = config.ParseDate(c.String("until")); err != nil {
			return hint.New("name the day from which it counts again", "--until: %w", err)
		}
		if b.until.Before(time.Now()) {
			return hint.New("name a day to come", "--until: %s is past", c.String("until"))
		}
	}
	if b.lines, err = config.LoadBaseline(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch there := err == nil; {
	case there && action == "create":
		return hint.New("to add what is new write \"qasleaks baseline update\"", "%s is there already", b.path)
	case !there && action != "create":
		return hint.New("make it with \"qasleaks baseline create\"", "there is no baseline %s", b.path)
	}
	if err := checkOutput(b.path); err != nil {
		return err
	}
	return s.changeBaseline(c.Context, p, b, action)
}

// baseline is the file, and what new lines of it say.
type baseline struct {
	path   string
	lines  []config.Known
	reason string
	until  time.Time
}

// changeBaseline scans and writes the file anew.
func (s *session) changeBaseline(ctx context.Context, p plan, b baseline, action string) error {
	result, err := s.watched(ctx, p)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return err
	}
	var said string
	if action == "prune" {
		if !result.Whole {
			return errNotWhole(result)
		}
		said = b.prune(result.Findings, time.Now())
	} else {
		said = b.add(result.Findings)
		if !result.Coverage.Complete() {
			s.status = statusIncomplete
			said += "; the scan is incomplete: \"qasleaks scan\" says why"
		}
	}
	if err := b.write(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s: %s; %s in all\n", b.path, said, counted(len(b.lines), "line"))
	return err
}

// errNotWhole says why nothing can be said to be gone.
func errNotWhole(result *scanner.Result) error {
	advice := "prune with a scan of everything: whole repositories, all rules, nothing left out"
	switch {
	case !result.Coverage.Complete():
		advice = "something could not be read: \"qasleaks scan\" says what"
	case result.Coverage.Shallow:
		advice = "the clone is shallow: git fetch --unshallow brings the rest"
	}
	return hint.New(advice, "not everything was searched, so nothing is known to be gone")
}

// add lists the findings that are not yet in the baseline, and says how many. What
// is suppressed in another way need not be.
func (b *baseline) add(findings []scanner.Finding) string {
	there := map[string]bool{}
	for _, line := range b.lines {
		there[line.Fingerprint] = true
	}
	added := 0
	for i := range findings {
		f := &findings[i]
		if f.Suppressed != nil || there[f.Fingerprint] {
			continue
		}
		b.lines = append(b.lines, config.Known{
			Ignore: scanner.Ignore{Fingerprint: f.Fingerprint, Reason: b.reason, Until: b.until}, About: about(f),
		})
		added++
	}
	return fmt.Sprintf("added %s", counted(added, "line"))
}

// about names a finding in a line of the baseline, by what is no secret and does
// not change when the file moves.
func about(f *scanner.Finding) string {
	if f.Key == (rules.Key{}) {
		return f.Rule.ID
	}
	return f.Key.TenantID + "." + f.Key.KeyID
}

// prune drops what does nothing, and says how many.
func (b *baseline) prune(findings []scanner.Finding, now time.Time) string {
	found := map[string]bool{}
	for _, f := range findings {
		found[f.Fingerprint] = true
	}
	gone, expired := 0, 0
	b.lines = slices.DeleteFunc(b.lines, func(line config.Known) bool {
		switch {
		case !found[line.Fingerprint]:
			gone++
		case line.Expired(now):
			expired++
		default:
			return false
		}
		return true
	})
	return fmt.Sprintf("dropped %d that are gone, %d that have expired", gone, expired)
}

func (b *baseline) write() error {
	file, err := stage(b.path)
	if err != nil {
		return err
	}
	defer file.discard()
	if _, err := file.Write(config.FormatBaseline(b.lines)); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	if err := file.readableByAll(); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return file.publish(io.Discard)
}

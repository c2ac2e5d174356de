package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// defaultReason is the reason of entries that are added without one.
const defaultReason = "known when the baseline was created"

var baselineActions = []string{"create", "update", "prune"}

func (s *session) baselineCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "baseline",
		Usage:     "list known findings, so that only new ones count",
		ArgsUsage: strings.Join(baselineActions, "|") + " [TARGET…]",
		Description: "create  scan, and list the findings\n" +
			"update  scan, and add new findings; existing entries stay as they are\n" +
			"prune   scan, and remove entries that were not found or have expired\n\n" +
			"\"qasleaks scan --baseline FILE\" does not count the findings in the file. The file has " +
			"one line for each finding, with a reason and a date that you can edit. It contains no " +
			"secrets: commit it. Findings that .qasleaks.yml or a comment suppresses are not listed.",
		Flags: slices.Concat(
			[]*cmdline.Flag{
				{Name: "baseline", Category: reportFlags, Usage: "write the baseline to `FILE`", Value: config.BaselineName},
				{Name: "reason", Category: reportFlags, Usage: "give new entries this `REASON`", Value: defaultReason},
				{Name: "until", Value: "", Category: reportFlags, Usage: "let new entries expire on `DATE`, for example 2027-01-31", DefaultText: "never"},
				quietFlag(), allFilesFlag(),
			},
			ruleFlags(), wholeHistoryFlags(), limitFlags(),
		),
		Action: func(c *cmdline.Context) error { return s.baseline(c) },
	}
}

func (s *session) baseline(c *cmdline.Context) error {
	action := c.Args().First()
	if !slices.Contains(baselineActions, action) {
		return unknownWord("baseline", "action", action, baselineActions)
	}
	r, err := s.request(c, c.Args().Tail())
	if err != nil {
		return err
	}
	r.Baseline = "" // here it is the file to write
	p, err := r.Resolve(c.Context)
	if err != nil {
		return err
	}
	b := baseline{path: c.String("baseline"), reason: hide(c.String("reason"))}
	if c.IsSet("until") {
		if b.until, err = config.ParseDate(c.String("until")); err != nil {
			return hint.New("name the day on which the entries expire", "--until: %w", err)
		}
		if b.until.Before(time.Now()) {
			return hint.New("name a future date", "--until: %s is in the past", c.String("until"))
		}
	}
	if b.known, err = config.LoadBaseline(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch exists := err == nil; {
	case exists && action == "create":
		return hint.New("to add new findings write \"qasleaks baseline update\"", "%s already exists", b.path)
	case !exists && action != "create":
		return hint.New("create it with \"qasleaks baseline create\"", "the baseline %s does not exist", b.path)
	}
	if err := checkOutput(b.path); err != nil {
		return err
	}
	return s.changeBaseline(c, p, b, action)
}

// baseline is a file of known findings, and what is written in new entries.
type baseline struct {
	path   string
	known  []config.Known
	reason string
	until  time.Time
}

// changeBaseline scans, and writes the file.
func (s *session) changeBaseline(c *cmdline.Context, p plan.Plan, b baseline, action string) error {
	result, err := s.watched(c.Context, p, c.Bool("quiet"))
	if err := errors.Join(err, c.Context.Err()); err != nil {
		return err
	}
	var done string
	if action == "prune" {
		if !result.Whole {
			return errNotWhole(result)
		}
		done = b.prune(result.Findings, time.Now())
	} else {
		done = b.add(result.Findings)
		if !result.Coverage.Complete() {
			s.status = plan.Incomplete
			done += "; the scan is incomplete: \"qasleaks scan\" says why"
		}
	}
	if err := b.write(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s: %s; %s in total\n", b.path, done, entries(len(b.known)))
	return err
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprint(n, " entries")
}

// errNotWhole says why it is unknown which findings are gone.
func errNotWhole(result *scanner.Result) error {
	advice := "scan everything: whole repositories, with all rules and no exclusions"
	switch {
	case !result.Coverage.Complete():
		advice = "something could not be read: \"qasleaks scan\" says what"
	case result.Coverage.Shallow:
		advice = "the clone is shallow: run git fetch --unshallow"
	}
	return hint.New(advice, "the scan was partial, so it cannot tell which findings are gone")
}

// add lists the findings that are not yet in the baseline, and says how many. Findings
// that are suppressed in another way need no entry.
func (b *baseline) add(findings []scanner.Finding) string {
	listed := map[string]bool{}
	for _, k := range b.known {
		listed[k.Fingerprint] = true
	}
	added := 0
	for i := range findings {
		f := &findings[i]
		if f.Suppressed != nil || slices.ContainsFunc(f.Fingerprints(), func(id string) bool { return listed[id] }) {
			continue
		}
		b.known = append(b.known, config.Known{
			Ignore: scanner.Ignore{Fingerprint: f.Fingerprint, Reason: b.reason, Until: b.until}, About: about(f),
		})
		added++
	}
	return "added " + entries(added)
}

// about names a finding in an entry, without a secret and without what changes when
// the file moves.
func about(f *scanner.Finding) string {
	key := cmp.Or(f.Key, f.About)
	name := key.TenantID + "." + key.KeyID
	switch {
	case key == (rules.Key{}):
		return f.Rule.ID
	case f.Rule.Lint:
		return f.Rule.ID + " " + name
	}
	return name
}

// prune removes entries that have no effect, and says how many.
func (b *baseline) prune(findings []scanner.Finding, now time.Time) string {
	found := map[string]bool{}
	for i := range findings {
		for _, id := range findings[i].Fingerprints() {
			found[id] = true
		}
	}
	gone, expired := 0, 0
	b.known = slices.DeleteFunc(b.known, func(k config.Known) bool {
		switch {
		case !found[k.Fingerprint]:
			gone++
		case k.Expired(now):
			expired++
		default:
			return false
		}
		return true
	})
	return fmt.Sprintf("removed %d not found, %d expired", gone, expired)
}

func (b *baseline) write() error {
	file, err := atomicfile.Create(b.path, 0o644) // it is to be committed
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(config.FormatBaseline(b.known)); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	return file.Commit()
}

// Package plan turns a request, as flags, hooks or the GitHub Action make it, into
// what the packages scanner and verify take. Mistakes are found here, before anything
// is scanned.
package plan

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/repo"
	"github.com/qasleaks/qasleaks/scanner/unpack"
	"github.com/qasleaks/qasleaks/site"
	"github.com/qasleaks/qasleaks/verify"
)

// The values of FailOn and MinConfidence in a [Request].
var (
	FailOnNames     = []string{"error", "warning", "note", "never"}
	ConfidenceNames = []string{"high", "medium", "low"}
)

// Request is what is asked for, as it was written. Empty fields stand for what the
// configuration says, or else for the default.
type Request struct {
	// Targets are what to scan; none for the working directory, unless they are many.
	Targets []string
	// Many says that each target is scanned by itself. Only Config names a configuration:
	// that of one target is not for the others.
	Many  bool
	Stdin io.Reader
	// Site is nil unless a web site is to be scanned, in place of targets.
	Site *site.Options
	// Staged, NoHistory, HistoryOnly and AllFiles say which files and history.
	Staged, NoHistory, HistoryOnly, AllFiles bool
	// Range is BASE..HEAD, and Since a date or a time.
	Range, Since string
	// Rules are IDs.
	Rules         []string
	MinConfidence string
	FailOn        string
	// Config and Baseline are files, and Trust is a revision.
	Config, Baseline, Trust string
	// Jobs is how many goroutines scan; 0 for one per core.
	Jobs   int
	Unpack unpack.Limits
	// Verify is nil unless keys are to be verified.
	Verify     *verify.Options
	FailOnLive bool
	// Strict makes the status Incomplete for everything that was skipped, also by policy.
	Strict bool
}

// Plan is a request that was checked and merged with the configuration.
type Plan struct {
	Targets []string
	Options scanner.Options
	FailOn  rules.Severity
	// Verifier is nil unless keys are to be verified. FailOnLive makes live keys the
	// only findings that fail.
	Verifier   *verify.Verifier
	FailOnLive bool
	// Strict makes the status Incomplete for everything that was skipped.
	Strict bool
	// Notes are for the report: what the configuration changed, and the like.
	Notes []string
}

// Resolve checks the request and adds the configuration and the baseline. What the
// request says has precedence over the configuration.
func (r Request) Resolve(ctx context.Context) (Plan, error) {
	p := Plan{
		Targets: r.Targets,
		FailOn:  rules.Error,
		Options: scanner.Options{
			Jobs: r.Jobs, NoHistory: r.NoHistory, NoFiles: r.HistoryOnly, AllFiles: r.AllFiles,
			Stdin: r.Stdin, Trust: r.Trust, Unpack: r.Unpack,
		},
		FailOnLive: r.FailOnLive, Strict: r.Strict,
	}
	if len(p.Targets) == 0 && !r.Many {
		p.Targets = []string{"."}
	}
	for _, step := range []func(context.Context, Request) error{
		p.addMany, p.addSite, p.addStaged, p.addHistory, p.addRules, p.addConfiguration, p.addFailOn, p.addBaseline, p.addVerifier,
	} {
		if err := step(ctx, r); err != nil {
			return p, err
		}
	}
	return p, nil
}

// addSite has a web site scanned.
func (p *Plan) addSite(_ context.Context, r Request) error {
	if r.Site == nil {
		return nil
	}
	s, err := site.New(*r.Site)
	if err != nil {
		return err
	}
	p.Options.Served = s.Serve
	return nil
}

// addStaged has the index scanned. A commit is of the whole working tree, so the
// target becomes its root, where the configuration is.
func (p *Plan) addStaged(ctx context.Context, r Request) (err error) {
	if !r.Staged {
		return nil
	}
	for _, other := range []struct {
		flag  string
		given bool
	}{
		{"--no-history", r.NoHistory},
		{"--history-only", r.HistoryOnly},
		{"--all-files", r.AllFiles},
		{"--range", r.Range != ""},
		{"--since", r.Since != ""},
	} {
		if other.given {
			return hint.New("remove one of them", "--staged and %s contradict each other", other.flag)
		}
	}
	if len(p.Targets) > 1 {
		return hint.New("name one repository, or none for the one in the working directory", "--staged with %d targets", len(p.Targets))
	}
	p.Options.Staged = true
	p.Targets = []string{p.Targets[0]}
	p.Targets[0], err = repo.WorkTree(ctx, p.Targets[0])
	return err
}

// addHistory sets which part of the history to scan.
func (p *Plan) addHistory(_ context.Context, r Request) (err error) {
	if r.NoHistory && r.HistoryOnly {
		return hint.New("remove one of them", "--no-history and --history-only leave nothing to scan")
	}
	if r.NoHistory && (r.Range != "" || r.Since != "") {
		return hint.New("remove one of them", "--no-history contradicts --range and --since")
	}
	if r.Range != "" {
		if p.Options.Range, err = repo.ParseRange(r.Range); err != nil {
			return &hint.Error{Err: err, Hint: "for example --range origin/main..HEAD"}
		}
	}
	if r.Since != "" {
		if p.Options.Since, err = time.Parse(time.RFC3339, r.Since); err != nil {
			p.Options.Since, err = time.Parse(time.DateOnly, r.Since)
		}
		if err != nil {
			return hint.New("for example --since 2026-01-31, or 2026-01-31T12:00:00Z", "invalid value %q for --since", r.Since)
		}
		const today = 14 * time.Hour // may have begun so long before it does in UTC
		if p.Options.Since.After(time.Now().Add(today)) {
			return hint.New("no commit is so new; name a date in the past", "--since %s is in the future", r.Since)
		}
	}
	return nil
}

// addRules sets which rules run, and from which confidence on they count.
func (p *Plan) addRules(_ context.Context, r Request) (err error) {
	for _, id := range r.Rules {
		if _, err := rules.Select([]string{id}); err != nil {
			return UnknownRule(err, id)
		}
	}
	if p.Options.Rules, err = rules.Select(r.Rules); err != nil {
		return err
	}
	confidence := cmp.Or(r.MinConfidence, rules.Low.String())
	if p.Options.MinConfidence, err = rules.ParseConfidence(confidence); err != nil {
		return &hint.Error{Err: err, Hint: nearest.Hint(confidence, ConfidenceNames)}
	}
	return nil
}

// UnknownRule adds to the error for an ID that no rule has the ID that was meant.
func UnknownRule(err error, id string) error {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return &hint.Error{Err: err, Hint: cmp.Or(nearest.Hint(id, ids), "\"qasleaks rules\" lists them")}
}

// addFailOn sets which severity fails, if the request says so.
func (p *Plan) addFailOn(_ context.Context, r Request) (err error) {
	if r.FailOn == "" {
		return nil
	}
	if r.FailOnLive {
		return hint.New("remove one of them", "--fail-on and --fail-on-live contradict each other")
	}
	if p.FailOn, err = config.ParseFailOn(r.FailOn); err != nil {
		return &hint.Error{Err: err, Hint: nearest.Hint(r.FailOn, FailOnNames)}
	}
	return nil
}

// addBaseline has the findings that a baseline lists not count.
func (p *Plan) addBaseline(ctx context.Context, r Request) error {
	if r.Baseline == "" {
		return nil
	}
	known, err := p.baseline(ctx, r.Baseline)
	if err != nil {
		return err
	}
	p.Options.Baseline = []scanner.Ignore{} // not nil, which is no baseline
	for _, k := range known {
		p.Options.Baseline = append(p.Options.Baseline, k.Ignore)
	}
	return nil
}

func (p *Plan) baseline(ctx context.Context, path string) ([]config.Known, error) {
	if p.Options.Trust != "" {
		return p.trustedBaseline(ctx, path)
	}
	known, err := config.LoadBaseline(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = &hint.Error{Err: err, Hint: "create it with \"qasleaks baseline create\""}
	}
	return known, err
}

// addVerifier prepares to verify keys.
func (p *Plan) addVerifier(_ context.Context, r Request) (err error) {
	switch {
	case r.Verify != nil:
		p.Verifier, err = verify.New(*r.Verify)
	case r.FailOnLive:
		err = hint.New("add --verify, or remove it", "--fail-on-live has no effect without --verify")
	}
	return err
}

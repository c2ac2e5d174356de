package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify"
)

// askFlags say whom to ask about keys, and what.
func askFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "url", Usage: "ask the host of `URL`, that of the keys' own tenant", DefaultText: "QAS_URL in the environment"},
		&cli.BoolFlag{Name: "discover", Usage: "ask the hosts of qasphere.com that stand beside a key", DisableDefaultText: true},
		&cli.StringFlag{Name: "allow-host", Usage: "let --url name `HOST[:PORT]`, which is none of qasphere.com, at any address"},
		&cli.StringFlag{Name: "proxy", Usage: "connect through the HTTP proxy at `URL`; that of the environment is not used", DefaultText: "none"},
		&cli.BoolFlag{Name: "analyze", Usage: "ask what live keys reach: user, role, projects, audit log", DisableDefaultText: true},
		&cli.IntFlag{Name: "max-keys", Usage: "ask about `N` keys at most", Value: verify.DefaultMaxKeys},
	}
}

// verifyFlags are those of a scan that verifies.
func verifyFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "verify", Usage: "ask the QA Sphere API whether the keys found are alive", DisableDefaultText: true},
		&cli.BoolFlag{Name: "fail-on-live", Usage: "exit with 1 for live keys alone, and with 3 if that is not known of each", DisableDefaultText: true},
	}, askFlags()...)
}

// verifying sets what the flags of verifyFlags ask for.
func (s *session) verifying(c *cli.Context, p *plan) (err error) {
	p.failOnLive = c.Bool("fail-on-live")
	if c.Bool("verify") {
		if p.failOnLive && c.IsSet("fail-on") {
			return hint.New("leave one of them out", "--fail-on and --fail-on-live contradict each other")
		}
		p.verifier, err = s.verifier(c)
		return err
	}
	for _, flag := range verifyFlags() {
		if name := flag.Names()[0]; c.IsSet(name) {
			return hint.New("add --verify, or leave it out", "--%s does nothing without --verify", name)
		}
	}
	return nil
}

// verifier returns what asks as the flags of askFlags say. Of all else only QAS_URL
// in the environment has a say.
func (s *session) verifier(c *cli.Context) (*verify.Verifier, error) {
	o := verify.Options{
		URL: c.String("url"), Source: "--url",
		Discover: c.Bool("discover"), AllowHost: c.String("allow-host"), Proxy: c.String("proxy"),
		Analyze: c.Bool("analyze"), MaxKeys: c.Int("max-keys"),
	}
	if o.URL == "" {
		o.URL, o.Source = s.getenv("QAS_URL"), "QAS_URL"
	}
	if o.MaxKeys < 1 {
		return nil, hint.New("leave it out to ask about "+fmt.Sprint(verify.DefaultMaxKeys), "invalid value %d for --max-keys: expected 1 or more", o.MaxKeys)
	}
	return verify.New(o)
}

// isKey reports whether a finding is a key that a host could know.
func isKey(f *scanner.Finding) bool { return f.Key != (rules.Key{}) && !f.Key.Documented() }

// liveStatus is the exit status of --fail-on-live: 3 also where it is not known
// of a key whether it is live.
func liveStatus(result *scanner.Result) int {
	status := statusClean
	if !result.Coverage.Complete() || unknown(result.Findings) > 0 {
		status = statusIncomplete
	}
	for i := range result.Findings {
		if f := &result.Findings[i]; f.Suppressed == nil && f.Liveness.State.Alive() {
			status = statusFindings
		}
	}
	return status
}

// unknown counts the keys that are proven neither alive nor dead. Those of a
// suspended tenant come back.
func unknown(findings []scanner.Finding) int {
	n := 0
	for i := range findings {
		f := &findings[i]
		if f.Suppressed == nil && isKey(f) && !f.Liveness.State.Alive() && f.Liveness.State != scanner.Invalid {
			n++
		}
	}
	return n
}

func (s *session) verifyCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "verify",
		Usage: "ask the QA Sphere API whether keys are alive",
		Description: "Keys come from standard input, one a line. Or, to prove that a rotation worked,\n" +
			"they are those of an old JSON report, and --source has them still, in history.\n\n" +
			"Exit status: 0 if every key is dead; 1 if one is alive; else 3: it is not known\n" +
			"of each. 2 for wrong usage, with nothing asked; 130 if interrupted.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "report", Usage: "verify the keys of the JSON report in `FILE`"},
			&cli.StringFlag{Name: "source", Usage: "scan `PATH` for the keys of the report"},
			&cli.StringFlag{Name: "format", Usage: "write the answer as `FORMAT`: " + strings.Join(verifyFormats, ", "), Value: verifyFormats[0]},
			&cli.BoolFlag{Name: "quiet", Usage: "print nothing on standard error but errors", DisableDefaultText: true},
		}, askFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return hint.New("give it on standard input: qasleaks verify < FILE", "a key is not taken as an argument: it would stay in the shell's history and show in the list of processes")
			}
			return s.verify(c)
		},
	})
}

// verifyFormats are those of the answer, the default first.
var verifyFormats = []string{"text", "json"}

// verify asks about the keys it is given.
func (s *session) verify(c *cli.Context) error {
	format := c.String("format")
	if !slices.Contains(verifyFormats, format) {
		return unknownWord("verify", "format", format, verifyFormats)
	}
	verifier, err := s.verifier(c)
	if err != nil {
		return err
	}
	given, err := s.given(c)
	if err != nil {
		return err
	}
	if err := verifier.Verify(c.Context, given.result.Findings); err != nil {
		return err
	}
	s.status = deadStatus(given.result)
	if format == "json" {
		return report.JSON(s.stdout, given.result, report.Options{Version: version()})
	}
	return s.tell(given)
}

// deadStatus is the exit status of a proof that keys are dead.
func deadStatus(result *scanner.Result) int {
	status := statusClean
	if !result.Coverage.Complete() {
		status = statusIncomplete
	}
	for _, f := range result.Findings {
		switch {
		case f.Liveness.State.Alive():
			return statusFindings
		case f.Liveness.State != scanner.Invalid:
			status = statusIncomplete
		}
	}
	return status
}

// tell writes a line for each key, and the sum.
func (s *session) tell(given keys) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	counts := map[scanner.LivenessState]int{}
	line := func(key rules.Key, l scanner.Liveness) {
		counts[l.State]++
		why := l.Reason
		if l.Access != nil {
			why = strings.TrimPrefix(why+". "+l.Access.Summary, ". ")
		}
		if l.Host != "" {
			why = strings.TrimSuffix("at "+l.Host+": "+why, ": ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", key, l.State, why)
	}
	for _, f := range given.result.Findings {
		line(f.Key, f.Liveness)
	}
	for _, key := range given.gone {
		line(key, scanner.Liveness{State: scanner.Unverifiable, Reason: goneReason})
	}
	table.Flush()
	if n := unread(given.result); n > 0 {
		fmt.Fprintf(&b, "%s could not be read: --format json names them.\n", counted(n, "thing"))
	}
	var sum []string
	for state := range scanner.Unverifiable + 1 {
		if n := counts[state]; n > 0 {
			sum = append(sum, fmt.Sprintf("%d %s", n, state))
		}
	}
	_, err := fmt.Fprintf(s.stdout, "%s%s: %s.\n", &b, counted(len(given.result.Findings)+len(given.gone), "key"), strings.Join(sum, ", "))
	return err
}

// unread counts what the source has and could not be read.
func unread(result *scanner.Result) int {
	n := 0
	for _, skip := range result.Coverage.Skipped {
		if skip.Kind == scanner.SkipFailed && skip.Reason != goneReason {
			n++
		}
	}
	return n
}

// verified adds to the result of a scan what the API says of its keys.
func (p plan) verified(ctx context.Context, result *scanner.Result) error {
	if p.verifier == nil {
		return nil
	}
	if err := p.verifier.Verify(ctx, result.Findings); err != nil {
		return err
	}
	if n := unknown(result.Findings); n > 0 && p.failOnLive {
		are := "they are"
		if n == 1 {
			are = "it is"
		}
		result.Coverage.Notes = append(result.Coverage.Notes, fmt.Sprintf("It is not known of %s whether %s live, so that --fail-on-live cannot pass.", counted(n, "key"), are))
	}
	return nil
}

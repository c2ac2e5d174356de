package cli

import (
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/unpack"
	"github.com/qasleaks/qasleaks/verify"
)

// The groups of flags in the help of a command, in the order of [categories].
const (
	whatToScan   = "What to scan"
	manyTargets  = "Many targets"
	historyFlags = "History"
	reportFlags  = "Report"
	exitStatus   = "Exit status"
	verification = "Verification"
	limits       = "Limits"
	redaction    = "What to write"
	agents       = "Coding assistants"
)

var categories = []string{redaction, whatToScan, manyTargets, historyFlags, reportFlags, exitStatus, verification, agents, limits}

func allFilesFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "all-files", Category: whatToScan, Usage: "also scan the files that git ignores"}
}

func stagedFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "staged", Category: whatToScan, Usage: "scan only staged changes"}
}

// ruleFlags say which rules run.
func ruleFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "rule", Value: []string{}, Category: whatToScan, Usage: "run only `RULE`; can be repeated (\"qasleaks rules\" lists the rules)", DefaultText: "all"},
		{Name: "min-confidence", Category: whatToScan, Usage: "leave out findings below `CONFIDENCE`: high, medium, low", Value: rules.Low.String()},
		{Name: "config", Value: "", Category: whatToScan, Usage: "read the configuration from `FILE`", DefaultText: config.FileName + " in the first directory that is scanned"},
	}
}

// wholeHistoryFlags leave out the history, or everything else.
func wholeHistoryFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "no-history", Category: historyFlags, Usage: "do not scan the history of repositories"},
		{Name: "history-only", Category: historyFlags, Usage: "scan only the history of repositories, not their files"},
	}
}

// partialHistoryFlags choose commits.
func partialHistoryFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "range", Value: "", Category: historyFlags, Usage: "scan only what the commits `BASE..HEAD` add"},
		{Name: "since", Value: "", Category: historyFlags, Usage: "scan only what commits since `DATE` add; for example 2026-01-31, or a time as in RFC 3339"},
	}
}

// formatFlags fill given.
func formatFlags(given *ordered) []*cmdline.Flag {
	return []*cmdline.Flag{
		{
			Name: "format", Category: reportFlags, Value: orderedFlag{"format", given}, DefaultText: report.Names()[0],
			Usage: "write the report as `FORMAT`: " + strings.Join(report.Names(), ", ") + "; can be repeated, with an --output for each",
		},
		{
			Name: "output", Category: reportFlags, Value: orderedFlag{"output", given},
			Usage: "write the report to `FILE`, which only you can read",
		},
	}
}

// oneFormatFlag is for commands that write one report.
func oneFormatFlag(names []string) *cmdline.Flag {
	return &cmdline.Flag{Name: "format", Category: reportFlags, Usage: "write the report as `FORMAT`: " + strings.Join(names, ", "), Value: names[0]}
}

func splitFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "split-sarif", Value: "", Category: reportFlags, Usage: "also write a SARIF file for each repository into `DIR`, with paths as in a checkout of it"}
}

func githubFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "sarif-for-github", Category: reportFlags, Usage: "limit SARIF to what GitHub code scanning accepts; always on in GitHub Actions"}
}

func showSecretsFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "show-secrets", Category: reportFlags, Usage: "print whole keys, including their tokens"}
}

// colorNames are the values of --color, the default first.
var colorNames = []string{"auto", "always", "never"}

func colorFlag() *cmdline.Flag {
	return &cmdline.Flag{
		Name: "color", Category: reportFlags, Value: colorNames[0],
		Usage: "print colours `WHEN`: auto, always, never; auto is for terminals, and follows NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE in the environment",
	}
}

func quietFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "quiet", Category: reportFlags, Usage: "print only errors on standard error"}
}

// statusFlags say which findings fail.
func statusFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "fail-on", Category: exitStatus, Usage: "exit with 1 for findings of `SEVERITY` and above: " + strings.Join(plan.FailOnNames, ", "), Value: rules.Error.String()},
		{Name: "strict", Category: exitStatus, Usage: "exit with 3 instead of 0 if anything was skipped, also by policy: too large, damaged, encrypted, excluded"},
		{Name: "baseline", Value: "", Category: exitStatus, Usage: "do not count the findings in `FILE` (see \"qasleaks baseline --help\")"},
	}
}

func trustFlag() *cmdline.Flag {
	return &cmdline.Flag{Name: "trust", Value: "", Category: exitStatus, Usage: "read the configuration, the baseline and qasleaks:allow comments from the commit `REV`, not from what is scanned"}
}

// hostFlags say which host to ask about keys, and what.
func hostFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "url", Value: []string{}, Category: verification, Usage: "ask the host of `URL`, which must belong to the tenant of the keys; can be repeated, and each key is asked about until a host accepts it", DefaultText: "QAS_URL in the environment"},
		{Name: "discover", Category: verification, Usage: "ask the qasphere.com host that is found near a key"},
		{Name: "allow-host", Value: "", Category: verification, Usage: "accept `HOST[:PORT]` in --url although it is not on qasphere.com, at any IP address"},
		{Name: "proxy", Value: "", Category: verification, Usage: "connect through the HTTP proxy at `URL`; proxies in the environment are ignored", DefaultText: "none"},
		{Name: "analyze", Category: verification, Usage: "ask what live keys can access: user, role, projects, audit log"},
		{Name: "max-keys", Category: verification, Usage: "ask about at most `N` keys", Value: verify.DefaultMaxKeys},
	}
}

// verifyFlags are for a scan that verifies keys.
func verifyFlags() []*cmdline.Flag {
	return append([]*cmdline.Flag{
		{Name: "verify", Category: verification, Usage: "ask the QA Sphere API whether the keys that are found are live"},
		{Name: "fail-on-live", Category: verification, Usage: "exit with 1 only for live keys, and with 3 if the liveness of a key is unknown"},
	}, hostFlags()...)
}

// limitFlags bound the work.
func limitFlags() []*cmdline.Flag {
	usual := unpack.DefaultLimits()
	return []*cmdline.Flag{
		{Name: "jobs", Value: 0, Category: limits, Usage: "scan with `N` goroutines", DefaultText: "one per core"},
		{Name: "max-archive-depth", Category: limits, Usage: "open archives that are nested up to `N` levels; 0 opens none", Value: usual.Depth},
		{Name: "max-member-size", Category: limits, Usage: "read at most `MIB` of each member of an archive", Value: int(usual.Member >> 20)},
		{Name: "max-archive-size", Category: limits, Usage: "unpack at most `MIB` of an archive, including nested ones", Value: int(usual.Total >> 20)},
	}
}

// given returns the value of a flag, or "" for the default.
func given(c *cmdline.Context, flag string) string {
	if !c.IsSet(flag) {
		return ""
	}
	return c.String(flag)
}

// request returns what the flags of a command ask for. Flags that the command does not
// have ask for nothing.
func (s *session) request(c *cmdline.Context, targets []string) (plan.Request, error) {
	r := plan.Request{
		Targets: targets, Stdin: s.stdin,
		Staged: c.Bool("staged"), NoHistory: c.Bool("no-history"), HistoryOnly: c.Bool("history-only"), AllFiles: c.Bool("all-files"),
		Range: c.String("range"), Since: c.String("since"),
		Rules: c.StringSlice("rule"), MinConfidence: given(c, "min-confidence"), FailOn: given(c, "fail-on"),
		Config: c.String("config"), Baseline: c.String("baseline"), Trust: c.String("trust"),
		Jobs: c.Int("jobs"), FailOnLive: c.Bool("fail-on-live"), Strict: c.Bool("strict"),
	}
	if r.Jobs < 1 && c.IsSet("jobs") {
		return r, hint.New("remove it to use every core", "invalid value %d for --jobs: expected 1 or more", r.Jobs)
	}
	var err error
	if r.Unpack, err = unpackLimits(c); err != nil {
		return r, err
	}
	r.Verify, err = s.verifyOptions(c)
	return r, err
}

// unpackLimits returns how much of archives is unpacked.
func unpackLimits(c *cmdline.Context) (unpack.Limits, error) {
	chosen := unpack.DefaultLimits()
	chosen.Depth, chosen.Member, chosen.Total = c.Int("max-archive-depth"), int64(c.Int("max-member-size")), int64(c.Int("max-archive-size"))
	if chosen.Depth < 0 || chosen.Depth > 100 {
		return chosen, hint.New("", "invalid value %d for --max-archive-depth: expected 0 to 100", chosen.Depth)
	}
	const most = 1 << 20 // a TiB
	for _, size := range []struct {
		flag string
		mib  *int64
	}{{"--max-member-size", &chosen.Member}, {"--max-archive-size", &chosen.Total}} {
		if *size.mib < 1 || *size.mib > most {
			return chosen, fmt.Errorf("invalid value %d for %s: expected 1 to %d", *size.mib, size.flag, most)
		}
		*size.mib <<= 20
	}
	return chosen, nil
}

// verifyOptions returns how a scan verifies keys; nil if it does not.
func (s *session) verifyOptions(c *cmdline.Context) (*verify.Options, error) {
	if c.Bool("verify") {
		return s.hostOptions(c)
	}
	if cmdline.Find("--verify", c.Command.Flags) == nil {
		return nil, nil // flags of the same names are other flags
	}
	for _, flag := range verifyFlags() {
		if name := flag.Name; c.IsSet(name) {
			return nil, hint.New("add --verify, or remove it", "--%s has no effect without --verify", name)
		}
	}
	return nil, nil
}

// hostOptions returns what hostFlags ask for. From the environment it takes only
// QAS_URL.
func (s *session) hostOptions(c *cmdline.Context) (*verify.Options, error) {
	o := &verify.Options{
		URLs: c.StringSlice("url"), Source: "--url",
		Discover: c.Bool("discover"), AllowHost: c.String("allow-host"), Proxy: c.String("proxy"),
		Analyze: c.Bool("analyze"), MaxKeys: c.Int("max-keys"),
	}
	if url := s.getenv("QAS_URL"); len(o.URLs) == 0 && url != "" {
		o.URLs, o.Source = []string{url}, "QAS_URL"
	}
	if o.MaxKeys < 1 {
		return nil, hint.New(fmt.Sprintf("remove it to ask about at most %d", verify.DefaultMaxKeys), "invalid value %d for --max-keys: expected 1 or more", o.MaxKeys)
	}
	return o, nil
}

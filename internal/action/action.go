// Package action is the GitHub Action: it decides by the event what to scan, scans, and
// reports in the places where GitHub shows results. action.yml runs it by the hidden
// command "github-action".
package action

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/unpack"
	"github.com/qasleaks/qasleaks/site"
	"github.com/qasleaks/qasleaks/verify"
)

// Action is one run of the action.
type Action struct {
	// Getenv reads what action.yml and the runner say. Inputs come only from variables
	// (INPUT_PATH and so on): in the command line of a shell they could run programs.
	Getenv func(string) string
	// Stdout is the log of the step.
	Stdout io.Writer
	// Version is the version of the program.
	Version string
}

// input returns an input of action.yml.
func (a *Action) input(name string) string {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	return strings.TrimSpace(a.Getenv("INPUT_" + name))
}

func (a *Action) path() string {
	if path := a.input("path"); path != "" {
		return path
	}
	return "."
}

// Run scans or redacts, reports, and returns the exit status. If it returns an error,
// call [Action.Fail].
func (a *Action) Run(ctx context.Context) (status int, err error) {
	if paths := a.input("redact"); paths != "" {
		return a.redact(ctx, paths)
	}
	s, err := a.scope(ctx)
	if err != nil {
		return 0, err
	}
	format, err := a.format()
	if err != nil {
		return 0, err
	}
	for _, warning := range s.warnings {
		a.annotate("warning", warning)
	}
	a.announce(s)
	request, err := a.request(s)
	if err != nil {
		return 0, err
	}
	p, err := request.Resolve(ctx)
	if err != nil {
		return 0, err
	}
	result, err := scanner.Scan(ctx, p.Targets, p.Options)
	if err != nil {
		return 0, err
	}
	if status, err = p.Finish(ctx, result); err != nil {
		return 0, err
	}
	if c := result.Coverage; s.site == "" && s.revisions == "" && c.Files+c.Objects == 0 && c.Complete() {
		return 0, hint.New("run actions/checkout before this step", "there is nothing to scan in %s", a.path())
	}
	if result.Coverage.Shallow {
		const shallow = "The checkout is shallow: commits that are not in it were not scanned.\n" +
			"To scan them, set \"fetch-depth: 0\" for actions/checkout."
		a.annotate("warning", shallow)
		s.warnings = append(s.warnings, shallow)
	}
	r, err := a.render(result, p, format)
	if err != nil {
		return 0, err
	}
	return status, a.publish(r, s, result, status)
}

// format returns the format of the report in the log.
func (a *Action) format() (report.Format, error) {
	name := a.input("format")
	if name == "" {
		return report.Formats()[0], nil
	}
	format, err := report.Lookup(name)
	if err != nil {
		return format, &hint.Error{Err: err, Hint: nearest.Hint(name, report.Names())}
	}
	return format, nil
}

// request returns what the inputs and the event ask for.
func (a *Action) request(s scope) (plan.Request, error) {
	o, err := a.verifyOptions()
	var served *site.Options
	if s.site != "" {
		served = &site.Options{URL: s.site, Getenv: a.Getenv}
	}
	return plan.Request{
		Site:    served,
		Targets: []string{a.path()}, Range: s.revisions, Trust: s.trust,
		FailOn: a.input("fail-on"), Config: a.input("config"), Baseline: a.baseline(),
		Unpack: unpack.DefaultLimits(), Stdin: strings.NewReader(""), Verify: o,
	}, err
}

// verifyOptions returns how keys are verified; nil if they are not.
func (a *Action) verifyOptions() (*verify.Options, error) {
	o := &verify.Options{URLs: strings.Fields(a.input("url")), Source: "the input url", MaxKeys: verify.DefaultMaxKeys}
	switch {
	case a.input("verify") == "true":
	case len(o.URLs) > 0:
		return nil, hint.New("set \"verify: true\", or remove url", "the input url has no effect without verify")
	default:
		return nil, nil
	}
	if url := a.Getenv("QAS_URL"); len(o.URLs) == 0 && url != "" {
		o.URLs, o.Source = []string{url}, "QAS_URL"
	}
	return o, nil
}

// baseline returns the baseline of the input, or the one in its usual place.
func (a *Action) baseline() string {
	if path := a.input("baseline"); path != "" {
		return path
	}
	path := filepath.Join(a.path(), config.BaselineName)
	if _, err := os.Lstat(path); err != nil {
		return ""
	}
	return path
}

package action

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// reports are the reports of one scan.
type reports struct{ annotations, log, summary, sarif bytes.Buffer }

// render writes the reports of a result; inLog is the format of the one in the log.
func (a *Action) render(result *scanner.Result, p plan.Plan, inLog report.Format) (*reports, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	options := report.Options{FailOn: p.FailOn, Dir: dir, Version: a.Version, SARIFForGitHub: true}
	inColor := options
	inColor.Color = a.Getenv("NO_COLOR") == "" // the log shows colours
	r := new(reports)
	err = errors.Join(
		report.GitHub(&r.annotations, result, options),
		report.Markdown(&r.summary, result, options),
		report.SARIF(&r.sarif, result, options),
		inLog.Write(&r.log, result, inColor),
	)
	return r, err
}

// publish puts the reports in their places, and sets the outputs of the step.
func (a *Action) publish(r *reports, s scope, result *scanner.Result, status int) error {
	sarif, err := a.writeSARIF(r.sarif.Bytes())
	if err != nil {
		return err
	}
	out := outputs{findings: plan.Unsuppressed(result.Findings), live: live(result.Findings), sarif: sarif, status: status}
	for _, warning := range s.warnings {
		fmt.Fprintf(&r.summary, "\n> **Warning:** %s\n", markdown(warning))
	}
	if err := errors.Join(a.log(r), a.summarize(r.summary.String())); err != nil {
		return err
	}
	out.upload = a.uploads(s)
	return a.setOutputs(out)
}

// writeSARIF writes the SARIF report where the next step finds it. The runner names
// the directory, and empties it ("Default environment variables").
func (a *Action) writeSARIF(content []byte) (string, error) {
	dir, err := os.MkdirTemp(a.Getenv("RUNNER_TEMP"), "qasleaks-")
	if err != nil {
		return "", fmt.Errorf("write SARIF report: %w", err)
	}
	name := filepath.Join(dir, "qasleaks.sarif")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		return "", fmt.Errorf("write SARIF report: %w", err)
	}
	return name, nil
}

// Fail says that nothing was scanned, and why, in the same places; status is the
// output exit-code.
func (a *Action) Fail(status int, text, advice string) error {
	if advice != "" {
		text += "\n" + advice
	}
	a.annotate("error", text)
	return errors.Join(a.summarize("**Nothing was scanned.** "+markdown(text)), a.setOutputs(outputs{status: status}))
}

// announce says in the log what is scanned.
func (a *Action) announce(s scope) {
	fmt.Fprintf(a.Stdout, "qasleaks: scanning %s\n", neutral.Log(scanner.Hide(s.String())))
}

// log prints the annotations and the report. What is scanned can contain texts that
// the runner would take for commands. Between "stop-commands" and its end, which
// nobody can know in advance, it accepts none ("Workflow commands for GitHub Actions").
func (a *Action) log(r *reports) error {
	end := rand.Text()
	_, err := fmt.Fprintf(a.Stdout, "%s::stop-commands::%s\n%s\n::%s::\n", r.annotations.Bytes(), end, r.log.Bytes(), end)
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

// annotate adds an annotation to the step.
func (a *Action) annotate(level, text string) {
	fmt.Fprintf(a.Stdout, "::%s title=qasleaks::%s\n", level, neutral.WorkflowData(strings.Split(scanner.Hide(text), "\n")...))
}

// markdown returns lines of text that are not markup, without tokens.
func markdown(text string) string {
	lines := strings.Split(scanner.Hide(text), "\n")
	for i, line := range lines {
		lines[i] = neutral.Markdown(line)
	}
	return strings.Join(lines, "<br>")
}

// summarize adds Markdown to the summary of the step.
func (a *Action) summarize(text string) error {
	return appendTo(a.Getenv("GITHUB_STEP_SUMMARY"), text+"\n")
}

// outputs are the outputs of the step in action.yml.
type outputs struct {
	findings, live int
	sarif          string
	status         int
	upload         bool
}

// setOutputs writes only numbers and the paths of the runner.
func (a *Action) setOutputs(o outputs) error {
	return appendTo(a.Getenv("GITHUB_OUTPUT"), fmt.Sprintf(
		"findings=%d\nlive=%d\nsarif-file=%s\nexit-code=%d\nupload=%t\n", o.findings, o.live, o.sarif, o.status, o.upload))
}

// live counts the keys that are proven to be live.
func live(findings []scanner.Finding) int {
	n := 0
	for i := range findings {
		if f := &findings[i]; f.Suppressed == nil && f.Liveness.State.Alive() {
			n++
		}
	}
	return n
}

// uploads reports whether the SARIF file is for code scanning, and says why not if
// that was asked for. Code scanning closes the alerts that are not in an upload, so
// for a branch only whole scans are uploaded.
func (a *Action) uploads(s scope) bool {
	why := ""
	switch {
	case a.input("upload-sarif") != "true":
		return false
	case s.readOnly:
		why = "runs for a fork or for Dependabot may not write to code scanning. The annotations, the summary and the output sarif-file are complete."
	case s.site != "":
		why = "code scanning shows only findings in files of the repository."
	case s.revisions != "" && !s.pullRequest:
		why = "code scanning closes the alerts that are not in an upload, and this was a scan of only " + s.revisions +
			". Scans on a schedule, started by hand or with \"range: all\" are uploaded."
	default:
		return true
	}
	a.annotate("notice", "The SARIF file was not uploaded: "+why)
	return false
}

// appendTo adds to a file that the runner names; outside GitHub Actions there is none.
func appendTo(name, text string) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("write for the runner: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write for the runner: %w", err)
	}
	return nil
}

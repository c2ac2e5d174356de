package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// action is one run of the GitHub Action: what action.yml and the runner say in the
// environment, and what is learned on the way.
type action struct {
	*session
	input func(name string) string
	// dir is for the reports; it is left to the runner to remove.
	dir string
	// errs is what the scan says on standard error.
	errs bytes.Buffer
}

// actionCommand is what action.yml runs. Inputs come from variables alone
// (INPUT_PATH and so on): in a shell's command line they could run programs.
func (s *session) actionCommand() *cli.Command {
	return command(&cli.Command{
		Name:   "github-action",
		Usage:  "scan as the GitHub Action of this name does",
		Hidden: true,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			input := func(name string) string {
				name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
				return strings.TrimSpace(s.getenv("INPUT_" + name))
			}
			a := &action{session: s, input: input}
			err := a.run(c.Context)
			if err == nil || c.Context.Err() != nil {
				return err
			}
			s.status = statusUsage
			a.annotate("error", errorText(err))
			return errors.Join(a.summary("**Nothing was scanned.** "+summaryText.Replace(errorText(err))), a.outputs(part{}))
		},
	})
}

// errorText is an error with what to do about it.
func errorText(err error) string {
	text := err.Error()
	if advice := hint.Of(err); advice != "" {
		text += "\n" + advice
	}
	return maskKeys(text)
}

// run scans, and says what was found in every place where people look.
func (a *action) run(ctx context.Context) (err error) {
	// The runner names and empties the folder ("Default environment variables").
	if a.dir, err = os.MkdirTemp(a.getenv("RUNNER_TEMP"), "qasleaks-"); err != nil {
		return fmt.Errorf("make a folder for reports: %w", err)
	}
	part, err := a.part(ctx)
	if err != nil {
		return err
	}
	for _, warning := range part.warnings {
		a.annotate("warning", warning)
	}
	fmt.Fprintf(a.stdout, "qasleaks: scanning %s of %s\n", neutralLine(part.String()), neutralLine(a.path()))
	inner := &session{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &a.errs, getenv: a.getenv}
	if err := inner.run(ctx, a.arguments(part)); err != nil {
		return err
	}
	a.status, a.result = inner.status, inner.result
	if c := a.result.Coverage; part.revisions == "" && c.Files+c.Objects == 0 && c.Complete() {
		return hint.New("check the repository out before, with actions/checkout", "there is nothing to scan in %s", a.path())
	}
	if a.result.Coverage.Shallow {
		a.annotate("warning", shallowWarning)
	}
	return errors.Join(a.log(), a.summarize(part), a.outputs(part))
}

const shallowWarning = "The checkout is shallow: commits that are not in it were not scanned.\n" +
	"To have them scanned, give actions/checkout \"fetch-depth: 0\"."

func (a *action) path() string {
	if path := a.input("path"); path != "" {
		return path
	}
	return "."
}

// The files of the reports, in a.dir.
const (
	annotationsFile = "annotations"
	logFile         = "report"
	summaryFile     = "summary.md"
	sarifFile       = "qasleaks.sarif"
)

// arguments returns the command line of the scan. It is none of a shell's, and no
// value in it can pass for a flag.
func (a *action) arguments(p part) []string {
	file := func(name string) string { return "--output=" + filepath.Join(a.dir, name) }
	format := a.input("format")
	if format == "" {
		format = "text"
	}
	args := []string{
		"qasleaks", "scan", "--quiet", "--sarif-for-github",
		"--format=github", file(annotationsFile), "--format=markdown", file(summaryFile),
		"--format=sarif", file(sarifFile), "--format=" + format, file(logFile),
	}
	for _, flag := range []struct{ name, value string }{
		{"range", p.revisions},
		{"trust", p.trust},
		{"fail-on", a.input("fail-on")},
		{"config", a.input("config")},
		{"baseline", a.baseline()},
		{"url", a.input("url")},
	} {
		if flag.value != "" {
			args = append(args, "--"+flag.name+"="+flag.value)
		}
	}
	if a.input("verify") == "true" {
		args = append(args, "--verify")
	}
	return append(args, "--", a.path())
}

// baseline returns the baseline: that of the input, or one in its usual place.
func (a *action) baseline() string {
	if path := a.input("baseline"); path != "" {
		return path
	}
	path := filepath.Join(a.path(), config.BaselineName)
	if _, err := os.Lstat(path); err != nil {
		return ""
	}
	return path
}

// log prints the annotations, and the report. What is scanned can hold texts that
// the runner would take for commands; between "stop-commands" and its end, which
// nobody can know before, there are none ("Workflow commands for GitHub Actions").
func (a *action) log() error {
	annotations, err := os.ReadFile(filepath.Join(a.dir, annotationsFile))
	if err != nil {
		return fmt.Errorf("read annotations: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(a.dir, logFile))
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	end := rand.Text()
	_, err = fmt.Fprintf(a.stdout, "%s::stop-commands::%s\n%s%s\n::%s::\n", annotations, end, a.errs.Bytes(), text, end)
	return err
}

// annotate adds an annotation to the step.
func (a *action) annotate(level, text string) {
	fmt.Fprintf(a.stdout, "::%s title=qasleaks::%s\n", level, commandText.Replace(text))
}

// commandText keeps a text in its workflow command.
var commandText = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

// neutralLine keeps a text from being a workflow command, of the new kind or the
// old ("##[command]").
func neutralLine(text string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "##[", "# [").Replace(text)
}

// summaryText keeps a text from being markup.
var summaryText = strings.NewReplacer("<", "&lt;", "`", "'", "[", "\\[", "*", "\\*", "_", "\\_", "\n", "<br>", "@", "&#64;")

// summarize writes the summary of the step.
func (a *action) summarize(p part) error {
	text, err := os.ReadFile(filepath.Join(a.dir, summaryFile))
	if err != nil {
		return fmt.Errorf("read summary: %w", err)
	}
	summary := string(text)
	if a.result.Coverage.Shallow {
		p.warnings = append(p.warnings, shallowWarning)
	}
	for _, warning := range p.warnings {
		summary += "\n> **Warning:** " + summaryText.Replace(warning) + "\n"
	}
	return a.summary(summary)
}

func (a *action) summary(text string) error {
	return appendTo(a.getenv("GITHUB_STEP_SUMMARY"), text+"\n")
}

// outputs sets the outputs of the step. What it writes is made of numbers, and
// of the paths of the runner.
func (a *action) outputs(p part) error {
	findings, live, sarif, upload := 0, 0, "", false
	if a.result != nil {
		findings = unsuppressed(a.result.Findings)
		for i := range a.result.Findings {
			if f := &a.result.Findings[i]; f.Suppressed == nil && f.Liveness.State.Alive() {
				live++
			}
		}
		sarif = filepath.Join(a.dir, sarifFile)
		upload = a.upload(p)
	}
	return appendTo(a.getenv("GITHUB_OUTPUT"), fmt.Sprintf(
		"findings=%d\nlive=%d\nsarif-file=%s\nexit-code=%d\nupload=%t\n", findings, live, sarif, a.status, upload))
}

// upload reports whether the SARIF file should go to code scanning, and says why
// not if that was asked for. Code scanning takes what is not in an upload for
// fixed, so that only whole scans count for a branch.
func (a *action) upload(p part) bool {
	why := ""
	switch {
	case a.input("upload-sarif") != "true":
		return false
	case p.readOnly:
		why = "this run may not write there, since it is for a fork or for Dependabot. The annotations, the summary and the output sarif-file have all of it."
	case p.revisions != "" && !p.pullRequest:
		why = "code scanning takes what is not in an upload for fixed, and this was a scan of " + p.revisions + " alone. Scans on a schedule, by hand or with \"range: all\" are uploaded."
	default:
		return true
	}
	a.annotate("notice", "The SARIF file was not uploaded: "+why)
	return false
}

// appendTo adds to a file that the runner names; it names none outside of Actions.
func appendTo(name, text string) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("tell the runner: %w", err)
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("tell the runner: %w", err)
	}
	return nil
}

// commit returns the ID of the commit that a revision names, or "" if it is not in
// the checkout.
func (a *action) commit(ctx context.Context, revision string) (string, error) {
	id, err := scanner.ResolveCommit(ctx, a.path(), revision)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return id, err
}

package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/s2"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// output says where the reports of a scan go, and what they look like.
type output struct {
	reports []wanted
	// sarifForGitHub limits SARIF to what GitHub code scanning accepts.
	sarifForGitHub bool
	showSecrets    bool
	color          bool
	linkHost       string // empty for no links
	quiet          bool
	// splitSARIF is the directory of a SARIF file for each repository; empty for none.
	splitSARIF string
	moment     report.Moment
	// messageFile is the file of the commit message, in a hook.
	messageFile string
	// shortPaths leaves the name of the target out of paths.
	shortPaths bool
}

// output returns what the flags of a command say about reports.
func (s *session) output(c *cmdline.Context, given ordered) (output, error) {
	reports, err := given.reports()
	return output{
		reports: reports,
		// GitHub Actions set the variable ("Default environment variables").
		sarifForGitHub: c.Bool("sarif-for-github") || s.getenv("GITHUB_ACTIONS") == "true",
		showSecrets:    c.Bool("show-secrets"),
		color:          s.wantsColor(c), linkHost: s.linkHost(c), quiet: c.Bool("quiet"),
		splitSARIF: c.String("split-sarif"),
	}, cmp.Or(err, checkColor(c))
}

// write writes the reports. All are complete before the first is visible, so that a
// reader never gets half of one, nor one of two.
func (s *session) write(out output, failOn rules.Severity, result *scanner.Result) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	var printed *held
	var files []*atomicfile.File
	var names []string
	defer func() {
		for _, file := range files {
			file.Discard()
		}
	}()
	for _, wanted := range out.reports {
		options := report.Options{
			ShowSecrets: out.showSecrets, FailOn: failOn, Dir: hide(dir), Version: version(),
			Moment: out.moment, MessageFile: hide(out.messageFile),
			SARIFForGitHub: out.sarifForGitHub, Warn: s.warn(out.quiet),
		}
		var w io.Writer
		if wanted.output == "" {
			options.Color, options.Width, options.LinkHost = out.color, terminalWidth(s.stdout), out.linkHost
			printed = newHeld()
			w = printed
		} else {
			file, err := atomicfile.Create(wanted.output, 0o600) // what leads to a key is confidential
			if err != nil {
				return err
			}
			files, names = append(files, file), append(names, wanted.output)
			w = file
		}
		if err := wanted.format.Write(w, result, options); err != nil {
			return fmt.Errorf("write %s report: %w", wanted.format.Name, err)
		}
		if err := result.Err(); err != nil {
			return err
		}
	}
	if out.splitSARIF != "" {
		if err := splitSARIF(out.splitSARIF, result, report.Options{
			FailOn: failOn, Dir: hide(dir), Version: version(), SARIFForGitHub: out.sarifForGitHub, Warn: s.warn(out.quiet),
		}); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := file.Commit(); err != nil {
			return err
		}
	}
	if printed != nil { // last, as its reader may have gone
		if err := printed.release(s.stdout); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
	}
	if len(names) > 0 && !out.quiet {
		fmt.Fprintf(s.stderr, "qasleaks: %s, %s in %s\n", plural.Count(plan.Unsuppressed(result.Findings), "finding"),
			plural.Noun(len(names), "report"), strings.Join(names, ", "))
	}
	return nil
}

// held is a report that waits until all reports are complete. It is compressed: a report of
// many keys is large and repeats itself.
type held struct {
	*s2.Writer
	compressed bytes.Buffer
}

func newHeld() *held {
	h := new(held)
	h.Writer = s2.NewWriter(&h.compressed, s2.WriterConcurrency(1))
	return h
}

// release writes the report.
func (h *held) release(w io.Writer) error {
	if err := h.Close(); err != nil {
		return err
	}
	_, err := io.Copy(w, s2.NewReader(&h.compressed))
	return err
}

// warn returns the function by which a report says what it had to leave out; nil if
// quiet.
func (s *session) warn(quiet bool) func(string) {
	if quiet {
		return nil
	}
	return func(text string) { fmt.Fprintf(s.stderr, "qasleaks: %s\n", text) }
}

// checkOutput finds out before a scan whether a file can be written.
func checkOutput(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return hint.New("name a file in it", "output %s is a directory", path)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return hint.New("create the directory first", "output %s: the directory %s does not exist", path, dir)
	}
	return nil
}

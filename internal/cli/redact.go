package cli

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

func (s *session) redactCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "redact",
		Usage:     "mask keys in test reports, logs and archives before they are uploaded",
		ArgsUsage: "[FILE|DIR…]",
		Description: "Masks the tokens of all keys that a scan finds, in their encoding; tenant and key ID stay. Without " +
			"arguments it is a filter: standard input is copied to standard output, line by line. One FILE is written to " +
			"standard output, unless --output or --in-place says otherwise.\n\n" +
			"Exit status: 3 if something could not be masked or read; else 1 if something was masked; else 0. 2 for wrong " +
			"usage; 130 if interrupted.",
		Flags: []*cmdline.Flag{
			{Name: "output", Value: "", Category: redaction, Usage: "copy each FILE and DIR into the directory `DIR`, with the keys masked"},
			{Name: "in-place", Category: redaction, Usage: "replace the files that have keys; permissions and times are kept"},
			{Name: "strict", Category: redaction, Usage: "with --output, do not copy files that could not be masked completely"},
			quietFlag(),
		},
		Action: func(c *cmdline.Context) error {
			files := rewrite.Files{Output: c.String("output"), Strict: c.Bool("strict")}
			targets, inPlace := c.Args(), c.Bool("in-place")
			isFilter := len(targets) == 0 || len(targets) == 1 && targets[0] == "-"
			switch {
			case inPlace && files.Output != "":
				return hint.New("leave one of them out", "--in-place writes nothing to --output")
			case files.Strict && files.Output == "":
				return hint.New("only a copy can leave files out", "--strict needs --output")
			case isFilter && (inPlace || files.Output != ""):
				return hint.New("name files or directories", "standard input is written to standard output")
			case slices.Contains(targets, "-") && !isFilter:
				return hint.New("name only files, or only -", "standard input cannot be masked together with files")
			case isFilter:
				return s.redactStream(c)
			case !inPlace && files.Output == "":
				return s.redactFile(c, targets)
			}
			done, err := rewrite.New().Rewrite(c.Context, targets, files)
			if err != nil {
				return err
			}
			return s.redacted(c, done)
		},
	}
}

// redactStream copies standard input to standard output.
func (s *session) redactStream(c *cmdline.Context) error {
	masked, err := rewrite.New().Stream(c.Context, s.stdin, s.stdout)
	if err != nil {
		return err
	}
	return s.redacted(c, []rewrite.File{{Path: "standard input", Masked: masked}})
}

// redactFile writes one file to standard output.
func (s *session) redactFile(c *cmdline.Context, targets []string) error {
	advice := hint.New("add --output DIR or --in-place", "only one file can be written to standard output")
	if len(targets) > 1 {
		return advice
	}
	info, err := os.Stat(targets[0])
	switch {
	case err != nil:
		return hint.New("name a file that exists", "read target: %w", err)
	case info.IsDir():
		return advice
	}
	masked, err := rewrite.New().File(c.Context, targets[0], s.stdout)
	if err != nil {
		return err
	}
	return s.redacted(c, []rewrite.File{{Path: targets[0], Masked: masked}})
}

// redacted prints what was masked and what was not, and sets the exit status.
func (s *session) redacted(c *cmdline.Context, files []rewrite.File) error {
	b := bufio.NewWriter(s.stderr)
	say := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	quiet := c.Bool("quiet")
	var all rewrite.Masked
	masked := 0
	for _, f := range files {
		if len(f.Keys) > 0 {
			masked++
			if s.status = max(s.status, plan.Findings); !quiet {
				say("%s: masked %s", f.Path, strings.Join(f.Names(), ", "))
			}
		}
		all.Add(f.Masked)
		for _, skip := range f.Left {
			s.status = plan.Incomplete
			say("%s: not masked: %s", strings.Join(append([]string{f.Path}, skip.Layers...), "!"), skip.Reason)
		}
		if f.Missing {
			say("%s: not copied", f.Path)
		}
	}
	if !quiet && masked > 0 {
		say("qasleaks: masked %s in %s\nhint: revoke them: who could write them down could also send them", plural.Count(len(all.Keys), "key"), plural.Count(masked, "file"))
	}
	return b.Flush()
}

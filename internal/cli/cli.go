// Package cli turns a command line into a scan, a report and an exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/qasleaks/qasleaks/internal/cmdline"
)

// The exit statuses besides those of a scan that ran.
const (
	statusUsage = 2
	// StatusInterrupted says that the context ended first.
	StatusInterrupted = 130
)

// session is one run of the program.
type session struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// screen is where the progress is drawn: standard error as it is.
	screen io.Writer
	getenv func(string) string
	// status is the exit status of a command that ends without an error.
	status int
}

// Main runs the command line args, whose first element is the name of the
// program, and returns its exit status: 1 if there are findings at or above
// --fail-on; else 3 if something could not be read; else 0. It is 2, with
// nothing scanned, for wrong usage or configuration, and 130 if ctx ends first.
// Only reports go to stdout. It is not an error if the reader of stdout goes away.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	safe := &messages{to: stderr}
	defer safe.end()
	s := &session{stdin: stdin, stdout: stdout, stderr: safe, screen: stderr, getenv: os.Getenv}
	err := s.run(ctx, args)
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return s.status
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "qasleaks: interrupted")
		return StatusInterrupted
	}
	s.complain(err)
	return statusUsage
}

func (s *session) run(ctx context.Context, args []string) error {
	c, err := s.program().Parse(args[min(1, len(args)):])
	if err != nil {
		return err
	}
	c.Context = ctx
	switch {
	case c.IsSet("version"):
		return s.printVersion()
	case c.Command == nil, c.IsSet(cmdline.Help.Name):
		return s.printHelp(c.Program, c.Command)
	}
	return c.Command.Action(c)
}

func (s *session) program() *cmdline.Program {
	return &cmdline.Program{
		Usage:     "find QA Sphere API keys in files and in the whole history of git repositories",
		UsageText: "qasleaks COMMAND [flags] [argument…]\n\nqasleaks scan .\nqasleaks demo",
		Flags: []*cmdline.Flag{
			{Name: "version", Usage: "print the version"},
			cmdline.Help,
		},
		Commands: []*cmdline.Command{
			s.scanCommand(),
			s.mergeCommand(),
			s.siteCommand(),
			s.redactCommand(),
			s.verifyCommand(),
			s.baselineCommand(),
			s.hookCommand(),
			s.demoCommand(),
			s.rulesCommand(),
			s.exportCommand(),
			s.versionCommand(),
			s.completionCommand(),
			s.completeCommand(),
			s.actionCommand(),
			s.helpCommand(),
		},
	}
}

func (s *session) helpCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "help",
		Usage:     "print the help of a command",
		ArgsUsage: "[COMMAND]",
		Action: func(c *cmdline.Context) error {
			name := c.Args().First()
			command := c.Program.Command(name)
			if command == nil && name != "" {
				return c.Program.UnknownCommand(name)
			}
			return s.printHelp(c.Program, command)
		},
	}
}

// complain prints what went wrong, and what to do.
func (s *session) complain(err error) {
	text, advice := masked(err)
	fmt.Fprintf(s.stderr, "qasleaks: %s\n", text)
	if advice != "" {
		fmt.Fprintf(s.stderr, "hint: %s\n", advice)
	}
}

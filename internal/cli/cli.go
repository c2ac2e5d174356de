// Package cli turns a command line into a scan, a report and an exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
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
	app := s.app()
	setHelp(app, terminalWidth(s.stdout))
	args, err := arrange(app, args)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, args)
}

func (s *session) app() *cli.App {
	return &cli.App{
		Name:            "qasleaks",
		Usage:           "find QA Sphere API keys in files and in the whole history of git repositories",
		UsageText:       "qasleaks COMMAND [flags] [argument…]\n\nqasleaks scan .\nqasleaks demo",
		Writer:          s.stdout,
		ErrWriter:       s.stderr,
		HideHelpCommand: true,
		HideVersion:     true,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "version", Usage: "print the version"},
			cli.HelpFlag,
		},
		Commands: []*cli.Command{
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
			helpCommand(),
		},
		Action: func(c *cli.Context) error {
			if c.Bool("version") {
				return s.printVersion()
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return err },
		// The default handler would end the process: only main may.
		ExitErrHandler: func(*cli.Context, error) {},
	}
}

func helpCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "help",
		Usage:     "print the help of a command",
		ArgsUsage: "[COMMAND]",
		Action: func(c *cli.Context) error {
			name := c.Args().First()
			switch {
			case name == "":
				return cli.ShowAppHelp(c)
			case c.App.Command(name) == nil:
				return unknownCommand(c.App, name)
			}
			return cli.ShowCommandHelp(c, name)
		},
	})
}

// command sets what all commands share.
func command(c *cli.Command) *cli.Command {
	c.HideHelpCommand = true
	c.UsageText = strings.Join(strings.Fields("qasleaks "+c.Name+" [flags] "+c.ArgsUsage), " ")
	if len(c.Flags) == 0 {
		c.UsageText = strings.Replace(c.UsageText, " [flags]", "", 1)
	}
	c.OnUsageError = func(_ *cli.Context, err error, _ bool) error {
		return hint.New(seeHelp(c.Name), "%s", flagError(err))
	}
	return c
}

func seeHelp(command string) string { return fmt.Sprintf("see \"qasleaks %s --help\"", command) }

// complain prints what went wrong, and what to do.
func (s *session) complain(err error) {
	text, advice := masked(err)
	fmt.Fprintf(s.stderr, "qasleaks: %s\n", text)
	if advice != "" {
		fmt.Fprintf(s.stderr, "hint: %s\n", advice)
	}
}

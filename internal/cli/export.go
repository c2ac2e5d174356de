package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/export"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/internal/plan"
)

func (s *session) exportCommand() *cmdline.Command {
	var about strings.Builder
	for _, t := range export.Targets() {
		fmt.Fprintf(&about, "%-12s %s\n", t.Name, t.Form)
	}
	return &cmdline.Command{
		Name:      "export",
		Usage:     "write the pattern of a key for another tool",
		ArgsUsage: "TOOL",
		Description: about.String() + "\nThe pattern finds keys in plain text; docs/export.md lists what each tool still misses.\n\n" +
			"With --check the exit status is 0 if a configuration has the pattern, 1 if the pattern is missing or out of date, " +
			"and 2 if the file cannot be read.",
		Flags: []*cmdline.Flag{
			{Name: "output", Value: "", Usage: "write to `FILE` instead of standard output"},
			{Name: "check", Value: "", Usage: "write nothing, but say whether the tool's configuration `FILE` has the pattern"},
		},
		Action: func(c *cmdline.Context) error {
			if len(c.Args()) != 1 {
				return hint.New(cmdline.SeeHelp("export"), "expected one tool: %s", strings.Join(export.Names(), ", "))
			}
			name := c.Args().First()
			target, ok := export.Find(name)
			switch {
			case !ok:
				return hint.New(nearest.Hint(name, export.Names()), "unknown tool %q: expected one of %s", name, strings.Join(export.Names(), ", "))
			case c.IsSet("check") && c.IsSet("output"):
				return hint.New("leave one of them out", "--check writes nothing for --output")
			case c.IsSet("check"):
				return s.checkExport(target, c.String("check"))
			}
			return s.export(target, c.String("output"))
		},
	}
}

// targetCandidates returns the tools for completion.
func targetCandidates() []candidate {
	var found []candidate
	for _, t := range export.Targets() {
		found = append(found, candidate{t.Name, t.Form})
	}
	return found
}

// export writes the configuration of a tool, and says what to do with it.
func (s *session) export(target export.Target, path string) error {
	if err := checkOutput(path); err != nil {
		return err
	}
	if err := s.writeExport(target.Config(), path); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.stderr, "qasleaks: %s\n", target.Next)
	return err
}

func (s *session) writeExport(config []byte, path string) error {
	if path == "" {
		_, err := s.stdout.Write(config)
		return err
	}
	file, err := atomicfile.Create(path, 0o644) // it is to be committed
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(config); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return file.Commit()
}

// checkExport says whether a configuration has the pattern.
func (s *session) checkExport(target export.Target, path string) error {
	config, err := os.ReadFile(path)
	if err != nil {
		return &hint.Error{Err: err, Hint: fmt.Sprintf("name the file that %s reads", target.Name)}
	}
	gaps, err := target.Check(config)
	if err != nil {
		return hint.New(fmt.Sprintf("name the file that %s reads", target.Name), "%s: %w", path, err)
	}
	if len(gaps) == 0 {
		_, err := fmt.Fprintf(s.stdout, "%s: up to date\n", path)
		return err
	}
	s.status = plan.Findings
	for _, gap := range gaps {
		if _, err := fmt.Fprintf(s.stdout, "%s: %s\n", path, gap); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(s.stderr, "hint: put in what \"qasleaks export %s\" writes\n", target.Name)
	return err
}

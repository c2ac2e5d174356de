package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/internal/agenthook"
	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/githook"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
)

// completeName is the command that completionScripts call with the words of a command
// line after the name of the program. The last, which is being typed, follows a "+":
// some shells would drop an empty word. The command prints a line for each candidate:
// the word, a tab, and what it means. Without lines the shell completes files.
const completeName = "__complete"

var shells = []string{"bash", "zsh", "fish", "powershell"}

func (s *session) completionCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands, flags and values in a shell",
		ArgsUsage: strings.Join(shells, "|"),
		Description: "To load the script in each shell, add the line to ~/.bashrc, to ~/.zshrc after compinit, " +
			"to ~/.config/fish/config.fish, or to $PROFILE:\n\n" +
			"bash        eval \"$(qasleaks completion bash)\"\n" +
			"zsh         eval \"$(qasleaks completion zsh)\"\n" +
			"fish        qasleaks completion fish | source\n" +
			"powershell  qasleaks completion powershell | Out-String | Invoke-Expression",
		Action: func(c *cmdline.Context) error {
			if len(c.Args()) > 1 {
				return hint.New("name one shell", "unexpected argument %q", c.Args().Get(1))
			}
			script, ok := completionScripts[c.Args().First()]
			if !ok {
				return unknownWord("completion", "shell", c.Args().First(), shells)
			}
			_, err := fmt.Fprint(s.stdout, script)
			return err
		},
	}
}

func (s *session) completeCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:   completeName,
		Usage:  "print the words that can follow in a command line",
		Hidden: true,
		Action: func(c *cmdline.Context) error {
			words := c.Args()
			if len(words) == 0 {
				return nil
			}
			last := len(words) - 1
			for _, found := range complete(c.Program, words[:last], strings.TrimPrefix(words[last], "+")) {
				if _, err := fmt.Fprintf(s.stdout, "%s\t%s\n", found.word, found.meaning); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// candidate is a word that can be completed.
type candidate struct{ word, meaning string }

// complete returns the candidates for the word that is being typed, after the words
// before it.
func complete(program *cmdline.Program, before []string, typed string) []candidate {
	if len(before) == 0 {
		return matching(commandsAndFlags(program), typed)
	}
	command := program.Command(before[0])
	if command == nil || slices.Contains(before, "--") {
		return nil
	}
	before = before[1:]
	last := func() string {
		if len(before) == 0 {
			return ""
		}
		return before[len(before)-1]
	}
	// bash splits "--format=json" into three words.
	if typed == "=" && last() != "" {
		typed = ""
	} else if last() == "=" {
		before = before[:len(before)-1]
	}
	if flag := cmdline.Find(last(), command.Flags); flag != nil && flag.TakesValue() {
		return matching(flagValues(command, last()), typed)
	}
	if name, value, ok := strings.Cut(typed, "="); ok {
		found := matching(flagValues(command, name), value)
		for i := range found {
			found[i].word = name + "=" + found[i].word
		}
		return found
	}
	if strings.HasPrefix(typed, "-") {
		return matching(flagCandidates(command.Flags), typed)
	}
	return matching(argumentValues(program, command, before), typed)
}

func matching(all []candidate, typed string) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.word, typed) })
}

func commandsAndFlags(program *cmdline.Program) []candidate {
	var found []candidate
	for _, command := range program.Commands {
		if !command.Hidden {
			found = append(found, candidate{command.Name, command.Usage})
		}
	}
	return append(found, flagCandidates(program.Flags)...)
}

// flagCandidates returns the long names of flags.
func flagCandidates(flags []*cmdline.Flag) []candidate {
	var found []candidate
	for _, flag := range append(slices.Clip(flags), cmdline.Help) {
		name := "--" + flag.Name
		if !slices.ContainsFunc(found, func(c candidate) bool { return c.word == name }) {
			found = append(found, candidate{name, strings.ReplaceAll(flag.Usage, "`", "")})
		}
	}
	return found
}

// flagValues returns the values of a flag, if they are a fixed list.
func flagValues(command *cmdline.Command, flag string) []candidate {
	switch flag {
	case "--format":
		if command.Name == "verify" {
			return plainCandidates(verifyFormats)
		}
		return plainCandidates(report.Names())
	case "--agent":
		return plainCandidates(agenthook.Names())
	case "--on-error":
		return plainCandidates(onErrorNames)
	case "--color":
		return plainCandidates(colorNames)
	case "--fail-on":
		return plainCandidates(plan.FailOnNames)
	case "--min-confidence":
		return plainCandidates(plan.ConfidenceNames)
	case "--rule":
		return ruleCandidates()
	}
	return nil
}

// argumentValues returns the values of the next argument of a command, if they are a
// fixed list; before are the words of the command so far.
func argumentValues(program *cmdline.Program, command *cmdline.Command, before []string) []candidate {
	last := ""
	if len(before) > 0 {
		last = before[len(before)-1]
	}
	given := slices.ContainsFunc(before, func(word string) bool { return !strings.HasPrefix(word, "-") })
	switch {
	case given && command.Name == "hook" && last == "run":
		return plainCandidates(append(slices.Clip(githook.Names), agentHook))
	case given && command.Name == "hook":
		return plainCandidates(githook.Names)
	case given:
		return nil
	case command.Name == "rules":
		return ruleCandidates()
	case command.Name == "help":
		return slices.DeleteFunc(commandsAndFlags(program), func(c candidate) bool { return strings.HasPrefix(c.word, "-") })
	case command.Name == "completion":
		return plainCandidates(shells)
	case command.Name == "hook":
		return plainCandidates(hookActions)
	case command.Name == "export":
		return targetCandidates()
	case command.Name == "baseline":
		return plainCandidates(baselineActions)
	}
	return nil
}

func ruleCandidates() []candidate {
	var found []candidate
	for _, r := range rules.All() {
		found = append(found, candidate{r.ID, r.Title})
	}
	return found
}

func plainCandidates(words []string) []candidate {
	found := make([]candidate, len(words))
	for i, word := range words {
		found[i].word = word
	}
	return found
}

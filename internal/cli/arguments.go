package cli

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
)

// arrange returns the command line with the flags of the command moved before its
// other arguments, and a "--" between them. Package cli stops at the first argument
// that is not a flag: "scan . --format sarif" would silently run with the default
// format. Flags that are unknown, have no value, or are repeated are errors.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) == 0 {
		return []string{app.Name}, nil
	}
	for i, arg := range args[1:] {
		if !strings.HasPrefix(arg, "-") {
			head, tail := args[:i+2], args[i+2:]
			command := app.Command(arg)
			if command == nil {
				return nil, unknownCommand(app, arg)
			}
			rest, err := flagsFirst(command, tail)
			return append(slices.Clip(head), rest...), err
		}
		if !isFlag(arg, app.Flags) {
			return nil, misplaced(app, arg)
		}
	}
	return args, nil
}

// flagsFirst arranges the arguments of one command.
func flagsFirst(command *cli.Command, args []string) ([]string, error) {
	var flags, others []string
	given := map[string]bool{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			others = append(others, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			others = append(others, arg)
			continue
		}
		name, value, hasValue := strings.Cut(arg, "=")
		flag := findFlag(name, command.Flags)
		if flag == nil {
			return nil, unknownFlag(command, name)
		}
		if takesValue(flag) && !hasValue {
			if i+1 == len(args) || strings.HasPrefix(args[i+1], "-") && args[i+1] != "-" {
				return nil, hint.New(seeHelp(command.Name), "flag %s needs a value", name)
			}
			i++
			value, hasValue = args[i], true
		}
		if takesValue(flag) && value == "" {
			return nil, hint.New(seeHelp(command.Name), "flag %s needs a value", name)
		}
		if flag == cli.HelpFlag {
			return []string{name}, nil // package cli would take an argument for a topic
		}
		if err := checkFlag(flag, name, hasValue, given[name]); err != nil {
			return nil, err
		}
		given[name] = true
		if takesValue(flag) {
			name += "=" + value
		}
		flags = append(flags, name)
	}
	return append(append(flags, "--"), others...), nil
}

func checkFlag(flag cli.Flag, name string, hasValue, repeated bool) error {
	list := false
	switch flag.(type) {
	case *cli.StringSliceFlag, *cli.GenericFlag:
		list = true
	}
	switch {
	case hasValue && !takesValue(flag):
		return hint.New(fmt.Sprintf("write only %s", name), "flag %s takes no value", name)
	case repeated && takesValue(flag) && !list:
		return hint.New("remove one of them", "flag %s is repeated", name)
	}
	return nil
}

func takesValue(flag cli.Flag) bool {
	documented, ok := flag.(cli.DocGenerationFlag)
	return ok && documented.TakesValue()
}

// findFlag returns the flag written as name, with its dashes, or nil.
func findFlag(name string, flags []cli.Flag) cli.Flag {
	for _, flag := range append(slices.Clip(flags), cli.HelpFlag) {
		if slices.Contains(written(flag), name) {
			return flag
		}
	}
	return nil
}

// written returns how the names of a flag are written: --quiet, -h.
func written(flag cli.Flag) []string {
	var names []string
	for _, name := range flag.Names() {
		if len(name) == 1 {
			names = append(names, "-"+name)
		} else {
			names = append(names, "--"+name)
		}
	}
	return names
}

func isFlag(arg string, flags []cli.Flag) bool { return findFlag(arg, flags) != nil }

func unknownFlag(command *cli.Command, name string) error {
	var names []string
	for _, flag := range command.Flags {
		names = append(names, written(flag)...)
	}
	return hint.New(cmp.Or(nearest.Hint(name, names), seeHelp(command.Name)), "unknown flag %s", name)
}

// misplaced is the error for a flag before the command.
func misplaced(app *cli.App, arg string) error {
	name, _, _ := strings.Cut(arg, "=")
	for _, command := range app.Commands {
		if isFlag(name, command.Flags) {
			return hint.New(fmt.Sprintf("write \"qasleaks %s %s …\"", command.Name, name), "flag %s before the command", name)
		}
	}
	return hint.New("see \"qasleaks --help\"", "unknown flag %s", name)
}

func unknownCommand(app *cli.App, name string) error {
	var names []string
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}
	advice := "see \"qasleaks --help\""
	if meant, ok := nearest.Name(name, names); ok {
		advice = fmt.Sprintf("did you mean \"qasleaks %s\"?", meant)
	} else if _, err := os.Stat(name); err == nil {
		advice = fmt.Sprintf("to scan it, run \"qasleaks scan %s\"", name)
	}
	return hint.New(advice, "unknown command %q", name)
}

// unknownWord is the error for an argument that is missing or not one of words.
func unknownWord(command, what, word string, words []string) error {
	expected := strings.Join(words, ", ")
	if word == "" {
		return hint.New(seeHelp(command), "missing %s: expected one of %s", what, expected)
	}
	return hint.New(cmp.Or(nearest.Hint(word, words), seeHelp(command)), "unknown %s %q: expected one of %s", what, word, expected)
}

// flagError writes an error of package flag in the form of the other errors.
func flagError(err error) string {
	text := strings.Replace(err.Error(), "for flag -", "for --", 1)
	return strings.TrimSuffix(text, ": parse error")
}

// noArguments returns an error if a command that takes no arguments has some.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return hint.New(fmt.Sprintf("%q takes no arguments", "qasleaks "+c.Command.Name), "unexpected argument %q", c.Args().First())
	}
	return nil
}

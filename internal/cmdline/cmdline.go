// Package cmdline reads the command line: a command, its flags and its arguments. It prints
// nothing.
package cmdline

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
)

// Program is qasleaks with its commands.
type Program struct {
	Usage, UsageText string
	Flags            []*Flag // those before the command
	Commands         []*Command
}

// Command is one command of a program.
type Command struct {
	Name, Usage, ArgsUsage string
	Description            string
	Hidden                 bool // not in help and completion
	Flags                  []*Flag
	Action                 func(*Context) error
}

// Context is what an action is called with.
type Context struct {
	// Context ends when the program is interrupted.
	Context context.Context
	Program *Program
	Command *Command
	args    Args
	values  map[string]any // of the flags that were given, by name
}

// Args returns the arguments that are not flags.
func (c *Context) Args() Args { return c.args }

// Args are the arguments of a command.
type Args []string

// Get returns the argument with an index; empty if there are not as many.
func (a Args) Get(i int) string {
	if i < len(a) {
		return a[i]
	}
	return ""
}

// First returns the first argument; empty if there is none.
func (a Args) First() string { return a.Get(0) }

// Tail returns the arguments after the first.
func (a Args) Tail() []string { return a[min(1, len(a)):] }

// Command returns the command with a name, or nil.
func (p *Program) Command(name string) *Command {
	for _, c := range p.Commands {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Parse reads the arguments after the name of the program. Without a command, or with a
// flag before it, the context has no command, and that flag, if any, is set. After [Help],
// nothing is read.
func (p *Program) Parse(args []string) (*Context, error) {
	c := &Context{Program: p, values: map[string]any{}}
	if len(args) == 0 {
		return c, nil
	}
	if name := args[0]; strings.HasPrefix(name, "-") {
		flag := Find(name, p.Flags)
		if flag == nil {
			return nil, p.misplaced(name)
		}
		c.values[flag.Name] = true
		return c, nil
	}
	if c.Command = p.Command(args[0]); c.Command == nil {
		return nil, p.UnknownCommand(args[0])
	}
	return c, c.read(args[1:])
}

// read reads the arguments of a command. Flags can follow other arguments, so that
// "scan . --format sarif" does not run with the default format; after "--" there are none.
func (c *Context) read(args []string) error {
	for len(args) > 0 && !c.IsSet(Help.Name) {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			c.args = append(c.args, args...)
			break
		}
		if !looksLikeFlag(arg) {
			c.args = append(c.args, arg)
			continue
		}
		name, value, hasValue := strings.Cut(arg, "=")
		flag := Find(name, c.Command.Flags)
		if flag == nil {
			return c.Command.unknownFlag(name)
		}
		if flag.TakesValue() && !hasValue && len(args) > 0 && !looksLikeFlag(args[0]) {
			value, args = args[0], args[1:]
		}
		switch {
		case !flag.TakesValue() && hasValue:
			return hint.New(fmt.Sprintf("write only %s", name), "flag %s takes no value", name)
		case flag.TakesValue() && value == "":
			return hint.New(SeeHelp(c.Command.Name), "flag %s needs a value", name)
		case !flag.repeatable() && c.IsSet(flag.Name):
			return hint.New("remove one of them", "flag %s is repeated", name)
		}
		parsed, err := flag.parse(c.values[flag.Name], value)
		if err != nil {
			return hint.New(SeeHelp(c.Command.Name), "invalid value %q for %s%s", value, name, reason(err))
		}
		c.values[flag.Name] = parsed
	}
	return nil
}

func looksLikeFlag(arg string) bool { return strings.HasPrefix(arg, "-") && arg != "-" }

func (c *Command) unknownFlag(name string) error {
	var names []string
	for _, flag := range c.Flags {
		names = append(names, flag.Written()...)
	}
	return hint.New(cmp.Or(nearest.Hint(name, names), SeeHelp(c.Name)), "unknown flag %s", name)
}

const seeProgramHelp = "see \"qasleaks --help\""

// SeeHelp is the hint to read the help of a command.
func SeeHelp(command string) string { return fmt.Sprintf("see \"qasleaks %s --help\"", command) }

// misplaced is the error for a flag before the command.
func (p *Program) misplaced(arg string) error {
	name, _, _ := strings.Cut(arg, "=")
	for _, c := range p.Commands {
		if Find(name, c.Flags) != nil {
			return hint.New(fmt.Sprintf("write \"qasleaks %s %s …\"", c.Name, name), "flag %s before the command", name)
		}
	}
	return hint.New(seeProgramHelp, "unknown flag %s", name)
}

// UnknownCommand is the error for a command that does not exist.
func (p *Program) UnknownCommand(name string) error {
	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	advice := seeProgramHelp
	if meant, ok := nearest.Name(name, names); ok {
		advice = fmt.Sprintf("did you mean \"qasleaks %s\"?", meant)
	} else if _, err := os.Stat(name); err == nil {
		advice = fmt.Sprintf("to scan it, run \"qasleaks scan %s\"", name)
	}
	return hint.New(advice, "unknown command %q", name)
}

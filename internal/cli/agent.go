package cli

import (
	"fmt"
	"slices"

	"github.com/qasleaks/qasleaks/internal/agenthook"
	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
)

// agentHook is the name of the hook that coding assistants run.
const agentHook = "agent"

// onErrorNames are the values of --on-error, the default first.
var onErrorNames = []string{"block", "allow"}

func agentFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "agent", Value: "", Category: agents, Usage: "the assistant is `NAME`"},
		{Name: "on-error", Category: agents, Usage: "if an event cannot be read, `ACT`: block, allow", Value: onErrorNames[0]},
	}
}

// product returns what --agent names.
func product(c *cmdline.Context) (agenthook.Product, error) {
	p, ok := agenthook.Find(c.String("agent"))
	if !ok {
		return p, unknownWord("hook", "agent", c.String("agent"), agenthook.Names())
	}
	return p, nil
}

// beforeAgent answers an assistant. An error has the exit status 2, by which assistants
// stop.
func (s *session) beforeAgent(c *cmdline.Context, args []string) error {
	if len(args) > 0 {
		return hint.New("name the assistant with --agent", "unexpected argument %q", args[0])
	}
	for _, name := range c.Given() {
		if !slices.Contains([]string{"agent", "on-error", "color", "quiet"}, name) {
			return hint.New("remove it", "--%s has no effect with the hook %s", name, agentHook)
		}
	}
	onError := c.String("on-error")
	if !slices.Contains(onErrorNames, onError) {
		return unknownWord("hook", "value of --on-error", onError, onErrorNames)
	}
	p, err := product(c)
	if err != nil {
		return err
	}
	answer, err := p.Answer(c.Context, s.stdin)
	if err != nil && onError == "allow" && c.Context.Err() == nil {
		text, _ := masked(err)
		s.tell("qasleaks: not checked: " + text)
		answer, err = p.Pass(), nil
	}
	if err != nil || answer == nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s\n", answer)
	return err
}

// agentSettings installs or uninstalls the hook of an assistant in the current directory.
func (s *session) agentSettings(c *cmdline.Context, action string, args []string) error {
	if len(args) > 0 {
		return hint.New("remove it", "unexpected argument %q with --agent", args[0])
	}
	p, err := product(c)
	if err != nil {
		return err
	}
	var done string
	switch action {
	case "install":
		done, err = p.Install(".", c.String("on-error") == "allow")
	case "uninstall":
		done, err = p.Uninstall(".")
	default:
		return hint.New("remove it", "--agent has no effect with %s", action)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s: %s\n", p.Settings, done)
	return err
}

package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
)

// unknownWord is the error for an argument that is missing or not one of words.
func unknownWord(command, what, word string, words []string) error {
	expected := strings.Join(words, ", ")
	if word == "" {
		return hint.New(cmdline.SeeHelp(command), "missing %s: expected one of %s", what, expected)
	}
	return hint.New(cmp.Or(nearest.Hint(word, words), cmdline.SeeHelp(command)), "unknown %s %q: expected one of %s", what, word, expected)
}

// noArguments returns an error if a command that takes no arguments has some.
func noArguments(c *cmdline.Context) error {
	if len(c.Args()) > 0 {
		return hint.New(fmt.Sprintf("%q takes no arguments", "qasleaks "+c.Command.Name), "unexpected argument %q", c.Args().First())
	}
	return nil
}

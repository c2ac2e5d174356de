package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/internal/cmdline"
)

// defaultWidth is how wide help is where there is no terminal.
const defaultWidth = 80

// printHelp prints the help of a command, or of the program if it is nil, as wide as the
// terminal.
func (s *session) printHelp(program *cmdline.Program, command *cmdline.Command) error {
	width := cmp.Or(terminalWidth(s.stdout), defaultWidth)
	text := programHelp(program, width)
	if command != nil {
		text = commandHelp(command, width)
	}
	_, err := fmt.Fprint(s.stdout, text)
	return err
}

func programHelp(program *cmdline.Program, width int) string {
	h := &helpText{width: width}
	h.head("qasleaks", program.Usage, program.UsageText)
	var rows []row
	for _, c := range program.Commands {
		if !c.Hidden {
			rows = append(rows, row{c.Name, c.Usage})
		}
	}
	h.section("Commands", rows)
	h.section("Flags", flagRows(program.Flags, nil))
	return h.String()
}

func commandHelp(c *cmdline.Command, width int) string {
	h := &helpText{width: width}
	usage := "qasleaks " + c.Name
	if len(c.Flags) > 0 {
		usage += " [flags]"
	}
	h.head("qasleaks "+c.Name, c.Usage, usage+" "+c.ArgsUsage)
	if c.Description != "" {
		h.WriteString("\n")
		for line := range strings.SplitSeq(c.Description, "\n") {
			h.line("", line)
		}
	}
	flags := append(slices.Clip(c.Flags), cmdline.Help)
	for _, category := range categories {
		h.section(category, flagRows(flags, &category))
	}
	none := ""
	h.section("Help", flagRows(flags, &none))
	return h.String()
}

// row is a name and what it means.
type row struct{ name, meaning string }

// flagRows returns the flags of a category, or of all if it is nil.
func flagRows(flags []*cmdline.Flag, category *string) []row {
	var rows []row
	for _, flag := range flags {
		if category != nil && flag.Category != *category {
			continue
		}
		name, meaning := strings.Join(flag.Written(), ", "), flag.Usage
		if flag.TakesValue() {
			_, rest, _ := strings.Cut(meaning, "`")
			value, _, _ := strings.Cut(rest, "`")
			name += " " + value
			meaning = strings.ReplaceAll(meaning, "`", "")
			if preset := flag.Default(); preset != "" {
				meaning += fmt.Sprintf(" (default: %s)", preset)
			}
		}
		rows = append(rows, row{name, meaning})
	}
	return rows
}

// helpText is help that is wrapped to a width.
type helpText struct {
	strings.Builder
	width int
}

func (h *helpText) head(name, summary, usage string) {
	h.line("", name+": "+summary)
	h.WriteString("\nUsage:\n")
	for line := range strings.SplitSeq(usage, "\n") {
		h.line("  ", line)
	}
}

// section writes rows in two columns below a title; nothing if there are none.
func (h *helpText) section(title string, rows []row) {
	if len(rows) == 0 {
		return
	}
	h.WriteString("\n" + title + ":\n")
	column := 0
	for _, r := range rows {
		column = max(column, 2+utf8.RuneCountInString(r.name)+2)
	}
	if column > h.width/2 { // meanings below the names
		for _, r := range rows {
			h.line("  ", r.name)
			h.line("      ", r.meaning)
		}
		return
	}
	for _, r := range rows {
		h.line(fmt.Sprintf("  %-*s", column-2, r.name), r.meaning)
	}
}

// line writes text after a prefix, and wraps it below the column where it begins. A
// line whose text has columns of its own, after two or more spaces, is wrapped below
// the last of them.
func (h *helpText) line(prefix, text string) {
	if at := strings.LastIndex(text, "  "); at >= 0 {
		prefix, text = prefix+text[:at+2], text[at+2:]
	}
	column := utf8.RuneCountInString(prefix)
	h.WriteString(strings.TrimRight(prefix, " "))
	gap, at := strings.Repeat(" ", column-utf8.RuneCountInString(strings.TrimRight(prefix, " "))), column
	for word := range strings.FieldsSeq(text) {
		width := utf8.RuneCountInString(word)
		if at > column && at+1+width > h.width {
			h.WriteString("\n")
			gap, at = strings.Repeat(" ", column), column
		}
		if at > column {
			gap = " "
			at++
		}
		h.WriteString(gap + word)
		gap, at = "", at+width
	}
	h.WriteString("\n")
}

package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// defaultWidth is how wide help is where there is no terminal.
const defaultWidth = 80

// setHelp writes the help of the program and of its commands for a terminal of the
// given width, or of [defaultWidth] if it is 0. The templates of package cli neither
// wrap the text of flags nor keep the order of their groups.
func setHelp(app *cli.App, width int) {
	if width == 0 {
		width = defaultWidth
	}
	app.CustomAppHelpTemplate = appHelp(app, width)
	for _, c := range app.Commands {
		c.CustomHelpTemplate = commandHelp(c, width)
	}
}

func appHelp(app *cli.App, width int) string {
	h := &helpText{width: width}
	h.head(app.Name, app.Usage, app.UsageText)
	var rows []row
	for _, c := range app.Commands {
		if !c.Hidden {
			rows = append(rows, row{c.Name, c.Usage})
		}
	}
	h.section("Commands", rows)
	h.section("Flags", flagRows(app.Flags, nil))
	return h.String()
}

func commandHelp(c *cli.Command, width int) string {
	h := &helpText{width: width}
	h.head("qasleaks "+c.Name, c.Usage, c.UsageText)
	if c.Description != "" {
		h.WriteString("\n")
		for line := range strings.SplitSeq(c.Description, "\n") {
			h.line("", line)
		}
	}
	flags := append(slices.Clip(c.Flags), cli.HelpFlag)
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
func flagRows(flags []cli.Flag, category *string) []row {
	var rows []row
	for _, flag := range flags {
		if grouped, ok := flag.(cli.CategorizableFlag); ok && category != nil && grouped.GetCategory() != *category {
			continue
		}
		documented, ok := flag.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		name, meaning := strings.Join(written(flag), ", "), documented.GetUsage()
		if documented.TakesValue() {
			_, rest, _ := strings.Cut(meaning, "`")
			value, _, _ := strings.Cut(rest, "`")
			name += " " + value
			meaning = strings.ReplaceAll(meaning, "`", "")
			if preset := strings.Trim(documented.GetDefaultText(), "\""); preset != "" {
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

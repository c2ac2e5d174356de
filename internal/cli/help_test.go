package cli

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/internal/cmdline"
)

// helpOf returns the help of a command as a terminal of this width shows it.
func helpOf(name string, width int) string {
	return commandHelp(new(session).program().Command(name), width)
}

func TestHelpFitsTheTerminal(t *testing.T) {
	program := new(session).program()
	for _, command := range program.Commands {
		if command.Hidden {
			continue
		}
		for _, width := range []int{40, 60, 80, 81, 200} {
			for line := range strings.Lines(helpOf(command.Name, width)) {
				line = strings.TrimSuffix(line, "\n")
				last := line[strings.LastIndex(line, " ")+1:]
				if n := utf8.RuneCountInString(line); n > width && utf8.RuneCountInString(last) < width/2 {
					t.Errorf("%s in %d columns has a line of %d: %q", command.Name, width, n, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s in %d columns: spaces at the end of %q", command.Name, width, line)
				}
			}
		}
	}
}

// Every word of a flag's help is there at every width, and wrapped text stays in its
// column.
func TestHelpWraps(t *testing.T) {
	h := &helpText{width: 30}
	h.section("Flags", []row{{"--a", "one two three four five"}, {"--long N", "é é é é é é é é é é é"}})
	want := `
Flags:
  --a       one two three four
            five
  --long N  é é é é é é é é é
            é é
`
	if h.String() != want {
		t.Errorf("got %s\nwant %s", h, want)
	}
	h = &helpText{width: 18}
	h.section("Flags", []row{{"--long N", "one two three"}})
	want = `
Flags:
  --long N
      one two
      three
`
	if h.String() != want {
		t.Errorf("got %s\nwant %s", h, want)
	}
	h = &helpText{width: 20}
	h.line("", "run X     one two three")
	want = `run X     one two
          three
`
	if h.String() != want {
		t.Errorf("got %s\nwant %s", h, want)
	}
}

// The flags are grouped, each once, in the order of the groups.
func TestHelpGroups(t *testing.T) {
	help := helpOf("scan", 80)
	var titles []string
	for line := range strings.Lines(help) {
		if title, ok := strings.CutSuffix(line, ":\n"); ok && !strings.HasPrefix(line, " ") {
			titles = append(titles, title)
		}
	}
	// Only redact writes copies, and only hook is for assistants.
	scanned := slices.DeleteFunc(slices.Clone(categories), func(c string) bool { return c == redaction || c == agents })
	if want := append(append([]string{"Usage"}, scanned...), "Help"); !slices.Equal(titles, want) {
		t.Errorf("the groups are %q, want %q", titles, want)
	}
	for _, command := range new(session).program().Commands {
		help := helpOf(command.Name, 80)
		for _, flag := range append(slices.Clip(command.Flags), cmdline.Help) {
			name := "\n  " + strings.Join(flag.Written(), ", ")
			if n := strings.Count(help, name+" ") + strings.Count(help, name+"\n"); n != 1 {
				t.Errorf("%s shows %q %d times", command.Name, name, n)
			}
		}
	}
}

// Without a terminal the help is 80 columns wide.
func TestHelpWithoutTerminal(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status := Main(t.Context(), []string{filepath.Join("bin", "qasleaks"), "scan", "--help"}, strings.NewReader(""), &stdout, &stderr)
	if status != 0 || stderr.Len() > 0 || stdout.String() != helpOf("scan", 80) {
		t.Errorf("status %d, %s%s", status, &stdout, &stderr)
	}
}

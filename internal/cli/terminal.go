package cli

import (
	"os"
	"runtime"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

func noColorFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-color", Usage: "print no colours (so does NO_COLOR in the environment)", DisableDefaultText: true}
}

// wantsColor reports whether the report gets colours: standard output is a
// terminal that knows them, and nobody asked for none (no-color.org).
func (s *session) wantsColor(c *cli.Context) bool {
	if c.Bool("no-color") || s.getenv("NO_COLOR") != "" || s.dumb() {
		return false
	}
	return isTerminal(s.stdout)
}

// dumb reports whether the terminal knows no control sequences. The console of
// old Windows has to be told to obey them; its successor sets WT_SESSION.
func (s *session) dumb() bool {
	if runtime.GOOS == "windows" && s.getenv("WT_SESSION") == "" {
		return s.getenv("TERM") == ""
	}
	return s.getenv("TERM") == "dumb"
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// terminalWidth returns the width of a terminal in columns, 80 if it does not
// tell; 0 for what is no terminal.
func terminalWidth(stream any) int {
	if !isTerminal(stream) {
		return 0
	}
	width, _, err := term.GetSize(int(stream.(*os.File).Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

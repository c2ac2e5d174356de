package cli

import (
	"os"
	"runtime"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// wantsColor reports whether the report gets colours: standard output is a terminal
// with colours, and neither a flag nor the environment turns them off (no-color.org).
func (s *session) wantsColor(c *cli.Context) bool {
	if c.Bool("no-color") || s.getenv("NO_COLOR") != "" || s.dumb() {
		return false
	}
	return isTerminal(s.stdout)
}

// linkHost returns the name of this machine if the report gets links: it gets colours,
// and the terminal is known to show links. Terminals are recognized by the variables
// they set; FORCE_HYPERLINK overrides them, as in other programs. Inside tmux and screen
// the terminal is unknown.
func (s *session) linkHost(c *cli.Context) string {
	if !s.wantsColor(c) || !showsLinks(s.getenv) {
		return ""
	}
	host, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return host
}

func showsLinks(getenv func(string) string) bool {
	if forced := getenv("FORCE_HYPERLINK"); forced != "" {
		return forced != "0"
	}
	if getenv("TMUX") != "" || getenv("STY") != "" {
		return false
	}
	for _, name := range []string{"WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"} {
		if getenv(name) != "" {
			return true
		}
	}
	if vte, err := strconv.Atoi(getenv("VTE_VERSION")); err == nil {
		return vte > 5000 // 0.50.0 crashed on links
	}
	return slices.Contains([]string{"iTerm.app", "WezTerm", "vscode", "ghostty"}, getenv("TERM_PROGRAM")) ||
		slices.Contains([]string{"alacritty", "foot", "xterm-kitty", "xterm-ghostty"}, getenv("TERM"))
}

// dumb reports whether the terminal does not support control sequences. The old console
// of Windows does not by default; its successor sets WT_SESSION.
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

// terminalWidth returns the width of a terminal in columns, or 80 if it is unknown. It
// returns 0 for what is not a terminal.
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

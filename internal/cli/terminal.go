package cli

import (
	"os"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/term"

	"github.com/qasleaks/qasleaks/internal/cmdline"
)

// wantsColor reports whether the report gets colours: the flag decides, or else the
// environment (no-color.org, force-color.org, bixense.com/clicolors), or else whether
// standard output is a terminal with colours.
func (s *session) wantsColor(c *cmdline.Context) bool {
	forced := func(name string) bool { return s.getenv(name) != "" && s.getenv(name) != "0" }
	switch when := c.String("color"); {
	case when == "always", when == "never":
		return when == "always"
	case s.getenv("NO_COLOR") != "":
		return false
	case forced("FORCE_COLOR"), forced("CLICOLOR_FORCE"):
		return true
	}
	return !s.dumb() && isTerminal(s.stdout)
}

// checkColor returns an error if the value of --color is none.
func checkColor(c *cmdline.Context) error {
	if when := c.String("color"); when != "" && !slices.Contains(colorNames, when) {
		return unknownWord(c.Command.Name, "value of --color", when, colorNames)
	}
	return nil
}

// linkHost returns the name of this machine if the report gets links: it gets colours,
// and the terminal is known to show links. Terminals are recognized by the variables
// they set; FORCE_HYPERLINK overrides them, as in other programs. Inside tmux and screen
// the terminal is unknown.
func (s *session) linkHost(c *cmdline.Context) string {
	terminal := isTerminal(s.stdout) && !s.dumb() || s.getenv("FORCE_HYPERLINK") != ""
	if !s.wantsColor(c) || !terminal || !showsLinks(s.getenv) {
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

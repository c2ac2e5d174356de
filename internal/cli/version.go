package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/qasleaks/qasleaks/internal/cmdline"
)

func (s *session) versionCommand() *cmdline.Command {
	return &cmdline.Command{
		Name:  "version",
		Usage: "print the version",
		Action: func(c *cmdline.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return s.printVersion()
		},
	}
}

func (s *session) printVersion() error {
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintf(s.stdout, "qasleaks %s (%s%s %s/%s)\n",
		version(), builtFrom(info), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version of the module as the go command stamped it, from the
// tag or the commit in a checkout, or "devel" for a build that has none, such as
// "go run .".
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// builtFrom returns "commit 0123456789 of 2026-01-31, " as the go command stamped it
// ("go help buildvcs"), or "" for a build outside of a checkout.
func builtFrom(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return ""
	}
	from := fmt.Sprintf("commit %.10s", revision)
	if date, _, ok := strings.Cut(settings["vcs.time"], "T"); ok {
		from += " of " + date
	}
	if settings["vcs.modified"] == "true" {
		from += " with changes"
	}
	return from + ", "
}

package cli

import (
	"slices"

	"github.com/qasleaks/qasleaks/internal/cmdline"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/site"
)

func (s *session) siteCommand() *cmdline.Command {
	given := new(ordered)
	return &cmdline.Command{
		Name:      "site",
		Usage:     "scan what a deployed web site serves to browsers",
		ArgsUsage: "URL",
		Description: "Reads the page at URL, and the scripts, style sheets, source maps and data that it leads " +
			"to, on the same origin. No script is executed. At most 2,000 requests, 500 MB and 5 " +
			"minutes; 10 requests a second to one host.\n\n" +
			"Exit status: 1 if there are findings at or above --fail-on; else 3 if something " +
			"could not be read; else 0. 2 for wrong usage or configuration; 130 if interrupted.",
		Flags: slices.Concat(
			siteFlags(), ruleFlags(),
			formatFlags(given), []*cmdline.Flag{githubFlag(), showSecretsFlag(), colorFlag(), quietFlag()},
			statusFlags(), limitFlags()[1:], // without --jobs
		),
		Action: func(c *cmdline.Context) error {
			if len(c.Args()) != 1 {
				return hint.New(cmdline.SeeHelp("site"), "site needs one URL")
			}
			if url := c.Args().First(); maskKeys(url) != url {
				return hint.New("revoke the key: URLs are visible in the shell history and in logs of servers", "the URL contains a key")
			}
			r, err := s.request(c, nil)
			if err != nil {
				return err
			}
			r.Site = &site.Options{
				URL: c.Args().First(), Also: c.StringSlice("also"), AllowHosts: c.StringSlice("allow-host"),
				Headers: c.StringSlice("header"), Getenv: s.getenv, IgnoreRobots: c.Bool("ignore-robots"),
			}
			p, err := r.Resolve(c.Context)
			if err != nil {
				return err
			}
			out, err := s.output(c, *given)
			if err != nil {
				return err
			}
			s.status, err = s.scan(c.Context, p, out)
			return err
		},
	}
}

// siteFlags say what to read of a web site.
func siteFlags() []*cmdline.Flag {
	return []*cmdline.Flag{
		{Name: "also", Value: []string{}, Category: whatToScan, Usage: "also read files on `HOST[:PORT]`; can be repeated", DefaultText: "only the origin of URL"},
		{Name: "allow-host", Value: []string{}, Category: whatToScan, Usage: "accept `HOST[:PORT]`, of URL or --also, at any IP address; can be repeated", DefaultText: "only public addresses"},
		{Name: "header", Value: []string{}, Category: whatToScan, Usage: "send a header to the origin of URL: `NAME=VARIABLE`, with the value in the environment variable; can be repeated", DefaultText: "none"},
		{Name: "ignore-robots", Category: whatToScan, Usage: "also read what robots.txt disallows"},
	}
}

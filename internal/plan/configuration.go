package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/plural"
)

// addConfiguration adds what the configuration says and the request does not.
func (p *Plan) addConfiguration(ctx context.Context, r Request) error {
	path, settings, err := p.configuration(ctx, r)
	if err != nil {
		return err
	}
	if r.Config == "" && r.Trust == "" && !r.Many {
		for _, name := range config.Misnamed(p.Targets) {
			p.Notes = append(p.Notes, name+" is not read: the name of the configuration is "+config.FileName)
		}
	}
	if settings == nil {
		return nil
	}
	p.Options.Exclude, p.Options.Ignores = settings.Exclude, settings.Ignore
	p.Options.Rules = settings.Tune(p.Options.Rules, len(r.Rules) > 0)
	if settings.FailOn != 0 {
		p.FailOn = settings.FailOn
	}
	if settings.MinConfidence != 0 && r.MinConfidence == "" {
		p.Options.MinConfidence = settings.MinConfidence
	}
	if text := changes(settings); text != "" {
		p.Notes = append(p.Notes, "configuration "+path+": "+text)
	}
	return nil
}

// configuration reads the configuration. It returns nil if there is none.
func (p *Plan) configuration(ctx context.Context, r Request) (path string, settings *config.Config, err error) {
	if r.Trust != "" {
		return p.trustedConfiguration(ctx, r)
	}
	if path = r.Config; path == "" {
		if r.Many {
			return "", nil, nil
		}
		if path, err = config.Find(p.Targets); err != nil || path == "" {
			return "", nil, err
		}
	}
	settings, err = config.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = &hint.Error{Err: err, Hint: "check the path; docs/configuration.md describes the file"}
	}
	return path, settings, err
}

// changes says what a configuration changes, since it may come with the files that
// are scanned.
func changes(c *config.Config) string {
	var all []string
	count := func(verb string, n int, noun string) {
		if n > 0 {
			all = append(all, fmt.Sprintf("%s %s", verb, plural.Count(n, noun)))
		}
	}
	off := 0
	for _, setting := range c.Rules {
		if setting.Off {
			off++
		}
	}
	count("excludes", len(c.Exclude), "glob")
	count("ignores", len(c.Ignore), "fingerprint")
	count("turns off", off, "rule")
	count("changes", len(c.Rules)-off, "rule")
	if c.MinConfidence != 0 {
		all = append(all, "sets min-confidence")
	}
	if c.FailOn != 0 {
		all = append(all, "sets fail-on")
	}
	return strings.Join(all, ", ")
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

func trustFlag() cli.Flag {
	return &cli.StringFlag{Name: "trust", Usage: "take configuration, baseline and inline allows from the commit `REV`, not from what is scanned"}
}

// trustedSettings reads the configuration as the trusted commit has it.
func (p *plan) trustedSettings(c *cli.Context) (path string, settings *config.Config, err error) {
	p.options.Trust = c.String("trust")
	if c.Bool("staged") {
		return "", nil, hint.New("a commit of your own is yours to judge: leave --trust out", "--trust with --staged")
	}
	if len(p.targets) != 1 {
		return "", nil, hint.New("scan one directory of a git repository", "--trust with %d targets", len(p.targets))
	}
	path = c.String("config")
	if path == "" {
		dir := p.targets[0]
		if filepath.Base(dir) == ".git" {
			dir = filepath.Dir(dir)
		}
		path = filepath.Join(dir, config.FileName)
	}
	content, err := p.readTrusted(c.Context, path)
	switch {
	case errors.Is(err, scanner.ErrOutside):
		settings, err = config.Load(path)
	case errors.Is(err, fs.ErrNotExist) && c.IsSet("config"):
		p.remarks = append(p.remarks, fmt.Sprintf("configuration %s: not in the trusted commit %s, so there is none", path, p.options.Trust))
		return path, nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return path, nil, nil
	case err == nil:
		settings, err = config.Parse(path, content)
	}
	return path + " of " + p.options.Trust, settings, err
}

// trustedBaseline reads a baseline as the trusted commit has it.
func (p *plan) trustedBaseline(ctx context.Context, path string) ([]config.Known, error) {
	content, err := p.readTrusted(ctx, path)
	switch {
	case errors.Is(err, scanner.ErrOutside):
		return config.LoadBaseline(path)
	case errors.Is(err, fs.ErrNotExist):
		p.remarks = append(p.remarks, fmt.Sprintf("baseline %s: not in the trusted commit %s, so there is none", path, p.options.Trust))
		return nil, nil
	case err != nil:
		return nil, err
	}
	return config.ParseBaseline(path, content)
}

// readTrusted reads a file as the trusted commit has it. The error wraps
// [scanner.ErrOutside] if it is none of the repository's: then it is no part of
// what is scanned, and can be read as it is.
func (p *plan) readTrusted(ctx context.Context, path string) ([]byte, error) {
	return scanner.ReadAt(ctx, p.targets[0], p.options.Trust, path)
}

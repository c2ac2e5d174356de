package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// trustedConfiguration reads the configuration of the trusted commit.
func (p *Plan) trustedConfiguration(ctx context.Context, r Request) (path string, settings *config.Config, err error) {
	if r.Staged {
		return "", nil, hint.New("remove --trust: you decide yourself what you commit", "--trust with --staged")
	}
	if len(p.Targets) != 1 {
		return "", nil, hint.New("scan one directory of a git repository", "--trust with %d targets", len(p.Targets))
	}
	path = r.Config
	if path == "" {
		dir := p.Targets[0]
		if filepath.Base(dir) == ".git" {
			dir = filepath.Dir(dir)
		}
		path = filepath.Join(dir, config.FileName)
	}
	content, err := p.readTrusted(ctx, path)
	switch {
	case errors.Is(err, repo.ErrOutside):
		settings, err = config.Load(path)
	case errors.Is(err, fs.ErrNotExist) && r.Config != "":
		p.noteMissing("configuration", path)
		return path, nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return path, nil, nil
	case err == nil:
		settings, err = config.Parse(path, content)
	}
	return path + " of " + p.Options.Trust, settings, err
}

// trustedBaseline reads the baseline of the trusted commit.
func (p *Plan) trustedBaseline(ctx context.Context, path string) ([]config.Known, error) {
	content, err := p.readTrusted(ctx, path)
	switch {
	case errors.Is(err, repo.ErrOutside):
		return config.LoadBaseline(path)
	case errors.Is(err, fs.ErrNotExist):
		p.noteMissing("baseline", path)
		return nil, nil
	case err != nil:
		return nil, err
	}
	return config.ParseBaseline(path, content)
}

func (p *Plan) noteMissing(what, path string) {
	p.Notes = append(p.Notes, fmt.Sprintf("%s %s: not in the trusted commit %s, so it has no effect", what, path, p.Options.Trust))
}

// readTrusted reads a file of the trusted commit. The error wraps
// [repo.ErrOutside] if the path is outside the repository: such a file is not part
// of what is scanned, and is read from disk.
func (p *Plan) readTrusted(ctx context.Context, path string) ([]byte, error) {
	return repo.ReadAt(ctx, p.Targets[0], p.Options.Trust, path)
}

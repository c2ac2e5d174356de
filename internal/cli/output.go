package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// write writes the reports where the plan wants them. All are made as a whole
// first, so that a reader never gets half of one, nor one of two.
func (s *session) write(p plan, result *scanner.Result) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	made := make([]staged, len(p.reports))
	defer func() {
		for i := range made {
			made[i].discard()
		}
	}()
	for i, wanted := range p.reports {
		options := report.Options{
			ShowSecrets: p.showSecrets, FailOn: p.failOn, Dir: dir, Version: version(),
			SARIFForGitHub: p.sarifForGitHub, Warn: s.warn(p),
		}
		if wanted.output == "" {
			options.Color, options.Width, options.LinkHost = p.color, terminalWidth(s.stdout), p.linkHost
		}
		if made[i], err = stage(wanted.output); err != nil {
			return err
		}
		if err := wanted.format.Write(&made[i], result, options); err != nil {
			return fmt.Errorf("write %s report: %w", wanted.format.Name, err)
		}
	}
	var files []string
	for i, wanted := range p.reports {
		if wanted.output == "" {
			continue // last: its reader may have gone
		}
		if err := made[i].publish(s.stdout); err != nil {
			return err
		}
		files = append(files, wanted.output)
	}
	for i, wanted := range p.reports {
		if wanted.output != "" {
			continue
		}
		if err := made[i].publish(s.stdout); err != nil {
			return err
		}
	}
	if len(files) > 0 && !p.quiet {
		fmt.Fprintf(s.stderr, "qasleaks: %s, %s in %s\n",
			counted(unsuppressed(result.Findings), "finding"), plural(len(files), "report"), strings.Join(files, ", "))
	}
	return nil
}

// warn returns how a report says what it had to leave out; nil if that is not
// wanted.
func (s *session) warn(p plan) func(string) {
	if p.quiet {
		return nil
	}
	return func(text string) { fmt.Fprintf(s.stderr, "qasleaks: %s\n", text) }
}

func unsuppressed(findings []scanner.Finding) int {
	n := 0
	for _, f := range findings {
		if f.Suppressed == nil {
			n++
		}
	}
	return n
}

// checkOutput finds out before a scan whether its report could be written.
func checkOutput(path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return hint.New("name a file in it", "output %s is a directory", path)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return hint.New("make the directory first", "output %s: there is no directory %s", path, dir)
	}
	return nil
}

// staged is a report before anybody sees it: beside the file that it is to
// replace, or in memory.
type staged struct {
	path string
	// file is temporary, with mode 0600: what leads to a key is worth hiding.
	file    *os.File
	content bytes.Buffer
}

// stage begins a report that goes to a file, or to standard output if path is
// empty. A symbolic link is followed. What is no regular file, such as
// /dev/stdout or a pipe, is written to as it is.
func stage(path string) (staged, error) {
	if path == "" {
		return staged{}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return staged{path: path}, nil
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return staged{}, fmt.Errorf("write output: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return staged{}, fmt.Errorf("write output: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".qasleaks-*")
	if err != nil {
		return staged{}, fmt.Errorf("write output: %w", err)
	}
	return staged{path: path, file: file}, nil
}

// Write adds to the report.
func (s *staged) Write(p []byte) (int, error) {
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.content.Write(p)
}

// readableByAll lets others read what is to be committed.
func (s *staged) readableByAll() error {
	if s.file == nil {
		return nil
	}
	return s.file.Chmod(0o644)
}

// publish puts the report where it belongs.
func (s *staged) publish(stdout io.Writer) error {
	switch {
	case s.file != nil:
		err := s.file.Close()
		if err == nil {
			err = os.Rename(s.file.Name(), s.path)
		}
		if err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		s.file = nil
	case s.path != "":
		device, err := os.OpenFile(s.path, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		_, err = device.Write(s.content.Bytes())
		if err = errors.Join(err, device.Close()); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	default:
		if _, err := stdout.Write(s.content.Bytes()); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
	}
	return nil
}

// discard removes what was not published.
func (s *staged) discard() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}

package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// write writes the report where the plan wants it. It is made as a whole first,
// so that a reader never gets half of one.
func (s *session) write(p plan, result *scanner.Result) error {
	var content bytes.Buffer
	options := report.Options{ShowSecrets: p.showSecrets, Version: version()}
	if p.output == "" {
		options.Color, options.Width = p.color, terminalWidth(s.stdout)
	}
	if err := p.format.Write(&content, result, options); err != nil {
		return fmt.Errorf("write %s report: %w", p.format.Name, err)
	}
	if p.output == "" {
		if _, err := s.stdout.Write(content.Bytes()); err != nil {
			return fmt.Errorf("write to standard output: %w", err)
		}
		return nil
	}
	if err := writeFile(p.output, content.Bytes()); err != nil {
		return err
	}
	if !p.quiet {
		fmt.Fprintf(s.stderr, "qasleaks: %s, report in %s\n", counted(unsuppressed(result.Findings), "finding"), p.output)
	}
	return nil
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
		return &usageError{fmt.Sprintf("output %s is a directory", path), "name a file in it"}
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &usageError{fmt.Sprintf("output %s: there is no directory %s", path, dir), "make the directory first"}
	}
	return nil
}

// writeFile writes a file whole or not at all, readable by its owner alone:
// what leads to a key is worth hiding. What is no regular file, such as
// /dev/stdout or a pipe, is written to as it is; a symbolic link is followed.
func writeFile(path string, content []byte) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return writeDevice(path, content)
	case err == nil:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("write output: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".qasleaks-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	err = fill(file, content)
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		os.Remove(file.Name())
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func writeDevice(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	if err := fill(file, content); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// fill writes all of a file and closes it.
func fill(file *os.File, content []byte) error {
	_, err := file.Write(content)
	return errors.Join(err, file.Close())
}

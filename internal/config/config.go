// Package config reads .qasleaks.yml into a plain struct. The file may come
// from untrusted files, so it can only exclude paths, suppress findings, and
// set severities and what fails a scan: it names no file to read or write, no program
// and no host.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// FileName is the name of the configuration file at the root of a target.
const FileName = ".qasleaks.yml"

// maxSize is how large a configuration or a baseline may be, in bytes.
const maxSize = 16 << 20

// Never is the value of FailOn for which no finding fails.
const Never = rules.Error + 1

// Config is what a configuration file says. The zero Config stands for an empty file,
// or for none.
type Config struct {
	// Exclude are globs (doublestar) of paths to exclude, relative to the target, with
	// slashes.
	Exclude []string
	// Ignore are the fingerprints that do not count, with reasons.
	Ignore []scanner.Ignore
	// MinConfidence and FailOn are zero where the file does not set them.
	MinConfidence rules.Confidence
	FailOn        rules.Severity
	// Rules are the settings of rules by ID.
	Rules map[string]RuleSetting
}

// RuleSetting is what a configuration sets for a rule.
type RuleSetting struct {
	// Off turns the rule off.
	Off bool
	// Tuning is zero for what is not set.
	Tuning rules.Tuning
}

// Tune returns rules with their settings, and without the ones that are off unless the
// user named them.
func (c *Config) Tune(selected []rules.Rule, named bool) []rules.Rule {
	tuned := []rules.Rule{} // not nil, which would be all
	for _, r := range selected {
		set := c.Rules[r.ID]
		if set.Off && !named {
			continue
		}
		r.Tuning = rules.Tuning{
			Severity: set.Tuning.Severity, Days: cmp.Or(set.Tuning.Days, r.Tuning.Days),
			Paths: set.Tuning.Paths, Exclude: set.Tuning.Exclude,
		}
		tuned = append(tuned, r)
	}
	return tuned
}

// ParseFailOn returns the lowest severity that fails a scan, or [Never].
func ParseFailOn(name string) (rules.Severity, error) {
	if name == "never" {
		return Never, nil
	}
	severity, err := rules.ParseSeverity(name)
	if err != nil {
		return 0, fmt.Errorf("unknown severity %q: expected error, warning, note or never", name)
	}
	return severity, nil
}

// Find returns the configuration file that goes with targets: the one at the
// root of the first target that is a directory, which for a .git folder is the
// working tree around it. It returns "" if there is none.
func Find(targets []string) (string, error) {
	dir, err := directoryOf(targets)
	if dir == "" || err != nil {
		return "", err
	}
	return existing(filepath.Join(dir, FileName))
}

// misnamed are names that people give the configuration by mistake.
var misnamed = []string{".qasleaks.yaml", "qasleaks.yml", "qasleaks.yaml", ".qasleaks.json", ".qasleaks.toml"}

// Misnamed returns the files that are meant for [Find] by their name, and that it does not
// find.
func Misnamed(targets []string) []string {
	dir, err := directoryOf(targets)
	if dir == "" || err != nil {
		return nil
	}
	var found []string
	for _, name := range misnamed {
		if path, err := existing(filepath.Join(dir, name)); err == nil && path != "" {
			found = append(found, path)
		}
	}
	return found
}

// directoryOf returns the directory of the configuration: the first target that is one;
// "" if none is.
func directoryOf(targets []string) (string, error) {
	for _, target := range targets {
		info, err := os.Stat(target)
		if err != nil || !info.IsDir() {
			continue // the scan reports what is wrong with a target
		}
		root, err := filepath.Abs(target)
		if err != nil {
			return "", fmt.Errorf("find configuration: %w", err)
		}
		if filepath.Base(root) == ".git" {
			return filepath.Join(target, ".."), nil
		}
		return target, nil
	}
	return "", nil
}

func existing(path string) (string, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return "", nil // the scan reports a directory that cannot be searched
	}
	if err != nil {
		return "", fmt.Errorf("find configuration: %w", err)
	}
	return path, nil
}

// Load reads the configuration file at path.
func Load(path string) (*Config, error) {
	content, err := readFile("configuration", path)
	if err != nil {
		return nil, err
	}
	return Parse(path, content)
}

// readFile reads a configuration or a baseline; what names it in errors.
func readFile(what, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %s is not a regular file", what, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if len(content) > maxSize {
		return nil, fmt.Errorf("read %s: %s is larger than %d MiB", what, path, maxSize>>20)
	}
	return content, nil
}

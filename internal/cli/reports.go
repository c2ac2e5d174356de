package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/report"
)

// wanted is a report to write.
type wanted struct {
	format report.Format
	output string // a file; empty for standard output
}

// ordered collects the values of --format and --output in the order in which
// they were given.
type ordered []struct{ flag, value string }

// orderedFlag adds its values to a list that it shares with other flags.
type orderedFlag struct {
	name string
	to   *ordered
}

// Set is called with each value.
func (f orderedFlag) Set(value string) error {
	*f.to = append(*f.to, struct{ flag, value string }{f.name, value})
	return nil
}

// String returns the default value, of which there is none.
func (orderedFlag) String() string { return "" }

// reports pairs formats with outputs: an output belongs to the nearest format
// before it that has no output yet, or else to the next one, or else its name says the
// format. Without either there is one report, in the default format. No two reports have the same output.
func (given ordered) reports() ([]wanted, error) {
	var pairs []wanted
	pending := "" // an output whose format follows
	for _, g := range given {
		last := len(pairs) - 1
		switch {
		case g.flag == "format":
			format, err := report.Lookup(g.value)
			if err != nil {
				return nil, &hint.Error{Err: err, Hint: nearest.Hint(g.value, report.Names())}
			}
			pairs = append(pairs, wanted{format, pending})
			pending = ""
		case last >= 0 && pairs[last].output == "":
			pairs[last].output = g.value
		case pending != "":
			format, known := formatOf(pending)
			if !known {
				return nil, noFormat(pending)
			}
			pairs = append(pairs, wanted{format, pending})
			pending = g.value
		default:
			pending = g.value
		}
	}
	format, known := formatOf(pending)
	switch {
	case len(pairs) == 0, pending != "" && known:
		pairs = append(pairs, wanted{format, pending})
	case pending != "":
		return nil, noFormat(pending)
	}
	return pairs, checkPlaces(pairs)
}

// formatOf returns the format that the name of a file stands for; the default and false if
// it stands for none.
func formatOf(output string) (format report.Format, known bool) {
	name := map[string]string{
		".txt": "text", ".json": "json", ".jsonl": "jsonl", ".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".html": "html",
	}[strings.ToLower(filepath.Ext(output))]
	if strings.HasSuffix(strings.ToLower(output), ".sarif.json") {
		name = "sarif"
	}
	format, err := report.Lookup(name)
	if err != nil {
		return report.Formats()[0], false
	}
	return format, true
}

func noFormat(output string) error {
	return hint.New("give each output a format: --format sarif --output FILE --format json --output FILE", "output %s has no format", output)
}

// checkPlaces finds out before a scan whether its reports can be written.
func checkPlaces(pairs []wanted) error {
	taken := map[string]string{}
	for _, pair := range pairs {
		place, name := pair.output, pair.format.Name
		if place != "" {
			place = where(place)
		}
		other, twice := taken[place]
		switch {
		case twice && place == "":
			return hint.New(fmt.Sprintf("write one to a file: --format %s --output FILE", other), "two reports on standard output: %s and %s", other, name)
		case twice:
			return hint.New("write them to two files", "two reports in %s: %s and %s", filepath.Clean(pair.output), other, name)
		}
		taken[place] = name
		if err := checkOutput(pair.output); err != nil {
			return err
		}
	}
	return nil
}

// where returns the one name of a file: absolute, with symbolic links followed as far
// as they exist.
func where(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

package config

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner"
)

// BaselineName is the default name of a baseline.
const BaselineName = ".qasleaks-baseline.yml"

// Known is an entry of a baseline: a finding that existed when the entry was added.
type Known struct {
	scanner.Ignore
	// About describes the finding: tenant and key ID, or the rule.
	About string
}

// LoadBaseline reads the baseline at path.
func LoadBaseline(path string) ([]Known, error) {
	content, err := readFile("baseline", path)
	if err != nil {
		return nil, err
	}
	return ParseBaseline(path, content)
}

// ParseBaseline reads the content of a baseline, a YAML list; file is its name in
// errors. The entries may be in any order. If a fingerprint has two, as after a merge,
// it expires on the earlier date.
func ParseBaseline(file string, content []byte) ([]Known, error) {
	p := parser{file}
	for n, line := range bytes.Split(content, []byte("\n")) {
		if mark := conflictMark(line); mark != "" {
			const advice = "keep both sides; with \"" + BaselineName + " merge=union\" in .gitattributes git does so itself"
			return nil, hint.New(advice, "%s:%d: a merge conflict: %s", file, n+1, mark)
		}
	}
	document, err := p.document(content)
	if document == nil || err != nil {
		return nil, err
	}
	var all []Known
	at := map[string]int{}
	err = p.list(document, "fingerprints with a reason", func(node *yaml.Node) error {
		var k Known
		var err error
		k.Ignore, err = p.ignore(node, map[string]func(*yaml.Node) error{"about": func(n *yaml.Node) (err error) {
			k.About, err = p.text(n, "a description")
			return err
		}})
		if err != nil {
			return err
		}
		if i, twice := at[k.Fingerprint]; twice {
			all[i].Until = earlier(all[i].Until, k.Until)
			return nil
		}
		at[k.Fingerprint] = len(all)
		all = append(all, k)
		return nil
	})
	return all, err
}

func conflictMark(line []byte) string {
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>"} {
		if bytes.HasPrefix(line, []byte(mark)) {
			return mark
		}
	}
	return ""
}

// earlier returns the earlier of two times, of which zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

const baselineHead = `# Known findings, which qasleaks does not count: one per line, sorted, no secrets.
# You can edit reason and until (the date on which the entry expires).
# "qasleaks baseline update" keeps both, "qasleaks baseline prune" removes old entries.
`

// FormatBaseline writes a baseline, as [ParseBaseline] reads it: sorted by
// fingerprint, so that the same findings give the same file. An empty list is written
// as [].
func FormatBaseline(all []Known) []byte {
	var b bytes.Buffer
	b.WriteString(baselineHead)
	if len(all) == 0 {
		b.WriteString("[]\n")
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Known) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	for _, k := range all {
		members := []string{"fingerprint: " + quoted(k.Fingerprint)}
		if k.About != "" {
			members = append(members, "about: "+quoted(k.About))
		}
		members = append(members, "reason: "+quoted(k.Reason))
		if !k.Until.IsZero() {
			members = append(members, "until: "+k.Until.UTC().Format(time.DateOnly))
		}
		fmt.Fprintf(&b, "- {%s}\n", strings.Join(members, ", "))
	}
	return b.Bytes()
}

// quoted writes a string in double quotes, where YAML reads the escapes of Go.
func quoted(text string) string {
	return strconv.QuoteToGraphic(strings.ToValidUTF8(text, "\ufffd"))
}

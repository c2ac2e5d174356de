package report

import (
	"fmt"
	"io"

	"github.com/qasleaks/qasleaks/scanner"
)

// schemaVersion is the version of the contract in schema.json. It changes when a
// reader of the old version could misread the new one.
const schemaVersion = 1

// JSON writes one object and a newline, as schema.json says: every member is
// always there, what is not known is null, and a list is never null. Text is
// the scanner's as it is, with control characters escaped as JSON has it, so
// that it reads back the same, and a terminal does not obey it.
func JSON(w io.Writer, r *scanner.Result, o Options) error {
	out, findings := newJSONWriter(w), byUrgency(r)
	out.printf("{\n  \"schemaVersion\": %d,\n  \"tool\": ", schemaVersion)
	out.value("  ", jsonTool{Name: "qasleaks", Version: o.Version})
	out.printf(",\n  \"findings\": ")
	out.list("  ", each(len(findings), func(i int) any {
		return inParts(func(indent string) { out.finding(indent, findings[i].Load(), o) })
	}))
	out.printf(",\n  \"coverage\": ")
	out.value("  ", newJSONCoverage(r))
	out.printf("\n}\n")
	if err := out.flush(); err != nil {
		return fmt.Errorf("write JSON report: %w", err)
	}
	return nil
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type jsonCoverage struct {
	Files    int64      `json:"files"`
	Objects  int64      `json:"objects"`
	Bytes    int64      `json:"bytes"`
	Seconds  float64    `json:"seconds"`
	Refs     int        `json:"refs"`
	Shallow  bool       `json:"shallow"`
	Complete bool       `json:"complete"`
	Skipped  []jsonSkip `json:"skipped"`
	Notes    []string   `json:"notes"`

	Repositories []jsonRepository `json:"repositories"`
}

type jsonRepository struct {
	Name    string  `json:"name"`
	Path    string  `json:"path"`
	Remote  *string `json:"remote"`
	Head    *string `json:"head"`
	Branch  *string `json:"branch"`
	Digest  *string `json:"digest"`
	State   string  `json:"state"`
	Reason  *string `json:"reason"`
	Objects int64   `json:"objects"`
	Bytes   int64   `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

type jsonSkip struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

func newJSONCoverage(r *scanner.Result) jsonCoverage {
	c := r.Coverage
	repositories := make([]jsonRepository, len(r.Repositories))
	for i, p := range r.Repositories {
		repositories[i] = jsonRepository{
			Name: p.Name, Path: p.Path, Remote: known(p.Remote), Head: known(p.Head), Branch: known(p.Branch), Digest: known(p.Digest),
			State: string(p.State), Reason: known(p.Reason), Objects: p.Objects, Bytes: p.Bytes, Seconds: p.Seconds,
		}
	}
	skipped := make([]jsonSkip, len(c.Skipped))
	for i, s := range c.Skipped {
		skipped[i] = jsonSkip{Path: s.Path, Kind: string(s.Kind), Reason: s.Reason}
	}
	return jsonCoverage{
		Files:    c.Files,
		Objects:  c.Objects,
		Bytes:    c.Bytes,
		Seconds:  c.Seconds,
		Refs:     c.Refs,
		Shallow:  c.Shallow,
		Complete: c.Complete(),
		Skipped:  skipped,
		Notes:    listed(c.Notes),

		Repositories: repositories,
	}
}

// listed returns an empty list for a nil one, which JSON would write as null.
func listed(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

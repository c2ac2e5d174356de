package report

import (
	"fmt"
	"io"

	"github.com/qasleaks/qasleaks/scanner"
)

// JSONL writes JSON Lines (jsonlines.org): an object a line, with the parts of
// [JSON] and its schema. The first line has schemaVersion and tool, then each
// finding has a line with the one member "finding", and the last line has the one
// member "coverage": a reader that has seen it has seen everything.
func JSONL(w io.Writer, r *scanner.Result, o Options) error {
	out := newJSONWriter(w)
	out.compact(struct {
		SchemaVersion int      `json:"schemaVersion"`
		Tool          jsonTool `json:"tool"`
	}{schemaVersion, jsonTool{Name: "qasleaks", Version: o.Version}})
	for _, f := range byUrgency(r) {
		out.printf(`{"finding":`)
		out.finding("", f.Load(), o)
		out.printf("}\n")
	}
	out.compact(map[string]jsonCoverage{"coverage": newJSONCoverage(r)})
	if err := out.flush(); err != nil {
		return fmt.Errorf("write JSON Lines report: %w", err)
	}
	return nil
}

package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// schemaVersion is that of the contract in schema.json. It changes when a reader
// of the old one could misread the new one.
const schemaVersion = 1

// JSON writes one object and a newline, as schema.json says: every member is
// always there, what is not known is null, and a list is never null. Text is
// the scanner's as it is, with control characters escaped as JSON has it, so
// that it reads back the same and a terminal does not obey it.
func JSON(w io.Writer, r *scanner.Result, o Options) error {
	out := newJSONWriter(w)
	out.printf("{\n  \"schemaVersion\": %d,\n  \"tool\": ", schemaVersion)
	out.value("  ", jsonTool{Name: "qasleaks", Version: o.Version})
	out.printf(",\n  \"findings\": ")
	out.list("  ", each(len(r.Findings), func(i int) any { return newJSONFinding(r.Findings[i], o) }))
	out.printf(",\n  \"coverage\": ")
	out.value("  ", newJSONCoverage(r.Coverage))
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

type jsonFinding struct {
	Rule        string           `json:"rule"`
	Severity    string           `json:"severity"`
	Confidence  string           `json:"confidence"`
	Message     string           `json:"message"`
	Fingerprint string           `json:"fingerprint"`
	Key         *jsonKey         `json:"key"`
	Liveness    jsonLiveness     `json:"liveness"`
	Exposure    jsonExposure     `json:"exposure"`
	Suppressed  *jsonSuppression `json:"suppressed"`
	Occurrences []jsonOccurrence `json:"occurrences"`
}

type jsonKey struct {
	TenantID  string    `json:"tenantId"`
	KeyID     string    `json:"keyId"`
	CreatedAt *jsonTime `json:"createdAt"`
	Redacted  string    `json:"redacted"`
	Value     string    `json:"value,omitempty"`
}

type jsonExposure struct {
	Client        bool      `json:"client"`
	FirstCommitAt *jsonTime `json:"firstCommitAt"`
	LastSeenAt    *jsonTime `json:"lastSeenAt"`
	AtHead        bool      `json:"atHead"`
	Days          int       `json:"days"`
}

type jsonSuppression struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Until  *jsonTime `json:"until"`
}

type jsonOccurrence struct {
	Rule      string      `json:"rule"`
	Path      string      `json:"path"`
	Line      int         `json:"line"`
	Column    int         `json:"column"`
	EndLine   int         `json:"endLine"`
	EndColumn int         `json:"endColumn"`
	Layers    []string    `json:"layers"`
	Object    string      `json:"object"`
	OID       *string     `json:"oid"`
	Commit    *jsonCommit `json:"commit"`
	RemovedBy *jsonCommit `json:"removedBy"`
	Refs      []string    `json:"refs"`
	Reflogs   []string    `json:"reflogs"`
	Reachable bool        `json:"reachable"`
}

type jsonCommit struct {
	SHA     string    `json:"sha"`
	Author  string    `json:"author"`
	Date    *jsonTime `json:"date"`
	Summary string    `json:"summary"`
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
}

type jsonSkip struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

// jsonTime writes a time in UTC as RFC 3339 has it, to the millisecond where it
// has any: key IDs tell milliseconds, git does not.
type jsonTime time.Time

func (t jsonTime) MarshalText() ([]byte, error) {
	utc := time.Time(t).UTC()
	if utc.Nanosecond() == 0 {
		return []byte(utc.Format(time.RFC3339)), nil
	}
	return []byte(utc.Format("2006-01-02T15:04:05.000Z07:00")), nil
}

func newJSONTime(t time.Time) *jsonTime {
	if t.IsZero() {
		return nil
	}
	return (*jsonTime)(&t)
}

func newJSONFinding(f scanner.Finding, o Options) jsonFinding {
	occurrences := make([]jsonOccurrence, len(f.Occurrences))
	for i, at := range f.Occurrences {
		occurrences[i] = newJSONOccurrence(at)
	}
	return jsonFinding{
		Rule:        f.Rule.ID,
		Severity:    f.Severity.String(),
		Confidence:  f.Confidence.String(),
		Message:     f.Message,
		Fingerprint: f.Fingerprint,
		Key:         newJSONKey(f, o),
		Liveness:    newJSONLiveness(f.Liveness),
		Exposure: jsonExposure{
			Client:        f.Exposure.Client,
			FirstCommitAt: newJSONTime(f.Exposure.FirstCommitAt),
			LastSeenAt:    newJSONTime(f.Exposure.LastSeenAt),
			AtHead:        f.Exposure.AtHead,
			Days:          f.Exposure.Days,
		},
		Suppressed:  newJSONSuppression(f.Suppressed),
		Occurrences: occurrences,
	}
}

func newJSONKey(f scanner.Finding, o Options) *jsonKey {
	if f.Key == (rules.Key{}) {
		return nil
	}
	key := &jsonKey{
		TenantID:  f.Key.TenantID,
		KeyID:     f.Key.KeyID,
		CreatedAt: newJSONTime(f.Key.CreatedAt),
		Redacted:  f.Key.String(),
	}
	if o.ShowSecrets {
		key.Value = f.Secret.Reveal()
	}
	return key
}

func newJSONSuppression(s *scanner.Suppression) *jsonSuppression {
	if s == nil {
		return nil
	}
	return &jsonSuppression{By: s.By, Reason: s.Reason, Until: newJSONTime(s.Until)}
}

func newJSONOccurrence(at scanner.Occurrence) jsonOccurrence {
	var oid *string
	if at.OID != "" {
		oid = &at.OID
	}
	return jsonOccurrence{
		Rule:      at.Rule.ID,
		Path:      at.Path,
		Line:      at.Line,
		Column:    at.Column,
		EndLine:   at.EndLine,
		EndColumn: at.EndColumn,
		Layers:    listed(at.Layers),
		Object:    string(at.Object),
		OID:       oid,
		Commit:    newJSONCommit(at.Commit),
		RemovedBy: newJSONCommit(at.RemovedBy),
		Refs:      listed(at.Refs),
		Reflogs:   listed(at.Reflogs),
		Reachable: at.Reachable,
	}
}

func newJSONCommit(c *scanner.Commit) *jsonCommit {
	if c == nil {
		return nil
	}
	return &jsonCommit{SHA: c.SHA, Author: c.Author, Date: newJSONTime(c.Date), Summary: c.Summary}
}

func newJSONCoverage(c scanner.Coverage) jsonCoverage {
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
	}
}

// listed makes of a nil list an empty one, which JSON writes as [].
func listed(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

// jsonWriter writes JSON value by value, so that a report is never in memory as a
// whole. Its first error stays and stops the writing.
type jsonWriter struct {
	w       *bufio.Writer
	encoded bytes.Buffer // the last value, without white space
	encoder *json.Encoder
	layout  layout
	err     error
}

func newJSONWriter(w io.Writer) *jsonWriter {
	j := &jsonWriter{w: bufio.NewWriter(w)}
	j.encoder = json.NewEncoder(&j.encoded)
	j.encoder.SetEscapeHTML(false) // reports are files of their own, not parts of web pages
	return j
}

func (j *jsonWriter) printf(format string, args ...any) {
	if j.err == nil {
		_, j.err = fmt.Fprintf(j.w, format, args...)
	}
}

func (j *jsonWriter) write(text []byte) {
	if j.err == nil {
		_, j.err = j.w.Write(text)
	}
}

// value writes v; its lines but the first begin with indent.
func (j *jsonWriter) value(indent string, v any) {
	if j.err != nil {
		return
	}
	j.encoded.Reset()
	if j.err = j.encoder.Encode(v); j.err != nil {
		return
	}
	j.write(j.layout.of(bytes.TrimSuffix(j.encoded.Bytes(), []byte("\n")), indent))
}

// compact writes v and a newline, on one line.
func (j *jsonWriter) compact(v any) {
	j.layout.flat = true
	j.value("", v)
	j.printf("\n")
}

// list writes values, each made only when it is its turn.
func (j *jsonWriter) list(indent string, items iter.Seq[any]) {
	separator := "[\n"
	for item := range items {
		j.printf("%s%s  ", separator, indent)
		j.value(indent+"  ", item)
		if separator = ",\n"; j.err != nil {
			return
		}
	}
	if separator == "[\n" {
		j.printf("[]")
		return
	}
	j.printf("\n%s]", indent)
}

// ahead makes values while those before are written. It ends no earlier than what
// makes them.
func ahead(items iter.Seq[any]) iter.Seq[any] {
	return func(yield func(any) bool) {
		made, stop := make(chan any, 64), make(chan struct{})
		go func() {
			defer close(made)
			for item := range items {
				select {
				case made <- item:
				case <-stop:
					return
				}
			}
		}()
		for item := range made {
			if !yield(item) {
				close(stop)
				for range made { // until it is closed
				}
				return
			}
		}
	}
}

// each returns n values.
func each(n int, item func(i int) any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for i := range n {
			if !yield(item(i)) {
				return
			}
		}
	}
}

func (j *jsonWriter) flush() error {
	if j.err != nil {
		return j.err
	}
	return j.w.Flush()
}

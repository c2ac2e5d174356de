package scanner

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/qasleaks/qasleaks/rules"
)

// EncodeResult writes all that [Merge] needs of a result, as JSON. No secret is in it.
// [DecodeResult] reads it in the same version of the program; it is no format for others.
func EncodeResult(w io.Writer, r *Result) error {
	record := resultRecord{Result: *r, At: r.at}
	for _, f := range r.Findings {
		record.Findings = append(record.Findings, newFindingRecord(f))
	}
	if r.sharedKeys != nil {
		record.SharedKeys = &r.sharedKeys.Tuning
	}
	return json.NewEncoder(w).Encode(record)
}

// DecodeResult reads what EncodeResult has written.
func DecodeResult(reader io.Reader) (*Result, error) {
	var record resultRecord
	if err := json.NewDecoder(reader).Decode(&record); err != nil {
		return nil, err
	}
	known := map[string]rules.Rule{}
	for _, rule := range rules.All() {
		known[rule.ID] = rule
	}
	r := &record.Result
	r.at = record.At
	if record.SharedKeys != nil {
		rule := known[sharedKeysID]
		rule.Tuning = *record.SharedKeys
		r.sharedKeys = &rule
	}
	for _, f := range record.Findings {
		finding, err := f.finding(known)
		if err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, finding)
	}
	return r, nil
}

// The fields of a record hide those of the struct that it embeds, by their names.
type resultRecord struct {
	Result
	Findings   []findingRecord
	At         time.Time
	SharedKeys *rules.Tuning
}

type findingRecord struct {
	Finding
	Rule            string
	Secret, Secrets *struct{} `json:",omitempty"` // always nil
	Occurrences     []occurrenceRecord
	Several         bool
}

type occurrenceRecord struct {
	Occurrence
	Rule          string
	Ignored, SCIM bool
	About         rules.Key
	What, Where   string
	Remarks       []string
	Client        string
	Hosts         []string
	First, Last   time.Time
}

func newFindingRecord(f Finding) findingRecord {
	record := findingRecord{Finding: f, Rule: f.Rule.ID, Several: f.several}
	for _, o := range f.Occurrences {
		record.Occurrences = append(record.Occurrences, occurrenceRecord{
			Occurrence: o, Rule: o.Rule.ID, Ignored: o.ignored, SCIM: o.scim, About: o.about,
			What: o.message.what, Where: o.message.where, Remarks: o.message.remarks,
			Client: o.client, Hosts: o.hosts, First: o.first, Last: o.last,
		})
	}
	return record
}

func (r findingRecord) finding(known map[string]rules.Rule) (Finding, error) {
	f := r.Finding
	f.Rule, f.several = known[r.Rule], r.Several
	for _, record := range r.Occurrences {
		o := record.Occurrence
		o.Rule = known[record.Rule]
		o.ignored, o.scim, o.about, o.client, o.hosts = record.Ignored, record.SCIM, record.About, record.Client, record.Hosts
		o.message = message{record.What, record.Where, record.Remarks}
		o.first, o.last = record.First, record.Last
		if o.Rule.ID == "" {
			return f, fmt.Errorf("unknown rule %q", record.Rule)
		}
		f.Occurrences = append(f.Occurrences, o)
	}
	if f.Rule.ID == "" || len(f.Occurrences) == 0 {
		return f, fmt.Errorf("finding %q has no rule or no occurrence", f.Fingerprint)
	}
	return f, nil
}

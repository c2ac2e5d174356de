package scanner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"time"

	"github.com/qasleaks/qasleaks/rules"
)

// EncodeResult writes all that [Merge] needs of a result: a line about it, a line for each
// finding, which begins with its fingerprint, and a checksum. No secret is in it.
// [ReadResult] reads it in the same version of the program; it is no format for others.
func EncodeResult(w io.Writer, r *Result) error {
	sum := newSum()
	lines := io.MultiWriter(w, sum)
	encoder := json.NewEncoder(lines)
	record := resultRecord{Result: *r, At: r.at}
	if r.sharedKeys != nil {
		record.SharedKeys = &r.sharedKeys.Tuning
	}
	if err := encoder.Encode(record); err != nil {
		return err
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(lines, "%s ", f.Fingerprint); err != nil {
			return err
		}
		if err := encoder.Encode(newFindingRecord(f)); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, endLine(sum))
	return err
}

// endMark begins the last line. No fingerprint does.
const endMark = "checksum "

// endLine is the last line, with the checksum of all others.
func endLine(sum hash.Hash32) string { return fmt.Sprintf("%s%08x\n", endMark, sum.Sum32()) }

// newSum returns the checksum of a record: it finds what a disk has damaged.
func newSum() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }

// index is where the findings of a result are, in the order of the result.
type index struct {
	in       io.ReaderAt
	findings []indexed
}

type indexed struct {
	fingerprint fingerprint
	at          int64
	size        int64
}

// fingerprint is the fingerprint of a finding.
type fingerprint [16]byte

func (f fingerprint) String() string { return string(f[:]) }

// ReadResult reads what EncodeResult has written, from its first byte to its end. The
// findings stay where they are, from the byte offset of in on: only [Merge] reads them. The
// error says if the record is not whole.
func ReadResult(r *bufio.Reader, in io.ReaderAt, offset int64) (*Result, error) {
	sum := newSum()
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, errCut
	}
	_, _ = sum.Write(line)
	var record resultRecord
	if err := json.Unmarshal(line, &record); err != nil {
		return nil, err
	}
	offset += int64(len(line))
	result := &record.Result
	result.at, result.index = record.At, &index{in: in}
	if record.SharedKeys != nil {
		rule := *knownRules()[sharedKeysID]
		rule.Tuning = *record.SharedKeys
		result.sharedKeys = &rule
	}
	for {
		begin, err := r.Peek(len(fingerprint{}) + 1)
		if err != nil {
			return nil, errCut
		}
		if string(begin[:len(endMark)]) == endMark {
			if end, err := r.ReadString('\n'); err != nil || end != endLine(sum) {
				return nil, errCut
			}
			return result, nil
		}
		f := indexed{fingerprint: fingerprint(begin[:len(fingerprint{})])}
		size, err := skipLine(sum, r)
		if err != nil {
			return nil, err
		}
		f.at, f.size = offset+int64(len(begin)), size-int64(len(begin))
		offset += size
		result.index.findings = append(result.index.findings, f)
	}
}

var errCut = errors.New("it is cut off or damaged")

// skipLine copies a line, which may be longer than the buffer of the reader, and returns its
// size.
func skipLine(w io.Writer, r *bufio.Reader) (size int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		_, _ = w.Write(part) // a checksum
		size += int64(len(part))
		switch {
		case err == nil:
			return size, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return 0, errCut
		}
	}
}

// readFinding reads a finding.
func readFinding(in io.ReaderAt, at, size int64, known map[string]*rules.Rule) (Finding, error) {
	text := make([]byte, size)
	if _, err := in.ReadAt(text, at); err != nil {
		return Finding{}, err
	}
	var record findingRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return Finding{}, err
	}
	return record.finding(known)
}

// knownRules returns all rules by their IDs.
func knownRules() map[string]*rules.Rule {
	known := map[string]*rules.Rule{}
	for _, rule := range rules.All() {
		known[rule.ID] = &rule
	}
	return known
}

// The fields of a record hide those of the struct that it embeds, by their names.
type resultRecord struct {
	Result
	Findings   *struct{} `json:",omitempty"` // always nil: they have lines of their own
	At         time.Time
	SharedKeys *rules.Tuning
}

type findingRecord struct {
	Finding
	Rule            string             `json:",omitzero"`
	Secret, Secrets *struct{}          `json:",omitempty"` // always nil
	Occurrences     []occurrenceRecord `json:",omitzero"`
	Several         bool               `json:",omitzero"`
}

type occurrenceRecord struct {
	Occurrence
	Rule          string     `json:",omitzero"`
	Ignored, SCIM bool       `json:",omitzero"`
	About         *rules.Key `json:",omitzero"`
	What, Where   string     `json:",omitzero"`
	Remarks       []string   `json:",omitzero"`
	Client        string     `json:",omitzero"`
	Hosts         []string   `json:",omitzero"`
	First, Last   time.Time  `json:",omitzero"`
	ID            string     `json:",omitzero"` // empty if it is the fingerprint of the finding
}

func newFindingRecord(f Finding) findingRecord {
	record := findingRecord{Finding: f, Rule: f.Rule.ID, Several: f.several}
	for i, o := range f.Occurrences {
		record.Occurrences = append(record.Occurrences, occurrenceRecord{
			Occurrence: o, Rule: o.Rule.ID, Ignored: o.ignored, SCIM: o.scim, About: o.about,
			What: o.message.what, Where: o.message.where, Remarks: o.message.remarks,
			Client: o.client, Hosts: o.hosts, First: o.first, Last: o.last,
		})
		if id := o.id.String(); o.id != (fingerprint{}) && id != f.Fingerprint {
			record.Occurrences[i].ID = id
		}
	}
	return record
}

func (r findingRecord) finding(known map[string]*rules.Rule) (Finding, error) {
	f := r.Finding
	f.several = r.Several
	for _, record := range r.Occurrences {
		o := record.Occurrence
		o.Rule = known[record.Rule]
		o.ignored, o.scim, o.about, o.client, o.hosts = record.Ignored, record.SCIM, record.About, record.Client, record.Hosts
		o.message = message{record.What, record.Where, record.Remarks}
		o.first, o.last = record.First, record.Last
		copy(o.id[:], record.ID)
		if o.Rule == nil {
			return f, fmt.Errorf("unknown rule %q", record.Rule)
		}
		f.Occurrences = append(f.Occurrences, o)
	}
	rule := known[r.Rule]
	if rule == nil || len(f.Occurrences) == 0 {
		return f, fmt.Errorf("finding %q has no rule or no occurrence", f.Fingerprint)
	}
	f.Rule = *rule
	return f, nil
}

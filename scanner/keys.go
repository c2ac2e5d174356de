package scanner

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// onePerLine is the advice for a text that is not a list of keys.
const onePerLine = "write one key per line and nothing else"

// Keys returns the keys that a text lists, one per line, as findings of a scan of
// standard input ("-"). It skips empty lines and lines that begin with #. The error, a
// [*hint.Error], is for a text with any other line or without keys; it repeats
// nothing of the text.
func Keys(text []byte) (*Result, error) {
	rule, err := rules.Select([]string{"qas-api-key"})
	if err != nil {
		return nil, err
	}
	s := newScan(Options{})
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		literal := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if literal == "" || strings.HasPrefix(literal, "#") {
			continue
		}
		key, ok := rules.ParseKey(literal)
		if !ok {
			return nil, hint.New(onePerLine, "line %d of standard input is not a key: expected {tenant ID}.{key ID}.{token}", n)
		}
		h := detect.Hit{
			Match: rules.Match{
				Key: key, Severity: rules.Error, Confidence: rules.High, Message: "QA Sphere API key of tenant " + key.TenantID,
			},
			Rule: &rule[0], Secret: redact.NewSecret(literal),
		}
		o := Occurrence{
			Object: ObjectFile, OnDisk: true, Path: "-",
			Line: n, Column: 1, EndLine: n, EndColumn: 1 + len(utf16.Encode([]rune(literal))),
		}
		s.judged(&o, &h)
		s.see(&sighting{hit: h, group: groupOf(&h)}, &o)
	}
	if err := lines.Err(); err != nil {
		return nil, &hint.Error{Err: fmt.Errorf("standard input is not a list of keys: %w", err), Hint: onePerLine}
	}
	if len(s.groups) == 0 {
		return nil, hint.New("write them one per line: qasleaks verify < FILE", "there are no keys on standard input")
	}
	result := s.result("")
	result.Coverage.Files, result.Coverage.Bytes = 1, int64(len(text))
	return result, nil
}

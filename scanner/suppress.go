package scanner

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/qasleaks/qasleaks/rules"
)

// allowMark stands on a line whose literals do not count:
//
//	qasleaks:allow [rule …] [-- reason]
const allowMark = "qasleaks:allow"

// inlineAllow returns the suppression that the line of text[start:end] declares
// for a rule, or nil. Lines are looked at within [rules.Reach].
func inlineAllow(c *cursor, h hit, rule string) *Suppression {
	first, _ := c.lineBounds(h.start, rules.Reach)
	_, last := c.lineBounds(h.end, rules.Reach)
	line := []byte(c.show(first, last))
	at := bytes.Index(line, []byte(allowMark))
	if at < 0 {
		return nil
	}
	directive := string(line[at+len(allowMark):])
	ids, reason, _ := strings.Cut(directive, "--")
	named := strings.FieldsFunc(ids, func(r rune) bool {
		return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	named = slices.DeleteFunc(named, func(id string) bool {
		_, err := rules.Select([]string{id})
		return err != nil
	})
	if len(named) > 0 && !slices.Contains(named, rule) {
		return nil
	}
	reason, _, _ = strings.Cut(reason, "*/")
	reason, _, _ = strings.Cut(reason, "-->")
	return &Suppression{By: "inline", Reason: strings.TrimSpace(reason)}
}

// suppress marks the findings that the ignore list names, and those all of
// whose occurrences are suppressed.
func suppress(findings []Finding, ignores []Ignore) {
	byFingerprint := map[string]Ignore{}
	for _, ignore := range ignores {
		byFingerprint[ignore.Fingerprint] = ignore
	}
	for i := range findings {
		f := &findings[i]
		if ignore, ok := byFingerprint[f.Fingerprint]; ok {
			f.Suppressed = &Suppression{By: "config", Reason: ignore.Reason}
			continue
		}
		open := slices.ContainsFunc(f.Occurrences, func(o Occurrence) bool { return o.Suppressed == nil })
		if !open && len(f.Occurrences) > 0 {
			f.Suppressed = f.Occurrences[0].Suppressed
		}
	}
}

package scanner

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// allowMark marks a line whose literals do not count. The IDs of the rules that it
// applies to may follow, if not all, and "--" with a reason.
const allowMark = "qasleaks:allow"

// allowance is the content of an allow comment: the rules that it names, or all.
type allowance struct {
	// directive is the comment from its mark to its end; empty for none.
	directive string
	rules     []string
	reason    string
}

// of returns the suppression of a rule by a comment; nil if there is none.
func (a allowance) of(rule string) *Suppression {
	if a.directive == "" || len(a.rules) > 0 && !slices.Contains(a.rules, rule) {
		return nil
	}
	return &Suppression{By: "inline", Reason: a.reason}
}

// allowAt returns the allow comment on the line of a hit. It searches the line within
// [rules.Reach] of the hit.
func allowAt(c *cursor, h detect.Hit) allowance {
	first, _ := c.lineBounds(h.Start, rules.Reach)
	_, last := c.lineBounds(h.End, rules.Reach)
	if !c.wide && !bytes.Contains(c.text[first:last], []byte(allowMark)) {
		return allowance{}
	}
	line := []byte(c.show(first, last))
	at := bytes.Index(line, []byte(allowMark))
	if at < 0 {
		return allowance{}
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
	reason, _, _ = strings.Cut(reason, "*/")
	reason, _, _ = strings.Cut(reason, "-->")
	return allowance{directive: allowMark + directive, rules: named, reason: strings.TrimSpace(reason)}
}

// unusedAllows records the allow comments in a file that allow none of its sightings.
// In Markdown, such comments are examples.
func (s *scan) unusedAllows(b Blob, sightings []sighting) {
	if !s.allRules() || strings.EqualFold(path.Ext(b.Path), ".md") {
		return
	}
	allowed := map[int]bool{} // lines
	for _, f := range sightings {
		for line := f.at.Line; f.at.Suppressed != nil && line <= f.at.EndLine; line++ {
			allowed[line] = true
		}
	}
	for line, from := 1, 0; ; {
		next := bytes.Index(b.Data[from:], []byte(allowMark))
		if next < 0 {
			return
		}
		line += bytes.Count(b.Data[from:from+next], []byte("\n"))
		at := from + next
		from = at + len(allowMark)
		if !allowed[line] && inComment(b.Data[max(0, at-8):at]) {
			s.mu.Lock()
			s.unused = append(s.unused, fmt.Sprintf("%s:%d", b.Path, line))
			s.mu.Unlock()
		}
	}
}

// inComment reports whether a text ends with the start of a comment.
func inComment(before []byte) bool {
	before = bytes.TrimRight(before, " \t")
	return slices.ContainsFunc([]string{"//", "#", "/*", "<!--", "--", ";"}, func(opener string) bool {
		return bytes.HasSuffix(before, []byte(opener))
	})
}

// suppress marks the findings that do not count, and compares all with the baseline. It
// adds notes on entries that have no effect: expired entries always, unused entries
// if the scan is whole.
func (s *scan) suppress(findings []Finding, whole bool) {
	ignored := newIgnoreList(s.opts.Ignores, s.now)
	known := newIgnoreList(s.opts.Baseline, s.now)
	for i := range findings {
		f := &findings[i]
		f.Suppressed = suppressionOf(f, ignored, known)
		switch _, isKnown := known.byFingerprint[f.Fingerprint]; {
		case isKnown:
			f.Baseline = BaselineUnchanged
		case s.opts.Baseline != nil:
			f.Baseline = BaselineNew
		}
	}
	if len(s.unused) > 0 {
		slices.Sort(s.unused)
		s.note(fmt.Sprintf("unused %s comments: %s. A comment applies only to its own line.", allowMark, few(s.unused)))
	}
	ignored.remarks(s, whole, "entries in the configuration")
	known.remarks(s, whole, "entries in the baseline")
}

// suppressionOf returns the suppression of a finding; nil if it counts. Only this
// function decides that. The configuration has priority over inline comments, and
// those over the baseline: a decision about a key is more specific than a baseline.
// Inline comments suppress a finding only if each of its occurrences has one.
func suppressionOf(f *Finding, ignored, known *ignoreList) *Suppression {
	byConfig := ignored.find(f.Fingerprint, "config")
	byBaseline := known.find(f.Fingerprint, "baseline")
	counts := func(o Occurrence) bool { return o.Suppressed == nil }
	switch {
	case byConfig != nil:
		return byConfig
	case len(f.Occurrences) > 0 && !slices.ContainsFunc(f.Occurrences, counts):
		return f.Occurrences[0].Suppressed
	}
	return byBaseline
}

// ignoreList has the fingerprints that do not count, and which of them were found.
type ignoreList struct {
	all           []Ignore
	byFingerprint map[string]Ignore
	now           time.Time
	seen          map[string]bool
}

func newIgnoreList(all []Ignore, now time.Time) *ignoreList {
	l := &ignoreList{all: all, byFingerprint: map[string]Ignore{}, now: now, seen: map[string]bool{}}
	for _, ignore := range all {
		l.byFingerprint[ignore.Fingerprint] = ignore
	}
	return l
}

// find returns the suppression of a finding; nil if there is none, or if it has
// expired.
func (l *ignoreList) find(fingerprint, by string) *Suppression {
	ignore, ok := l.byFingerprint[fingerprint]
	if !ok {
		return nil
	}
	l.seen[fingerprint] = true
	if ignore.Expired(l.now) {
		return nil
	}
	return &Suppression{By: by, Reason: ignore.Reason, Until: ignore.Until}
}

// remarks adds notes on the entries of a list that have no effect.
func (l *ignoreList) remarks(s *scan, whole bool, entries string) {
	var unused, expired []string
	for _, ignore := range l.all {
		switch {
		case !l.seen[ignore.Fingerprint]:
			unused = append(unused, ignore.Fingerprint)
		case ignore.Expired(l.now):
			expired = append(expired, fmt.Sprintf("%s on %s (%s)", ignore.Fingerprint, ignore.Until.Format(time.DateOnly), ignore.Reason))
		}
	}
	if len(expired) > 0 {
		s.note(fmt.Sprintf("expired %s: %s. These findings count again.", entries, few(expired)))
	}
	if len(unused) > 0 && whole {
		s.note(fmt.Sprintf("unused %s: %s. Remove them.", entries, few(unused)))
	}
}

// few joins the first texts, and counts the others.
func few(texts []string) string {
	const most = 3
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}

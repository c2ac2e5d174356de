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

// allowMark stands on a line whose literals do not count, after it the rules it
// holds for, if not for all, and "--" and a reason.
const allowMark = "qasleaks:allow"

// allowance is what a comment allows: the rules it names, or all.
type allowance struct {
	// directive is the comment from its mark on; empty for none.
	directive string
	rules     []string
	reason    string
}

// of returns the suppression that a comment is for a rule; nil if it is none.
func (a allowance) of(rule string) *Suppression {
	if a.directive == "" || len(a.rules) > 0 && !slices.Contains(a.rules, rule) {
		return nil
	}
	return &Suppression{By: "inline", Reason: a.reason}
}

// allowAt returns what the line of a hit allows. Lines are looked at within
// [rules.Reach].
func allowAt(c *cursor, h detect.Hit) allowance {
	first, _ := c.lineBounds(h.Start, rules.Reach)
	_, last := c.lineBounds(h.End, rules.Reach)
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

// unusedAllows remembers the comments of a file that allow nothing; sightings are
// those in it. In Markdown they are examples.
func (s *scan) unusedAllows(b Blob, sightings []sighting) {
	if !s.allRules() || strings.EqualFold(path.Ext(b.Path), ".md") {
		return
	}
	for line, from := 1, 0; ; {
		next := bytes.Index(b.Data[from:], []byte(allowMark))
		if next < 0 {
			return
		}
		line += bytes.Count(b.Data[from:from+next], []byte("\n"))
		at := from + next
		from = at + len(allowMark)
		used := slices.ContainsFunc(sightings, func(f sighting) bool {
			return f.at.Suppressed != nil && f.at.Line <= line && line <= f.at.EndLine
		})
		if !used && inComment(b.Data[max(0, at-8):at]) {
			s.mu.Lock()
			s.unused = append(s.unused, fmt.Sprintf("%s:%d", b.Path, line))
			s.mu.Unlock()
		}
	}
}

// inComment reports whether a comment begins at the end of a text.
func inComment(before []byte) bool {
	before = bytes.TrimRight(before, " \t")
	return slices.ContainsFunc([]string{"//", "#", "/*", "<!--", "--", ";"}, func(opener string) bool {
		return bytes.HasSuffix(before, []byte(opener))
	})
}

// suppress marks the findings that do not count, and compares all with the baseline.
// It notes what of the lists has no effect: expired entries always, unused ones if the
// scan saw everything.
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
		s.note(fmt.Sprintf("unused %s comments: %s. A comment holds for its own line.", allowMark, few(s.unused)))
	}
	ignored.remarks(s, whole, "in the configuration")
	known.remarks(s, whole, "in the baseline")
}

// suppressionOf decides what suppresses a finding; nil if it counts. It is the only
// place that does. The configuration wins over inline comments, and those over the
// baseline: what people decided about this key comes before what was there when the
// baseline was made. Inline comments suppress a finding only if each of its
// occurrences has one.
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

// ignoreList holds the fingerprints that do not count, and which of them were seen.
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

// find returns what suppresses a finding; nil if nothing does, or no more.
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

// remarks notes the entries of a list that have no effect.
func (l *ignoreList) remarks(s *scan, whole bool, where string) {
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
		s.note(fmt.Sprintf("expired %s: %s. These findings count again.", where, few(expired)))
	}
	if len(unused) > 0 && whole {
		s.note(fmt.Sprintf("%s, but not found: %s. Remove what is gone.", where, few(unused)))
	}
}

// few joins the first of some texts, and counts the others.
func few(texts []string) string {
	const most = 3
	if len(texts) <= most {
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
}

package scanner

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/internal/nearest"
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
	// rules are the words before the reason. A word that names no rule allows nothing.
	rules  []string
	reason string
}

// of returns the suppression of a rule by a comment, which may be nil; nil if there is none.
func (a *allowance) of(rule string) *Suppression {
	if a == nil || len(a.rules) > 0 && !slices.Contains(a.rules, rule) {
		return nil
	}
	return &Suppression{By: "inline", Reason: a.reason}
}

// why says why a comment allows none of the findings of some rules on its line; "" if
// there are none.
func (a *allowance) why(found []string) string {
	for _, id := range a.rules {
		if _, err := rules.Select([]string{id}); err != nil {
			text := "no rule is named " + id
			if meant, ok := nearest.Name(id, ruleIDs()); ok {
				return text + "; did you mean " + meant + "?"
			}
			return text + "; write a reason after --"
		}
	}
	if len(found) == 0 || len(a.rules) == 0 {
		return ""
	}
	return "names " + strings.Join(a.rules, ", ") + "; the finding is " + strings.Join(found, ", ")
}

func ruleIDs() []string {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return ids
}

// allowAt returns the allow comment on the line of a hit; nil if there is none. It searches the line within
// [rules.Reach] of the hit.
func allowAt(c *cursor, h *detect.Hit) *allowance {
	first, _ := c.lineBounds(h.Start, rules.Reach)
	_, last := c.lineBounds(h.End, rules.Reach)
	if !c.wide && !bytes.Contains(c.text[first:last], []byte(allowMark)) {
		return nil
	}
	return allowIn([]byte(c.show(first, last)))
}

// allowIn returns the first allow comment in a line; nil if there is none.
func allowIn(line []byte) *allowance {
	at := nextAllow(line)
	if at < 0 {
		return nil
	}
	line, _, _ = bytes.Cut(line[at+len(allowMark):], []byte("\n"))
	directive := string(line)
	text, _, _ := strings.Cut(directive, "*/")
	text, _, _ = strings.Cut(text, "-->")
	ids, reason, _ := strings.Cut(text, "--")
	isSeparator := func(r rune) bool { return strings.ContainsRune(" \t,:()[]=", r) }
	if end := strings.IndexFunc(ids, func(r rune) bool { return !isSeparator(r) && !inName(r) && r != '-' }); end >= 0 {
		ids = ids[:end] // what follows is code
	}
	return &allowance{directive: allowMark + directive, rules: strings.FieldsFunc(ids, isSeparator), reason: strings.TrimSpace(reason)}
}

// nextAllow returns where the next allow mark begins in a text; -1 if there is none. A
// longer word, such as qasleaks:allowed, is no mark.
func nextAllow(text []byte) int {
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte(allowMark))
		if at < 0 {
			return -1
		}
		from += at + len(allowMark)
		rest := bytes.TrimPrefix(text[from:], []byte("-"))
		if next, size := utf8.DecodeRune(rest); size == 0 || !inName(next) {
			return from - len(allowMark)
		}
	}
}

func inName(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// unusedAllow is an allow comment that allows nothing.
type unusedAllow struct{ place, why string }

func (u unusedAllow) String() string {
	if u.why == "" {
		return u.place
	}
	return u.place + " (" + u.why + ")"
}

// sightingsByLine has the rules of the sightings in a file, and whether comments allow them.
// It is nil for a file without allow comments.
type sightingsByLine map[int][]sightedRule

type sightedRule struct {
	rule string
	is   bool
}

// allowsOf returns an empty record of the sightings in a file.
func (s *scan) allowsOf(b Blob) sightingsByLine {
	if !s.allRules() || nextAllow(b.Data) < 0 {
		return nil
	}
	return sightingsByLine{}
}

func (l sightingsByLine) see(o Occurrence) {
	for line := o.Line; l != nil && line <= o.EndLine; line++ {
		l[line] = append(l[line], sightedRule{o.Rule.ID, o.Suppressed != nil})
	}
}

// unusedAllows records the allow comments in a file that allow none of its sightings.
// In Markdown, comments on lines without a sighting are examples.
func (s *scan) unusedAllows(b Blob, byLine sightingsByLine) {
	if byLine == nil {
		return
	}
	isMarkdown := strings.EqualFold(path.Ext(b.Path), ".md")
	for line, from := 1, 0; ; {
		next := nextAllow(b.Data[from:])
		if next < 0 {
			return
		}
		line += bytes.Count(b.Data[from:from+next], []byte("\n"))
		at := from + next
		from = at + len(allowMark)
		var found []string // the rules of sightings on the line
		used := false
		for _, f := range byLine[line] {
			found = append(found, f.rule)
			used = used || f.is
		}
		if used || len(found) == 0 && (isMarkdown || !inComment(b.Data[max(0, at-8):at])) {
			continue
		}
		slices.Sort(found)
		s.mu.Lock()
		s.unused = append(s.unused, unusedAllow{fmt.Sprintf("%s:%d", b.Path, line), allowIn(b.Data[at:]).why(slices.Compact(found))})
		s.mu.Unlock()
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
		f.Suppressed = cmp.Or(ignored.find(f, "config"), allowed(f))
		known.compare(f)
	}
	var texts []string
	for _, u := range s.unused {
		if !s.used[u.place] {
			texts = append(texts, u.String())
		}
	}
	if len(texts) > 0 {
		slices.Sort(texts)
		s.note(fmt.Sprintf("unused %s comments: %s. A comment applies only to its own line.", allowMark, few(texts)))
	}
	ignored.remarks(s, whole, "entries in the configuration")
	known.remarks(s, whole, "entries in the baseline")
}

// allowed returns the suppression of a finding by inline comments, which each of its
// occurrences must have; else nil. The configuration has priority over them, and they over
// the baseline: a decision about a key is more specific than a baseline.
func allowed(f *Finding) *Suppression {
	counts := func(o Occurrence) bool { return o.Suppressed == nil }
	if len(f.Occurrences) == 0 || slices.ContainsFunc(f.Occurrences, counts) {
		return nil
	}
	return f.Occurrences[0].Suppressed
}

// compare compares a finding with a baseline: what is in it does not count.
func (l *ignoreList) compare(f *Finding) {
	f.Suppressed = cmp.Or(f.Suppressed, l.find(f, "baseline"))
	if l.all == nil {
		return
	}
	isKnown := func(id string) bool { _, ok := l.byFingerprint[id]; return ok }
	f.Baseline = BaselineNew
	if slices.ContainsFunc(f.Fingerprints(), isKnown) {
		f.Baseline = BaselineUnchanged
	}
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
// expired. An entry for any place of a literal counts.
func (l *ignoreList) find(f *Finding, by string) (found *Suppression) {
	if len(l.all) == 0 {
		return nil
	}
	for _, id := range f.Fingerprints() {
		ignore, ok := l.byFingerprint[id]
		if !ok {
			continue
		}
		l.seen[id] = true
		if found == nil && !ignore.Expired(l.now) {
			found = &Suppression{By: by, Reason: ignore.Reason, Until: ignore.Until}
		}
	}
	return found
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

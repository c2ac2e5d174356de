package scanner

import (
	"iter"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// redactor masks every secret of a scan, plain and encoded, in text that is to
// be shown.
type redactor struct {
	secrets []string
	// starts holds the first bytes of every form of every secret, and which of
	// the links to look at; the forms themselves are made when their start is met,
	// since there are dozens of each and most are never seen.
	starts map[uint64]int32
	links  []link
}

// link is a secret of which some form starts in a certain way, and the link of
// another that does too; -1 for none.
type link struct{ secret, next int32 }

// startLen is the length of the shortest text that is masked.
const startLen = 6

func newRedactor() *redactor { return &redactor{starts: map[uint64]int32{}} }

// add has the redactor mask a secret: of a key, the token, so that tenant and
// key ID stay to be seen.
func (r *redactor) add(secret Secret, key rules.Key) {
	value := secret.Reveal()
	if key != (rules.Key{}) {
		value = value[strings.LastIndexByte(value, '.')+1:]
	}
	number := int32(len(r.secrets))
	r.secrets = append(r.secrets, value)
	for form := range forms(value[:min(len(value), enough)]) {
		if len(form) < startLen {
			continue
		}
		start := startOf(form)
		next, ok := r.starts[start]
		if !ok {
			next = -1
		} else if r.links[next].secret == number {
			continue
		}
		r.starts[start] = int32(len(r.links))
		r.links = append(r.links, link{number, next})
	}
}

// enough is how much of a secret tells how each of its forms starts: of base64
// twice over, what startLen digits and those left out before them stand for.
const enough = 12

// forms yields the ways in which a secret may be written: plain, in every
// encoding, and in base64 twice.
func forms(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(value) {
			return
		}
		for _, e := range decode.All() {
			for _, form := range e.Forms(value) {
				if !yield(form.Text) {
					return
				}
				if e.Name != "base64" {
					continue
				}
				for _, twice := range e.Forms(form.Text) {
					if !yield(twice.Text) {
						return
					}
				}
			}
		}
	}
}

// startOf packs the first bytes of a text.
func startOf(t string) uint64 {
	_ = t[startLen-1]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40
}

// clean returns text with every secret masked.
func (r *redactor) clean(text string) string {
	var b strings.Builder
	shown := 0
	for i := 0; i+startLen <= len(text); i++ {
		first, ok := r.starts[startOf(text[i:])]
		if !ok {
			continue
		}
		if n := r.longest(text[i:], first); n > 0 {
			b.WriteString(text[shown:i])
			b.WriteString(Mask)
			shown = i + n
			i = shown - 1
		}
	}
	if shown == 0 {
		return text
	}
	b.WriteString(text[shown:])
	return b.String()
}

// longest returns the length of the longest form with which text begins, of the
// secrets of a chain of links; 0 for none.
func (r *redactor) longest(text string, first int32) int {
	longest := 0
	for at := first; at >= 0; at = r.links[at].next {
		for form := range forms(r.secrets[r.links[at].secret]) {
			if len(form) >= startLen && len(form) > longest && strings.HasPrefix(text, form) {
				longest = len(form)
			}
		}
	}
	return longest
}

// result masks the secrets in everything of a result that came from what was
// scanned.
func (r *redactor) result(result *Result) {
	for i := range result.Findings {
		f := &result.Findings[i]
		f.Message = r.clean(f.Message)
		f.Suppressed = r.suppression(f.Suppressed)
		for j := range f.Occurrences {
			r.occurrence(&f.Occurrences[j])
		}
	}
	for i := range result.Repositories {
		p := &result.Repositories[i]
		p.Path, p.Remote, p.Branch = r.clean(p.Path), r.clean(p.Remote), r.clean(p.Branch)
	}
	for i := range result.Coverage.Skipped {
		s := &result.Coverage.Skipped[i]
		s.Path, s.Reason = r.clean(s.Path), r.clean(s.Reason)
	}
	for i, note := range result.Coverage.Notes {
		result.Coverage.Notes[i] = r.clean(note)
	}
}

func (r *redactor) occurrence(o *Occurrence) {
	o.Path = r.clean(o.Path)
	for _, c := range []**Commit{&o.Commit, &o.RemovedBy} {
		if *c != nil {
			clean := **c
			clean.Author, clean.Summary = r.clean(clean.Author), r.clean(clean.Summary)
			*c = &clean
		}
	}
	o.Suppressed = r.suppression(o.Suppressed)
	o.Refs, o.Reflogs, o.Layers = r.names(o.Refs), r.names(o.Reflogs), r.names(o.Layers)
	r.frame(&o.Frame, o.Rule.Lint)
	if o.Fix != nil {
		o.Fix.Path, o.Fix.Text = r.clean(o.Fix.Path), r.clean(o.Fix.Text)
	}
}

// suppression cleans a reason; a copy of it, since it may be shared.
func (r *redactor) suppression(s *Suppression) *Suppression {
	if s == nil || r.clean(s.Reason) == s.Reason {
		return s
	}
	clean := *s
	clean.Reason = r.clean(s.Reason)
	return &clean
}

// names cleans a list that may be shared: it is copied if there is anything to
// mask.
func (r *redactor) names(names []string) []string {
	if !slices.ContainsFunc(names, func(name string) bool { return r.clean(name) != name }) {
		return names
	}
	names = slices.Clone(names)
	for i := range names {
		names[i] = r.clean(names[i])
	}
	return names
}

// frame cleans the lines of a frame, and on the marked one what is left and right of
// the mark, which the scanner has made safe; of a lint finding the mark, too.
func (r *redactor) frame(f *Frame, lint bool) {
	for i, line := range f.Lines {
		if i != f.Mark {
			f.Lines[i] = r.clean(line)
			continue
		}
		before, mark, after := r.clean(line[:f.MarkStart]), line[f.MarkStart:f.MarkEnd], r.clean(line[f.MarkEnd:])
		if lint {
			mark = r.clean(mark)
		}
		f.Lines[i] = before + mark + after
		f.MarkStart, f.MarkEnd = len(before), len(before)+len(mark)
	}
}

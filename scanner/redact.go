package scanner

import (
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// redactor masks every secret of a scan, plain and encoded, in text that is to
// be shown.
type redactor struct {
	// byStart holds what to mask, by its first bytes, longest first.
	byStart map[string][]string
}

// startLen is the length of the shortest text that is masked.
const startLen = 6

func newRedactor() *redactor { return &redactor{byStart: map[string][]string{}} }

// add has the redactor mask a secret: of a key, the token, so that tenant and
// key ID stay to be seen.
func (r *redactor) add(secret Secret, key rules.Key) {
	value := secret.Reveal()
	if key != (rules.Key{}) {
		value = value[strings.LastIndexByte(value, '.')+1:]
	}
	r.addText(value)
	for _, e := range decode.All() {
		for _, form := range e.Forms(value) {
			r.addText(form.Text)
			if e.Name == "base64" {
				for _, twice := range e.Forms(form.Text) {
					r.addText(twice.Text)
				}
			}
		}
	}
}

func (r *redactor) addText(text string) {
	if len(text) < startLen {
		return
	}
	texts := r.byStart[text[:startLen]]
	at := 0
	for at < len(texts) && len(texts[at]) >= len(text) {
		if texts[at] == text {
			return
		}
		at++
	}
	texts = append(texts[:at:at], append([]string{text}, texts[at:]...)...)
	r.byStart[text[:startLen]] = texts
}

// clean returns text with every secret masked.
func (r *redactor) clean(text string) string {
	if len(text) < startLen || len(r.byStart) == 0 {
		return text
	}
	var b strings.Builder
	shown := 0
	for i := 0; i+startLen <= len(text); i++ {
		for _, secret := range r.byStart[text[i:i+startLen]] {
			if strings.HasPrefix(text[i:], secret) {
				b.WriteString(text[shown:i])
				b.WriteString(Mask)
				shown = i + len(secret)
				i = shown - 1
				break
			}
		}
	}
	if shown == 0 {
		return text
	}
	b.WriteString(text[shown:])
	return b.String()
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
	r.frame(&o.Frame)
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

// frame cleans the lines of a frame, and on the marked one what is left and
// right of the mark, which the scanner has made safe.
func (r *redactor) frame(f *Frame) {
	for i, line := range f.Lines {
		if i != f.Mark {
			f.Lines[i] = r.clean(line)
			continue
		}
		before, mark, after := r.clean(line[:f.MarkStart]), line[f.MarkStart:f.MarkEnd], r.clean(line[f.MarkEnd:])
		f.Lines[i] = before + mark + after
		f.MarkStart, f.MarkEnd = len(before), len(before)+len(mark)
	}
}

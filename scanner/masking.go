package scanner

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// addSecret makes a redactor mask a value that was found with a key. The key is zero
// for a literal that is not a key.
func addSecret(r *redact.Redactor, secret redact.Secret, key rules.Key) {
	if key == (rules.Key{}) {
		r.Add(secret)
	} else {
		r.AddKey(secret)
	}
}

// masking masks the parts of a result that come from the scanned content: the secrets
// that a redactor knows, and the keys in names, which may be nowhere else.
type masking struct {
	redactor *redact.Redactor
	detector *detect.Detector
	// known has the names that were cleaned, and lines the last lines of frames: many
	// occurrences share some.
	known, lines map[string]string
}

// Clean returns a name or another short text without secrets.
func (r masking) Clean(text string) string {
	clean, ok := r.known[text]
	if !ok {
		clean = r.redactor.Clean(hideKeys(r.detector, text))
		r.known[text] = clean
	}
	return clean
}

// result masks the secrets in a result.
func (r masking) result(result *Result) {
	for i := range result.Findings {
		f := &result.Findings[i]
		f.Message = r.Clean(f.Message)
		f.Suppressed = r.suppression(f.Suppressed)
		for j := range f.Occurrences {
			r.occurrence(&f.Occurrences[j])
		}
	}
	for i := range result.Repositories {
		p := &result.Repositories[i]
		p.Name, p.Path, p.Remote, p.Branch = r.Clean(p.Name), r.Clean(p.Path), r.Clean(p.Remote), r.Clean(p.Branch)
		p.Reason = hideTokens(r.Clean(p.Reason))
	}
	for i := range result.Coverage.Skipped {
		s := &result.Coverage.Skipped[i]
		s.Path, s.Reason = r.Clean(s.Path), hideTokens(r.Clean(s.Reason))
	}
	result.Base = r.Clean(result.Base)
	for i, note := range result.Coverage.Notes {
		result.Coverage.Notes[i] = hideTokens(r.Clean(note))
	}
}

func (r masking) occurrence(o *Occurrence) {
	o.allow = nil
	o.message = message{what: r.Clean(o.message.what), where: r.Clean(o.message.where), remarks: r.names(o.message.remarks)}
	o.Path, o.Original, o.Repository = r.Clean(o.Path), r.Clean(o.Original), r.Clean(o.Repository)
	for _, c := range []**Commit{&o.Commit, &o.RemovedBy} {
		if *c != nil {
			clean := **c
			clean.Author, clean.Summary = r.Clean(clean.Author), r.Clean(clean.Summary)
			*c = &clean
		}
	}
	o.Suppressed = r.suppression(o.Suppressed)
	o.Refs, o.Reflogs, o.Layers = r.names(o.Refs), r.names(o.Reflogs), r.names(o.Layers)
	r.frame(&o.Frame, o.Rule.Lint)
	if o.Fix != nil {
		o.Fix.Path, o.Fix.Text = r.Clean(o.Fix.Path), r.Clean(o.Fix.Text)
	}
}

// suppression cleans the reason in a copy of a suppression, which may be shared.
func (r masking) suppression(s *Suppression) *Suppression {
	if s == nil || r.Clean(s.Reason) == s.Reason {
		return s
	}
	clean := *s
	clean.Reason = r.Clean(s.Reason)
	return &clean
}

// names cleans a list that may be shared: it returns a copy if there is a secret to
// mask.
func (r masking) names(names []string) []string {
	if !slices.ContainsFunc(names, func(name string) bool { return r.Clean(name) != name }) {
		return names
	}
	names = slices.Clone(names)
	for i := range names {
		names[i] = r.Clean(names[i])
	}
	return names
}

// line returns a line of a frame, or a part of it, without secrets.
func (r masking) line(text string) string {
	const near = 64
	clean, ok := r.lines[text]
	if !ok {
		if len(r.lines) == near {
			clear(r.lines)
		}
		clean = r.redactor.Clean(text)
		r.lines[text] = clean
	}
	return clean
}

// frame cleans the lines of a frame. On the marked line it cleans the text before and
// after the mark, which the scanner has already masked; for a lint finding it cleans
// the mark, too.
func (r masking) frame(f *Frame, lint bool) {
	lines := f.Lines
	set := func(i int, line string) {
		if &lines[0] == &f.Lines[0] { // other frames may have the same
			lines = slices.Clone(lines)
		}
		lines[i] = line
	}
	for i, line := range f.Lines {
		if i != f.Mark {
			if clean := r.line(line); clean != line {
				set(i, clean)
			}
			continue
		}
		before, mark, after := r.line(line[:f.MarkStart]), line[f.MarkStart:f.MarkEnd], r.line(line[f.MarkEnd:])
		if lint {
			mark = r.line(mark)
		}
		if len(before)+len(mark)+len(after) == len(line) && before == line[:len(before)] && mark == line[f.MarkStart:f.MarkEnd] && after == line[f.MarkEnd:] {
			continue
		}
		set(i, before+mark+after)
		f.MarkStart, f.MarkEnd = len(before), len(before)+len(mark)
	}
	f.Lines = lines
}

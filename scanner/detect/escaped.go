package detect

import (
	"bytes"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// An anchor can be in plain text while the text around it is escaped, as in
// QAS_TOKEN%3D%22 and &quot;QAS_TOKEN&quot;. The rules then run on the text within
// escapeReach with its escapes decoded, up to maxEscapes levels deep.
const (
	escapeReach = 768
	maxEscapes  = 2
)

// judgeEscaped replaces the hits of some anchors in plain text by what is found where escapes
// around them are undone.
func (d *Detector) judgeEscaped(hits [][]Hit, text []byte, views []view, escaped []int, depth int, b *Budget) {
	near := make([]view, 0, len(escaped))
	for n := range d.escapes {
		e := &d.escapes[n]
		near = near[:0]
		since, next := 0, 0 // no escape is in text[since:next]
		for _, i := range escaped {
			v := views[i]
			l := &d.literals[v.literal]
			if e.Escape == '\n' && l.text[0] != '.' { // the parts of a key are wrapped
				continue
			}
			reach := escapeReach
			if e.Escape == '<' && l.text[0] == '.' { // each part of a key may have tags of its own
				reach = rules.Reach
			}
			v.from, v.to, v.owner = max(v.from, v.at-reach), min(v.to, v.at+len(l.text)+reach), i
			if v.from < since || next < v.from {
				since, next = v.from, v.from
			}
			if next < v.to {
				if i := bytes.IndexByte(text[next:v.to], e.Escape); i >= 0 {
					next += i
					near = append(near, v)
				} else {
					next = v.to
				}
			}
		}
		if len(near) > 0 {
			d.judgeEscape(hits, text, near, e, depth, b)
		}
	}
}

func (d *Detector) judgeEscape(hits [][]Hit, text []byte, near []view, e *decode.Encoding, depth int, b *Budget) {
	var known decodedTexts
	from, to := bounds(near)
	judge := func(t *decoded) {
		for n, within := range d.judgeViews(t.Bytes, t.views, depth+1, b) {
			v := near[t.views[n].owner]
			i := v.owner
			t.outer(within, text, v)
			hits[i] = append(slices.DeleteFunc(hits[i], func(h Hit) bool { return t.replaces(h, text, v, within) }), within...)
		}
	}
	for n, v := range near {
		t := known.at(text, from, to, v, e, 0, b, judge)
		at, ok := t.Index(v.at - t.first)
		if !ok && at > 0 {
			at-- // the first character of the anchor is itself the end of an escape: a quote
		}
		l := &d.literals[v.literal]
		first, last := t.bound(v.from, v.to)
		first = min(first, at)
		if t.Tells(v.from-t.first, v.to-t.first) && at+len(l.text) <= last && l.matches(t.Bytes[at:at+len(l.text)]) && !bytes.Equal(t.Bytes[first:last], text[v.from:v.to]) {
			t.views = append(t.views, view{Anchor{at, v.literal}, first, last, n})
		}
	}
	for _, t := range known {
		judge(t)
	}
}

// replaces reports whether the hits of an anchor where escapes are undone replace another hit
// of it.
func (t *decoded) replaces(h Hit, text []byte, v view, within []Hit) bool {
	e := t.encoding
	isPlace := func(at int) bool {
		_, ok := t.Index(at - t.first)
		return ok && v.from <= at && at <= v.to
	}
	begins := isPlace(h.Start) || e.Escape == '<' // in an attribute
	cut := e.Escape == '=' && !isPlace(h.End) || e.Escape == '\\' && h.End < len(text) && text[h.End] == '\\' && isMark(text[h.End+1:])
	if cut && len(within) == 0 && !h.Rule.Lint {
		return true // only the beginning of a literal, and the whole of it is not a key
	}
	return !begins && e.Escape != '\\' || slices.ContainsFunc(within, func(o Hit) bool { return o.instead(h, begins) })
}

// isMark reports whether text begins with punctuation.
func isMark(text []byte) bool {
	return len(text) > 0 && '!' <= text[0] && text[0] <= '~' && text[0] != '"' && text[0] != '\'' &&
		!('0' <= text[0] && text[0] <= '9' || 'a' <= text[0]|0x20 && text[0]|0x20 <= 'z')
}

// instead reports whether a leak seen with escapes undone stands for another hit, seen
// without: the other begins inside an escape, or is a part of it.
func (h Hit) instead(other Hit, begins bool) bool {
	isPart := h.Start <= other.Start && other.End <= h.End && h.End-h.Start > other.End-other.Start
	return !h.Rule.Lint && h.Start < other.End && other.Start < h.End && (!begins || isPart)
}

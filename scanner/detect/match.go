package detect

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// maxDepth is the maximum number of nested encodings.
const maxDepth = 4

// Hit is a literal that a rule found in a text.
type Hit struct {
	// Match has the span of the hit in the original text, encoded or not. Its Token is
	// nil: Pieces has the parts of a token that is not contiguous.
	rules.Match
	// Rule points into the rules of the detector.
	Rule  *rules.Rule
	order int // of the rule: of equal hits, the one with the lowest order is kept
	// Layers names the encodings around the hit, outermost first.
	Layers []string
	// Secret is the value of the literal, decoded.
	Secret redact.Secret
	Pieces []redact.Secret
	// Masks are the edits of the original text that mask the token, or a literal that is
	// not a key. Only a detector for masking fills them in.
	Masks []decode.Edit
	// Hosts are the QA Sphere hosts named in the text around the hit.
	Hosts []string
	// Line is the line of the literal without the literal itself. It identifies a
	// literal that has no key ID.
	Line string
}

// judge runs the rules of an anchor on the text around it. The result depends only
// on the text within [rules.Reach] of the anchor.
func (d *Detector) judge(hits []Hit, text []byte, a Anchor, b *Budget) []Hit {
	first := max(0, a.at-rules.Reach)
	last := min(len(text), a.at+len(d.literals[a.literal].text)+rules.Reach)
	start := len(hits)
	hits = d.judgeWindow(hits, text[first:last], Anchor{a.at - first, a.literal}, 0, b)
	move(hits[start:], first)
	return hits
}

// move adds to the offsets of hits.
func move(hits []Hit, by int) {
	for i := range hits {
		h := &hits[i]
		h.Start += by
		h.End += by
		h.Masks = slices.Clone(h.Masks)
		for n := range h.Masks {
			h.Masks[n].Start += by
			h.Masks[n].End += by
		}
	}
}

func (d *Detector) judgeWindow(hits []Hit, window []byte, a Anchor, depth int, b *Budget) []Hit {
	l := &d.literals[a.literal]
	if l.encoding == nil {
		b.spend(plainWork)
		start := len(hits)
		for _, r := range l.rules {
			if m, ok := d.rules[r].Find(window, a.at); ok {
				h := Hit{
					Match: m, Rule: &d.rules[r], order: r,
					Secret: redact.NewSecret(string(window[m.Start:m.End])), Line: LineAround(window, m.Start, m.End),
					Hosts: rules.HostsIn(window),
				}
				if d.masking {
					h.Masks = masks(window, m)
				}
				if m.Token != nil {
					h.Secret, h.Pieces = joined(window, m)
					h.Token = nil
				}
				hits = append(hits, h)
			}
		}
		isLeak := func(h Hit) bool { return !h.Rule.Lint }
		goesOn := func(h Hit) bool {
			return isLeak(h) && (h.End < len(window) && isSeam(window[h.End], "=\\&%<\"'`") ||
				h.End+1 < len(window) && window[h.End] == '.' && isSeam(window[h.End+1], "=\\&%<") ||
				h.End > 0 && window[h.End-1] == '=' || h.Start > 0 && isSeam(window[h.Start-1], "=\\%>;") || beginsLine(window, h.Start))
		}
		ofLeaks := slices.ContainsFunc(l.rules, func(r int) bool { return !d.rules[r].Lint })
		if ofLeaks && depth < maxEscapes && (!slices.ContainsFunc(hits[start:], isLeak) || slices.ContainsFunc(hits[start:], goesOn)) {
			hits = append(hits[:start], d.judgeEscaped(slices.Clone(hits[start:]), window, a, depth, b)...)
		}
		return hits
	}
	if depth == maxDepth {
		return hits
	}
	if l.encoding.Escape != '=' { // in quoted-printable, what is far away counts
		// Most matches of a short form are accidental: check the text next to it first.
		reach := formReach
		switch {
		case l.encoding.Escape == '<':
			reach = tagReach
		case len(l.text) >= longForm:
			reach = longReach
		}
		near := window[max(0, a.at-reach):min(len(window), a.at+len(l.text)+reach)]
		moved := Anchor{min(a.at, reach), a.literal}
		b.spend(len(near))
		if len(d.inside(l.encoding.Decode(near, moved.at, l.phase), moved)) == 0 {
			return hits
		}
	}
	b.spend(len(window))
	decoded := parted(l.encoding.Decode(window, a.at, l.phase), l.encoding)
	for _, inner := range d.inside(decoded, a) {
		start := len(hits)
		hits = d.judgeWindow(hits, decoded.Bytes, inner, depth+1, b)
		outer(hits[start:], window, decoded, l.encoding)
	}
	return hits
}

// isSeam reports whether a key may go on at a byte next to it: one of some marks, or a part
// of a character that is not ASCII.
func isSeam(c byte, marks string) bool { return c >= 0x80 || strings.IndexByte(marks, c) >= 0 }

// beginsLine reports whether only indentation and marks are before text[at] on its line.
func beginsLine(text []byte, at int) bool {
	before := bytes.TrimRight(text[max(0, at-rules.MaxMarks):at], rules.LineMarks)
	return bytes.HasSuffix(before, []byte("\n"))
}

// masks returns the edits that mask the token of a match; the whole literal if it is no key.
func masks(text []byte, m rules.Match) []decode.Edit {
	var all []decode.Edit
	for _, piece := range m.Token {
		all = append(all, decode.Edit{Start: piece.Start, End: piece.End})
	}
	if m.Token == nil {
		token := m.Start
		if m.Key != (rules.Key{}) {
			token += 1 + bytes.LastIndexByte(text[m.Start:m.End], '.')
		}
		all = append(all, decode.Edit{Start: token, End: m.End})
	}
	return all
}

// joined returns the key that the pieces of a match make, and the pieces of its token.
func joined(text []byte, m rules.Match) (whole redact.Secret, pieces []redact.Secret) {
	value := m.Key.TenantID + "." + m.Key.KeyID + "."
	for _, r := range m.Token {
		piece := string(text[r.Start:r.End])
		value += piece
		pieces = append(pieces, redact.NewSecret(piece))
	}
	return redact.NewSecret(value), pieces
}

// To check a form, it is enough to decode formReach bytes on each side, which may contain
// a line break, if it is shorter than longForm, and longReach bytes otherwise: a longer
// form is only the beginning of one, see maxForm.
const (
	longForm  = 6
	formReach = 64
	longReach = 192
	tagReach  = 512
)

// inside returns the anchors in decoded text at the position of an encoded anchor in
// the original text. The rest of the encoded run has anchors of its own.
func (d *Detector) inside(decoded decode.Text, a Anchor) []Anchor {
	from, _ := slices.BinarySearch(decoded.Pos, a.at)
	to, _ := slices.BinarySearch(decoded.Pos, a.at+len(d.literals[a.literal].text))
	from, to = max(0, from-1), min(len(decoded.Bytes), to+1)
	if from >= to {
		return nil
	}
	found := d.anchors(nil, decoded.Bytes, max(0, from-d.longest), min(len(decoded.Bytes), to+d.longest))
	return slices.DeleteFunc(found, func(inner Anchor) bool {
		return inner.at >= to || inner.at+len(d.literals[inner.literal].text) <= from
	})
}

// parted returns decoded text with a blank where a tag, a character that is not seen or the
// end of a line is between a key and another word.
func parted(decoded decode.Text, e *decode.Encoding) decode.Text {
	if e.Escape == '=' { // there, the gaps are ends of lines, between any characters
		return decoded
	}
	return decoded.Parted(slices.DeleteFunc(decoded.Gaps(), func(gap int) bool {
		if e.Escape == '\n' {
			return rules.InTenant(decoded.Bytes, gap)
		}
		return !rules.Apart(decoded.Bytes, gap)
	}))
}

// outer converts hits in decoded text to hits in the text before decoding.
func outer(hits []Hit, text []byte, decoded decode.Text, e *decode.Encoding) {
	for i := range hits {
		h := &hits[i]
		h.Hosts = AddHosts(h.Hosts, rules.HostsIn(text))
		length := h.End - h.Start
		h.Start, h.End = decoded.Bounds(h.Start, h.End)
		if h.End-h.Start != length { // otherwise only the text around it is encoded
			h.Layers = slices.Insert(h.Layers, 0, e.Name)
		}
		if h.Masks != nil {
			h.Masks = e.Outer(text, decoded, h.Masks)
		}
	}
}

// An anchor can be in plain text while the text around it is escaped, as in
// QAS_TOKEN%3D%22 and &quot;QAS_TOKEN&quot;. The rules then run on the text within
// escapeReach with its escapes decoded, up to maxEscapes levels deep.
const (
	escapeReach = 768
	maxEscapes  = 2
)

func (d *Detector) judgeEscaped(hits []Hit, window []byte, a Anchor, depth int, b *Budget) []Hit {
	l := &d.literals[a.literal]
	for _, e := range d.escapes {
		reach := escapeReach
		if e.Escape == '<' && l.text[0] == '.' { // each part of a key may have tags of its own
			reach = rules.Reach
		}
		first := max(0, a.at-reach)
		near := window[first:min(len(window), a.at+len(l.text)+reach)]
		if bytes.IndexByte(near, e.Escape) < 0 {
			continue
		}
		b.spend(len(near))
		decoded := parted(e.Decode(near, a.at-first, 0), &e)
		at, ok := slices.BinarySearch(decoded.Pos, a.at-first)
		if !ok && at > 0 {
			at-- // the first character of the anchor is itself the end of an escape: a quote
		}
		if at+len(l.text) > len(decoded.Bytes) || !l.matches(decoded.Bytes[at:at+len(l.text)]) || bytes.Equal(decoded.Bytes, near) {
			continue
		}
		within := d.judgeWindow(nil, decoded.Bytes, Anchor{at, a.literal}, depth+1, b)
		outer(within, near, decoded, &e)
		move(within, first)
		hits = slices.DeleteFunc(hits, func(h Hit) bool {
			_, begins := slices.BinarySearch(decoded.Pos, h.Start-first)
			begins = begins || e.Escape == '<' // in an attribute
			_, ends := slices.BinarySearch(decoded.Pos, h.End-first)
			cut := e.Escape == '=' && !ends || e.Escape == '\\' && h.End < len(window) && window[h.End] == '\\' && isMark(window[h.End+1:])
			if cut && len(within) == 0 && !h.Rule.Lint {
				return true // only the beginning of a literal, and the whole of it is not a key
			}
			return !begins && e.Escape != '\\' || slices.ContainsFunc(within, func(o Hit) bool { return o.instead(h, begins) })
		})
		hits = append(hits, within...)
	}
	return hits
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

// maxLine bounds the part of a line that identifies a literal without a key ID.
const maxLine = 200

// LineAround returns the line that contains text[start:end] without that part, and
// with each run of white space replaced by one space.
func LineAround(text []byte, start, end int) string {
	before := text[max(0, start-maxLine):start]
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	after := text[end:min(len(text), end+maxLine)]
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	return string(bytes.Join(bytes.Fields(slices.Concat(before, []byte(" \x00 "), after)), []byte(" ")))
}

// misaligned returns 1 for UTF-16 at an odd offset, else 0. UTF-16 text in one byte
// order is also valid in the other if it is shifted by one byte.
func (h Hit) misaligned() int {
	if len(h.Layers) > 0 && h.Layers[0] == "utf-16" {
		return h.Start & 1
	}
	return 0
}

// Find returns the hits of a whole text, in order, one for each position, or some
// if ctx ends.
func (d *Detector) Find(ctx context.Context, text []byte) []Hit {
	return d.FindWithin(ctx, text, nil)
}

// FindWithin returns the hits of a text like [Detector.Find], or those before the place
// at which the budget was spent.
func (d *Detector) FindWithin(ctx context.Context, text []byte, b *Budget) []Hit {
	var found sweep
	d.find(ctx, text, b, func(at int, hits []Hit) {
		found.before(at)
		found.open = append(found.open, hits...)
	})
	return found.all()
}

// find judges the anchors of a text, and calls see with the hits of each that has some. No
// hit of it or of later ones begins before from.
func (d *Detector) find(ctx context.Context, text []byte, b *Budget, see func(from int, hits []Hit)) (signs Signs) {
	b.grow(len(text))
	var hits []Hit
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		if ctx.Err() != nil {
			break
		}
		signs |= d.literals[a.literal].sign
		if !b.Spent() {
			if hits = d.judge(hits[:0], text, a, b); len(hits) > 0 {
				see(a.at-rules.Reach, hits)
			}
		}
	}
	return signs
}

// FindInName returns the hits of a name or another short text, in order.
func (d *Detector) FindInName(name string) (hits []Hit) {
	text := []byte(name)
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, a, nil)
	}
	return distinct(hits)
}

// FirstAnchor returns where the first sign of a hit in text[from:] begins; -1 for none.
func (d *Detector) FirstAnchor(text []byte, from int) int {
	found := d.anchors(nil, text, from, len(text))
	if len(found) == 0 {
		return -1
	}
	return found[0].at
}

// FindBoth returns the hits of leak rules and the hits of lint rules separately: a
// hit of one kind never hides a hit of the other. It also returns the signs in the text.
func (d *Detector) FindBoth(ctx context.Context, text []byte, b *Budget) (leaks, lint []Hit, signs Signs) {
	var ofLeaks, ofLint sweep
	signs = d.find(ctx, text, b, func(from int, hits []Hit) {
		ofLeaks.before(from)
		ofLint.before(from)
		for _, h := range hits {
			switch {
			case !h.Rule.Lint:
				ofLeaks.open = append(ofLeaks.open, h)
			case len(h.Layers) == 0: // nobody writes encoded text by hand
				ofLint.open = append(ofLint.open, h)
			}
		}
	})
	return ofLeaks.all(), ofLint.all(), signs
}

// maxHosts is the maximum number of hosts of a finding.
const maxHosts = 4

// AddHosts appends the hosts of more that are not in known, up to a limit.
func AddHosts(known, more []string) []string {
	for _, host := range more {
		if len(known) < maxHosts && !slices.Contains(known, host) {
			known = append(known, host)
		}
	}
	return known
}

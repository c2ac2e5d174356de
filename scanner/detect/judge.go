package detect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// maxDepth is the maximum number of nested encodings.
const maxDepth = 4

// Anchors that are close together are judged as a group: what is around them is decoded once.
const (
	groupGap  = 256
	groupSize = 16 << 10
)

// stretch is how much of a text is searched for anchors before these are judged.
const stretch = 1 << 20

// groups are the groups of the anchors of a text, in order. They depend on nothing but the
// distances between anchors.
type groups struct {
	text []byte
	// found are the anchors of text[:searched] that are not before found[done].
	found          []Anchor
	done, searched int
}

// next returns the next group; nil at the end. It is valid until the next call.
func (g *groups) next(d *Detector) []Anchor {
	for {
		n := firstGroup(g.found[g.done:])
		atEnd := g.searched == len(g.text)
		if n > 0 && (atEnd || g.done+n < len(g.found)) { // else it may go on
			g.done += n
			return g.found[g.done-n : g.done]
		}
		if atEnd {
			return nil
		}
		g.found, g.done = append(g.found[:0], g.found[g.done:]...), 0
		to := min(g.searched+stretch, len(g.text))
		g.found = d.anchors(g.found, g.text, g.searched, min(to+d.longest-1, len(g.text)))
		for len(g.found) > 0 && g.found[len(g.found)-1].at >= to {
			g.found = g.found[:len(g.found)-1] // it is found again
		}
		g.searched = to
	}
}

// firstGroup returns how many anchors are in the first group.
func firstGroup(anchors []Anchor) int {
	n := min(1, len(anchors))
	for n < len(anchors) && anchors[n].at-anchors[n-1].at <= groupGap && anchors[n].at-anchors[0].at < groupSize {
		n++
	}
	return n
}

// judge runs the rules of a group of anchors on the text around it. The result depends only
// on the text within [rules.Reach] of the group.
func (d *Detector) judge(hits []Hit, text []byte, group []Anchor, b *Budget) []Hit {
	first := max(0, group[0].at-rules.Reach)
	last := first
	views := make([]view, len(group))
	for i, a := range group {
		from, to := max(0, a.at-rules.Reach), min(len(text), a.at+len(d.literals[a.literal].text)+rules.Reach)
		views[i] = view{Anchor: Anchor{a.at - first, a.literal}, from: from - first, to: to - first}
		last = max(last, to)
	}
	start := len(hits)
	for _, found := range d.judgeViews(text[first:last], views, 0, b) {
		hits = append(hits, found...)
	}
	move(hits[start:], first)
	return hits
}

// view is an anchor in a text, and the range of the text that its rules see.
type view struct {
	Anchor
	from, to int
	owner    int // index of the outer anchor, in decoded text
}

// judgeViews returns the hits of each of some anchors.
func (d *Detector) judgeViews(text []byte, views []view, depth int, b *Budget) [][]Hit {
	hits := make([][]Hit, len(views))
	var escaped []int
	encoded := false
	var named hosts
	for i, v := range views {
		if d.literals[v.literal].encoding != nil {
			encoded = true
			continue
		}
		b.spend(plainWork)
		hits[i] = d.judgePlain(text, v, views, &named)
		if depth < maxEscapes && d.mayGoOn(text, v, hits[i]) {
			escaped = append(escaped, i)
		}
	}
	if len(escaped) > 0 {
		d.judgeEscaped(hits, text, views, escaped, depth, b)
	}
	if encoded && depth < maxDepth {
		d.judgeEncoded(hits, text, views, depth, b)
	}
	return hits
}

// hosts are the places of QA Sphere's domain in a text, once they are looked for.
type hosts struct {
	found  bool
	places []int
}

// within returns what [rules.HostsIn] does for the text that an anchor sees, which is one of
// some views.
func (h *hosts) within(text []byte, v view, views []view) []string {
	if !h.found {
		from, to := bounds(views)
		h.found, h.places = true, rules.DomainsIn(text[:to], from)
	}
	if i, _ := slices.BinarySearch(h.places, v.from); i == len(h.places) || h.places[i] >= v.to {
		return nil
	}
	return rules.HostsIn(text[v.from:v.to])
}

// judgePlain runs the rules of an anchor in plain text.
func (d *Detector) judgePlain(text []byte, v view, views []view, named *hosts) (hits []Hit) {
	seen := text[v.from:v.to]
	if d.literals[v.literal].name && !rules.MayName(seen, v.at-v.from) {
		return nil
	}
	for _, r := range d.literals[v.literal].rules {
		m, ok := d.rules[r].Find(seen, v.at-v.from)
		if !ok {
			continue
		}
		h := Hit{
			Match: m, Rule: &d.rules[r], order: r,
			Secret: redact.NewSecret(string(seen[m.Start:m.End])),
		}
		if len(hits) == 0 {
			h.Hosts = slices.Clip(named.within(text, v, views))
		} else {
			h.Hosts = hits[0].Hosts
		}
		if h.Key == (rules.Key{}) && !h.Rule.Lint {
			h.Line = LineAround(seen, m.Start, m.End)
		}
		if d.masking {
			h.Masks = masks(seen, m)
		}
		if m.Token != nil {
			h.Secret, h.Pieces = joined(seen, m)
			h.Token = nil
		}
		hits = append(hits, h)
	}
	move(hits, v.from)
	return hits
}

// mayGoOn reports whether the rules of an anchor in plain text may find something else, or
// more, where escapes around it are undone.
func (d *Detector) mayGoOn(text []byte, v view, hits []Hit) bool {
	isLeak := func(h Hit) bool { return !h.Rule.Lint }
	goesOn := func(h Hit) bool {
		return isLeak(h) && (h.End < v.to && isSeam(text[h.End], "=\\&%<\"'`") ||
			h.End+1 < v.to && text[h.End] == '.' && isSeam(text[h.End+1], "=\\&%<") ||
			h.End > v.from && text[h.End-1] == '=' || h.Start > v.from && isSeam(text[h.Start-1], "=\\%>;") || beginsLine(text[v.from:v.to], h.Start-v.from))
	}
	ofLeaks := slices.ContainsFunc(d.literals[v.literal].rules, func(r int) bool { return !d.rules[r].Lint })
	return ofLeaks && (!slices.ContainsFunc(hits, isLeak) || slices.ContainsFunc(hits, goesOn))
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

package detect

import (
	"cmp"
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Judgement holds the groups of anchors of a text and the hits of each, so that they can be
// reused for a text that is a delta of this one. It is immutable.
type Judgement struct {
	size   int
	groups []judged
	// partial says that groups are missing: those that the budget did not suffice for, or those
	// without hits after so many anchors that to keep them takes too much memory.
	partial bool
}

// judged is a group of anchors with its hits, whose offsets are relative to the first.
type judged struct {
	at      int
	anchors []Anchor
	hits    []Hit
}

// end returns the end of the last anchor of a group.
func (d *Detector) end(group []Anchor) int {
	end := 0
	for _, a := range group {
		end = max(end, a.at+len(d.literals[a.literal].text))
	}
	return end
}

// All returns the hits of the text, in order, one for each position.
func (j Judgement) All() []Hit {
	var all []Hit
	for _, g := range j.groups {
		first := len(all)
		all = append(all, g.hits...)
		move(all[first:], g.at)
	}
	return distinct(all)
}

// whole judges a text without a base.
func (d *Detector) whole(ctx context.Context, text []byte, scratch *[]Anchor, b *Budget) Judgement {
	all := groups{text: text, found: (*scratch)[:0]}
	j := d.judgeAll(ctx, text, &all, b, func([]Anchor) (judged, bool) { return judged{}, false })
	*scratch = all.found
	return j
}

// mostKept returns how many anchors of a text of n bytes are kept for its deltas. A group of
// one anchor takes about 72 bytes.
func mostKept(n int) int { return 4096 + n/512 }

// judgeAll judges the groups of the anchors of a text, but for those that inherit hits.
func (d *Detector) judgeAll(ctx context.Context, text []byte, all *groups, b *Budget, inherit func(group []Anchor) (judged, bool)) Judgement {
	j := Judgement{size: len(text)}
	kept := 0
	for group := all.next(d); group != nil; group = all.next(d) {
		if ctx.Err() != nil {
			break
		}
		g, ok := inherit(group)
		if !ok {
			g = d.judgeOne(text, group, b)
		}
		kept += len(group)
		if kept > mostKept(len(text)) {
			j.partial, g.anchors = true, nil
		}
		if !j.partial || len(g.hits) > 0 {
			j.groups = append(j.groups, g)
		}
	}
	j.partial = j.partial || b.Spent()
	return j
}

func (d *Detector) judgeOne(text []byte, group []Anchor, b *Budget) judged {
	g := judged{at: group[0].at, anchors: make([]Anchor, len(group))}
	for i, a := range group {
		g.anchors[i] = Anchor{a.at - g.at, a.literal}
	}
	if !b.Spent() {
		g.hits = d.judge(nil, text, group, b)
		move(g.hits, -g.at)
	}
	return g
}

// Next judges a text that edits make from a base. It searches only insertions and
// seams, and judges again only the groups of anchors within [rules.Reach] of a change. The
// result is the same as the result of whole.
func (d *Detector) Next(ctx context.Context, text []byte, base Judgement, edits []odb.Edit, scratch *[]Anchor, b *Budget) Judgement {
	b.grow(len(text))
	if edits == nil || base.partial {
		return d.whole(ctx, text, scratch, b)
	}
	found, most := (*scratch)[:0], mostKept(len(text))
	searched := 0 // all anchors that end before this offset are found
	for i, e := range edits {
		// An anchor inside one copied range is inherited. Text that crosses an end of
		// the range, and inserted text, is searched.
		var from, to int
		switch {
		case e.From < 0:
			from, to = e.At-d.longest+1, e.At+e.Len+d.longest-1
		case i > 0:
			from, to = e.At-d.longest+1, e.At+d.longest-1
		default:
			continue
		}
		from, to = max(0, from, searched-d.longest+1), min(len(text), to)
		for ; from < to && len(found) <= most; from += stretch {
			found = d.anchors(found, text, from, min(from+stretch+d.longest-1, to))
			searched = to
		}
	}
	for _, e := range edits {
		if e.From >= 0 && len(found) <= most {
			found = d.copyAnchors(found, base, e)
		}
	}
	if len(found) > most {
		return d.whole(ctx, text, scratch, b)
	}
	slices.SortFunc(found, compareAnchors)
	found = slices.Compact(found)
	*scratch = found
	next := 0
	return d.judgeAll(ctx, text, &groups{found: found}, b, func(group []Anchor) (judged, bool) {
		for next < len(edits) && edits[next].At+edits[next].Len <= group[0].at {
			next++
		}
		if next == len(edits) || edits[next].From < 0 {
			return judged{}, false
		}
		return d.inherited(group, len(text), base, edits[next])
	})
}

// copyAnchors appends the anchors of base that are entirely in a copied range.
func (d *Detector) copyAnchors(found []Anchor, base Judgement, e odb.Edit) []Anchor {
	first, _ := slices.BinarySearchFunc(base.groups, e.From, func(g judged, at int) int { return cmp.Compare(g.at, at) })
	for _, g := range base.groups[max(0, first-1):] { // a group may begin before the range
		if g.at >= e.From+e.Len {
			break
		}
		for _, a := range g.anchors {
			at := g.at + a.at
			if at >= e.From && at+len(d.literals[a.literal].text) <= e.From+e.Len {
				found = append(found, Anchor{at - e.From + e.At, a.literal})
			}
		}
	}
	return found
}

// inherited returns a group with its hits as it is in base, if what is within [rules.Reach] of
// it was copied: then a group of base that begins with the same anchor has the same anchors. An
// end of the range is not a change if both texts start or end there.
func (d *Detector) inherited(group []Anchor, size int, base Judgement, e odb.Edit) (judged, bool) {
	left, right := e.At, e.At+e.Len
	if e.From == 0 && e.At == 0 {
		left = -rules.Reach
	}
	if e.From+e.Len == base.size && right == size {
		right += rules.Reach
	}
	at := group[0].at
	if at-rules.Reach < left || d.end(group)+rules.Reach > right {
		return judged{}, false
	}
	i, ok := slices.BinarySearchFunc(base.groups, at-e.At+e.From, func(g judged, at int) int { return cmp.Compare(g.at, at) })
	if !ok {
		return judged{}, false
	}
	g := base.groups[i]
	g.at = at
	return g, true
}

func compareAnchors(a, b Anchor) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.literal, b.literal))
}

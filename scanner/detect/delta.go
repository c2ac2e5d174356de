package detect

import (
	"cmp"
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Judgement holds the anchors of a text and the hits at each, so that they can be
// reused for a text that is a delta of this one. It is immutable.
type Judgement struct {
	size    int
	anchors []judged
	// partial says that the budget was spent before all anchors were judged.
	partial bool
}

// judged is an anchor with its hits, whose offsets are relative to it.
type judged struct {
	Anchor
	hits []Hit
}

// All returns the hits of the text, in order, one for each position.
func (j Judgement) All() []Hit {
	var all []Hit
	for _, a := range j.anchors {
		first := len(all)
		all = append(all, a.hits...)
		move(all[first:], a.at)
	}
	return distinct(all)
}

// whole judges a text without a base.
func (d *Detector) whole(ctx context.Context, text []byte, scratch *[]Anchor, b *Budget) Judgement {
	*scratch = d.anchors((*scratch)[:0], text, 0, len(text))
	j := Judgement{size: len(text)}
	for _, a := range *scratch {
		if ctx.Err() != nil {
			break
		}
		j.anchors = append(j.anchors, d.judgeOne(text, a, b))
	}
	j.partial = b.Spent()
	return j
}

func (d *Detector) judgeOne(text []byte, a Anchor, b *Budget) judged {
	if b.Spent() {
		return judged{a, nil}
	}
	hits := d.judge(nil, text, a, b)
	move(hits, -a.at)
	return judged{a, hits}
}

// Next judges a text that edits make from a base. It searches only insertions and
// seams, and judges again only the anchors within [rules.Reach] of a change. The
// result is the same as the result of whole.
func (d *Detector) Next(ctx context.Context, text []byte, base Judgement, edits []odb.Edit, scratch *[]Anchor, b *Budget) Judgement {
	b.grow(len(text))
	if edits == nil || base.partial {
		return d.whole(ctx, text, scratch, b)
	}
	found := (*scratch)[:0]
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
		if from < to {
			found = d.anchors(found, text, from, to)
			searched = to
		}
	}
	*scratch = found
	j := Judgement{size: len(text)}
	if len(found) == 0 && len(base.anchors) == 0 {
		return j
	}
	for _, e := range edits {
		if e.From >= 0 {
			d.copyAnchors(&j, text, base, e, b)
		}
	}
	inherited := len(j.anchors)
	for _, a := range found {
		if _, known := slices.BinarySearchFunc(j.anchors[:inherited], a, func(known judged, a Anchor) int {
			return compareAnchors(known.Anchor, a)
		}); !known {
			j.anchors = append(j.anchors, d.judgeOne(text, a, b))
		}
	}
	slices.SortFunc(j.anchors, func(a, b judged) int { return compareAnchors(a.Anchor, b.Anchor) })
	j.anchors = slices.CompactFunc(j.anchors, func(a, b judged) bool { return a.Anchor == b.Anchor })
	j.partial = b.Spent()
	return j
}

// copyAnchors inherits the anchors of base that are entirely in a copied range. An
// end of the range is not a change if both texts start or end there.
func (d *Detector) copyAnchors(j *Judgement, text []byte, base Judgement, e odb.Edit, b *Budget) {
	left, right := e.From, e.From+e.Len
	if n := len(base.anchors); n == 0 || base.anchors[n-1].at < left || base.anchors[0].at >= right {
		return
	}
	if e.From == 0 && e.At == 0 {
		left = -rules.Reach
	}
	if right == base.size && e.At+e.Len == len(text) {
		right += rules.Reach
	}
	first, _ := slices.BinarySearchFunc(base.anchors, e.From, func(a judged, at int) int { return cmp.Compare(a.at, at) })
	for _, a := range base.anchors[first:] {
		end := a.at + len(d.literals[a.literal].text)
		if a.at >= e.From+e.Len {
			break
		}
		if end > e.From+e.Len {
			continue
		}
		moved := Anchor{a.at - e.From + e.At, a.literal}
		if a.at-rules.Reach >= left && end+rules.Reach <= right {
			j.anchors = append(j.anchors, judged{moved, a.hits})
		} else {
			j.anchors = append(j.anchors, d.judgeOne(text, moved, b))
		}
	}
}

func compareAnchors(a, b Anchor) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.literal, b.literal))
}

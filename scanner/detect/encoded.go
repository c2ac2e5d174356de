package detect

import (
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// decoded is a part of a text, decoded, with the anchors in it that are to be judged.
type decoded struct {
	decode.Text
	encoding *decode.Encoding
	first    int // where the part begins
	views    []view
	// found are the anchors in Bytes[from:to], of which next is the first near the last view.
	found    []foundAnchor
	from, to int
	next     int
}

// foundAnchor is an anchor in decoded text, which may be among the views already.
type foundAnchor struct {
	Anchor
	added bool
}

// decodedTexts are those that one text has in an encoding.
type decodedTexts []*decoded

// maxServing is how many texts may serve an anchor: there are as many ways to divide digits into
// groups.
const maxServing = 4

// serving returns what is decoded as it would be for an anchor, or nil.
func (all decodedTexts) serving(text []byte, at, phase int) *decoded {
	for _, t := range slices.Backward(all) {
		if t.Serves(text[t.first:], at-t.first, phase) {
			return t
		}
	}
	return nil
}

// at returns what is decoded for an anchor, by decoding text[from:to] if nothing serves it. Then
// it judges the first of many texts, and uses its memory.
func (all *decodedTexts) at(text []byte, from, to int, v view, e *decode.Encoding, phase int, b *Budget, judge func(*decoded)) *decoded {
	if t := all.serving(text, v.at, phase); t != nil {
		return t
	}
	most := maxServing
	if e.Escape == '\n' { // one line's end, for this anchor only
		from, to = max(from, v.from), min(to, v.to)
		most = 1
	}
	t := new(decoded)
	if len(*all) == most {
		t = (*all)[0]
		judge(t)
		*all = slices.Delete(*all, 0, 1)
	}
	*t = decoded{Text: parted(e.Decode(text[from:to], v.at-from, phase, t.Text), e), encoding: e, first: from, views: t.views[:0], found: t.found[:0]}
	b.spend(t.Cost())
	*all = append(*all, t)
	return t
}

// bound returns what of a decoded text is within text[from:to].
func (t *decoded) bound(from, to int) (first, last int) {
	first, _ = t.Index(from - t.first)
	last, _ = t.Index(to - t.first)
	return min(first, len(t.Bytes)), min(last, len(t.Bytes))
}

// add adds the anchors at the position of an encoded one that were not added before. Each
// anchor of a group is after those before it.
func (d *Detector) add(t *decoded, v view, owner int) {
	from, to := d.span(t.Text, Anchor{v.at - t.first, v.literal})
	if from >= to || !t.Tells(v.from-t.first, v.to-t.first) {
		return
	}
	first, last := t.bound(v.from, v.to)
	if from < t.from || t.from == t.to {
		t.next = 0
		t.found, t.from, t.to = t.found[:0], max(0, from-d.longest), max(0, from-d.longest)
	}
	if end := min(len(t.Bytes), to+d.longest); end > t.to {
		// Where anchors are dense, search ahead.
		end = min(len(t.Bytes), end+t.to-t.from)
		var few [16]Anchor
		found := d.anchors(few[:0], t.Bytes, max(t.from, t.to-d.longest), end)
		t.found = slices.Grow(t.found, len(found))
		for _, a := range found {
			if a.at+len(d.literals[a.literal].text) > t.to {
				t.found = append(t.found, foundAnchor{a, false})
			}
		}
		t.to = end
	}
	for t.next > 0 && t.found[t.next-1].at >= from-d.longest {
		t.next--
	}
	for t.next < len(t.found) && t.found[t.next].at < from-d.longest {
		t.next++
	}
	for i := t.next; i < len(t.found) && t.found[i].at < to; i++ {
		a := &t.found[i]
		if !a.added && a.at+len(d.literals[a.literal].text) > from && first <= a.at && a.at < last {
			a.added = true
			t.views = append(t.views, view{a.Anchor, first, last, owner})
		}
	}
}

func (d *Detector) judgeEncoded(hits [][]Hit, text []byte, views []view, depth int, b *Budget) {
	known := make([]decodedTexts, d.encodings)
	from, to := bounds(views)
	counts := make([]int, d.encodings) // of anchors that one decoded text serves
	for _, v := range views {
		if e := d.literals[v.literal].encoding; e != nil && e.Escape != 0 && e.Escape != '\n' {
			counts[d.literals[v.literal].number]++
		}
	}
	judge := func(t *decoded) {
		for n, found := range d.judgeViews(t.Bytes, t.views, depth+1, b) {
			i := t.views[n].owner
			t.outer(found, text, views[i])
			hits[i] = append(hits[i], found...)
		}
	}
	var near decode.Text
	for i, v := range views {
		l := &d.literals[v.literal]
		if l.encoding == nil {
			continue
		}
		all := &known[l.number]
		dense := counts[l.number]*longReach > to-from // so that it is less to decode all at once
		if all.serving(text, v.at, l.phase) == nil && !dense && !d.mayHold(text, v, &near, b) {
			continue
		}
		d.add(all.at(text, from, to, v, l.encoding, l.phase, b, judge), v, i)
	}
	for _, all := range known {
		for _, t := range all {
			judge(t)
		}
	}
}

// bounds returns the range of a text that some anchors see together.
func bounds(views []view) (from, to int) {
	from, to = views[0].from, views[0].to
	for _, v := range views {
		from, to = min(from, v.from), max(to, v.to)
	}
	return from, to
}

// mayHold reports whether an anchor is at the position of an encoded one, by the text next to
// it: most matches of a short form are accidental.
func (d *Detector) mayHold(text []byte, v view, t *decode.Text, b *Budget) bool {
	l := &d.literals[v.literal]
	reach := formReach
	switch {
	case l.encoding.Escape == '=': // there, what is far away counts
		return true
	case l.encoding.Escape == '<':
		reach = tagReach
	case len(l.text) >= longForm:
		reach = longReach
	}
	first := max(v.from, v.at-reach)
	near := text[first:min(v.to, v.at+len(l.text)+reach)]
	b.spend(len(near))
	*t = l.encoding.Decode(near, v.at-first, l.phase, *t)
	from, to := d.span(*t, Anchor{v.at - first, v.literal})
	if from >= to {
		return false
	}
	var few [16]Anchor
	found := d.anchors(few[:0], t.Bytes, max(0, from-d.longest), min(len(t.Bytes), to+d.longest))
	return slices.ContainsFunc(found, func(a Anchor) bool { return a.at < to && a.at+len(d.literals[a.literal].text) > from })
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

// span returns the range of decoded text at the position of an encoded anchor in the original
// text. The rest of the encoded run has anchors of its own.
func (d *Detector) span(decoded decode.Text, a Anchor) (from, to int) {
	from, _ = decoded.Index(a.at)
	to, _ = decoded.Index(a.at + len(d.literals[a.literal].text))
	return max(0, from-1), min(len(decoded.Bytes), to+1)
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

// outer converts hits in decoded text, for an outer anchor, to hits in the text before decoding.
func (t *decoded) outer(hits []Hit, text []byte, v view) {
	if len(hits) == 0 {
		return
	}
	named := rules.HostsIn(text[v.from:v.to])
	for i := range hits {
		h := &hits[i]
		h.Hosts = AddHosts(h.Hosts, named)
		length := h.End - h.Start
		h.Start, h.End = t.Bounds(h.Start, h.End)
		if h.End-h.Start != length { // otherwise only the text around it is encoded
			h.Layers = slices.Insert(h.Layers, 0, t.encoding.Name)
		}
		if h.Masks != nil {
			h.Masks = t.encoding.Outer(text[t.first:], t.Text, h.Masks)
		}
	}
	move(hits, t.first)
}

package scanner

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
)

// maxDepth is how many encodings may lie inside one another.
const maxDepth = 4

// hit is a literal that a rule saw in a text.
type hit struct {
	rule  int // index in detector.rules
	match rules.Match
	// start and end bound it in the text as it is, encoded or not.
	start, end int
	layers     []string
	secret     Secret
	// hosts are those of QA Sphere that the text around it names.
	hosts []string
	// line is what stands around it on its line, with the literal cut out, for
	// the fingerprint of one that is no key.
	line string
}

// judge asks the rules of an anchor about it. The answer rests on nothing but
// the text within rules.Reach of the anchor.
func (d *detector) judge(hits []hit, text []byte, a anchor) []hit {
	first := max(0, a.at-rules.Reach)
	last := min(len(text), a.at+len(d.literals[a.literal].text)+rules.Reach)
	start := len(hits)
	hits = d.judgeWindow(hits, text[first:last], anchor{a.at - first, a.literal}, 0)
	for i := start; i < len(hits); i++ {
		hits[i].start += first
		hits[i].end += first
	}
	return hits
}

func (d *detector) judgeWindow(hits []hit, window []byte, a anchor, depth int) []hit {
	l := &d.literals[a.literal]
	if l.encoding == nil {
		for _, r := range l.rules {
			if m, ok := d.rules[r].Find(window, a.at); ok {
				hits = append(hits, hit{
					rule: r, match: m, start: m.Start, end: m.End,
					secret: NewSecret(string(window[m.Start:m.End])), line: lineAround(window, m.Start, m.End),
					hosts: hosts(window),
				})
			}
		}
		return hits
	}
	if depth == maxDepth {
		return hits
	}
	decoded := l.encoding.Decode(window, a.at, l.phase)
	// Only what stands where the anchor does: the rest of the run has anchors of
	// its own.
	from, _ := slices.BinarySearch(decoded.Pos, a.at)
	to, _ := slices.BinarySearch(decoded.Pos, a.at+len(l.text))
	from, to = max(0, from-1), min(len(decoded.Bytes), to+1)
	if from >= to {
		return hits
	}
	for _, inner := range d.anchors(nil, decoded.Bytes, max(0, from-d.longest), min(len(decoded.Bytes), to+d.longest)) {
		if inner.at >= to || inner.at+len(d.literals[inner.literal].text) <= from {
			continue
		}
		start := len(hits)
		hits = d.judgeWindow(hits, decoded.Bytes, inner, depth+1)
		for i := start; i < len(hits); i++ {
			h := &hits[i]
			h.start, h.end = decoded.Pos[h.start], decoded.Pos[h.end]
			h.layers = slices.Insert(h.layers, 0, l.encoding.Name)
			h.hosts = addHosts(h.hosts, hosts(window))
		}
	}
	return hits
}

// maxLine bounds the part of a line that identifies a literal without a key ID.
const maxLine = 200

// lineAround returns the line of text[start:end] with that cut out, and with
// white space folded.
func lineAround(text []byte, start, end int) string {
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

// misaligned returns 1 for UTF-16 at an odd place, else 0: between its first byte
// and its last, text in one byte order reads as well in the other, shifted by one.
func (h hit) misaligned() int {
	if len(h.layers) > 0 && h.layers[0] == "utf-16" {
		return h.start & 1
	}
	return 0
}

// find returns the hits of a whole text, in order, one for each place.
func (d *detector) find(text []byte) []hit {
	var hits []hit
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, a)
	}
	return distinct(hits)
}

// findBoth returns the hits of rules about leaks and those of lint rules apart: one
// never hides another.
func (d *detector) findBoth(text []byte) (leaks, habits []hit) {
	var hits []hit
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, a)
	}
	for _, h := range hits {
		if d.rules[h.rule].Lint {
			habits = append(habits, h)
		} else {
			leaks = append(leaks, h)
		}
	}
	return distinct(leaks), distinct(habits)
}

// distinct sorts hits by place and keeps, of those that overlap, the gravest,
// and of equals the one whose rule comes first.
func distinct(hits []hit) []hit {
	if len(hits) < 2 {
		return hits
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	kept := hits[:0]
	for len(hits) > 0 {
		n, end := 1, hits[0].end
		for n < len(hits) && hits[n].start < end {
			end = max(end, hits[n].end)
			n++
		}
		kept = append(kept, gravest(hits[:n])...)
		hits = hits[n:]
	}
	return kept
}

// gravest returns, in order of place, the hits of a run of overlapping ones that
// no better one overlaps.
func gravest(run []hit) []hit {
	if len(run) == 1 {
		return run
	}
	run = slices.Clone(run)
	slices.SortStableFunc(run, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(b.match.Severity, a.match.Severity),
			cmp.Compare(len(a.layers), len(b.layers)),
			cmp.Compare(a.rule, b.rule),
			cmp.Compare(a.misaligned(), b.misaligned()),
		)
	})
	var kept []hit
	for _, h := range run {
		if !slices.ContainsFunc(kept, func(k hit) bool { return h.start < k.end && k.start < h.end }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	return kept
}

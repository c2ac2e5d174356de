package scanner

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
	"github.com/qasleaks/qasleaks/scanner/redact"
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
	secret     redact.Secret
	// pieces are those of the token of a key that is not written in one.
	pieces []redact.Secret
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
		start := len(hits)
		for _, r := range l.rules {
			if m, ok := d.rules[r].Find(window, a.at); ok {
				h := hit{
					rule: r, match: m, start: m.Start, end: m.End,
					secret: redact.NewSecret(string(window[m.Start:m.End])), line: lineAround(window, m.Start, m.End),
					hosts: hosts(window),
				}
				if m.Token != nil {
					h.secret, h.pieces = joined(window, m)
				}
				hits = append(hits, h)
			}
		}
		isLeak := func(h hit) bool { return !d.rules[h.rule].Lint }
		goesOn := func(h hit) bool {
			return isLeak(h) && h.end < len(window) && bytes.IndexByte([]byte("\\&%\"'`"), window[h.end]) >= 0
		}
		ofLeaks := slices.ContainsFunc(l.rules, func(r int) bool { return !d.rules[r].Lint })
		if ofLeaks && depth < maxEscapes && (!slices.ContainsFunc(hits[start:], isLeak) || slices.ContainsFunc(hits[start:], goesOn)) {
			hits = d.judgeEscaped(hits, window, a, depth)
		}
		return hits
	}
	if depth == maxDepth {
		return hits
	}
	if len(l.text) < longForm {
		// Of what is as short, most is by chance: look at its neighbours first.
		near := window[max(0, a.at-formReach):min(len(window), a.at+len(l.text)+formReach)]
		moved := anchor{min(a.at, formReach), a.literal}
		if len(d.inside(l.encoding.Decode(near, moved.at, l.phase), moved)) == 0 {
			return hits
		}
	}
	decoded := l.encoding.Decode(window, a.at, l.phase)
	for _, inner := range d.inside(decoded, a) {
		start := len(hits)
		hits = d.judgeWindow(hits, decoded.Bytes, inner, depth+1)
		outer(hits[start:], window, decoded, l.encoding.Name)
	}
	return hits
}

// joined returns the key that a match in pieces makes, and the pieces of its token.
func joined(text []byte, m rules.Match) (whole redact.Secret, pieces []redact.Secret) {
	value := m.Key.TenantID + "." + m.Key.KeyID + "."
	for _, r := range m.Token {
		piece := string(text[r.Start:r.End])
		value += piece
		pieces = append(pieces, redact.NewSecret(piece))
	}
	return redact.NewSecret(value), pieces
}

// Forms shorter than longForm are common in other text; what they decode to is
// known from formReach bytes to either side, among which a line may end.
const (
	longForm  = 6
	formReach = 64
)

// inside returns the anchors that stand in decoded text where an encoded one does
// in the text that it is of. The rest of the run has anchors of its own.
func (d *detector) inside(decoded decode.Text, a anchor) []anchor {
	from, _ := slices.BinarySearch(decoded.Pos, a.at)
	to, _ := slices.BinarySearch(decoded.Pos, a.at+len(d.literals[a.literal].text))
	from, to = max(0, from-1), min(len(decoded.Bytes), to+1)
	if from >= to {
		return nil
	}
	found := d.anchors(nil, decoded.Bytes, max(0, from-d.longest), min(len(decoded.Bytes), to+d.longest))
	return slices.DeleteFunc(found, func(inner anchor) bool {
		return inner.at >= to || inner.at+len(d.literals[inner.literal].text) <= from
	})
}

// outer turns hits in decoded text into hits in the text that it is of.
func outer(hits []hit, text []byte, decoded decode.Text, layer string) {
	for i := range hits {
		h := &hits[i]
		h.hosts = addHosts(h.hosts, hosts(text))
		length := h.end - h.start
		h.start, h.end = decoded.Bounds(h.start, h.end)
		if h.end-h.start != length { // else only its surroundings are encoded
			h.layers = slices.Insert(h.layers, 0, layer)
		}
	}
}

// An anchor can stand in the clear where what is around it does not, as in
// QAS_TOKEN%3D%22 and &quot;QAS_TOKEN&quot;. It is then judged with the escapes
// within escapeReach undone, up to maxEscapes deep.
const (
	escapeReach = 768
	maxEscapes  = 2
)

func (d *detector) judgeEscaped(hits []hit, window []byte, a anchor, depth int) []hit {
	l := &d.literals[a.literal]
	first := max(0, a.at-escapeReach)
	near := window[first:min(len(window), a.at+len(l.text)+escapeReach)]
	for _, e := range d.escapes {
		if bytes.IndexByte(near, e.Escape) < 0 {
			continue
		}
		decoded := e.Decode(near, a.at-first, 0)
		at, ok := slices.BinarySearch(decoded.Pos, a.at-first)
		if !ok && at > 0 {
			at-- // the anchor begins with what an escape ends with, a quote
		}
		if at+len(l.text) > len(decoded.Bytes) || !l.standsAt(decoded.Bytes[at:at+len(l.text)]) || bytes.Equal(decoded.Bytes, near) {
			continue
		}
		start := len(hits)
		hits = d.judgeWindow(hits, decoded.Bytes, anchor{at, a.literal}, depth+1)
		outer(hits[start:], near, decoded, e.Name)
		for i := start; i < len(hits); i++ {
			hits[i].start += first
			hits[i].end += first
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
		switch {
		case !d.rules[h.rule].Lint:
			leaks = append(leaks, h)
		case len(h.layers) == 0: // what is encoded nobody wrote so
			habits = append(habits, h)
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

// completes reports whether h is a key in pieces of which another hit saw only some.
func (h hit) completes(other hit) bool {
	return h.match.Token != nil && other.match.Token == nil && h.match.Key == other.match.Key && h.start <= other.start && other.end < h.end
}

// hides reports whether another hit, which is not graver, is of the same literal.
// Between the pieces of one key, others may stand.
func (h hit) hides(other hit) bool {
	apart := (h.match.Token != nil || other.match.Token != nil) && other.match.Key != (rules.Key{}) && h.match.Key != other.match.Key
	return h.start < other.end && other.start < h.end && !apart
}

// gravest returns, in order of place, the hits of a run of overlapping ones that
// no better one overlaps.
func gravest(run []hit) []hit {
	if len(run) == 1 {
		return run
	}
	run = slices.DeleteFunc(slices.Clone(run), func(h hit) bool {
		return slices.ContainsFunc(run, func(k hit) bool { return k.completes(h) })
	})
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
		if !slices.ContainsFunc(kept, func(k hit) bool { return k.hides(h) }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b hit) int { return cmp.Compare(a.start, b.start) })
	return kept
}

package detect

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

// Hit is a literal that a rule saw in a text.
type Hit struct {
	// Match has the span of the hit in the text as it is, encoded or not. Its Token is
	// nil: Pieces has the parts of a token that is not written in one piece.
	rules.Match
	// Rule points into the rules that the detector was made with.
	Rule  *rules.Rule
	order int // of the rule: of equal hits, the lowest is kept
	// Layers names the encodings around the hit, outermost first.
	Layers []string
	// Secret is the value of the literal, decoded.
	Secret redact.Secret
	Pieces []redact.Secret
	// Hosts are the QA Sphere hosts that the text around it names.
	Hosts []string
	// Line is the rest of its line, without the literal: it identifies a literal that
	// has no key ID.
	Line string
}

// judge asks the rules of an anchor about it. The answer rests on nothing but
// the text within rules.Reach of the anchor.
func (d *Detector) judge(hits []Hit, text []byte, a Anchor) []Hit {
	first := max(0, a.at-rules.Reach)
	last := min(len(text), a.at+len(d.literals[a.literal].text)+rules.Reach)
	start := len(hits)
	hits = d.judgeWindow(hits, text[first:last], Anchor{a.at - first, a.literal}, 0)
	for i := start; i < len(hits); i++ {
		hits[i].Start += first
		hits[i].End += first
	}
	return hits
}

func (d *Detector) judgeWindow(hits []Hit, window []byte, a Anchor, depth int) []Hit {
	l := &d.literals[a.literal]
	if l.encoding == nil {
		start := len(hits)
		for _, r := range l.rules {
			if m, ok := d.rules[r].Find(window, a.at); ok {
				h := Hit{
					Match: m, Rule: &d.rules[r], order: r,
					Secret: redact.NewSecret(string(window[m.Start:m.End])), Line: LineAround(window, m.Start, m.End),
					Hosts: rules.HostsIn(window),
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
			return isLeak(h) && (h.End < len(window) && bytes.IndexByte([]byte("=\\&%\"'`"), window[h.End]) >= 0 ||
				h.End > 0 && window[h.End-1] == '=' || h.Start > 0 && bytes.IndexByte([]byte("=\\%\n"), window[h.Start-1]) >= 0)
		}
		ofLeaks := slices.ContainsFunc(l.rules, func(r int) bool { return !d.rules[r].Lint })
		if ofLeaks && depth < maxEscapes && (!slices.ContainsFunc(hits[start:], isLeak) || slices.ContainsFunc(hits[start:], goesOn)) {
			hits = append(hits[:start], d.judgeEscaped(slices.Clone(hits[start:]), window, a, depth)...)
		}
		return hits
	}
	if depth == maxDepth {
		return hits
	}
	if len(l.text) < longForm {
		// Of what is as short, most is by chance: look at its neighbours first.
		near := window[max(0, a.at-formReach):min(len(window), a.at+len(l.text)+formReach)]
		moved := Anchor{min(a.at, formReach), a.literal}
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

// outer turns hits in decoded text into hits in the text that it is of.
func outer(hits []Hit, text []byte, decoded decode.Text, layer string) {
	for i := range hits {
		h := &hits[i]
		h.Hosts = AddHosts(h.Hosts, rules.HostsIn(text))
		length := h.End - h.Start
		h.Start, h.End = decoded.Bounds(h.Start, h.End)
		if h.End-h.Start != length { // else only its surroundings are encoded
			h.Layers = slices.Insert(h.Layers, 0, layer)
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

func (d *Detector) judgeEscaped(hits []Hit, window []byte, a Anchor, depth int) []Hit {
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
		within := d.judgeWindow(nil, decoded.Bytes, Anchor{at, a.literal}, depth+1)
		outer(within, near, decoded, e.Name)
		for i := range within {
			within[i].Start += first
			within[i].End += first
		}
		hits = slices.DeleteFunc(hits, func(h Hit) bool {
			_, begins := slices.BinarySearch(decoded.Pos, h.Start-first)
			return !begins && e.Escape != '\\' || slices.ContainsFunc(within, func(o Hit) bool { return o.instead(h, begins) })
		})
		hits = append(hits, within...)
	}
	return hits
}

// instead reports whether a leak seen with escapes undone stands for another hit, seen
// without: the other begins inside an escape, or is a part of it.
func (h Hit) instead(other Hit, begins bool) bool {
	isPart := h.Start <= other.Start && other.End <= h.End && h.End-h.Start > other.End-other.Start
	return !h.Rule.Lint && h.Start < other.End && other.Start < h.End && (!begins || isPart)
}

// maxLine bounds the part of a line that identifies a literal without a key ID.
const maxLine = 200

// LineAround returns the line of text[start:end] with that cut out, and with
// white space folded.
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

// misaligned returns 1 for UTF-16 at an odd place, else 0: between its first byte
// and its last, text in one byte order reads as well in the other, shifted by one.
func (h Hit) misaligned() int {
	if len(h.Layers) > 0 && h.Layers[0] == "utf-16" {
		return h.Start & 1
	}
	return 0
}

// Find returns the hits of a whole text, in order, one for each place.
func (d *Detector) Find(text []byte) []Hit {
	var hits []Hit
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, a)
	}
	return distinct(hits)
}

// FindBoth returns the hits of rules about leaks and those of lint rules apart: one
// never hides another.
func (d *Detector) FindBoth(text []byte) (leaks, lint []Hit) {
	var hits []Hit
	for _, a := range d.anchors(nil, text, 0, len(text)) {
		hits = d.judge(hits, text, a)
	}
	for _, h := range hits {
		switch {
		case !h.Rule.Lint:
			leaks = append(leaks, h)
		case len(h.Layers) == 0: // nobody writes encoded text by hand
			lint = append(lint, h)
		}
	}
	return distinct(leaks), distinct(lint)
}

// distinct sorts hits by place and keeps, of those that overlap, the gravest,
// and of equals the one whose rule comes first.
func distinct(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(a.Start, b.Start) })
	kept := hits[:0]
	for len(hits) > 0 {
		n, end := 1, hits[0].End
		for n < len(hits) && hits[n].Start < end {
			end = max(end, hits[n].End)
			n++
		}
		kept = append(kept, gravest(hits[:n])...)
		hits = hits[n:]
	}
	return kept
}

// completes reports whether h is a key in pieces of which another hit saw only some.
func (h Hit) completes(other Hit) bool {
	return len(h.Pieces) > 0 && len(other.Pieces) == 0 && h.Key == other.Key && h.Start <= other.Start && other.End < h.End
}

// hides reports whether another hit, which is not graver, is of the same literal.
// Between the pieces of one key, others may stand.
func (h Hit) hides(other Hit) bool {
	apart := (len(h.Pieces) > 0 || len(other.Pieces) > 0) && other.Key != (rules.Key{}) && h.Key != other.Key
	return h.Start < other.End && other.Start < h.End && !apart
}

// gravest returns, in order of place, the hits of a run of overlapping ones that
// no better one overlaps.
func gravest(run []Hit) []Hit {
	if len(run) == 1 {
		return run
	}
	run = slices.DeleteFunc(slices.Clone(run), func(h Hit) bool {
		return slices.ContainsFunc(run, func(k Hit) bool { return k.completes(h) })
	})
	slices.SortStableFunc(run, func(a, b Hit) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(len(a.Layers), len(b.Layers)),
			cmp.Compare(a.order, b.order),
			cmp.Compare(a.misaligned(), b.misaligned()),
		)
	})
	var kept []Hit
	for _, h := range run {
		if !slices.ContainsFunc(kept, func(k Hit) bool { return k.hides(h) }) {
			kept = append(kept, h)
		}
	}
	slices.SortFunc(kept, func(a, b Hit) int { return cmp.Compare(a.Start, b.Start) })
	return kept
}

// maxHosts is how many hosts are kept of a finding.
const maxHosts = 4

// AddHosts adds to the hosts of a finding those that are new.
func AddHosts(known, more []string) []string {
	for _, host := range more {
		if len(known) < maxHosts && !slices.Contains(known, host) {
			known = append(known, host)
		}
	}
	return known
}

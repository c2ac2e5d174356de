package detect

import (
	"bytes"
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

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
	// Line is the line of a literal without the literal itself. It identifies a literal
	// that has no key ID, and is empty for others.
	Line string
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

// find judges the anchors of a text, and calls see with the hits of each group that has some. No
// hit of it or of later ones begins before from.
func (d *Detector) find(ctx context.Context, text []byte, b *Budget, see func(from int, hits []Hit)) (signs Signs) {
	b.grow(len(text))
	var hits []Hit
	all := groups{text: text}
	for group := all.next(d); group != nil; group = all.next(d) {
		if ctx.Err() != nil {
			break
		}
		for _, a := range group {
			signs |= d.literals[a.literal].sign
		}
		if b.Spent() {
			continue
		}
		if hits = d.judge(hits[:0], text, group, b); len(hits) > 0 {
			see(group[0].at-rules.Reach, hits)
		}
	}
	return signs
}

// FindInName returns the hits of a name or another short text, in order.
func (d *Detector) FindInName(name string) (hits []Hit) {
	text := []byte(name)
	all := groups{text: text}
	for group := all.next(d); group != nil; group = all.next(d) {
		hits = d.judge(hits, text, group, nil)
	}
	return distinct(hits)
}

// FirstAnchor returns where the first sign of a hit in text[from:] begins; -1 for none.
func (d *Detector) FirstAnchor(text []byte, from int) int {
	all := groups{text: text[from:]}
	if first := all.next(d); first != nil {
		return from + first[0].at
	}
	return -1
}

// FindBoth returns the hits of leak rules and the hits of lint rules separately: a
// hit of one kind never hides a hit of the other. It also returns the signs in the text.
func (d *Detector) FindBoth(ctx context.Context, text []byte, b *Budget) (leaks Hits, lint []Hit, signs Signs) {
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
	return ofLeaks.parts(), ofLint.all(), signs
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

package scanner

import (
	"iter"

	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// masks are what is masked in a text, in order; longest is the length of the longest.
type masks struct {
	all     []mask
	longest int
}

// mask is text[start:end] of a hit, or of what may be the rest of one that is cut, and what is
// shown in its place.
type mask struct {
	start, end int
	shown      string
}

// masksOf returns the masks of hits, which are sorted. What may be the rest of a hit that is
// cut reaches up to the next one; an allow comment on its line is not a part of it.
func masksOf(text []byte, hits []detect.Hit) masks {
	m := masks{all: make([]mask, 0, len(hits))}
	for i := range hits {
		h, of := &hits[i], mask{hits[i].Start, hits[i].End, ""}
		if i > 0 && sameMask(h, &hits[i-1]) { // there may be many hits on one key
			of.shown = m.all[len(m.all)-1].shown
		} else {
			of.shown = maskOf(h)
		}
		rest := mask{shown: redact.Mask} // after the comment
		if isCut(h) {
			of.end += maxRest
			if i+1 < len(hits) {
				of.end = max(h.End, min(of.end, hits[i+1].Start))
			}
			if from, to := newCursor(text, wideAt(&hits[0])).comment(h.End, of.end); from < to {
				rest.start, rest.end = to, of.end
				of.end = from
			}
		}
		m.add(of)
		if rest.start < rest.end {
			m.add(rest)
		}
	}
	return m
}

func (m *masks) add(of mask) {
	m.all = append(m.all, of)
	m.longest = max(m.longest, of.end-of.start)
}

// sameMask reports whether the masks of two hits, of which none is cut, show the same.
func sameMask(a, b *detect.Hit) bool {
	return a.Key == b.Key && len(a.Layers) == len(b.Layers) && !isCut(b)
}

// maskOf returns the text that a frame shows in place of a hit.
func maskOf(h *detect.Hit) string {
	if len(h.Layers) == 0 && h.Key.KeyID != "" {
		return h.Key.String()
	}
	return redact.Mask
}

// wideAt returns the offset of a character of UTF-16 if the text with a hit is in it; else -1.
func wideAt(h *detect.Hit) int {
	if len(h.Layers) > 0 && h.Layers[0] == "utf-16" {
		return h.Start
	}
	return -1
}

// oneByOne yields hits. Of many it frees those that are done, unless the caller keeps them:
// their occurrences need the memory.
func oneByOne(hits []detect.Hit) iter.Seq[*detect.Hit] {
	const size = 256
	var parts [][]detect.Hit
	for len(hits) > size {
		parts = append(parts, append(make([]detect.Hit, 0, size), hits[:size]...))
		hits = hits[size:]
	}
	parts = append(parts, append([]detect.Hit(nil), hits...))
	return func(yield func(*detect.Hit) bool) {
		for i, part := range parts {
			parts[i] = nil
			for j := range part {
				if !yield(&part[j]) {
					return
				}
			}
		}
	}
}

package scanner

import (
	"math"

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

// masksOf returns the masks of hits.
func masksOf(text []byte, hits detect.Hits) masks {
	m := masks{all: make([]mask, 0, hits.Len())}
	var last *detect.Hit
	var shown string
	var c *cursor
	for h := range hits.Each() {
		if last == nil {
			c = newCursor(text, wideAt(h))
		}
		if last == nil || h.Key != last.Key || len(h.Layers) != len(last.Layers) {
			shown = maskOf(h) // else the same: there may be many hits on one key
		}
		m.addRest(c, last, h.Start)
		m.add(mask{h.Start, h.End, shown})
		last = h
	}
	m.addRest(c, last, math.MaxInt)
	return m
}

// addRest adds what may be the rest of the last hit, if it is cut. It reaches up to the next
// hit; an allow comment on its line is not a part of it.
func (m *masks) addRest(c *cursor, h *detect.Hit, next int) {
	if h == nil || !isCut(h) {
		return
	}
	of, end := &m.all[len(m.all)-1], max(h.End, min(h.End+maxRest, next))
	of.end = end
	from, to := c.comment(h.End, end)
	if from < to {
		of.end = from
	}
	m.longest = max(m.longest, of.end-of.start)
	if from < to && to < end {
		m.add(mask{to, end, redact.Mask})
	}
}

func (m *masks) add(of mask) {
	m.all = append(m.all, of)
	m.longest = max(m.longest, of.end-of.start)
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

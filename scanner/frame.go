package scanner

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// Widths of a frame, in bytes: of the text before and after a hit on its line, and of
// the lines around it.
const (
	frameMargin = 100
	frameLine   = 160
)

// frames is what frames that are near one another have in common.
type frames struct {
	// parts are the parts that were made last, of all that were made.
	parts [16]part
	made  int
	known map[string]string
	// buffer is for the line that is being made, and lines for those of the frame. Frames
	// that follow one another share their lines if they are equal: last.
	buffer []byte
	lines  [3]string
	last   []string
}

// part is text[from:to], in which no hit is.
type part struct {
	from, to int
	text     string // as UTF-8, with what may be a secret masked
	secret   bool   // whether there may be one
}

// part returns text[from:to].
func (c *cursor) part(from, to int) part {
	f := &c.frames
	for i := range f.parts {
		if p := &f.parts[i]; p.from == from && p.to == to {
			return *p
		}
	}
	text := hideSecrets(c.plain(from, to))
	p := part{from, to, text, strings.Contains(text, redact.Mask)}
	f.parts[f.made%len(f.parts)] = p
	f.made++
	return p
}

// line returns a line, which is in memory once for frames that are near one another.
func (f *frames) line(text []byte) string {
	const near = 16
	if known, ok := f.known[string(text)]; ok {
		return known
	}
	if f.known == nil {
		f.known = map[string]string{}
	}
	if len(f.known) == near {
		clear(f.known)
	}
	line := string(text)
	f.known[line] = line
	return line
}

// frame returns the line on which a hit begins, and the lines before and after it if
// nothing near it may be part of a secret. Hits, and what may be another secret, are
// masked; the rest must pass the redactor before it is shown.
func (c *cursor) frame(h *detect.Hit, line int) Frame {
	first, _ := c.lineBounds(h.Start, frameMargin)
	_, last := c.lineBounds(h.End, frameMargin)
	isNear := c.secretNear(first, last)
	shown := c.showFrom(c.frames.buffer[:0], first, h.Start, isNear)
	f := Frame{FirstLine: line, MarkStart: len(shown)}
	if h.Subject != "" && h.End > h.Start {
		shown = append(shown, h.Subject...)
	} else {
		shown = append(shown, maskOf(h)...)
	}
	f.MarkEnd = len(shown)
	if isCut(h) && h.End < last {
		shown = append(shown, "…"...) // the rest of it may follow
	} else {
		shown = c.showTo(shown, h.End, last, isNear)
	}
	lines := append(c.frames.lines[:0], c.frames.line(shown))
	if !isCut(h) && h.Severity >= rules.Error && !isNear {
		if c.endsLine(first - c.unit()) {
			start, end := c.lineBounds(first-c.unit(), frameLine)
			shown = c.showFrom(shown[:0], start, end, false)
			lines = slices.Insert(lines, 0, c.frames.line(shown))
			f.FirstLine, f.Mark = line-1, 1
		}
		if next := last + c.unit(); c.endsLine(last) && next < len(c.text) {
			start, end := c.lineBounds(next, frameLine)
			shown = c.showTo(shown[:0], start, end, false)
			lines = append(lines, c.frames.line(shown))
		}
	}
	if !slices.Equal(lines, c.frames.last) {
		c.frames.last = slices.Clone(lines)
	}
	f.Lines, c.frames.buffer = c.frames.last, shown
	return f
}

// secretNear reports whether, apart from the hits, there may be a secret in text[from:to]
// or within frameLine of it.
func (c *cursor) secretNear(from, to int) bool {
	found := false
	c.inOrder(from-frameLine, to+frameLine, func(m *mask, from, to int) bool {
		found = m == nil && c.part(from, to).secret
		return !found
	})
	return found
}

// showFrom appends text[from:to]. If from is not the start of a line, the word that it
// cuts is left out: a redactor would not recognize part of a secret. isNear says that there
// may be a part of a secret near it.
func (c *cursor) showFrom(shown []byte, from, to int, isNear bool) []byte {
	if from == 0 || c.endsLine(from-c.unit()) {
		return c.inFrame(shown, from, to, isNear)
	}
	shown = append(shown, "…"...)
	start := len(shown)
	shown = c.inFrame(shown, from, to, isNear)
	return append(shown[:start], bytes.TrimLeftFunc(shown[start:], inWord)...)
}

// showTo appends text[from:to]. If to is not the end of a line, the word that it cuts
// is left out.
func (c *cursor) showTo(shown []byte, from, to int, isNear bool) []byte {
	start := len(shown)
	shown = c.inFrame(shown, from, to, isNear)
	if to >= len(c.text) || c.endsLine(to) {
		return shown
	}
	return append(shown[:start+len(bytes.TrimRightFunc(shown[start:], inWord))], "…"...)
}

// inFrame appends text[from:to] as frames show it.
func (c *cursor) inFrame(shown []byte, from, to int, isNear bool) []byte {
	return c.appendMasked(shown, from, to, func(from, to int) string {
		text := c.part(from, to).text
		if isNear {
			return hideUnknown(text)
		}
		return text
	})
}

// inWord reports whether a character may be part of a secret in some encoding.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_-.%\\&#;", r)
}

// show returns text[from:to] as UTF-8, with the hits in it masked.
func (c *cursor) show(from, to int) string {
	return string(c.appendMasked(nil, from, to, c.plain))
}

// appendMasked appends text[from:to] as UTF-8, with the hits in it masked. clean returns the
// parts between them.
func (c *cursor) appendMasked(shown []byte, from, to int, clean func(from, to int) string) []byte {
	before := len(shown)
	c.inOrder(from, to, func(m *mask, start, end int) bool {
		switch {
		case m == nil:
			shown = append(shown, clean(start, end)...)
		case m.start < start || m.end > to:
			shown = append(shown, redact.Mask...)
		default:
			shown = append(shown, m.shown...)
		}
		return true
	})
	return shown[:before+len(bytes.TrimRight(shown[before:], "\r"))]
}

// inOrder calls f for the parts of text[from:to] until it returns false: for the masks in it,
// each from where the one before it ends, and, with nil, for what is between them.
func (c *cursor) inOrder(from, to int, f func(m *mask, from, to int) bool) {
	from, to = max(0, from), min(to, len(c.text))
	all := c.masks.all
	for c.first > 0 && all[c.first-1].start >= from-c.longest {
		c.first--
	}
	for c.first < len(all) && all[c.first].start < from-c.longest {
		c.first++
	}
	for i := c.first; i < len(all) && from < to && all[i].start < to; i++ {
		m := &all[i]
		switch {
		case m.end <= from:
			continue
		case m.start > from && !f(nil, from, m.start), !f(m, max(from, m.start), m.end):
			return
		}
		from = m.end
	}
	if from < to {
		f(nil, from, to)
	}
}

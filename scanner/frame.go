package scanner

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// cursor moves forward through a text and tracks the line and the column. Lines and
// columns count from 1; columns in UTF-16 code units, as in SARIF.
type cursor struct {
	text         []byte
	wide         bool // UTF-16
	lowByte      int  // offset of the low byte in a UTF-16 code unit
	at           int
	line, column int
	// hits are the hits in the text, in order, with the rests of those that are cut
	// (withRests); longest is the length of the longest.
	hits    []detect.Hit
	longest int
	// lines are lines of frames: each is in the frames of its neighbours, too.
	lines map[string]string
}

// newCursor returns a cursor at the start of text. The text is UTF-16 if it has a byte
// order mark, or if wideAt, the offset of a character, is not negative.
func newCursor(text []byte, wideAt int) *cursor {
	c := &cursor{text: text, line: 1, column: 1}
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		c.wide, c.at = true, 2
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		c.wide, c.lowByte, c.at = true, 1, 2
	case wideAt >= 0 && wideAt+1 < len(text):
		c.wide, c.at = true, wideAt&1
		if text[wideAt] == 0 {
			c.lowByte = 1
		}
	case bytes.HasPrefix(text, []byte{0xef, 0xbb, 0xbf}):
		c.at = 3
	}
	return c
}

// setHits sets the hits to mask.
func (c *cursor) setHits(hits []detect.Hit) {
	c.hits = hits // there may be many, so that they are copied only if one is cut
	if slices.ContainsFunc(hits, func(h detect.Hit) bool { return isCut(&h) }) {
		c.hits = c.withRests(hits)
	}
	for _, h := range c.hits {
		c.longest = max(c.longest, h.End-h.Start)
	}
}

// withRests returns hits with what may be the rest of each that is cut, up to the next one. An
// allow comment on its line is not.
func (c *cursor) withRests(hits []detect.Hit) []detect.Hit {
	all := make([]detect.Hit, 0, len(hits))
	for i, h := range hits {
		var rest detect.Hit // after the comment
		if isCut(&h) {
			end := h.End
			h.End += maxRest
			if i+1 < len(hits) {
				h.End = max(end, min(h.End, hits[i+1].Start))
			}
			if from, to := c.comment(end, h.End); from < to {
				rest.Rule, rest.Start, rest.End = h.Rule, to, h.End
				h.End = from
			}
		}
		all = append(all, h)
		if rest.Start < rest.End {
			all = append(all, rest)
		}
	}
	return all
}

// comment returns the bounds of an allow comment that begins in text[from:to], on the line
// of from; both are 0 for none.
func (c *cursor) comment(from, to int) (start, end int) {
	_, last := c.lineBounds(from, rules.Reach)
	to = max(from, min(to, last))
	line := c.text[from:to]
	if c.wide {
		line = []byte(c.plain(from, to))
	}
	at := nextAllow(line)
	if at < 0 {
		return 0, 0
	}
	if c.wide {
		at = 2 * len(utf16.Encode([]rune(string(line[:at]))))
	}
	return from + at, last
}

// shared returns a text that is in memory once for frames that are near one another.
func (c *cursor) shared(text string) string {
	const near = 16
	if known, ok := c.lines[text]; ok {
		return known
	}
	if c.lines == nil {
		c.lines = map[string]string{}
	}
	if len(c.lines) == near {
		clear(c.lines)
	}
	c.lines[text] = text
	return text
}

// to advances to an offset, which must not be before the current one, and returns its
// line and column.
func (c *cursor) to(offset int) (line, column int) {
	offset = min(offset, len(c.text))
	if c.wide {
		for ; c.at+1 < len(c.text) && c.at < offset; c.at += 2 {
			c.column++
			if c.text[c.at+c.lowByte] == '\n' && c.text[c.at+1-c.lowByte] == 0 {
				c.line, c.column = c.line+1, 1
			}
		}
		return c.line, c.column
	}
	for c.at < offset {
		if next := bytes.IndexByte(c.text[c.at:offset], '\n'); next >= 0 {
			c.at += next + 1
			c.line, c.column = c.line+1, 1
			continue
		}
		for c.at < offset {
			r, size := utf8.DecodeRune(c.text[c.at:])
			c.at += size
			c.column += max(1, utf16.RuneLen(r))
		}
	}
	return c.line, c.column
}

// lineBounds returns the bounds of the line that contains text[at], without its line
// break. It searches at most reach bytes on each side.
func (c *cursor) lineBounds(at, reach int) (start, end int) {
	before := c.text[max(0, at-reach):at]
	start = at - len(before)
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		start += i + 1
		if c.wide {
			start += 1 - c.lowByte
		}
	}
	after := c.text[at:min(len(c.text), at+reach)]
	end = at + len(after)
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		end = at + i
		if c.wide {
			end -= c.lowByte
		}
	}
	return min(start, at), max(end, at)
}

// show returns text[from:to] as UTF-8, with the hits in it masked.
func (c *cursor) show(from, to int) string {
	return c.masked(from, to, func(text string) string { return text })
}

// masked returns text[from:to] as UTF-8, with the hits in it masked. clean is called with
// the text between them.
func (c *cursor) masked(from, to int, clean func(string) string) string {
	if from, to = max(0, from), min(to, len(c.text)); from >= to {
		return ""
	}
	var shown strings.Builder
	first, _ := slices.BinarySearchFunc(c.hits, from-c.longest, func(h detect.Hit, at int) int { return cmp.Compare(h.Start, at) })
	for i := first; i < len(c.hits); i++ {
		h := &c.hits[i]
		switch {
		case h.Start >= to:
			return c.upTo(&shown, from, to, clean)
		case h.End <= from:
			continue
		case h.Start > from:
			shown.WriteString(clean(c.plain(from, h.Start)))
		}
		if h.Start < from || h.End > to {
			shown.WriteString(redact.Mask)
		} else {
			shown.WriteString(maskOf(h))
		}
		from = h.End
	}
	return c.upTo(&shown, from, to, clean)
}

// upTo returns what is shown of a text whose rest is text[from:to], without hits.
func (c *cursor) upTo(shown *strings.Builder, from, to int, clean func(string) string) string {
	if from < to {
		shown.WriteString(clean(c.plain(from, to)))
	}
	return strings.TrimRight(shown.String(), "\r")
}

// plain returns text[from:to] as UTF-8.
func (c *cursor) plain(from, to int) string {
	text := c.text[from:to]
	if c.wide {
		units := make([]uint16, 0, len(text)/2)
		for i := 0; i+1 < len(text); i += 2 {
			units = append(units, uint16(text[i+c.lowByte])|uint16(text[i+1-c.lowByte])<<8)
		}
		text = []byte(string(utf16.Decode(units)))
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// Widths of a frame, in bytes: of the text before and after a hit on its line, and of
// the lines around it.
const (
	frameMargin = 100
	frameLine   = 160
)

// frame returns the line on which a hit begins, and the lines before and after it if
// nothing near it may be part of a secret. Hits, and what may be another secret, are
// masked; the rest must pass the redactor before it is shown.
func (c *cursor) frame(h *detect.Hit, line int) Frame {
	first, _ := c.lineBounds(h.Start, frameMargin)
	_, last := c.lineBounds(h.End, frameMargin)
	hide, isNear := hideSecrets, c.secretNear(first, last)
	if isNear {
		hide = hideUnknown
	}
	before, after := c.showFrom(first, h.Start, hide), c.showTo(h.End, last, hide)
	if isCut(h) && h.End < last {
		after = "…" // the rest of it may follow
	}
	mask := maskOf(h)
	if h.Subject != "" && h.End > h.Start {
		mask = h.Subject
	}
	f := Frame{FirstLine: line, Lines: []string{c.shared(before + mask + after)}, MarkStart: len(before), MarkEnd: len(before) + len(mask)}
	if isCut(h) || h.Severity < rules.Error || isNear {
		return f
	}
	if c.endsLine(first - c.unit()) {
		start, end := c.lineBounds(first-c.unit(), frameLine)
		f.Lines = append([]string{c.shared(c.showFrom(start, end, hide))}, f.Lines...)
		f.FirstLine, f.Mark = line-1, 1
	}
	if next := last + c.unit(); c.endsLine(last) && next < len(c.text) {
		start, end := c.lineBounds(next, frameLine)
		f.Lines = append(f.Lines, c.shared(c.showTo(start, end, hide)))
	}
	return f
}

// secretNear reports whether, apart from the hits, there may be a secret in text[from:to]
// or within frameLine of it.
func (c *cursor) secretNear(from, to int) bool {
	found := false
	c.masked(from-frameLine, to+frameLine, func(text string) string {
		found = found || strings.Contains(hideSecrets(text), redact.Mask)
		return ""
	})
	return found
}

// showFrom returns text[from:to]. If from is not the start of a line, the word that it
// cuts is left out: a redactor would not recognize part of a secret.
func (c *cursor) showFrom(from, to int, hide func(string) string) string {
	if from == 0 || c.endsLine(from-c.unit()) {
		return c.masked(from, to, hide)
	}
	return "…" + strings.TrimLeftFunc(c.masked(from, to, hide), inWord)
}

// showTo returns text[from:to]. If to is not the end of a line, the word that it cuts
// is left out.
func (c *cursor) showTo(from, to int, hide func(string) string) string {
	if to >= len(c.text) || c.endsLine(to) {
		return c.masked(from, to, hide)
	}
	return strings.TrimRightFunc(c.masked(from, to, hide), inWord) + "…"
}

// inWord reports whether a character may be part of a secret in some encoding.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_-.%\\&#;", r)
}

// unit returns the length of a code unit in bytes.
func (c *cursor) unit() int {
	if c.wide {
		return 2
	}
	return 1
}

// endsLine reports whether a line break is at text[at].
func (c *cursor) endsLine(at int) bool {
	return at >= 0 && at+c.lowByte < len(c.text) && c.text[at+c.lowByte] == '\n'
}

// maskOf returns the text that a frame shows in place of a hit.
func maskOf(h *detect.Hit) string {
	if len(h.Layers) == 0 && h.Key.KeyID != "" {
		return h.Key.String()
	}
	return redact.Mask
}

package scanner

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/rules"
)

// cursor moves forward through a text and tracks the line and the column. Lines and
// columns count from 1; columns in UTF-16 code units, as in SARIF.
type cursor struct {
	text         []byte
	wide         bool // UTF-16
	lowByte      int  // offset of the low byte in a UTF-16 code unit
	at           int
	line, column int
	masks
	// first is the first mask that may be in the text that was shown last.
	first  int
	frames frames
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

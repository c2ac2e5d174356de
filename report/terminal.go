package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// terminal draws text: in what widths, colours and links. Its writer keeps the
// first error and returns it when flushed.
type terminal struct {
	w     *bufio.Writer
	width int
	color bool
	// linkHost is the name of this machine, if links are shown; else empty. base
	// is the directory that paths of files are relative to.
	linkHost, base string
}

const (
	defaultWidth = 80
	minWidth     = 40
	maxProse     = 100 // wider prose is hard to read
)

func newTerminal(w io.Writer, r *scanner.Result, o Options) *terminal {
	base := filepath.FromSlash(r.Base)
	if !filepath.IsAbs(base) {
		base = filepath.Join(o.Dir, base)
	}
	return &terminal{
		w: bufio.NewWriter(w), color: o.Color, linkHost: o.LinkHost, base: base,
		width: max(cmp.Or(o.Width, defaultWidth), minWidth),
	}
}

// style is a way of showing text: parameters of Select Graphic Rendition (ECMA-48,
// section 8.3.117), from the sixteen colours that a theme may set.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "1;31"
	yellow style = "1;33"
	green  style = "1;32"
	cyan   style = "1;36"
)

func severityStyle(s rules.Severity) style {
	switch s {
	case rules.Error:
		return red
	case rules.Warning:
		return yellow
	}
	return cyan
}

func (t *terminal) line(format string, args ...any) {
	fmt.Fprintf(t.w, format, args...)
	_ = t.w.WriteByte('\n')
}

func (t *terminal) paint(s style, text string) string {
	if !t.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// prose is how wide text in sentences is.
func (t *terminal) prose() int { return min(t.width, maxProse) }

// paragraph writes text in lines that fit, the first after lead, the others below
// its end.
func (t *terminal) paragraph(lead, text string, s style) {
	indent := cells(lead)
	for _, line := range wrap(text, t.prose()-indent) {
		t.line("%s%s", lead, t.paint(s, line))
		lead = strings.Repeat(" ", indent)
	}
}

// labelled is a text with its label.
type labelled struct {
	label, text string
	style       style
}

// flow writes texts on as few lines as they need, in their order. One that is wider
// than a line is wrapped.
func (t *terminal) flow(indent string, items []labelled) {
	const gap = "  "
	line, used := "", 0
	flush := func() {
		if used > 0 {
			t.line("%s%s", indent, line)
		}
		line, used = "", 0
	}
	room := t.prose() - len(indent)
	for _, item := range items {
		lead := item.label + ": "
		width := len(lead) + cells(item.text)
		if used > 0 && used+len(gap)+width > room {
			flush()
		}
		if width > room {
			for i, part := range wrap(item.text, room-len(lead)) {
				if i == 0 {
					t.line("%s%s%s", indent, t.paint(faint, lead), t.paint(item.style, part))
				} else {
					t.line("%s%*s%s", indent, len(lead), "", t.paint(item.style, part))
				}
			}
			continue
		}
		if used > 0 {
			line, used = line+gap, used+len(gap)
		}
		line, used = line+t.paint(faint, lead)+t.paint(item.style, item.text), used+width
	}
	flush()
}

// link makes a link of text, if links are shown: "Hyperlinks in terminal emulators"
// (OSC 8), a sequence that terminals which do not know it leave out. The target
// must be percent-encoded, so that it cannot end the sequence.
func (t *terminal) link(to, text string) string {
	if t.linkHost == "" || to == "" {
		return text
	}
	return "\x1b]8;;" + to + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// linkFile links the place of an occurrence to the file on disk, if there is one.
// The host tells a terminal on another machine that the file is not there.
func (t *terminal) linkFile(at *scanner.Occurrence, text string) string {
	if t.linkHost == "" || !at.OnDisk || at.Path == "" || at.Path == "-" {
		return text
	}
	if isURL(at.Path) {
		return t.link(at.Path, text)
	}
	name := filepath.FromSlash(at.Path)
	if !filepath.IsAbs(name) {
		name = filepath.Join(t.base, name)
	}
	name = "/" + strings.TrimPrefix(filepath.ToSlash(name), "/")
	return t.link((&url.URL{Scheme: "file", Host: t.linkHost, Path: name}).String(), text)
}

package report

import "github.com/qasleaks/qasleaks/scanner"

// signs are the drawings of events in the history of a key, by class.
var signs = map[string]string{
	"created":   `<path class="sign-created" d="M0-6 6 0 0 6-6 0Z"/>`,
	"committed": `<circle class="sign-committed" r="5"/>`,
	"moved":     `<path class="sign-moved" d="M0-6V3M-4-1 0 4 4-1"/>`,
	"removed":   `<path class="sign-removed" d="M-5-5 5 5M5-5-5 5"/>`,
	"past":      `<path class="sign-past" d="M-7 0H7"/>`,
	"now":       `<path class="sign-now" d="M0-7V7"/>`,
}

func (h *htmlReport) sign(class string) {
	h.raw(`<svg class="sign" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" focusable="false">` + signs[class] + "</svg>")
}

// picture draws the timeline of a finding.
func (h *htmlReport) picture(t *timeline, f *scanner.Finding) {
	anchor := anchorOf(f)
	h.put(`<svg class="picture" width="100%%" height="%d" role="img" aria-labelledby="%s-t %s-d">
<title id="%s-t">History of %s</title><desc id="%s-d">A line for each of %s, from the commit that added the key to the one that removed it, or to now. The list below says the same.</desc>
`, t.Height, anchor, anchor, anchor, name(f), anchor, count(len(f.Occurrences), "place"))
	for _, tick := range t.Ticks {
		minor := ""
		if tick.Minor {
			minor = " minor"
		}
		h.put(`<line class="grid%s" x1="%s" x2="%s" y1="%d" y2="%d"/><text class="tick%s" x="%s" y="16" text-anchor="%s">%s</text>`+"\n",
			minor, tick.X, tick.X, axisY, t.Bottom, minor, tick.X, tick.Anchor, tick.Label)
	}
	h.put(`<line class="axis" x1="%s" x2="%s" y1="%d" y2="%d"/>
<line class="today" x1="%s" x2="%s" y1="22" y2="%d"/><text class="tick strong" x="%s" y="16" text-anchor="middle">now</text>
`, t.From, t.To, axisY, axisY, t.To, t.To, t.Bottom, t.To)
	if t.Created != "" {
		h.mark("created", t.Created, axisY)
		h.put("\n")
	}
	for _, move := range t.Moves {
		h.put(`<line class="moves" x1="%s" x2="%s" y1="%d" y2="%d"/>`+"\n", move.X, move.X, move.FromY, move.ToY)
	}
	for _, l := range t.Lanes {
		h.put(`<g class="lane %s"><text class="lane-label" x="0" y="%d">%s</text>`+"\n", l.Class, l.Text, l.Label)
		if l.AfterX != "" {
			h.put(`<line class="memory" x1="%s" x2="%s" y1="%d" y2="%d"/>`, l.AfterX, t.To, l.Bar, l.Bar)
		}
		h.put(`<line class="bar" x1="%s" x2="%s" y1="%d" y2="%d"/><circle class="sign-committed" cx="%s" cy="%d" r="5"/>`, l.Start, l.End, l.Bar, l.Bar, l.Start, l.Bar)
		if l.Removed {
			h.mark("removed", l.End, l.Bar)
		}
		h.put("</g>\n")
	}
	h.put("</svg>\n")
}

// mark draws a sign in a picture.
func (h *htmlReport) mark(class, x string, y int) {
	h.put(`<svg x="%s" y="%d" overflow="visible">`, x, y)
	h.raw(signs[class] + "</svg>")
}

package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of a card.
const (
	maxHistory   = 24  // events
	maxHTMLPlace = 50  // places
	maxFrameLine = 160 // cells of a line of source
)

// card shows one finding in full.
func (h *htmlReport) card(n int, f *scanner.Finding) {
	anchor, severity, title, state := anchorOf(f), f.Severity.String(), title(f), h.state(f)
	about := title
	if title == name(f) {
		about = "About this rule"
	}
	if strings.HasSuffix(title, state) {
		state = "" // it is in the title
	}
	h.put("<article id=\"%s\" class=\"card item %s\" aria-labelledby=\"%s-h\">\n<div class=\"block\">\n", anchor, severity, anchor)
	h.put(`<header><span class="badge %s">%s</span> <a href="%s">%s</a> <span class="state">%s</span>`, severity, severity, rulesURI+f.Rule.ID, about, state)
	h.put("\n<h3 id=\"%s-h\"><span class=\"number\">%d.</span> %s</h3></header>\n", anchor, n, name(f))
	for _, text := range cardText(f) {
		h.put("<p>%s</p>\n", text)
	}
	h.put(`<dl class="facts">`)
	for _, fact := range h.factsOf(f) {
		h.put("<div><dt>%s</dt><dd>%s</dd></div>", fact.title(), fact.value)
	}
	h.put("</dl>\n</div>\n<div class=\"block\">\n<h4>History</h4>\n")
	events := historyOf(f)
	if t := newTimeline(f, events, h.now); t != nil {
		h.put("<figure>")
		h.picture(t, f)
		h.some("<figcaption>%s</figcaption>", t.More)
		h.put("</figure>")
	}
	h.put("\n</div>\n<ol class=\"history\">")
	shown := cutHistory(events, maxHistory)
	for _, e := range shown {
		h.event(f, e)
	}
	if left := len(events) - len(shown); left > 0 {
		h.put(`<li class="quiet">%s events in between are left out; --format json has all.</li>`, number(left))
	}
	h.put("</ol>\n<h4>Locations</h4>\n<ul class=\"places\">")
	for i := range f.Occurrences[:min(len(f.Occurrences), maxHTMLPlace)] {
		at := &f.Occurrences[i]
		h.place(f, at, i < maxFrames || at.Present())
	}
	if left := len(f.Occurrences) - maxHTMLPlace; left > 0 {
		h.put(`<li class="quiet">and %s</li>`, number(left)+moreInJSON)
	}
	h.put("</ul>\n</article>\n")
}

// anchorOf is the ID of the card of a finding.
func anchorOf(f *scanner.Finding) string { return "finding-" + f.Fingerprint }

// cardText says what was found and what to do about it, as far as the heading of
// the card and the steps for all keys do not say it.
func cardText(f *scanner.Finding) []string {
	var text []string
	kind := kindOf(f)
	if kind != lintFinding && saysMore(f) {
		text = append(text, message(f)+".")
	}
	if kind != keyFinding || f.Liveness.State == scanner.Invalid {
		text = append(text, remedy(f))
	}
	return text
}

// event is a line of the history.
func (h *htmlReport) event(f *scanner.Finding, e event) {
	when := "now"
	if !e.at.IsZero() {
		when = date(e.at)
	}
	h.put("<li>")
	h.sign(eventClasses[e.kind])
	h.put(`<span class="when">%s</span><span>%s`, when, h.describe(f, e, undatedCommit))
	if e.occurrence >= 0 {
		h.some(" <code>%s</code>", h.named(&f.Occurrences[e.occurrence]))
	}
	h.put("</span></li>")
}

// eventClasses name the signs of events.
var eventClasses = map[eventKind]string{
	wasCreated: "created", wasCommitted: "committed", wasCopied: "committed", wasMoved: "moved", wasRemoved: "removed",
	isPresent: "now", isPast: "past",
}

// place is one location, with its lines if it is framed.
func (h *htmlReport) place(f *scanner.Finding, at *scanner.Occurrence, framed bool) {
	h.put(`<li><code class="where">%s</code>`, h.view.place(at))
	if notes := h.notes(f, at); len(notes) > 0 {
		h.put("<ul>")
		for _, note := range notes {
			h.put("<li>%s</li>", note)
		}
		h.put("</ul>")
	}
	if framed && hasMark(at.Frame) && len(at.Frame.Lines) > 0 {
		h.put(`<pre class="frame"><code>`)
		for i, text := range at.Frame.Lines {
			h.put(`<span class="line"><span class="gutter">%d</span><span class="source">`, at.Frame.FirstLine+i)
			h.line(strings.TrimRight(text, "\r\n"), at.Frame, i == at.Frame.Mark)
			h.put("</span></span>")
		}
		h.put("</code></pre>")
	}
	h.put("</li>")
}

// line is a line of source; marked says that it has what to highlight.
func (h *htmlReport) line(text string, frame scanner.Frame, marked bool) {
	if !marked {
		h.put("%s", cutRight(expand(text, 0), maxFrameLine))
		return
	}
	start := min(max(frame.MarkStart, 0), len(text))
	end := min(max(frame.MarkEnd, start), len(text))
	h.put("%s", cutLeft(expand(text[:start], 0), maxFrameLine/2))
	h.some("<mark>%s</mark>", cutRight(neutral.Terminal(text[start:end]), maxFrameLine))
	h.put("%s", cutRight(expand(text[end:], 0), maxFrameLine/2))
}

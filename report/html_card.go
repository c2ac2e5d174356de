package report

import (
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// htmlCard shows one finding in full.
type htmlCard struct {
	Number                               int
	Anchor, Severity, Title, Name, State string
	Text                                 []string
	Facts                                []fact
	Timeline                             *timeline
	PictureTitle, PictureText            string
	History                              []htmlEvent
	MoreHistory                          string
	Places                               []htmlPlace
	MorePlaces                           string
	RuleURI                              string
}

type htmlEvent struct{ Class, When, Where, Text string }

type htmlPlace struct {
	Where string
	Notes []string
	Lines []htmlLine
}

// htmlLine is a line of source; Mark is what to highlight in it.
type htmlLine struct {
	Number              int
	Before, Mark, After string
}

// Limits of a card.
const (
	maxHistory   = 24  // events
	maxHTMLPlace = 50  // places
	maxFrameLine = 160 // cells of a line of source
)

func (h *htmlReport) cards(yield func(htmlCard) bool) {
	for i, f := range h.found[:min(len(h.found), maxCards)] {
		if !yield(h.card(i+1, f)) {
			return
		}
	}
}

func (h *htmlReport) card(n int, f *scanner.Finding) htmlCard {
	events := historyOf(f)
	card := htmlCard{
		Number: n, Anchor: anchorOf(f), Severity: f.Severity.String(), Title: title(f), Name: name(f), State: h.state(f),
		Text: cardText(f), Facts: h.factsOf(f), RuleURI: rulesURI + f.Rule.ID,
		Timeline: newTimeline(f, events, h.now),
	}
	if strings.HasSuffix(card.Title, card.State) {
		card.State = "" // it is in the title
	}
	shown := cutHistory(events, maxHistory)
	for _, e := range shown {
		card.History = append(card.History, h.event(f, e))
	}
	if left := len(events) - len(shown); left > 0 {
		card.MoreHistory = number(left) + " events in between are left out; --format json has all."
	}
	card.PictureTitle = "History of " + card.Name
	card.PictureText = fmt.Sprintf("A line for each of %s, from the commit that added the key to the one that removed it, or to now. The list below says the same.", count(len(f.Occurrences), "place"))
	for i := range f.Occurrences {
		if i == maxHTMLPlace {
			card.MorePlaces = "and " + number(len(f.Occurrences)-i) + moreInJSON
			break
		}
		at := &f.Occurrences[i]
		card.Places = append(card.Places, h.place(f, at, i < maxFrames || at.Present()))
	}
	return card
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

func (h *htmlReport) event(f *scanner.Finding, e event) htmlEvent {
	shown := htmlEvent{Text: h.describe(f, e, undatedCommit), When: "now", Class: eventClasses[e.kind]}
	if !e.at.IsZero() {
		shown.When = date(e.at)
	}
	if e.occurrence >= 0 {
		shown.Where = h.named(&f.Occurrences[e.occurrence])
	}
	return shown
}

// eventClasses name the signs of events.
var eventClasses = map[eventKind]string{
	wasCreated: "created", wasCommitted: "committed", wasCopied: "committed", wasMoved: "moved", wasRemoved: "removed",
	isPresent: "now", isPast: "past",
}

func (h *htmlReport) place(f *scanner.Finding, at *scanner.Occurrence, framed bool) htmlPlace {
	place := htmlPlace{Where: h.view.place(at), Notes: h.notes(f, at)}
	if !framed || !hasMark(at.Frame) {
		return place
	}
	for i, text := range at.Frame.Lines {
		text = strings.TrimRight(text, "\r\n")
		line := htmlLine{Number: at.Frame.FirstLine + i}
		if i != at.Frame.Mark {
			line.Before = cutRight(expand(text, 0), maxFrameLine)
		} else {
			start := min(max(at.Frame.MarkStart, 0), len(text))
			end := min(max(at.Frame.MarkEnd, start), len(text))
			line.Before = cutLeft(expand(text[:start], 0), maxFrameLine/2)
			line.Mark = cutRight(neutral.Terminal(text[start:end]), maxFrameLine)
			line.After = cutRight(expand(text[end:], 0), maxFrameLine/2)
		}
		place.Lines = append(place.Lines, line)
	}
	return place
}

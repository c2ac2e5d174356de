package report

import (
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// htmlCard shows one finding in full.
type htmlCard struct {
	Number                               int
	Anchor, Severity, Title, Name, State string
	Message                              string
	Facts                                []htmlFact
	Timeline                             *timeline
	PictureTitle, PictureText            string
	Story                                []htmlEvent
	MoreStory                            string
	Places                               []htmlPlace
	MorePlaces                           string
	Remedy, RuleURI, Rule                string
}

type htmlFact struct{ Label, Value string }

type htmlEvent struct{ Class, When, Where, Text string }

type htmlPlace struct {
	Where string
	Notes []string
	Lines []htmlLine
}

// htmlLine is a line of source; Mark is what is to be seen in it.
type htmlLine struct {
	Number              int
	Before, Mark, After string
}

// maxFrameLine is how many cells of a line a frame shows.
const maxFrameLine = 160

func (h *htmlReport) cards(yield func(htmlCard) bool) {
	for i, f := range h.found[:min(len(h.found), maxCards)] {
		if !yield(h.card(i+1, f)) {
			return
		}
	}
}

func (h *htmlReport) card(n int, f *scanner.Finding) htmlCard {
	events := story(f)
	card := htmlCard{
		Number: n, Anchor: "finding-" + f.Fingerprint, Severity: f.Severity.String(), Title: neutral.Log(f.Rule.Title), State: state(f),
		Name: neutral.Log(keyName(f)), Message: strings.TrimSuffix(neutral.Log(f.Message), "."), Facts: h.htmlFacts(f), Remedy: remedy(f),
		Rule: f.Rule.ID, RuleURI: rulesURI + f.Rule.ID,
		Timeline: newTimeline(f, events, h.now),
	}
	shown := cutStory(events, maxStory)
	for _, e := range shown {
		card.Story = append(card.Story, h.event(f, e))
	}
	if left := len(events) - len(shown); left > 0 {
		card.MoreStory = number(left) + " steps between are left out; --format json tells all."
	}
	card.PictureTitle = "The way of " + card.Name + " through time"
	card.PictureText = fmt.Sprintf("A line for each of %s, from when it was committed to when it was removed or to now. The list below says the same.", count(len(f.Occurrences), "place"))
	for i, at := range f.Occurrences {
		if i == maxHTMLPlace {
			card.MorePlaces = "and " + number(len(f.Occurrences)-i) + " more; --format json lists all"
			break
		}
		card.Places = append(card.Places, h.htmlPlace(f, at, i < maxFrames || isPresent(at)))
	}
	return card
}

// maxStory is how many steps of the way of a key a card tells.
const maxStory = 24

func (h *htmlReport) event(f *scanner.Finding, e event) htmlEvent {
	made := htmlEvent{Text: h.tell(f, e, undated), When: "now", Class: "now"}
	if !e.at.IsZero() {
		made.When = date(e.at)
	}
	if e.occurrence >= 0 {
		made.Where = neutral.Log(placeName(f.Occurrences[e.occurrence]))
	}
	switch e.what {
	case wasMade:
		made.Class = "made"
	case wasCommitted, wasCopied:
		made.Class = "committed"
	case wasMoved:
		made.Class = "moved"
	case wasRemoved:
		made.Class = "removed"
	case staysInPast:
		made.Class = "past"
	}
	return made
}

// undated says of a commit what commitLine does, but when: that has a column.
func undated(c scanner.Commit) string {
	line := shortSHA(c.SHA)
	if name, _, _ := strings.Cut(c.Author, " <"); name != "" {
		line += ", " + cutRight(neutral.Log(name), 30)
	}
	if c.Summary != "" {
		line += ": " + cutRight(neutral.Log(c.Summary), 72)
	}
	return line
}

func (h *htmlReport) htmlFacts(f *scanner.Finding) []htmlFact {
	var facts []htmlFact
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, htmlFact{label, value})
		}
	}
	if f.Key != (rules.Key{}) {
		add("Tenant", neutral.Log(f.Key.TenantID))
		add("Key ID", neutral.Log(f.Key.KeyID))
	}
	if made := f.Key.CreatedAt; !made.IsZero() {
		add("Made", made.UTC().Format("2006-01-02 15:04 UTC")+", "+ago(made, h.now))
	}
	add("Exposed", h.exposure(f.Exposure))
	if f.Liveness != (scanner.Liveness{}) {
		add("Liveness", neutral.Log(livenessWords(f.Liveness)))
	}
	if a := f.Liveness.Access; a != nil {
		add("Made by", neutral.Log(strings.Join(present(a.User, a.Email, a.Role), ", ")))
		add("Reaches", neutral.Log(a.Summary))
	}
	add("Confidence", f.Confidence.String())
	add("Fingerprint", f.Fingerprint)
	return facts
}

func (h *htmlReport) htmlPlace(f *scanner.Finding, at scanner.Occurrence, framed bool) htmlPlace {
	place := htmlPlace{Where: h.place(at), Notes: h.notes(f, at)}
	if !framed || !hasMark(at.Frame) {
		return place
	}
	for i, text := range at.Frame.Lines {
		line := htmlLine{Number: at.Frame.FirstLine + i}
		if i != at.Frame.Mark {
			line.Before = cutRight(expand(strings.TrimRight(text, "\r\n"), 0), maxFrameLine)
		} else {
			text = strings.TrimRight(text, "\r\n")
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

// htmlPurge says how to take keys out of the history of a repository. The
// expressions find a key by its tenant and its ID: no token is written down.
type htmlPurge struct {
	Remote      string
	Expressions string
	// Paths is the command for files in which git filter-repo cannot see a key,
	// since it is encoded there.
	Paths, NoPaths string
}

func (h *htmlReport) purge() *htmlPurge {
	var expressions []string
	var paths []string
	seen, odd := map[string]bool{}, 0
	for _, f := range h.tally.keys {
		inHistory := false
		for _, at := range f.Occurrences {
			committed := at.Commit != nil || at.OID != "" && at.Reachable
			inHistory = inHistory || committed
			inFile := at.Object == scanner.ObjectBlob || at.Object == scanner.ObjectFile
			if !committed || !inFile || len(at.Layers) == 0 || at.Path == "" || seen[at.Path] {
				continue
			}
			seen[at.Path] = true
			if neutral.Log(at.Path) != at.Path {
				odd++
				continue
			}
			paths = append(paths, "--path="+shellQuote(at.Path))
		}
		if inHistory {
			expressions = append(expressions, filterExpression(f.Key))
		}
	}
	if len(expressions) == 0 {
		return nil
	}
	p := &htmlPurge{Remote: "URL", Expressions: strings.Join(expressions, "\n")}
	if len(h.r.Repositories) == 1 && h.r.Repositories[0].Remote != "" {
		p.Remote = shellQuote(neutral.Log(h.r.Repositories[0].Remote))
	}
	if len(paths) > 0 {
		p.Paths = "git filter-repo --invert-paths \\\n  " + strings.Join(paths, " \\\n  ")
	}
	if odd > 0 {
		p.NoPaths = count(odd, "more file") + " of this kind have names that cannot be shown here; --format json does."
	}
	return p
}

// shellQuote quotes an argument for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

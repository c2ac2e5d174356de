package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of the page: a browser has to bear it, and a person to read it.
const (
	maxCards     = 200  // findings shown in full; all others have a row
	maxHTMLSkips = 1000 // things not read, of a kind
	maxHTMLPlace = 50   // places of a finding
)

var (
	//go:embed page/page.html.tmpl
	pageTemplate string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string
)

// HTML writes an audit as one file that needs nothing else: what was scanned, the
// keys by priority, a picture of the way of each through time, where each copy is,
// what to do in which order, and what was read. It loads nothing (its content
// security policy forbids it), is readable without script, and prints.
func HTML(w io.Writer, r *scanner.Result, o Options) error {
	page, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	out := bufio.NewWriter(w)
	h := &htmlReport{printer: newPrinter(nil, r, o), found: urgent(r.Findings)}
	if err := page.Execute(out, h.page()); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// htmlReport makes what the template shows.
type htmlReport struct {
	*printer
	found []*scanner.Finding
}

type htmlPage struct {
	CSP           string
	Style, Script template.HTML

	Title, Headline, Level string
	First                  *htmlFirst
	Version, When, Target  string
	Repositories           []htmlRepository
	Tiles                  []htmlTile
	Steps                  []htmlStep
	Remarks                []string
	Findings               int
	Rows                   iter.Seq[htmlRow]
	Cards                  iter.Seq[htmlCard]
	NoCards                string
	Purge                  *htmlPurge
	Suppressed             []htmlSuppressed
	Amount, Incomplete     string
	Failed, LeftOut        htmlSkips
	Notes                  []string
}

// htmlFirst is the key to revoke first.
type htmlFirst struct{ Anchor, Key, Where string }

type htmlRepository struct{ Path, Remote, Head, Branch string }

type htmlTile struct{ Number, Label, Class string }

type htmlStep struct {
	Text     string
	Keys     []htmlKey
	MoreKeys string
	Commands []string
	Purge    bool
}

type htmlKey struct{ Tenant, ID string }

type htmlRow struct {
	Number                              int
	Anchor                              string // of its card; empty if it has none
	Severity, Title, Where, State, More string
	Key                                 []string
	Exposed, Fingerprint                string
}

type htmlSuppressed struct{ Key, By, Reason, Until, Fingerprint string }

type htmlSkips struct {
	Count string
	Items []htmlSkip
	More  string
}

type htmlSkip struct{ Path, Reason string }

func (h *htmlReport) page() htmlPage {
	style, script := "<style>"+pageStyle+"</style>", "<script>"+pageScript+"</script>"
	c := h.r.Coverage
	page := htmlPage{
		Style: template.HTML(style), Script: template.HTML(script), // ours, and constant
		CSP:   fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", cspHash(pageStyle), cspHash(pageScript)),
		Title: "qasleaks: " + h.headline(), Headline: h.headline(), Level: h.level(),
		Version: h.o.Version, When: h.now.UTC().Format("2006-01-02 15:04 UTC"), Target: neutral.Log(h.r.Base),
		Tiles: h.tiles(), Steps: h.htmlSteps(), Findings: len(h.found), Rows: h.rows, Cards: h.cards,
		Purge: h.purge(), Suppressed: h.suppressed(),
		Amount: amount(c) + pace(c), Failed: htmlSkipsOf(c, scanner.SkipFailed), LeftOut: htmlSkipsOf(c, scanner.SkipPolicy),
	}
	if len(h.found) > 0 {
		page.Remarks = h.tally.remarks()
	}
	if f := h.firstKey(); f != nil {
		page.First = &htmlFirst{Anchor: "finding-" + f.Fingerprint, Key: neutral.Log(keyName(f)), Where: state(f)}
	}
	if left := len(h.found) - maxCards; left > 0 {
		page.NoCards = number(left) + " more are in the table above alone; --format json tells all of them."
	}
	if n := h.countFailed(); n > 0 {
		page.Incomplete = "The scan is incomplete: " + count(n, "thing") + " could not be read."
	}
	for _, note := range coverageNotes(c) {
		page.Notes = append(page.Notes, neutral.Log(note))
	}
	for _, repository := range h.r.Repositories {
		page.Repositories = append(page.Repositories, htmlRepository{
			Path: neutral.Log(repository.Path), Remote: neutral.Log(repository.Remote), Head: shortSHA(repository.Head), Branch: neutral.Log(repository.Branch),
		})
	}
	return page
}

// cspHash is how a content security policy names an inline style or script
// (CSP Level 3, section 2.3.1).
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// headline says in a few words what was found.
func (h *htmlReport) headline() string {
	keys := h.tally.keys
	if c := h.r.Coverage; len(keys) == 0 && h.tally.found() == 0 && c.Files+c.Objects > 0 && c.Complete() {
		return "No keys found in " + covered(c)
	}
	if len(keys) == 0 {
		return strings.TrimSuffix(h.outcome(), ".")
	}
	present := 0
	for _, f := range keys {
		if isPresentFinding(f) {
			present++
		}
	}
	text := count(len(keys), "leaked key")
	switch {
	case present == 0:
		return text + ", in history only"
	case present == len(keys):
		return text + ", still in the files"
	}
	return text + ", " + number(present) + "\u00a0still in the files"
}

// level is how bad it is, as a class of style.
func (h *htmlReport) level() string {
	switch {
	case len(h.found) > 0:
		return h.found[0].Severity.String()
	case h.r.Coverage.Files+h.r.Coverage.Objects == 0, !h.r.Coverage.Complete():
		return "warning"
	}
	return "good"
}

func (h *htmlReport) tiles() []htmlTile {
	hidden := 0
	for _, n := range h.tally.suppressed {
		hidden += n
	}
	var tiles []htmlTile
	add := func(n int, class, one, many string) {
		label := many
		if n == 1 {
			label = one
		}
		if n > 0 {
			tiles = append(tiles, htmlTile{number(n), label, class})
		}
	}
	add(len(h.tally.keys), "error", "key to revoke", "keys to revoke")
	add(h.tally.live, "error", "key is live", "keys are live")
	add(h.tally.dead, "quiet", "key is dead", "keys are dead")
	add(h.tally.literals, "warning", "other credential", "other credentials")
	add(h.tally.examples, "note", "documented example", "documented examples")
	add(h.tally.habits, "note", "habit that leaks", "habits that leak")
	add(hidden, "quiet", "suppressed", "suppressed")
	add(h.countFailed(), "unread", "thing not read", "things not read")
	return tiles
}

func (h *htmlReport) htmlSteps() []htmlStep {
	if len(h.found) == 0 {
		return nil
	}
	var steps []htmlStep
	for _, step := range h.tally.steps(h.r.Coverage.Objects > 0) {
		made := htmlStep{Text: step.text + ".", Commands: step.commands}
		if step.purge {
			made = htmlStep{Text: "Clean the history only after that, if at all: clones and forks keep what they have.", Purge: true}
		}
		if step.keys {
			for i, f := range h.tally.keys {
				if i == maxKeys {
					made.MoreKeys = "and " + number(len(h.tally.keys)-i) + " more, below"
					break
				}
				made.Keys = append(made.Keys, htmlKey{neutral.Log(f.Key.TenantID), neutral.Log(f.Key.KeyID)})
			}
		}
		steps = append(steps, made)
	}
	return steps
}

func (h *htmlReport) rows(yield func(htmlRow) bool) {
	for i, f := range h.found {
		at := f.Occurrences[primaryOccurrence(f.Occurrences)]
		row := htmlRow{
			Number: i + 1, Severity: f.Severity.String(), Title: neutral.Log(f.Rule.Title), Fingerprint: f.Fingerprint,
			Where: h.place(at), State: state(f), Exposed: h.exposure(f.Exposure),
		}
		if i < maxCards {
			row.Anchor = "finding-" + f.Fingerprint
		}
		if f.Key != (rules.Key{}) {
			row.Key = []string{neutral.Log(f.Key.TenantID), neutral.Log(f.Key.KeyID)}
		}
		if others := len(f.Occurrences) - 1; others > 0 {
			row.More = "and " + count(others, "other place")
		}
		if !yield(row) {
			return
		}
	}
}

// state says in a few words what is known of a finding and where it is.
func state(f *scanner.Finding) string {
	where := whereNow(f)
	switch {
	case f.Liveness.State.Alive():
		return "live, " + where
	case f.Liveness.State == scanner.Invalid:
		return "dead, " + where
	}
	return where
}

func whereNow(f *scanner.Finding) string {
	staged, past := false, false
	for _, at := range f.Occurrences {
		switch {
		case at.Object == scanner.ObjectIndex:
			staged = true
		case isPresent(at):
			return "in the files now"
		case !isUnreachable(at):
			past = true
		}
	}
	switch {
	case staged:
		return "staged"
	case past:
		return "in history"
	}
	return "in no ref"
}

func (h *htmlReport) suppressed() []htmlSuppressed {
	var all []htmlSuppressed
	for i := range h.r.Findings {
		f := &h.r.Findings[i]
		if f.Suppressed == nil {
			continue
		}
		s := htmlSuppressed{
			Key: neutral.Log(keyName(f)), By: f.Suppressed.By, Reason: neutral.Log(f.Suppressed.Reason), Fingerprint: f.Fingerprint,
		}
		if !f.Suppressed.Until.IsZero() {
			s.Until = date(f.Suppressed.Until)
		}
		all = append(all, s)
	}
	return all
}

func htmlSkipsOf(c scanner.Coverage, kind scanner.SkipKind) htmlSkips {
	var all []scanner.Skip
	for _, s := range c.Skipped {
		if s.Kind == kind {
			all = append(all, s)
		}
	}
	skips := htmlSkips{Count: number(len(all))}
	if left := len(all) - maxHTMLSkips; left > 0 {
		skips.More = "and " + number(left) + " more; --format json lists all"
		all = all[:maxHTMLSkips]
	}
	for s := range slices.Values(all) {
		skips.Items = append(skips.Items, htmlSkip{neutral.Log(s.Path), neutral.Log(s.Reason)})
	}
	return skips
}

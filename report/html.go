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
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of the page: a browser has to show it, and a person to read it.
const (
	maxCards     = 200  // findings shown in full; the others have only a row
	maxHTMLSkips = 1000 // items not read, of a kind
	// maxPrinted is the number of findings from which on their table is printed,
	// too: on paper the cards of fewer are overview enough.
	maxPrinted = 50
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
// findings by urgency, a picture of the history of each, all locations, what to do
// in which order, and what was read. It loads nothing (its content security policy
// forbids it), is readable without script, and can be printed.
func HTML(w io.Writer, r *scanner.Result, o Options) error {
	page, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	out := bufio.NewWriter(w)
	h := &htmlReport{newView(r, o)}
	if err := page.Execute(out, h.page()); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// htmlReport makes what the template shows.
type htmlReport struct{ *view }

type htmlPage struct {
	CSP           string
	Style, Script template.HTML

	Title, Headline, Level string
	First                  *htmlFirst
	Version, When, Target  string
	Repositories           []htmlRepository
	NoRepositories         string
	Tiles                  []htmlTile
	Steps                  []htmlStep
	Remarks                []string
	Findings               int
	PrintTable             bool
	Rows                   iter.Seq[htmlRow]
	Cards                  iter.Seq[htmlCard]
	NoCards                string
	Purge                  *purge
	Suppressed             []htmlSuppressed
	Amount                 string
	Incomplete, NotChecked string
	Failed, Skipped        htmlSkips
	Notes                  []string
}

// htmlFirst is the key to revoke first, and why that one.
type htmlFirst struct{ Anchor, Key, Reason string }

type htmlRepository struct{ Path, Remote, Head, Branch, Outcome string }

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
	Number                             int
	Anchor                             string // of its card; empty if it has none
	Severity, Name, Title, Fingerprint string
	Key                                bool // Name is the name of a key
	Where, State, More, Exposed        string
}

type htmlSuppressed struct{ Name, By, Reason, Until, Fingerprint string }

type htmlSkips struct {
	Count string
	Items []htmlSkip
	More  string
}

type htmlSkip struct{ Path, Reason string }

func (h *htmlReport) page() htmlPage {
	style, script := "<style>"+pageStyle+"</style>", "<script>"+pageScript+"</script>"
	c := h.result.Coverage
	page := htmlPage{
		Style: template.HTML(style), Script: template.HTML(script), // ours, and constant
		CSP:   fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", cspHash(pageStyle), cspHash(pageScript)),
		Title: "qasleaks: " + h.headline(), Headline: h.headline(), Level: h.level(),
		Version: h.options.Version, When: h.now.UTC().Format("2006-01-02 15:04 UTC"), Target: neutral.Log(h.result.Base),
		Tiles: h.tiles(), Steps: h.htmlSteps(), Findings: len(h.found), PrintTable: len(h.found) > maxPrinted,
		Rows: h.rows, Cards: h.cards,
		Purge: h.purge(), Suppressed: h.suppressedRows(), Incomplete: h.incomplete(), NotChecked: h.notChecked(), Notes: h.coverageNotes(),
		Amount: h.covered() + h.effort() + speed(c), Failed: h.htmlSkips(scanner.SkipFailed), Skipped: h.htmlSkips(scanner.SkipPolicy),
	}
	if len(h.found) > 0 {
		page.Remarks = h.remarks()
	}
	if f := h.firstKey(); f != nil {
		page.First = &htmlFirst{Anchor: anchorOf(f), Key: name(f), Reason: h.reason()}
	}
	if left := len(h.found) - maxCards; left > 0 {
		page.NoCards = number(left) + " more findings are listed only in the table above; --format json has all."
	}
	page.Repositories, page.NoRepositories = h.htmlRepositories()
	return page
}

// maxHTMLRepositories is how many repositories a page lists.
const maxHTMLRepositories = 500

// htmlRepositories returns the repositories, the worst first, and says how many are left
// out.
func (h *htmlReport) htmlRepositories() (shown []htmlRepository, left string) {
	rows := h.repositories()
	for i := range h.result.Repositories {
		if len(h.result.Repositories) == 1 {
			rows = []repositoryRow{{Repository: &h.result.Repositories[i]}}
		}
	}
	if n := len(rows) - maxHTMLRepositories; n > 0 {
		left, rows = number(n)+" more repositories are not listed; --format json has all.", rows[:maxHTMLRepositories]
	}
	for _, r := range rows {
		row := htmlRepository{Path: neutral.Log(r.Path), Remote: neutral.Log(r.Remote), Head: shortSHA(r.Head), Branch: neutral.Log(r.Branch)}
		if len(h.result.Repositories) > 1 {
			row.Outcome = neutral.Log(r.outcome())
		}
		shown = append(shown, row)
	}
	return shown, left
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
	switch {
	case len(h.found) == 0 && !h.nothingRead() && h.result.Coverage.Complete():
		return "No keys found in " + h.covered()
	case len(keys) == 0:
		return strings.TrimSuffix(h.outcome(), ".")
	}
	inFiles := 0
	for _, f := range keys {
		switch f.Urgency() {
		case scanner.UrgencyClient, scanner.UrgencyFiles, scanner.UrgencyLocal:
			inFiles++
		}
	}
	text := count(len(keys), "leaked key")
	switch inFiles {
	case 0:
		return text + ", only in history"
	case len(keys):
		return text + ", still in the files"
	}
	return text + ", " + number(inFiles) + "\u00a0still in the files"
}

// level is how severe the result is, as a class of style.
func (h *htmlReport) level() string {
	if severity, found := h.mostSevere(); found {
		return severity.String()
	}
	if h.nothingRead() || !h.result.Coverage.Complete() {
		return "warning"
	}
	return "good"
}

func (h *htmlReport) tiles() []htmlTile {
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
	t := &h.tally
	add(len(t.keys), "error", "key to revoke", "keys to revoke")
	add(t.live, "error", "live key", "live keys")
	add(t.invalid, "quiet", "invalid key", "invalid keys")
	add(t.kinds[otherFinding], "warning", "other credential", "other credentials")
	add(t.kinds[localFinding], "note", "local key", "local keys")
	add(t.kinds[exampleFinding], "note", "documented example", "documented examples")
	add(t.kinds[lintFinding], "note", "lint finding", "lint findings")
	add(t.hidden(), "quiet", "suppressed", "suppressed")
	add(len(h.skips(scanner.SkipFailed)), "unread", "item not read", "items not read")
	return tiles
}

func (h *htmlReport) htmlSteps() []htmlStep {
	if len(h.found) == 0 {
		return nil
	}
	var steps []htmlStep
	for _, step := range h.steps() {
		shown := htmlStep{Text: step.text + step.end(step.keys), Commands: step.commands}
		if step.purge {
			shown = htmlStep{Text: purgeStep + ".", Purge: true}
		}
		if step.keys {
			for i, f := range h.tally.keys {
				if i == maxKeys {
					shown.MoreKeys = "and " + number(len(h.tally.keys)-i) + " more, below"
					break
				}
				shown.Keys = append(shown.Keys, htmlKey{neutral.Log(f.Key.TenantID), neutral.Log(f.Key.KeyID)})
			}
		}
		steps = append(steps, shown)
	}
	return steps
}

func (h *htmlReport) rows(yield func(htmlRow) bool) {
	for i, f := range h.found {
		at := &f.Occurrences[primaryOccurrence(f.Occurrences)]
		row := htmlRow{
			Number: i + 1, Severity: f.Severity.String(), Name: name(f), Title: title(f), Fingerprint: f.Fingerprint,
			Key: kindOf(f) != lintFinding && f.Key != (rules.Key{}), Where: h.view.place(at), State: h.state(f),
		}
		for _, fact := range h.factsOf(f) {
			if fact.id == factExposed {
				row.Exposed = strings.TrimPrefix(fact.value, inClientCode+", ") // State says it
			}
		}
		if i < maxCards {
			row.Anchor = anchorOf(f)
		}
		if others := len(f.Occurrences) - 1; others > 0 {
			row.More = "and " + count(others, "other place")
		}
		if !yield(row) {
			return
		}
	}
}

func (h *htmlReport) suppressedRows() []htmlSuppressed {
	var rows []htmlSuppressed
	for _, f := range h.suppressed() {
		row := htmlSuppressed{
			Name: name(f), By: neutral.Log(f.Suppressed.By), Reason: neutral.Log(f.Suppressed.Reason), Fingerprint: f.Fingerprint,
		}
		if !f.Suppressed.Until.IsZero() {
			row.Until = date(f.Suppressed.Until)
		}
		rows = append(rows, row)
	}
	return rows
}

func (h *htmlReport) htmlSkips(kind scanner.SkipKind) htmlSkips {
	all := h.skips(kind)
	skips := htmlSkips{Count: number(len(all))}
	if left := len(all) - maxHTMLSkips; left > 0 {
		skips.More = "and " + number(left) + moreInJSON
		all = all[:maxHTMLSkips]
	}
	for _, s := range all {
		skips.Items = append(skips.Items, htmlSkip{neutral.Log(s.Path), neutral.Log(s.Reason)})
	}
	return skips
}

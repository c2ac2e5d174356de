package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/qasleaks/qasleaks/scanner"
)

var htmlFormat = Format{"html", HTML}

// parseHTML reads a page as a browser does.
func parseHTML(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func attributeOf(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(node *html.Node) string {
	if node.Type == html.TextNode {
		return node.Data
	}
	var b strings.Builder
	for child := range node.ChildNodes() {
		b.WriteString(textOf(child))
	}
	return b.String()
}

// What the tree holds becomes no element, no attribute and no link; the page loads
// nothing, and allows only its own style and script.
func TestHTMLIsInert(t *testing.T) {
	elements := strings.Fields(`html head meta title style body a header div p span h1 ul li b nav main section dl dt dd code
		h2 ol pre form label input output table thead tr th tbody td wbr article h3 h4 figure figcaption
		svg desc line text path circle g mark details summary footer script`)
	attributes := strings.Fields(`lang charset http-equiv content name class href id aria-label aria-labelledby aria-hidden role hidden
		for type autocomplete spellcheck scope width height viewBox focusable d r x x1 x2 y y1 y2 cx cy text-anchor overflow`)
	for name, r := range results() {
		page := parseHTML(t, render(t, htmlFormat, r))
		ids := map[string]bool{}
		var policy, style, script string
		headings := 0
		for node := range page.Descendants() {
			if node.Type == html.CommentNode {
				t.Errorf("%s: there is a comment", name)
			}
			if node.Type != html.ElementNode {
				continue
			}
			if !slices.Contains(elements, node.Data) {
				t.Errorf("%s: there is <%s>", name, node.Data)
			}
			for _, a := range node.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Errorf("%s: <%s> has %s", name, node.Data, a.Key)
				}
			}
			if id := attributeOf(node, "id"); id != "" {
				if ids[id] && name != "hostile" {
					t.Errorf("%s: id %s is there twice", name, id)
				}
				ids[id] = true
			}
			switch node.Data {
			case "meta":
				if attributeOf(node, "http-equiv") == "Content-Security-Policy" {
					policy = attributeOf(node, "content")
				}
			case "style":
				style += textOf(node)
			case "script":
				script += textOf(node)
			case "h1":
				headings++
			case "a":
				href := attributeOf(node, "href")
				if !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, rulesURI) && href != "https://github.com/newren/git-filter-repo" {
					t.Errorf("%s: there is a link to %s", name, href)
				}
			}
		}
		want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", cspHash(style), cspHash(script))
		if policy != want {
			t.Errorf("%s: the policy is %s, want %s", name, policy, want)
		}
		if headings != 1 {
			t.Errorf("%s: %d first headings", name, headings)
		}
		for node := range page.Descendants() {
			if href := attributeOf(node, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("%s: %s leads nowhere", name, href)
			}
		}
	}
}

// Every finding has a row, the most urgent of them a card.
func TestHTMLShowsAll(t *testing.T) {
	page := parseHTML(t, render(t, htmlFormat, crowded(maxCards+50, maxHTMLPlace+50)))
	rows, cards := 0, 0
	for node := range page.Descendants() {
		switch {
		case node.Data == "tr" && strings.Contains(attributeOf(node, "class"), "item"):
			rows++
		case node.Data == "article":
			cards++
		}
	}
	if rows != maxCards+50 || cards != maxCards {
		t.Errorf("%d rows and %d cards", rows, cards)
	}
	text := strings.Join(strings.Fields(textOf(page)), " ")
	for _, want := range []string{"50 more findings are listed only in the table above", "and 50 more; --format json lists all"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestTimeline(t *testing.T) {
	f := inHead()
	got := newTimeline(&f, historyOf(&f), now)
	var lanes []string
	for _, l := range got.Lanes {
		lanes = append(lanes, fmt.Sprintf("%s %s %s-%s removed %t", l.Class, l.Label, l.Start, l.End, l.Removed))
	}
	want := []string{
		"past src/old/client.js 1.67%-6.52% removed true",
		"now src/api.js 6.52%-96.50% removed false",
		"now deploy/secret.yml 6.68%-96.50% removed false",
		"past message of commit affa4f5 11.21%-96.50% removed false",
	}
	if strings.Join(lanes, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s", strings.Join(lanes, "\n"))
	}
	if len(got.Moves) != 1 || got.Moves[0].X != "6.52%" || got.Created != "1.50%" {
		t.Errorf("moves %v, made at %s", got.Moves, got.Created)
	}
	later := f
	later.Key.CreatedAt = now.AddDate(1, 0, 0)
	if got := newTimeline(&later, historyOf(&later), now); got.Created != "" {
		t.Error("what is made in the future is drawn")
	}
	if f := plainLiteral(); newTimeline(&f, historyOf(&f), now) != nil {
		t.Error("there is a picture of no time at all")
	}
}

// Whatever the dates of the commits, the picture stays in its frame.
func FuzzTimeline(f *testing.F) {
	f.Add(int64(0), int64(1e9), int64(2e9))
	f.Add(int64(-1<<62), int64(1<<62), int64(1))
	f.Fuzz(func(t *testing.T, made, added, removed int64) {
		key := inHistory()
		key.Key.CreatedAt = time.Unix(made, 0)
		at := &key.Occurrences[0]
		at.Commit = &scanner.Commit{SHA: sha(1), Date: time.Unix(added, 0)}
		at.RemovedBy = &scanner.Commit{SHA: sha(2), Date: time.Unix(removed, 0)}
		picture := newTimeline(&key, historyOf(&key), now)
		if picture == nil {
			return
		}
		xs := []string{picture.Lanes[0].Start, picture.Lanes[0].End}
		for _, tick := range picture.Ticks {
			xs = append(xs, tick.X)
		}
		for _, x := range xs {
			var value float64
			if _, err := fmt.Sscanf(x, "%f%%", &value); err != nil || value < leftEdge-.01 || value > rightEdge+.01 {
				t.Errorf("%s is outside", x)
			}
		}
		if len(picture.Ticks) > 6 {
			t.Errorf("%d ticks", len(picture.Ticks))
		}
	})
}

func TestTicks(t *testing.T) {
	scale := func(time.Time) float64 { return 50 }
	for _, test := range []struct {
		from, to time.Time
		want     string
	}{
		{day(2025, 3, 1), day(2025, 3, 5), "2025-03-02 2025-03-03 2025-03-04 2025-03-05"},
		{day(2025, 1, 2), day(2025, 5, 2), "2025-02 2025-03 2025-04 2025-05"},
		{day(2024, 11, 2), day(2026, 9, 1), "2025-01 2025-07 2026-01 2026-07"},
		{day(2019, 11, 2), day(2026, 9, 1), "2020 2022 2024 2026"},
	} {
		var got []string
		for _, tick := range ticks(test.from, test.to, scale) {
			got = append(got, tick.Label)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("from %v to %v: %v, want %s", test.from, test.to, got, test.want)
		}
	}
}

// No title is repeated by the state beside it, and all paths have one form.
func TestHTMLRepeatsNoTitle(t *testing.T) {
	client := inHead()
	client.Rule.Title, client.Exposure.Client = "QA Sphere API key in client-side code", true
	got := render(t, htmlFormat, &scanner.Result{
		Findings: []scanner.Finding{client}, Coverage: wholeCoverage, Base: "sub/repo", Repositories: []scanner.Repository{{}},
	})
	if strings.Contains(got, `<span class="state">in client-side code`) || strings.Contains(got, `<td class="since">in client-side code`) {
		t.Error("the title is repeated")
	}
	if strings.Contains(got, "sub/repo/") || strings.Count(got, "sub/repo") != 1 {
		t.Error("the target is in paths, or not named once")
	}
}

// On paper the table is there from the number of findings on from which the cards
// alone are no overview.
func TestHTMLPrintsTheTableOfMany(t *testing.T) {
	for n, want := range map[int]bool{maxPrinted: false, maxPrinted + 1: true} {
		page := parseHTML(t, render(t, htmlFormat, crowded(n, 1)))
		printed := false
		for node := range page.Descendants() {
			printed = printed || attributeOf(node, "class") == "overview"
		}
		if printed != want {
			t.Errorf("%d findings: the table is printed: %t", n, printed)
		}
	}
}

// A card says what its heading and the steps for all keys do not say.
func TestCardText(t *testing.T) {
	client, invalid, lint := inHead(), inHead(), inHead()
	client.Exposure.Client = true
	invalid.Liveness.State = scanner.Invalid
	lint.Rule.Lint = true
	for name, test := range map[string]struct {
		f    scanner.Finding
		want []string
	}{
		"key":     {inHead(), nil},
		"client":  {client, []string{"A QA Sphere API key in plain text."}},
		"invalid": {invalid, []string{"Nothing to revoke: the key is revoked or was never valid. Remove it from the files anyway."}},
		"other":   {plainLiteral(), []string{"A literal in an ApiKey Authorization header, a scheme that other services use too.", remedy(&scanner.Finding{})}},
		"example": {documented(), []string{"The example key of QA Sphere's documentation.", "Nothing to revoke: this is an example key of the documentation."}},
		"lint":    {lint, []string{"Run \"qasleaks rules qas-api-key\" for what to do instead. If this has exposed a key, rotate that key too."}},
	} {
		if got := cardText(&test.f); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// The heading of a card and the name of its row tell findings apart.
func TestHTMLRepeatsNoTitles(t *testing.T) {
	page := parseHTML(t, render(t, htmlFormat, crowded(20, 1)))
	seen := map[string]bool{}
	for node := range page.Descendants() {
		if node.Data == "h3" {
			if text := textOf(node); seen[text[strings.IndexByte(text, ' '):]] {
				t.Errorf("%q is there twice", text)
			} else {
				seen[text[strings.IndexByte(text, ' '):]] = true
			}
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d headings", len(seen))
	}
}

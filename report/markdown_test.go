package report

import (
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	goldtext "github.com/yuin/goldmark/text"
)

// parseMarkdown reads text as GitHub Flavored Markdown.
func parseMarkdown(source string) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(goldtext.NewReader([]byte(source)))
}

// What the tree holds is shown and means nothing: no link, no image, no HTML but
// ours, no mention, and every row of the table has its four cells.
func TestMarkdownIsInert(t *testing.T) {
	ours := map[string]bool{"<br>": true, "<!-- qasleaks -->\n": true, "</details>\n": true}
	for name, r := range results() {
		source := render(t, Format{"markdown", Markdown}, r)
		err := ast.Walk(parseMarkdown(source), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			switch node := node.(type) {
			case *ast.Link, *ast.AutoLink, *ast.Image, *ast.ThematicBreak, *extensionast.Strikethrough:
				t.Errorf("%s: there is a %s", name, node.Kind())
			case *ast.RawHTML:
				if html := string(node.Segments.Value([]byte(source))); !ours[html] {
					t.Errorf("%s: there is HTML: %s", name, html)
				}
			case *ast.HTMLBlock:
				html := string(node.Lines().Value([]byte(source)))
				if !ours[html] && !strings.HasPrefix(html, "<details><summary>All locations</summary>\n") && !strings.HasPrefix(html, "<details><summary>Scanned ") {
					t.Errorf("%s: there is HTML: %s", name, html)
				}
			case *extensionast.TableRow, *extensionast.TableHeader:
				if node.ChildCount() != 4 {
					t.Errorf("%s: a row has %d cells", name, node.ChildCount())
				}
			case *ast.Text:
				if _, code := node.Parent().(*ast.CodeSpan); code {
					return ast.WalkContinue, nil
				}
				for _, word := range []string{"@", "#"} {
					if strings.Contains(string(node.Value([]byte(source))), word+"mention") {
						t.Errorf("%s: somebody is mentioned: %s", name, node.Value([]byte(source)))
					}
				}
			}
			return ast.WalkContinue, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A report of any result fits into a comment, and says what is left out.
func TestMarkdownFits(t *testing.T) {
	for name, r := range map[string]*struct {
		findings, occurrences int
		says                  string
	}{
		"findings":    {25_000, 1, "more; `--format json` lists all"},
		"occurrences": {1, 25_000, "  - 24,990 more; `--format json` lists all"},
	} {
		got := render(t, Format{"markdown", Markdown}, crowded(r.findings, r.occurrences))
		if len(got) > maxMarkdown {
			t.Errorf("%s: %d bytes", name, len(got))
		}
		if !strings.Contains(got, r.says) {
			t.Errorf("%s: it does not say %q", name, r.says)
		}
		if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Errorf("%s: something is left open", name)
		}
	}
	wide := hostile()
	for range 2000 {
		wide.Findings = append(wide.Findings, wide.Findings[0])
		wide.Coverage.Notes = append(wide.Coverage.Notes, strings.Repeat("`@x ", 1000))
	}
	if got := render(t, Format{"markdown", Markdown}, wide); len(got) > maxMarkdown {
		t.Errorf("long names: %d bytes", len(got))
	}
}

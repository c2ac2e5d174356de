package neutral

import (
	"encoding/xml"
	stdhtml "html"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	goldtext "github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// Each case says what a function makes of a text. Where both are the same, it
// does not change the text: nobody obeys it there.
func TestEscapes(t *testing.T) {
	for name, test := range map[string]struct {
		escape func(string) string
		cases  map[string]string
	}{
		"Terminal": {Terminal, map[string]string{
			"":                               "",
			"a\\b {0} [x](y) 100% <b> :: ,|": "a\\b {0} [x](y) 100% <b> :: ,|",
			"日本/café e\u0301":                "日本/café e\u0301",
			"\x1b[2J\n\t\r\xff\u202e":        `\x1b[2J\n\t\r\xff\u202e`,
			"\u009b31m\u2028\u200b\u200d":    `\x9b31m\u2028\u200b\u200d`,
			"\x7f\x00\U000e0041":             `\x7f\x00\U000e0041`,
			"x##[error]y":                    `x\x23#[error]y`,
			"##vso[task.complete]":           `\x23#vso[task.complete]`,
			"###[a]":                         `#\x23#[a]`,
			"##[##[error]":                   `\x23#[\x23#[error]`,
			"## heading [a], #[b] ##9[c]":    "## heading [a], #[b] ##9[c]",
			"�":                              "�", // as it was written
		}},
		"Log": {Log, map[string]string{
			"std::vector":            "std::vector",
			"a:b :c d: :":            "a:b :c d: :",
			"::set-output name=a::b": `\x3a:set-output name=a::b`,
			"a ::error::b":           `a \x3a:error::b`,
			"a\u3000::error::b":      "a\u3000" + `\x3a:error::b`,
			"\n::error::b":           `\n::error::b`, // which no longer begins a line
			"::::":                   `\x3a:::`,
			"\x1b ##[a]":             `\x1b \x23#[a]`,
		}},
		"WorkflowData": {func(text string) string { return WorkflowData(text) }, map[string]string{
			"a:b,c::d": "a:b,c::d",
			"100%0A":   "100%250A",
			"a\r\nb":   `a\r\nb`,
			"##[x]":    `\x23#[x]`,
		}},
		"WorkflowProperty": {WorkflowProperty, map[string]string{
			"src/a b.js":  "src/a b.js",
			"a:b,c::d%2C": "a%3Ab%2Cc%3A%3Ad%252C",
			"a\r\nb":      `a\r\nb`,
		}},
		"Markdown": {Markdown, map[string]string{
			"One key, in (2) files - 1. + x = 3; it's fine!": "One key, in (2) files - 1. + x = 3; it's fine!",
			"*a* _b_ ~c~ `d` [e](f) <g> |h| \\i":             "\\*a\\* \\_b\\_ \\~&#8203;c\\~ \\`d\\` \\[e\\](f) \\<g\\> \\|h\\| \\\\i",
			"@ann #1 a@b !1 &amp; $x %2 http://x www.x":      "@&#8203;ann #&#8203;1 a@&#8203;b !&#8203;1 &amp;&#8203;amp; $&#8203;x %&#8203;2 http:&#8203;//x www&#8203;.x",
			"Mail @ noon & more: yes":                        "Mail @ noon &amp; more: yes",
			"a\n\n# b":                                       `a\\n\\n# b`,
		}},
		"MarkdownWords": {MarkdownWords, map[string]string{
			"Write qasleaks:allow, or *a*": "Write qasleaks:allow, or \\*a\\*",
			"QAS_TOKEN & <b>":              "QAS\\_TOKEN &amp; \\<b\\>",
		}},
		"MarkdownCode": {MarkdownCode, map[string]string{
			"":                "",
			"@ann *a* <b> \\": "`@ann *a* <b> \\`",
			"a`b":             "`` a`b ``",
			"``":              "``` `` ```",
			" a":              "`  a `",
			"a ":              "` a  `",
			"a|b":             "`a\\x7cb`",
			"a\nb":            "`a\\nb`",
		}},
		"XML": {XML, map[string]string{
			"a b/日本; 100% {x}":   "a b/日本; 100% {x}",
			"<a & \"b\" 'c'>]]>": "&lt;a &amp; &#34;b&#34; &#39;c&#39;&gt;]]&gt;",
			"\x00\x0b\n\ufffe":   `\x00\x0b\n\ufffe`,
		}},
		"HTML": {HTML, map[string]string{
			"a b/日本; 100% {x}\n":       "a b/日本; 100% {x}\n",
			"<a & \"b\" 'c'>+ADw-\x00": "&lt;a &amp; &#34;b&#34; &#39;c&#39;&gt;&#43;ADw-\ufffd",
		}},
		"SARIF": {SARIF, map[string]string{
			"[a] (b) ] ( 100%": "[a] (b) ] ( 100%",
			"{0} [a](b) \x1b":  `{{0}} [a\](b) \x1b`,
		}},
	} {
		for text, want := range test.cases {
			if got := test.escape(text); got != want {
				t.Errorf("%s(%q) = %q, want %q", name, text, got, want)
			}
		}
	}
}

func TestWorkflowDataJoinsLines(t *testing.T) {
	if got, want := WorkflowData("50%", "a\nb", "c"), `50%25%0Aa\nb%0Ac`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever a text is, no reader of the place that it is escaped for obeys it.
func FuzzEscapes(f *testing.F) {
	f.Add("a ::b\x00##[x]\xff")
	f.Add("a`b``c|\\|<!-- @ann www.x \u202e]]> &lt; {0}[a](b)")
	f.Add(" `")
	f.Fuzz(func(t *testing.T, text string) {
		for name, escaped := range map[string]string{
			"Terminal": Terminal(text), "Log": Log(text), "WorkflowData": WorkflowData(text), "WorkflowProperty": WorkflowProperty(text),
			"Markdown": Markdown(text), "MarkdownCode": MarkdownCode(text), "XML": XML(text), "SARIF": SARIF(text),
		} {
			for _, r := range escaped {
				if !IsGraphic(r) {
					t.Errorf("%s: %q holds %U", name, escaped, r)
				}
			}
			if logCommand.MatchString(escaped) {
				t.Errorf("%s: %q holds a command", name, escaped)
			}
		}
		log := Log(text)
		for word := range strings.FieldsFuncSeq(log, unicode.IsSpace) {
			if strings.HasPrefix(word, "::") {
				t.Errorf("%q begins a command", word)
			}
		}
		if twice := Log(log); twice != log {
			t.Errorf("%q is escaped again, to %q", log, twice)
		}
		if data, err := url.PathUnescape(WorkflowData(text)); err != nil || data != Terminal(text) {
			t.Errorf("the data reads back as %q, %v", data, err)
		}
		property := WorkflowProperty(text)
		if value, err := url.PathUnescape(property); err != nil || value != Terminal(text) || strings.ContainsAny(property, ":,") {
			t.Errorf("the property %q reads back as %q, %v", property, value, err)
		}
		var element struct {
			A    string `xml:"a,attr"`
			Text string `xml:",chardata"`
		}
		escaped := XML(text)
		if err := xml.Unmarshal([]byte(`<e a="`+escaped+`">`+escaped+`</e>`), &element); err != nil || element.A != log || element.Text != log {
			t.Errorf("the XML %q reads back as %q, %q, %v", escaped, element.A, element.Text, err)
		}
		page := html.NewTokenizer(strings.NewReader(`<p a="` + HTML(log) + `">` + HTML(log) + `</p>`))
		page.Next()
		if element := page.Token(); len(element.Attr) != 1 || element.Attr[0].Val != log {
			t.Errorf("in HTML, %q begins %s", log, element)
		}
		if page.Next(); log != "" && page.Token().Data != log {
			t.Errorf("in HTML, %q is another text", log)
		}
		mustBeText(t, text, Markdown(text))
		if text != "" {
			mustBeOneSpan(t, text)
		}
	})
}

func parseMarkdown(source string) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(goldtext.NewReader([]byte(source)))
}

// mustBeText parses escaped within a sentence, where nothing begins a block.
func mustBeText(t *testing.T, text, escaped string) {
	t.Helper()
	source := "Text " + escaped + " end.\n"
	var shown strings.Builder
	_ = ast.Walk(parseMarkdown(source), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node := node.(type) {
		case *ast.Document, *ast.Paragraph, *ast.TextBlock:
		case *ast.Text:
			if entering {
				shown.Write(node.Segment.Value([]byte(source)))
			}
		default:
			t.Errorf("Markdown(%q) is %q, which holds a %s", text, escaped, node.Kind())
		}
		return ast.WalkContinue, nil
	})
	for _, mention := range []string{"@ann", "#1", "www.x", "http://"} {
		if strings.Contains(stdhtml.UnescapeString(shown.String()), mention) {
			t.Errorf("Markdown(%q) is %q, which mentions %s", text, escaped, mention)
		}
	}
}

// mustBeOneSpan parses a code span within the cell of a table.
func mustBeOneSpan(t *testing.T, text string) {
	t.Helper()
	span := MarkdownCode(text)
	source := "| a | b |\n|---|---|\n| " + span + " | x |\n"
	spans, cells := 0, 0
	_ = ast.Walk(parseMarkdown(source), func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		switch node.(type) {
		case *ast.CodeSpan:
			if entering {
				spans++
			}
		case *extensionast.TableCell:
			if entering {
				cells++
			}
		}
		return ast.WalkContinue, nil
	})
	if spans != 1 || cells != 4 {
		t.Errorf("%q is %s: %d spans in %d cells", text, span, spans, cells)
	}
}

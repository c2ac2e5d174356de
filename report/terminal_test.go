package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestCells(t *testing.T) {
	for text, want := range map[string]int{
		"":                         0,
		"key":                      3,
		"clé":                      3, // one character
		"cle\u0301":                3, // a letter and a combining mark
		"a\u0301\u0323b":           2, // two marks on one letter
		"a\u20dd":                  1, // an enclosing mark
		"日本":                       4,
		"ｱ":                        1, // half width
		"Ａ":                        2, // full width
		"한국":                       4,
		"✅":                        2, // an emoji below U+10000
		"⚡":                        2,
		"🔑":                        2,
		"🫠":                        2, // an emoji of 2021
		"👍🏽":                       4, // with its own skin tone, as terminals that do not join them show it
		"\u2764\ufe0f":             1, // a heart of one cell, with a selector
		"🇩🇪":                       2, // a flag of two letters
		"…→":                       2,
		"\u0e01\u0e34\u0e48":       1, // a Thai letter with two marks
		"\u0928\u093f":             2, // a spacing mark has a cell of its own
		"\U00020000":               2,
		"\U0001f1e9 \u00e9 \u00a9": 5,
	} {
		if got := cells(text); got != want {
			t.Errorf("%q takes %d cells, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text        string
		n           int
		right, left string
	}{
		{"abcdef", 6, "abcdef", "abcdef"},
		{"abcdef", 5, "abcd…", "…cdef"},
		{"abcdef", 1, "…", "…"},
		{"abcdef", 0, "", ""},
		{"abcdef", -1, "", ""},
		{"日本語", 6, "日本語", "日本語"},
		{"日本語", 5, "日本…", "…本語"},
		{"日本語", 4, "日…", "…語"}, // half a character does not fit
		{"🔑🔑🔑", 3, "🔑…", "…🔑"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301", "e\u0301e\u0301e\u0301"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…", "…e\u0301"}, // a mark stays with its letter
	} {
		if got := cutRight(test.text, test.n); got != test.right {
			t.Errorf("cutRight(%q, %d) = %q, want %q", test.text, test.n, got, test.right)
		}
		if got := cutLeft(test.text, test.n); got != test.left {
			t.Errorf("cutLeft(%q, %d) = %q, want %q", test.text, test.n, got, test.left)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("日本e\u0301🔑", 3)
	f.Fuzz(func(t *testing.T, text string, n int) {
		text, n = neutral.Terminal(text), n&0x3f
		for _, got := range []string{cutRight(text, n), cutLeft(text, n)} {
			if cells(got) > n || !utf8.ValidString(got) {
				t.Errorf("%q cut to %d is %q", text, n, got)
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two", 7, []string{"one two"}},
		{"one two", 6, []string{"one", "two"}},
		{"a  much-too-long word", 5, []string{"a", "much-too-long", "word"}},
		{"日本 語", 7, []string{"日本 語"}},
		{"日本 語", 6, []string{"日本", "語"}},
		{"e\u0301 e\u0301", 3, []string{"e\u0301 e\u0301"}},
	} {
		if got := wrap(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%q at %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// Facts take as few lines as they need, keep together, and are wrapped only where
// one is wider than a line.
func TestFlow(t *testing.T) {
	for name, test := range map[string]struct {
		items []labelled
		want  string
	}{
		"none":          {nil, ""},
		"one":           {[]labelled{{"key", "x", plain}}, "  key: x\n"},
		"just fits":     {[]labelled{{"a", "345678901234567890", plain}, {"b", "345678901234", plain}}, "  a: 345678901234567890  b: 345678901234\n"},
		"one too wide":  {[]labelled{{"a", "345678901234567890", plain}, {"b", "3456789012345", plain}, {"c", "x", plain}}, "  a: 345678901234567890\n  b: 3456789012345  c: x\n"},
		"wide chars":    {[]labelled{{"a", "日本日本日本日本日", plain}, {"b", "3456789012345", plain}}, "  a: 日本日本日本日本日\n  b: 3456789012345\n"},
		"combined":      {[]labelled{{"a", strings.Repeat("e\u0301", 18), plain}, {"b", "345678901234", plain}}, "  a: " + strings.Repeat("e\u0301", 18) + "  b: 345678901234\n"},
		"wraps":         {[]labelled{{"k", "x", plain}, {"a", "one two three four five six seven eight nine", plain}, {"b", "x", plain}}, "  k: x\n  a: one two three four five six seven\n     eight nine\n  b: x\n"},
		"fills a line":  {[]labelled{{"a", strings.Repeat("x", 35), plain}, {"b", "y", plain}}, "  a: " + strings.Repeat("x", 35) + "\n  b: y\n"},
		"cannot be cut": {[]labelled{{"a", strings.Repeat("x", 60), plain}}, "  a: " + strings.Repeat("x", 60) + "\n"},
	} {
		var b bytes.Buffer
		terminal := newTerminal(&b, new(scanner.Result), Options{Width: minWidth})
		terminal.flow("  ", test.items)
		_ = terminal.w.Flush()
		if got := b.String(); got != test.want {
			t.Errorf("%s: got\n%swant\n%s", name, got, test.want)
		}
	}
}

// Colour is added to text and changes nothing of its layout.
func TestColourChangesNoLayout(t *testing.T) {
	for name, r := range results() {
		colour := render(t, text, r, func(o *Options) { o.Color = true })
		if colour == render(t, text, r) && len(r.Findings) > 0 {
			t.Errorf("%s: there is no colour", name)
		}
		var b strings.Builder
		for i := 0; i < len(colour); i++ {
			if colour[i] == '\x1b' {
				i += strings.IndexByte(colour[i:], 'm')
				continue
			}
			b.WriteByte(colour[i])
		}
		if b.String() != render(t, text, r) {
			t.Errorf("%s: colour changes the text", name)
		}
	}
}

func TestWidthHasBounds(t *testing.T) {
	for width, want := range map[int]int{0: 80, 10: 40, 40: 40, 41: 41, 300: 300} {
		if got := newTerminal(nil, new(scanner.Result), Options{Width: width}).width; got != want {
			t.Errorf("%d: %d, want %d", width, got, want)
		}
	}
	if got := newTerminal(nil, new(scanner.Result), Options{Width: 300}).prose(); got != maxProse {
		t.Errorf("prose is %d wide", got)
	}
}

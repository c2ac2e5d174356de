package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// narrowest is the width from which on lines may be wrapped.
const narrowest = 40

// lines cuts a text into lines of the given width, in bytes.
func lines(text string, width int) (cut []string) {
	for ; len(text) > width; text = text[width:] {
		cut = append(cut, text[:width])
	}
	return append(cut, text)
}

// TestWrappedKeys breaks a key at every place after the beginning of its key ID, in logs
// of one width, in folded, quoted and continued lines, and in cells of tables.
func TestWrappedKeys(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	dot := strings.IndexByte(key, '.')
	whole := strings.LastIndexByte(key, '.') + 1 + 16 // a token that is long enough
	for at := dot + 3; at < len(key); at++ {
		prefix := strings.Repeat("-", max(0, narrowest-at))
		for name, text := range map[string]string{
			"log":       strings.Join(lines(prefix+key+" and more", len(prefix)+at), "\n"),
			"typed":     strings.Join(lines(prefix+key+" and more", len(prefix)+at), "\r\n"),
			"last line": strings.Join(lines(prefix+key, len(prefix)+at), "\n") + "\nmore",
			"table":     table("│", lines(key, at)),
			"ascii":     table("|", lines(key, at)),
			"folded":    strings.Join(lines(prefix+key+" and more", len(prefix)+at), "\r\n "),
			"quoted":    "> " + strings.Join(lines(prefix+key+" and more", len(prefix)+at), "\n> "),
			"comment":   " * " + strings.Join(lines(prefix+key, len(prefix)+at), "\n * "),
			"hanging":   strings.Join(lines(prefix+key, len(prefix)+at), "\n"+strings.Repeat(" ", 20)),
			"continued": "x " + key[:at] + "\\\n" + key[at:] + "\n",
			"caret":     "x " + key[:at] + "^\r\n  " + key[at:] + "\n",
			"one cell":  "║ " + strings.Join(lines(key, at), " ║\n║ ") + " ║\n",
		} {
			if name == "last line" && (len(prefix)+len(key))%(len(prefix)+at) == 0 {
				continue // as wide as the others: it may go on
			}
			dot := strings.Index(text, key[:dot+3]) + dot
			m, ok := find(t, "qas-split-key")([]byte(text), dot)
			if at >= whole && name != "continued" {
				if ok {
					t.Errorf("%s, broken at %d: found as wrapped", name, at)
				}
				if m, ok = find(t, "qas-api-key")([]byte(text), dot); !ok || m.Key.Fingerprint() != keyOf(t, key).Fingerprint() {
					t.Errorf("%s, broken at %d: not found", name, at)
				}
				continue
			}
			if !ok || m.Key != keyOf(t, key) || m.Where != "wrapped over lines" && name != "continued" {
				t.Errorf("%s, broken at %d: %+v, %t", name, at, m, ok)
				continue
			}
			if token := pieces(text, m.Token); token != key[strings.LastIndexByte(key, '.')+1:] {
				t.Errorf("%s, broken at %d: the token has %d characters", name, at, len(token))
			}
		}
	}
}

// table writes a table with the lines in a cell of its second column.
func table(border string, cell []string) string {
	var b strings.Builder
	for i, line := range cell {
		name := ""
		if i == 0 {
			name = "QAS_TOKEN"
		}
		padding := strings.Repeat(" ", len(cell[0])-len(line))
		fmt.Fprintf(&b, "%[1]s %-10[2]s %[1]s %[3]s%[4]s %[1]s\n", border, name, line, padding)
	}
	return b.String()
}

// find returns the judge of a rule.
func find(t *testing.T, id string) func([]byte, int) (rules.Match, bool) {
	t.Helper()
	selected, err := rules.Select([]string{id})
	if err != nil {
		t.Fatal(err)
	}
	return selected[0].Find
}

func pieces(text string, parts []rules.Range) (all string) {
	for _, p := range parts {
		all += text[p.Start:p.End]
	}
	return all
}

func keyOf(t *testing.T, literal string) rules.Key {
	t.Helper()
	key, ok := rules.ParseKey(literal)
	if !ok {
		t.Fatal("the key is not valid")
	}
	return key
}

// TestNotWrapped has texts that go on in the next line with something else.
func TestNotWrapped(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	head, rest := key[:narrowest-1], key[narrowest-1:]
	wide := strings.Repeat("=", narrowest)
	for name, text := range map[string]string{
		"a narrow line":           head + "\n" + rest,
		"far indented":            wide + head + "\n" + strings.Repeat(" ", 41) + rest,
		"another mark":            wide + head + "\n! " + rest,
		"a mark in the line":      wide + head + "\\ \\\n" + rest,
		"after a long token":      wide + key[:len(key)-5] + "\nfirst",
		"an end":                  wide + head + "\n",
		"an empty line":           wide + head + "\n\n" + rest,
		"another row":             "| a | " + head + " |\n| b | " + rest + " |",
		"a cell with room":        "| a | " + head + "    |\n|   | " + rest + " |",
		"no border before":        head + " |\n" + rest + " |",
		"no border below":         "| a | " + head + " |\n" + rest,
		"a cell on the left":      "| " + head + " | b |\n|   | " + rest + " |",
		"words":                   wide + key[:len(key)-23] + "thumbnail\nLarge image",
		"a wider line in between": wide + head[:len(head)-4] + "\n" + wide + head[len(head)-4:] + "\n" + rest,
		"a long line":             strings.Repeat("-", 400) + head + "\n" + rest,
	} {
		m, ok := find(t, "qas-split-key")([]byte(text), strings.Index(text, head[:14])+strings.IndexByte(head, '.'))
		if ok {
			t.Errorf("%s: found %q", name, m.Where)
		}
		if !utf8.ValidString(text) {
			t.Errorf("%s: not a text", name)
		}
	}
}

// TestCutTokens has keys whose token goes on after the end of a line, in a way that no rule
// follows: of enough of it, the alarm has a low confidence.
func TestCutTokens(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	token := strings.LastIndexByte(key, '.') + 1
	wide := strings.Repeat("=", narrowest)
	for _, c := range []struct {
		text string
		want rules.Confidence
	}{
		{wide + key[:token+8] + "\n2025-06-01T12:00:00Z ", rules.Low},
		{wide + key[:token+8] + "\r\n{", rules.Low},
		{key[:token+15] + "\u2026", rules.Low},
		{key[:token+9] + "...", rules.Low},
		{key[:token+9] + "\\\n  (more)", rules.Low},
		{key[:token+9] + "=\n.", rules.Low},
		{key[:token+9] + "^\r\n(", rules.Low},
		{key[:token+9] + "`\n(", rules.Low},
		{key[:token+9] + "<br/>(", rules.Low},
		{key[:token+16] + "\n(", rules.High},
		{wide + key[:token+7] + "\n(", 0},
		{wide + key[:token+8] + " \"\n(", 0},
		{wide + key[:token+8], 0},
		{key[:token+8] + "=x\n", 0},
		{wide + "=acme" + key[10:token+12] + "\n(", 0},
		{wide + key[:token] + "thumbnail\n(", 0},
	} {
		m, ok := find(t, "qas-api-key")([]byte(c.text), strings.Index(c.text, ".1C"))
		if ok != (c.want != 0) || ok && m.Confidence != c.want {
			t.Errorf("%q: %t, %s", strings.Replace(c.text, key[:token], "KEY.", 1), ok, m.Confidence)
		}
	}
}

// TestTenantsOnLineBefore says where the beginning of a tenant ID may be.
func TestTenantsOnLineBefore(t *testing.T) {
	key := "me" + keytest.Key(1, keytest.Made)[10:]
	full := strings.Repeat("=", narrowest-2) + "ac"
	for text, want := range map[string]bool{
		full + "\n" + key: true, full + "\r\n" + key: true, full + "\n> " + key: true, "| " + full + " |\n| " + key + " |": true,
		full[1:] + "\n" + key: false, full + ".\n" + key: false, full + " " + key: false, full + "\n\n" + key: false, full + "\n=" + key: false,
		full + "\n" + keytest.Key(1, keytest.Made): false,
	} {
		m, ok := find(t, "qas-api-key")([]byte(text), strings.Index(text, ".1C"))
		if got := strings.Contains(m.Where, "line before"); !ok || got != want || (m.Confidence == rules.Medium) != want {
			t.Errorf("%q: %t, %q, %s", text[:max(0, strings.Index(text, key[2:]))], ok, m.Where, m.Confidence)
		}
	}
}

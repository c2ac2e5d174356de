package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// long runs the long form of TestInvariant, with every place to break a key.
var long = flag.Bool("long", false, "break keys at every place")

// leak is the number of characters of a token that no output may show in a row.
const leak = 7

// watchlist knows the runs of all planted tokens, plain and encoded, and which case each
// belongs to.
type watchlist struct {
	cases []string
	// runs maps runs of a certain length to the number of their case.
	runs map[int]map[string]int
}

// plant returns the next key and the number of its case.
func (w *watchlist) plant(name string) string {
	if w.runs == nil {
		w.runs = map[int]map[string]int{leak: {}, 2 * leak: {}, base64Leak: {}}
	}
	n := len(w.cases)
	w.cases = append(w.cases, name)
	seed := uint64(1000 + n)
	token := keytest.Token(seed)
	w.watch(n, leak, token)
	w.watch(n, 2*leak, hex.EncodeToString([]byte(token)))
	w.watch(n, 2*leak, strings.ToUpper(hex.EncodeToString([]byte(token))))
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("~", shift) + token))
		w.watch(n, base64Leak, encoded[(shift*8+5)/6:(shift+len(token))*8/6])
	}
	return keytest.Key(seed, keytest.Made)
}

// base64Leak is the number of digits of base64 that leak characters take.
const base64Leak = (leak*8 + 5) / 6

func (w *watchlist) watch(number, length int, text string) {
	for i := range len(text) - length + 1 {
		w.runs[length][text[i:i+length]] = number
	}
}

// check searches an output. The error names cases and offsets, and repeats nothing.
func (w *watchlist) check(t *testing.T, what, output string) {
	t.Helper()
	reported := map[int]bool{}
	for length, runs := range w.runs {
		for i := range len(output) - length + 1 {
			n, ok := runs[output[i:i+length]]
			if !ok || reported[n] {
				continue
			}
			reported[n] = true
			if len(reported) <= 20 {
				t.Errorf("%s shows %d characters of the token at offset %d, line %d: %s", what, length, i, 1+strings.Count(output[:i], "\n"), w.cases[n])
			}
		}
	}
	if len(reported) > 20 {
		t.Errorf("%s shows tokens of %d cases", what, len(reported))
	}
}

// checkReports writes a result in all formats, and searches them.
func (w *watchlist) checkReports(t *testing.T, what string, result *scanner.Result) {
	t.Helper()
	for _, format := range report.Formats() {
		t.Run(what+"/"+format.Name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			options := report.Options{Color: true, LinkHost: "here", Dir: "/work"}
			if err := format.Write(&out, result, options); err != nil {
				t.Fatal(err)
			}
			w.check(t, "the report", out.String())
		})
	}
}

// breaks are texts that interrupt a key.
var breaks = map[string]string{
	"none": "", "line": "\n", "CRLF": "\r\n", "blank line": "\n\n", "indent": "\n        ", "space": " ",
	"quoted-printable": "=\n", "quoted-printable CRLF": "=\r\n", "backslash": "\\\n", "PowerShell": "`\n", "cmd": "^\n",
	"mail": "\n> ", "comment": "\n# ", "slashes": "\n// ", "star": "\n * ", "SQL comment": "\n-- ", "diff": "\n+",
	"plus": "\" +\n  \"", "dot": "' . '", "array": "\",\n  \"", "pipe": "\n    | ", "cell": "</td>\n<td>", "box": " │\n│              │ ",
	"JSON log": "\n{\"log\":\"", "escaped line": `\n`, "escaped CRLF": `\r\n`, "percent": "%0A", "entity": "&#10;",
	"ANSI": "\x1b[0m\n\x1b[32m", "wbr": "<wbr>", "br": "<br/>\n", "ellipsis": "…\n…", "zero width": "\u200b",
	"Docker": "\n2026-11-25T10:00:00Z ", "Kubernetes": "\n2026-11-25T10:00:00.000000000Z stdout F ", "log": "\n[12:00:01] [INFO] ",
}

// encodedAs are ways to write a key.
var encodedAs = map[string]func(string) string{
	"plain":        func(s string) string { return s },
	"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 twice": func(s string) string { return inBase64(inBase64(s)) },
	"basic auth":   func(s string) string { return inBase64("me:" + s) },
	"hex":          func(s string) string { return hex.EncodeToString([]byte(s)) },
	"percent":      eachByte("%%%02X"),
	"x escape":     eachByte(`\x%02x`),
	"u escape":     eachByte(`\u%04x`),
	"entity":       eachByte("&#%d;"),
}

func inBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func eachByte(format string) func(string) string {
	return func(text string) string {
		var b strings.Builder
		for i := range len(text) {
			fmt.Fprintf(&b, format, text[i])
		}
		return b.String()
	}
}

// surroundings are files with a broken key and another, whole one.
var surroundings = map[string]string{
	"header":      "some text before\ncurl -H \"Authorization: ApiKey BROKEN\"\nand after\nlast\n",
	"variable":    "some text before\nQAS_TOKEN=BROKEN\nand after\nlast\n",
	"bare":        "some text before\nBROKEN\nand after\n",
	"JSON":        "{\"env\": {\n  \"QAS_TOKEN\": \"BROKEN\",\n  \"CI\": \"true\"\n}}\n",
	"bearer":      "Authorization: Bearer BROKEN\nHost: acme.eu1.qasphere.com\n",
	"before":      "QAS_TOKEN=BROKEN\nQAS_TOKEN=WHOLE\n",
	"after":       "QAS_TOKEN=WHOLE\nQAS_TOKEN=BROKEN\n",
	"around":      "x = \"BROKEN\"; y = \"WHOLE\"; z = \"BROKEN\"\n",
	"next to":     "WHOLE\nBROKEN\nWHOLE\n",
	"in CI":       "jobs:\n  a:\n    env:\n      VITE_QAS_TOKEN: BROKEN\n    steps:\n      - run: echo $QAS_TOKEN BROKEN\n",
	"in a URL":    "const url = \"http://acme.eu1.qasphere.com/api?key=BROKEN\"\n",
	"nameless":    "AAA=1\nDATABASE_PASSWORD=BROKEN\nWHOLE\n",
	"glued":       "BROKENWHOLE\n",
	"glued after": "WHOLEBROKEN\n",
}

// TestInvariant plants keys that are broken, encoded and placed in many ways, one in each
// file, and searches the reports of all formats for seven characters in a row of any token.
// The long form breaks keys at more places, and runs all combinations.
func TestInvariant(t *testing.T) {
	hows := slices.Sorted(maps.Keys(encodedAs))
	if !*long {
		invariant(t, hows, 5, 11)
		return
	}
	for _, how := range hows {
		t.Run(how, func(t *testing.T) { invariant(t, []string{how}, 29, 1) })
	}
}

// invariant breaks keys that are encoded in some ways at a number of places. It takes one
// of n combinations of keys that are not plain.
func invariant(t *testing.T, hows []string, places, n int) {
	var w watchlist
	dir := t.TempDir()
	number := 0
	for _, how := range hows {
		for _, with := range slices.Sorted(maps.Keys(breaks)) {
			for _, around := range slices.Sorted(maps.Keys(surroundings)) {
				for place := 1; place <= places; place++ {
					number++
					if how != "plain" && number%n > 0 {
						continue
					}
					name := fmt.Sprintf("%s, %s, %s, %d of %d", how, with, around, place, places)
					text := strings.ReplaceAll(surroundings[around], "BROKEN", broken(encodedAs[how](w.plant(name)), breaks[with], place, places))
					if strings.Contains(text, "WHOLE") {
						text = strings.ReplaceAll(text, "WHOLE", w.plant(name+", the whole one"))
					}
					if place == 3 {
						text = wide(text)
					}
					placeCase(t, dir, len(w.cases), text)
					if with == "none" {
						break
					}
				}
			}
		}
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys, %d findings", len(w.cases), len(result.Findings))
	if len(result.Findings) < len(w.cases)/4 {
		t.Errorf("only %d findings of %d keys", len(result.Findings), len(w.cases))
	}
	w.checkReports(t, "files", result)
}

// broken returns a text with an interruption at one of a number of places, or with two.
func broken(text, cut string, place, places int) string {
	at := max(1, place*len(text)/(places+1))
	rest := text[at:]
	if place%2 == 0 {
		rest = rest[:len(rest)/2] + cut + rest[len(rest)/2:]
	}
	return text[:at] + cut + rest
}

func placeCase(t *testing.T, dir string, number int, text string) {
	t.Helper()
	place(t, dir, filepath.Join(fmt.Sprint(number/500), fmt.Sprintf("%d.txt", number)), text)
}

// wide returns a text in UTF-16.
func wide(text string) string {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

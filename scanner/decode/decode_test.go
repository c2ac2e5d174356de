package decode_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// encoders write a text in an encoding, in other code than Forms does.
var encoders = map[string][]func(string) string{
	"base64": {
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	},
	"hex": {
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		func(s string) string { return fmt.Sprintf("%X", s) },
	},
	"percent":          {func(s string) string { return each(s, "%%%02X") }, func(s string) string { return each(s, "%%%02x") }},
	"escape":           {func(s string) string { return each(s, `\u%04x`) }, func(s string) string { return each(s, `\x%02X`) }},
	"entity":           {func(s string) string { return each(s, "&#%d;") }, func(s string) string { return each(s, "&#x%x;") }},
	"quoted-printable": {func(s string) string { return strings.ReplaceAll(s, ".", "=2E") }},
	"utf-16":           {func(s string) string { return wide(s, 0) }, func(s string) string { return wide(s, 1) }},
}

func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func wide(s string, low int) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		pair := [2]byte{}
		pair[low], pair[1-low] = byte(unit), byte(unit>>8)
		b = append(b, pair[:]...)
	}
	return string(b)
}

// TestForms encodes texts with a literal at every place, and expects that one of
// its forms stands there and that decoding around it gives the text back.
func TestForms(t *testing.T) {
	const literal = ".1Ck"
	r := rand.New(rand.NewPCG(1, 2))
	for _, e := range decode.All() {
		for n, encode := range encoders[e.Name] {
			found := 0
			for before := range 12 {
				text := letters(r, before) + literal + letters(r, 9)
				encoded := encode(text)
				if at, phase, ok := standing(e, encoded, literal); ok {
					found++
					decoded := e.Decode([]byte(encoded), at, phase, decode.Text{})
					if len(decoded.Bytes) == 0 && e.Name == "utf-16" && encoded[0] != 0 {
						continue // the other byte order has all of it
					}
					if !bytes.Contains(decoded.Bytes, []byte(literal)) {
						t.Errorf("%s, encoder %d, %d before: decoded %q", e.Name, n, before, decoded.Bytes)
					}
				}
			}
			// Of UTF-16 each byte order has an encoding of its own.
			if found != 12 && e.Name != "utf-16" || found == 0 && n == 0 && e.Name == "utf-16" {
				t.Errorf("%s, encoder %d: found in %d of 12 places", e.Name, n, found)
			}
		}
	}
}

// TestUTF16AtAnyOffset checks that no reading of UTF-16 text leaves out a character, whatever
// the parity of its offset: .NET writes a byte with the length of a string before it.
func TestUTF16AtAnyOffset(t *testing.T) {
	const text = "QAS=acme.1Ck_xyz"
	for _, before := range []string{"", "x", "\x21", "\x00\x21", "xx\x21", "\x01\x21"} {
		for low := range 2 {
			encoded := before + wide(text, low) + "\x00"
			for _, e := range decode.All() {
				at, phase, ok := standing(e, encoded, ".1Ck")
				if e.Name != "utf-16" || !ok {
					continue
				}
				decoded := e.Decode([]byte(encoded), at, phase, decode.Text{})
				if len(decoded.Bytes) > 0 && !bytes.Contains(decoded.Bytes, []byte(text)) {
					t.Errorf("after %q, low byte at %d: decoded %q", before, low, decoded.Bytes)
				}
			}
		}
	}
}

func standing(e decode.Encoding, encoded, literal string) (at, phase int, ok bool) {
	for _, form := range e.Forms(literal) {
		if at := strings.Index(encoded, form.Text); at >= 0 {
			return at, form.Phase, true
		}
	}
	return 0, 0, false
}

func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return string(b)
}

// TestEntities takes what the standard library writes.
func TestEntities(t *testing.T) {
	for _, e := range decode.All() {
		if e.Name == "entity" {
			text := `a "quoted" word's &#46;`
			decoded := e.Decode([]byte(html.EscapeString(`a "quoted" word's`)+" &#46;&period;"), 0, 0, decode.Text{})
			if string(decoded.Bytes) != `a "quoted" word's ..` {
				t.Errorf("%q gives %q", text, decoded.Bytes)
			}
		}
	}
}

// TestAround decodes texts in which most characters are as they are around a place, and
// expects what people read there.
func TestAround(t *testing.T) {
	for name, c := range map[string]struct{ encoding, text, at, want string }{
		"Markdown":             {"escape", `Set QAS\_TOKEN to a\.b\-c`, "TOKEN", "Set QAS_TOKEN to a.b-c"},
		"RTF":                  {"escape", `a\'2eb\'5fc\'2D\u95?key it\'s \'41 \u952? \u9`, "key", `a.b_c-_key it's '41 \u952? \u9`},
		"LaTeX":                {"escape", `a\textunderscore{}b\textunderscore c\textunderscored key`, "key", `a_b_c` + "\t" + `extunderscored key`},
		"octal":                {"escape", `\033[32mkey\012`, "key", "\x1b[32mkey\n"},
		"octal, two digits":    {"escape", `\12\018 key\n`, "key", `\12\018 key` + "\n"},
		"escape character":     {"escape", `\e[0mkey`, "key", "\x1b[0mkey"},
		"soft hyphen, entity":  {"entity", "a.&shy;b&#8203;c&ZeroWidthSpace;d &amp; key", "key", "a.bcd & key"},
		"zero width":           {"invisible", "a.\u200bb\u2060 \u2019 key", "key", "a.b \u2019 key"},
		"soft hyphen":          {"invisible", "a.\u00adb é key", "key", "a.b é key"},
		"byte order mark":      {"invisible", "a.\ufeffb key", "key", "a.b key"},
		"in a string literal":  {"escape", `a.\u200bb\u00AD \u2019 key\u003d`, "key", `a.b \u2019 key=`},
		"word break":           {"markup", "<td>a.<wbr>b<wbr/>c</b></td> key", "key", "<td>a.bc</td> key"},
		"runs of a document":   {"markup", `<w:p><w:r><w:t xml:space="preserve">a</w:t></w:r><w:proofErr/><W:R><w:t>b</w:t></w:r></w:p> key`, "key", "<w:p>ab</w:p> key"},
		"runs in a string":     {"markup", `a<\/span><span class=\"x\">b key`, "key", "ab key"},
		"comments":             {"markup", "a<!-- <td> -->b<!-- key", "key", "ab<!-- key"},
		"no tags":              {"markup", "a < b && c<d> e <= f <-g <b key", "key", ""},
		"not closed":           {"markup", "<i>a<b key", "key", "a<b key"},
		"long names":           {"markup", "<i>a<" + strings.Repeat("b", 30) + "> key", "key", "a<" + strings.Repeat("b", 30) + "> key"},
		"long tags":            {"markup", "<i>a<b " + strings.Repeat("b", 400) + "> key", "key", "a<b " + strings.Repeat("b", 400) + "> key"},
		"quoted-printable":     {"quoted-printable", "TOKEN=3Da=2Eb=\r\nc=5F= \nd=20key", "key", "TOKEN=a.bc_d key"},
		"its beginning":        {"quoted-printable", "c=2Ed a = b\nTOKEN=3Dkey", "key", "c=2Ed a = b\nTOKEN=key"},
		"its end":              {"quoted-printable", "a = b\nTOKEN=3Dkey=\nd\nc=d=2E", "key", "a = b\nTOKEN=keyd\nc=d=2E"},
		"letters are as such":  {"quoted-printable", "TOKEN=3Dkey x=41", "key", "TOKEN=key x=41"},
		"lower case":           {"quoted-printable", "TOKEN=abkey=2E", "key", "TOKEN=abkey."},
		"padding":              {"quoted-printable", "key " + strings.Repeat("MDEy", 10) + "MDE=\nAccept: c", "key", ""},
		"padding, long line":   {"quoted-printable", "key " + strings.Repeat("MDEy", 18) + "MDE=\nAccept: c", "key", ""},
		"a soft end":           {"quoted-printable", "key " + strings.Repeat("MDEy", 17) + "MDE=\nc", "key", "key " + strings.Repeat("MDEy", 17) + "MDEc"},
		"a short number":       {"quoted-printable", "key " + strings.Repeat("MDEy", 9) + "MDE=\nc", "key", "key " + strings.Repeat("MDEy", 9) + "MDEc"},
		"digits":               {"quoted-printable", "TOKEN=20key", "key", ""},
		"an assignment":        {"quoted-printable", "x=41 key", "key", ""},
		"no escapes":           {"quoted-printable", "key", "key", ""},
		"cut at its end":       {"quoted-printable", "=3Dkey=3", "key", "=key=3"},
		"no characters hidden": {"invisible", "\u2019 key", "key", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, e := range decode.All() {
				if e.Name != c.encoding || strings.IndexByte(c.text, e.Escape) < 0 {
					continue
				}
				if d := e.Decode([]byte(c.text), strings.Index(c.text, c.at), 0, decode.Text{}); len(d.Bytes) > 0 && string(d.Bytes) != c.text {
					got = string(d.Bytes)
					at := strings.Index(got, c.at)
					if from, to := d.Bounds(at, at+len(c.at)); c.text[from:to] != c.at {
						t.Errorf("%q stands at %q", c.at, c.text[from:to])
					}
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestInvisible finds a literal that a mark stands in.
func TestInvisible(t *testing.T) {
	for _, mark := range []string{"\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "<wbr>", "<WBR />", "</b><i class='x'>"} {
		text := "acme." + mark + "1Ckey"
		found := 0
		for _, e := range decode.All() {
			if e.Name != "invisible" && e.Name != "markup" {
				continue
			}
			if at, phase, ok := standing(e, text, ".1Ck"); ok {
				found++
				if got := e.Decode([]byte(text), at, phase, decode.Text{}); string(got.Bytes) != "acme.1Ckey" {
					t.Errorf("%q gives %q", text, got.Bytes)
				}
			}
		}
		if found != 1 {
			t.Errorf("%q is found in %d encodings", mark, found)
		}
	}
}

// FuzzDecode decodes any texts, and compares each byte with what is where it comes from.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("LjFDazEyMzQ=\n  AAAA"), 0, 0)
	f.Add([]byte(`%2e1C\u002e\x2E&#46;&#x2e;`), 3, 1)
	f.Add([]byte("2e31432E"), 2, 2)
	f.Add([]byte(".\x001\x00C\x00"), 0, 0)
	f.Add([]byte("<b>.</b><w:t>1C<!-- --><i"), 4, 0)
	f.Add([]byte("=3D=2E1C=\r\n.\u200b\u00ad<wbr>&shy;\\_\\056"), 5, 0)
	f.Fuzz(func(t *testing.T, text []byte, at, phase int) {
		if at < 0 || at >= len(text) {
			return
		}
		for _, e := range decode.All() {
			checkPlaces(t, e, text, at, phase&3)
		}
	})
}

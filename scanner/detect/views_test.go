package detect_test

import (
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// TestTagsInside puts tags into a key at each place. The hit reaches from the first to the
// last character of the key, and its masks leave the tags.
func TestTagsInside(t *testing.T) {
	d := detect.NewForMasking(rules.All())
	key := keytest.Key(1, keytest.Made)
	for _, tags := range []string{
		"<wbr>", "</b>", "<!-- -->", `</span><span class="s">`, `<\/span><span class=\"s\">`, "</t></r><r><rPr><b/></rPr><t>",
		`</w:t></w:r><w:r w:rsidRPr="00A77B3E"><w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/></w:rPr><w:t>`,
		`</text:span><text:span text:style-name="T1">`, "</a:t></a:r><a:r><a:rPr/><a:t>", "&lt;/b&gt;&lt;b&gt;", "\\u003c/b\\u003e", "\u200b", "&shy;",
	} {
		dot := strings.IndexByte(key, '.')
		for at := 1; at < len(key); at++ {
			if (at == dot+1 || at == dot+2) && strings.IndexByte("&\\\u200b", tags[0]) >= 0 {
				continue // in the anchor itself
			}
			text := "<w:p>" + key[:at] + tags + key[at:] + "</w:p>"
			hits := d.Find(t.Context(), []byte(text))
			if len(hits) != 1 || hits[0].Key.TenantID != keytest.TenantID(1) || hits[0].Secret.Reveal() != key {
				t.Errorf("%q at %d: %d hits", tags, at, len(hits))
				continue
			}
			if h := hits[0]; h.Start != 5 || h.End != len(text)-6 {
				t.Errorf("%q at %d: at %d to %d of %d", tags, at, h.Start, h.End, len(text))
			}
			var masked string
			for _, e := range hits[0].Masks {
				masked += text[e.Start:e.End]
			}
			if masked != key[strings.LastIndexByte(key, '.')+1:] {
				t.Errorf("%q at %d: %d bytes are masked", tags, at, len(masked))
			}
		}
	}
}

// TestTagsAround checks that what tags separate from a key is not a part of it.
func TestTagsAround(t *testing.T) {
	d := detect.New(rules.All())
	key := keytest.Key(1, keytest.Made)
	id, token := "<i>.</i>"+key[11:34]+"<i>.</i>", key[35:]
	for _, format := range []string{
		"<span>QAS_TOKEN</span><span>KEY</span>", "<b>token</b>KEY<br>more", "<td>qa</td><td>KEY</td>", "<b>qa</b><i>KEY</i><b>QAS_URL</b>",
		"<b>token</b>IN<b>PIECES</b>", "<b>QAS_TOKEN</b>INPIECES<i>x</i>", `<a title="x">KEY</a>`, `<a title="KEY">x</a>`, `<span data-key="KEY"><b>a</b></span>`,
		"qa\u200bKEY\u200bx", "<name>qa</name>KEY<value>x</value>",
	} {
		text := strings.NewReplacer("KEY", key, "INPIECES", keytest.TenantID(1)+id+token, "IN<b>PIECES</b>", keytest.TenantID(1)+id+token+"<b>x</b>").Replace(format)
		hits := d.Find(t.Context(), []byte(text))
		if len(hits) != 1 || hits[0].Key.TenantID != keytest.TenantID(1) || hits[0].Secret.Reveal() != key {
			t.Errorf("%s: %d hits", format, len(hits))
		}
	}
	for _, format := range []string{
		"<td>" + key[:10] + "</td><td>" + key[11:34] + "</td><td>" + token + "</td>", "<p>" + key[:11] + "</p><p>" + key[11:] + "</p>",
		"<x>" + key[:11] + "</x><x>" + key[11:] + "</x>", key[:11] + " < b > " + key[11:],
	} {
		if hits := d.Find(t.Context(), []byte(format)); len(hits) != 0 {
			t.Errorf("%d hits in %.20s", len(hits), format)
		}
	}
}

// TestLinesInTenants ends a line in a tenant ID, or before or after the dot behind it.
func TestLinesInTenants(t *testing.T) {
	d := detect.NewForMasking(rules.All())
	key := keytest.Key(1, keytest.Made)
	wide := strings.Repeat("=", 38) + " "
	for _, end := range []string{"\n", "\r\n", "\n ", "\r\n\t", "\n> ", "\n# ", "\n// ", "\n * ", "\n    ", "\n+", "\\\n", "\\\n  ", "^\r\n", "`\n"} {
		for at := 1; at <= 11; at++ {
			if last := end[len(end)-1]; at == 11 && (last == ' ' || last == '\t') {
				continue // before the anchor itself
			}
			text := "first\n" + wide + key[:at] + end + key[at:] + "\nlast"
			hits := d.Find(t.Context(), []byte(text))
			if len(hits) != 1 || hits[0].Key.TenantID != keytest.TenantID(1) || hits[0].Secret.Reveal() != key {
				t.Errorf("%q at %d: %d hits", end, at, len(hits))
			} else if h := hits[0]; h.Start != len("first\n"+wide) || h.End != len(text)-len("\nlast") {
				t.Errorf("%q at %d: at %d to %d", end, at, h.Start, h.End)
			}
		}
	}
	for _, before := range []string{"a\n", "= ac\n", wide + "qa\n", wide + "qa\n> ", wide + "0123456\n", wide + "\n", wide + ".\n", wide + "abc!\n"} {
		hits := d.Find(t.Context(), []byte(before+key))
		if len(hits) != 1 || hits[0].Key.TenantID != keytest.TenantID(1) || hits[0].Start != len(before) {
			t.Errorf("after %q: %d hits", before, len(hits))
		}
	}
	for _, text := range []string{"short" + key[:11] + "\n" + key[11:], wide + key[:11] + "\n\n" + key[11:], wide + key[:11] + "\n! " + key[11:], wide + key[:11] + " x\n" + key[11:]} {
		if hits := d.Find(t.Context(), []byte(text)); len(hits) != 0 {
			t.Errorf("%d hits in %.50q", len(hits), text)
		}
	}
}

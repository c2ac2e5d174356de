package detect_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// TestTenants checks that a key has its own tenant ID whatever is before it, and that
// nothing else is reported. A wrong tenant ID is a wrong fingerprint.
func TestTenants(t *testing.T) {
	d := detect.New(rules.All())
	key := keytest.Key(1, keytest.Made)
	for _, format := range []string{
		// colors of terminals, written as text
		"[32mKEY[0m", `{"log": "[32mKEY[0m"}`, `"\x1b[32mKEY\x1b[0m"`, `'\033[1;32mKEY\033[0m'`, "^[[32mKEY^[[0m", `\e[38;5;12mKEY`,
		`{"log": "\u001b[32mKEY\u001b[39m"}`,
		"\x1b[mKEY\x1b[m", `\x1b[mKEY`, "^[[0KKEY", "\x1b[2K\x1b[1GKEY", "\x1b(BKEY", "\x1b[?25hKEY", "\x1b[4:3mKEY", "\x1b[38;2;10;20;30mKEY", "&#27;[32mKEY", "`e[1mKEY",
		// encodings
		"a =3DKEY b", "QAS_TOKEN=3DKEY", "url?k%253DKEY", "url?k%25253DKEY&x", "url?q%2522KEY%2522", `'\012KEY'`, `\302\240KEY`, `\U0000003dKEY`, `%u0022KEY`, "a=20KEY=20b", "=22KEY=22", "=C2=A0KEY", `\fBKEY\fR`, `\QKEY\E`, `'\0KEY'`, `'\nKEY'`,
		// other literals before a whole key
		`printf "%s" "KEY"`, `printf '%s' 'KEY'`, `{:token "KEY" :url "x"}`, `{"token" "KEY"}`, `(setq token "KEY")`, `("qas" "KEY")`,
		`(list 'token "KEY")`, `["a" "KEY" "b"]`,
		`("token" . "KEY")`, `(("token" . "KEY") ("url" . "x"))`, `"x" . "KEY"`, `"a" + "KEY"`, "\"a\" \\\n \"KEY\"", "\"a\"\n\"KEY\"\n\"b\"\n", `"KEY" + "x"`,
		// a label before the key
		"apikey_KEY", `token: "apikey_KEY"`, "Authorization: ApiKey apikey_KEY", "QAS_TOKEN=api_key_KEY", "qasphere -tKEY", "*bold* _KEY_", "__KEY__",
	} {
		text := strings.ReplaceAll(format, "KEY", key)
		hits := d.Find(t.Context(), []byte(text))
		if len(hits) != 1 {
			t.Errorf("%s: %d hits", format, len(hits))
			continue
		}
		if h := hits[0]; h.Key.TenantID != keytest.TenantID(1) || text[h.Start:h.End] != key {
			t.Errorf("%s: tenant %s at %d..%d by %s", format, h.Key.TenantID, h.Start, h.End, h.Rule.ID)
		}
	}
}

// TestTenantsInUTF16 puts keys in UTF-16 at even and odd offsets, after the length that .NET
// and COM write before a string.
func TestTenantsInUTF16(t *testing.T) {
	d := detect.New(rules.All())
	key := keytest.Key(1, keytest.Made)
	units := utf16.Encode([]rune(key))
	for _, before := range []string{"", "x", "ab", "\x00\x75", "\x01\x75", "a\x01\x75", "\x00\x81\x13", "b\x00\x81\x13", "\x74\x00\x00\x00", "c\x74\x00\x00\x00"} {
		for low := range 2 {
			if low == 1 && before != "" && before[len(before)-1] > ' ' {
				continue // the same bytes are little-endian text with one more character
			}
			text := []byte(before)
			for _, u := range units {
				pair := [2]byte{}
				pair[low], pair[1-low] = byte(u), byte(u>>8)
				text = append(text, pair[:]...)
			}
			text = append(text, []string{"\x00\x05a\x00", "\x00\x00\x00"}[low]...)
			hits := d.Find(t.Context(), text)
			if len(hits) != 1 || hits[0].Key.TenantID != keytest.TenantID(1) {
				t.Errorf("after %q, low byte at %d: %d hits", before, low, len(hits))
			}
		}
	}
}

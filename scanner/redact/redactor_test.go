package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// written lists a value in the forms that a redactor knows, computed without package
// decode. Of base64 it lists only the digits that the value determines: the first
// and the last digit share bits with adjacent text.
func written(value string) map[string]string {
	each := func(format string) string {
		var b strings.Builder
		for i := range len(value) {
			fmt.Fprintf(&b, format, value[i])
		}
		return b.String()
	}
	inBase64 := func(value string, before int, e *base64.Encoding) string {
		encoded := e.EncodeToString([]byte(strings.Repeat("~", before) + value))
		return encoded[(before*8+5)/6 : (before+len(value))*8/6]
	}
	forms := map[string]string{
		"plain":               value,
		"hex":                 hex.EncodeToString([]byte(value)),
		"hex in capitals":     strings.ToUpper(hex.EncodeToString([]byte(value))),
		"percent":             each("%%%02X"),
		"percent, lower case": each("%%%02x"),
		`\x`:                  each(`\x%02x`),
		`\u`:                  each(`\u%04x`),
		"decimal entity":      each("&#%d;"),
		"hex entity":          each("&#x%x;"),
		"UTF-16LE":            each("%c\x00"),
		"UTF-16BE":            each("\x00%c"),
	}
	for before := range 3 {
		forms[fmt.Sprintf("base64 after %d", before)] = inBase64(value, before, base64.RawStdEncoding)
		forms[fmt.Sprintf("URL-safe base64 after %d", before)] = inBase64(value, before, base64.RawURLEncoding)
		for outer := range 3 {
			once := inBase64(value, before, base64.RawStdEncoding)
			forms[fmt.Sprintf("base64 after %d in base64 after %d", before, outer)] = inBase64(once, outer, base64.RawStdEncoding)
		}
	}
	return forms
}

// Every form of every secret is masked, regardless of the text around it and of the
// number of secrets.
func TestRedactsEveryForm(t *testing.T) {
	r := New()
	var values []string
	for seed := range uint64(200) {
		r.AddKey(NewSecret(keytest.Key(seed, keytest.Made)))
		values = append(values, keytest.Token(seed))
	}
	odd := rand.New(rand.NewPCG(1, 2))
	for n := range 50 { // with bytes that become + and / in base64
		value := make([]byte, 2*startLen+odd.IntN(30))
		for i := range value {
			value[i] = byte('!' + odd.IntN('~'-'!'))
		}
		values = append(values, string(value))
		r.Add(NewSecret(string(value)))
		if n == 0 {
			r.Add(NewSecret(string(value))) // found by two rules
		}
	}
	for _, value := range values {
		for name, form := range written(value) {
			// A form may end inside a longer one, for example in another alignment.
			got := r.Clean("see " + form + " there")
			if strings.Contains(got, form) || !strings.HasPrefix(got, "see ") || !strings.HasSuffix(got, " there") || !strings.Contains(got, Mask) {
				t.Errorf("%s, %d bytes: not masked", name, len(form))
			}
		}
	}
}

// A secret is masked where only its punctuation is written in another way, wherever in the
// secret that is.
func TestRedactsEscapedPunctuation(t *testing.T) {
	for _, format := range []string{`\%c`, "%%%02X", `\u%04x`, "&#%d;", "=%02X"} {
		for at := 1; at < len(keytest.Token(1)); at++ {
			token := keytest.Token(1)
			value := token[:at] + "_" + token[at:]
			form := token[:at] + fmt.Sprintf(format, '_') + token[at:]
			r := New()
			r.Add(NewSecret(value))
			if got := r.Clean("see " + form + " there"); got != "see "+Mask+" there" {
				t.Errorf("%s at %d: not masked", format, at)
			}
		}
	}
}

// Of secrets that begin alike, the longest one in the text is masked.
func TestRedactsTheLongest(t *testing.T) {
	r := New()
	const long = "aB3dE6fG7hJ8kL9mN"
	for n := startLen; n <= len(long); n++ {
		if n != 10 {
			r.Add(NewSecret(long[:n]))
		}
	}
	for n := startLen; n <= len(long); n++ {
		masked := n
		if n == 10 {
			masked = 9
		}
		for name, form := range map[string]func(string) string{"plain": func(v string) string { return v }, "hex": func(v string) string { return hex.EncodeToString([]byte(v)) }} {
			if got, want := r.Clean("a "+form(long[:n])+"!"), "a "+Mask+form(long[masked:n])+"!"; got != want {
				t.Errorf("%d bytes, %s: got %q, want %q", n, name, got, want)
			}
		}
	}
}

// Text that is not secret is not changed: the rest of a key, and short values.
func TestRedactsOnlySecrets(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	ids := strings.TrimSuffix(key, keytest.Token(1))
	r := New()
	r.AddKey(NewSecret(key))
	r.Add(NewSecret("abcde"))
	for text, want := range map[string]string{
		"":                          "",
		"key " + key + ".":          "key " + ids + Mask + ".",
		ids + " abcde":              ids + " abcde",
		keytest.Token(2):            keytest.Token(2),
		keytest.Token(1)[:22] + "!": keytest.Token(1)[:22] + "!",
	} {
		if got := r.Clean(text); got != want {
			t.Errorf("%d bytes became %d, want %d", len(text), len(got), len(want))
		}
	}
}

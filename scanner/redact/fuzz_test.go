package redact

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzClean puts a secret, plain and encoded, between any texts: nothing of it is left
// in the cleaned text, and a text without it stays as it is.
func FuzzClean(f *testing.F) {
	f.Add("correct horse", "before ", " after")
	f.Add("aaaaaa", "a", "aaa")
	f.Add("\x00\xff\x00\xff\x00\xff", "\xff", "%00")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < startLen || len(secret) > 200 {
			return
		}
		r := New()
		r.Add(NewSecret(secret))
		for how, form := range map[string]string{
			"plain": secret, "hex": hex.EncodeToString([]byte(secret)), "base64": base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			text := before + "\n" + form + "\n" + after
			clean := r.Clean(text)
			if strings.Contains(clean, secret) && !strings.Contains(Mask, secret) && strings.Count(clean, secret) >= strings.Count(text, secret) && how == "plain" {
				t.Errorf("%s: the secret is left", how)
			}
			if !strings.Contains(clean, Mask) {
				t.Errorf("%s: nothing is masked", how)
			}
			if how == "base64" || how == "hex" {
				if strings.Count(clean, form[:len(form)-2]) > strings.Count(before+after, form[:len(form)-2]) {
					t.Errorf("%s: the form is left", how)
				}
			}
		}
		if clean := r.Clean(before); !strings.Contains(clean, Mask) && clean != before {
			t.Error("a text without a secret was changed")
		}
	})
}

package redact

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// cleaned is what Clean is to return: it compares every form of every secret.
func cleaned(secrets []string, text string) string {
	var all []string
	for _, secret := range secrets {
		for w := range writings {
			all = slices.AppendSeq(all, formsOf(w, secret))
		}
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		n := 0
		for _, form := range all {
			if len(form) >= startLen && len(form) > n && strings.HasPrefix(text[i:], form) {
				n = len(form)
			}
		}
		if n > 0 {
			b.WriteString(Mask)
			i += n
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// Each form of secrets of all kinds is masked between texts that look like a part of it.
func TestCleansAsOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	of := func(digits string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = digits[random.IntN(len(digits))]
		}
		return string(b)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	kinds := []func() string{
		func() string { return keytest.Token(random.Uint64N(1000)) },
		func() string { return of(letters+"_-.", minInner+random.IntN(20)) },
		func() string { return of(letters+`_-.+/="%\&;<>{}'`, startLen+random.IntN(30)) },
		func() string { return of("0123456789abcdef", startLen+random.IntN(30)) },
		func() string { return "." + of(letters, minInner) },
		func() string { return of("ab_", minInner+random.IntN(3)) },
		func() string { return "00" + of("0123456789abcdef", 2) + "_" + of(letters, minInner) },
		func() string { return of(letters, 2) + "%41" + of(letters, 3) + "_" + of(letters, minInner) },
	}
	// What begins an escape, or the digits of one, before a form; and the like after it.
	around := []string{
		"", " ", "%", "%4", "=", "=5", "\\", "\\\\", "\\u", "\\u0", "\\u00", "\\u004", "\\u{", "\\u{4", "\\x", "\\x4", "&", "&#", "&#x", "&#6", "&#12",
		"a", "Z", "Zm9", "==", "0", "00", "\x00", "\x00\x00", "_", "-", ";", "}", "&quot;",
	}
	for range 3 {
		var secrets []string
		r := New()
		for _, kind := range kinds {
			secret := kind()
			secrets = append(secrets, secret)
			r.Add(NewSecret(secret))
			for w := range writings {
				for form := range formsOf(w, secret) {
					after := around[random.IntN(len(around))]
					for _, before := range around {
						r, text := New(), before+form+after
						r.Add(NewSecret(secret))
						if got, want := r.Clean(text), cleaned([]string{secret}, text); got != want {
							t.Fatalf("writing %d, %d bytes, between %q and %q: %d bytes are left, want %d", w, len(form), before, after, len(got), len(want))
						}
					}
					if text := form + after; r.Clean(text) != cleaned(secrets, text) {
						t.Fatalf("one of several, writing %d, %d bytes, before %q", w, len(form), after)
					}
				}
			}
		}
	}
}

// The forms of a secret are found in text after text, also if a secret is added between them.
func TestCleansMore(t *testing.T) {
	r := New()
	var secrets []string
	for seed := range uint64(40) {
		value := keytest.Token(seed)
		r.Add(NewSecret(value))
		secrets = append(secrets, value)
		for w := range writings {
			for form := range formsOf(w, secrets[seed/2]) {
				for range 2 {
					if got, want := r.Clean(form), cleaned(secrets, form); got != want {
						t.Fatalf("secret %d of %d in writing %d: %d bytes are left, want %d", seed/2, seed, w, len(got), len(want))
					}
				}
			}
		}
	}
}

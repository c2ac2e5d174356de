// Package redact keeps the values of credentials out of all output. A [Secret]
// never prints its value by accident. A [Redactor] masks every known secret in a
// text, both plain and in every encoding of package decode.
package redact

import (
	"iter"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// Redactor masks secrets in text before it is shown. Add all secrets first; after
// that it is safe for concurrent use.
type Redactor struct {
	secrets []string
	// starts maps the first bytes of every form of every secret to the first of a
	// chain of links. The forms themselves are computed when their start is found:
	// each secret has dozens, and most never occur.
	starts map[uint64]int32
	links  []link
}

// link is a secret with a form that has a certain start. next is the index of the
// next link with the same start; -1 for none.
type link struct{ secret, next int32 }

// startLen is the length of the shortest text that is masked.
const startLen = 6

// New returns a redactor without secrets.
func New() *Redactor { return &Redactor{starts: map[uint64]int32{}} }

// AddKey makes the redactor mask the token of a key, which follows the last dot.
// The tenant ID and the key ID stay visible.
func (r *Redactor) AddKey(key Secret) {
	value := key.Reveal()
	r.addValue(value[strings.LastIndexByte(value, '.')+1:])
}

// Add makes the redactor mask a secret.
func (r *Redactor) Add(secret Secret) { r.addValue(secret.Reveal()) }

func (r *Redactor) addValue(value string) {
	number := int32(len(r.secrets))
	r.secrets = append(r.secrets, value)
	for form := range forms(value[:min(len(value), enough)]) {
		if len(form) < startLen {
			continue
		}
		start := startOf(form)
		next, ok := r.starts[start]
		if !ok {
			next = -1
		} else if r.links[next].secret == number {
			continue
		}
		r.starts[start] = int32(len(r.links))
		r.links = append(r.links, link{number, next})
	}
}

// enough is the number of bytes of a secret that determine the start of each of its
// forms. Double base64 needs the most: startLen digits and the digits left out
// before them.
const enough = 12

// forms yields the forms in which a secret may be written: plain, in every
// encoding, and in double base64.
func forms(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(value) {
			return
		}
		for _, e := range decode.All() {
			for _, form := range e.Forms(value) {
				if !yield(form.Text) {
					return
				}
				if e.Name != "base64" {
					continue
				}
				for _, twice := range e.Forms(form.Text) {
					if !yield(twice.Text) {
						return
					}
				}
			}
		}
	}
}

// startOf packs the first bytes of a text.
func startOf(t string) uint64 {
	_ = t[startLen-1]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40
}

// Clean returns text with every form of every secret replaced by [Mask]. Secrets
// shorter than six bytes are not masked: they may be part of ordinary words.
func (r *Redactor) Clean(text string) string {
	var b strings.Builder
	shown := 0
	for i := 0; i+startLen <= len(text); i++ {
		first, ok := r.starts[startOf(text[i:])]
		if !ok {
			continue
		}
		if n := r.longest(text[i:], first); n > 0 {
			b.WriteString(text[shown:i])
			b.WriteString(Mask)
			shown = i + n
			i = shown - 1
		}
	}
	if shown == 0 {
		return text
	}
	b.WriteString(text[shown:])
	return b.String()
}

// longest returns the length of the longest form at the start of text, for the
// secrets in a chain of links; 0 for none.
func (r *Redactor) longest(text string, first int32) int {
	longest := 0
	for at := first; at >= 0; at = r.links[at].next {
		for form := range forms(r.secrets[r.links[at].secret]) {
			if len(form) >= startLen && len(form) > longest && strings.HasPrefix(text, form) {
				longest = len(form)
			}
		}
	}
	return longest
}

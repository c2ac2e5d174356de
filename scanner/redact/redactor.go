// Package redact keeps the values of credentials out of all output. A [Secret]
// never prints its value by accident. A [Redactor] masks every known secret in a
// text, both plain and in every encoding of package decode.
package redact

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/scanner/decode"
)

// Redactor masks secrets in text before it is shown. Add all secrets first; after
// that it is safe for concurrent use.
type Redactor struct {
	mu      sync.Mutex
	secrets []string
	known   map[string]bool // the same secrets
	// starts maps the first bytes of forms of secrets to the first of a chain of links: of
	// plain forms from the beginning, of encoded ones as soon as a text may have them. The
	// forms themselves are computed when their start is found: each secret has dozens, and
	// most never occur.
	starts map[uint64]int32
	links  []link
	// inner maps the inner bytes of secrets whose encoded forms have no links yet to the
	// first of a chain of them: next has the one after each; -1 for none.
	inner map[uint64]int32
	next  []int32
	// may has what starts and inner have: a set of bits is looked up faster than a large
	// map. It is nil until a text is cleaned.
	may set
	// found has the forms of each start that was found.
	found map[uint64]*formSet
}

// link is a secret with a form of a certain writing that has a certain start. next is
// the index of the next link with the same start; -1 for none.
type link struct {
	secret, next int32
	writing      writing
}

// formSet has the forms with a certain start, by their hashes. lengths are their
// lengths, the longest first.
type formSet struct {
	lengths []int
	hashes  map[uint64]bool
}

var seed = maphash.MakeSeed()

// startLen is the length of the shortest text that is masked.
const startLen = 6

// New returns a redactor without secrets.
func New() *Redactor {
	return &Redactor{known: map[string]bool{}, starts: map[uint64]int32{}, inner: map[uint64]int32{}, found: map[uint64]*formSet{}}
}

// AddKey makes the redactor mask the token of a key, which follows the last dot.
// The tenant ID and the key ID stay visible.
func (r *Redactor) AddKey(key Secret) {
	value := key.Reveal()
	r.addValue(value[strings.LastIndexByte(value, '.')+1:])
}

// Add makes the redactor mask a secret.
func (r *Redactor) Add(secret Secret) { r.addValue(secret.Reveal()) }

func (r *Redactor) addValue(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[value] {
		return
	}
	r.known[value], r.may = true, nil
	number := int32(len(r.secrets))
	r.secrets, r.next = append(r.secrets, value), append(r.next, -1)
	r.link(number, 0)
	if !hasInner(value) {
		r.linkEncoded(number)
		return
	}
	at := startOf(value[innerAt:])
	if first, ok := r.inner[at]; ok {
		r.next[number] = first
	}
	r.inner[at] = number
}

// linkEncoded adds links for the encoded forms of a secret.
func (r *Redactor) linkEncoded(number int32) {
	for w := writing(1); w < writings; w++ {
		r.link(number, w)
	}
}

// link adds links for the forms of a secret in a writing.
func (r *Redactor) link(number int32, w writing) {
	for form := range formsOf(w, beginning(r.secrets[number])) {
		if len(form) < startLen {
			continue
		}
		start := startOf(form)
		next, ok := r.starts[start]
		if !ok {
			next = -1
		} else if known := r.links[next]; known.secret == number && known.writing == w {
			continue
		}
		r.starts[start] = int32(len(r.links))
		r.links = append(r.links, link{number, next, w})
		delete(r.found, start)
		r.may.add(start)
	}
}

// enough is the number of bytes of a secret that determine the start of each of its
// forms. Double base64 needs the most: startLen digits and the digits left out
// before them.
const enough = 12

// beginning returns a text whose forms begin like those of a value: its first bytes, and
// the punctuation after them, because some forms write only punctuation in another way.
func beginning(value string) string {
	if len(value) <= enough {
		return value
	}
	return value[:enough] + strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return -1
		}
		return r
	}, value[enough:])
}

// writing is a way to write a secret: 0 is plain, other numbers are encodings.
type writing = int32

var (
	encodings = decode.All()
	// writings is the number of writings.
	writings = writing(1 + len(encodings))
)

// formsOf yields the forms of a secret in a writing. The forms in base64 include those in
// double base64.
func formsOf(w writing, value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if w == 0 {
			yield(value)
			return
		}
		e := encodings[w-1]
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

// startOf packs the first bytes of a text.
func startOf(t string) uint64 {
	_ = t[startLen-1]
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40
}

// Clean returns text with every form of every secret replaced by [Mask]. Secrets
// shorter than six bytes are not masked: they may be part of ordinary words.
func (r *Redactor) Clean(text string) string {
	if len(text) < startLen {
		return text
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fillMay()
	r.linkIn(text)
	var b strings.Builder
	shown := 0
	for i := 0; i+startLen <= len(text); i++ {
		start := startOf(text[i:])
		if !r.may.has(start) {
			continue
		}
		first, ok := r.starts[start]
		if !ok {
			continue
		}
		if n := r.formsFrom(start, first).longest(text[i:]); n > 0 {
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

// fillMay makes the set of what there may be, if there is none or if it has become too dense.
func (r *Redactor) fillMay() {
	if n := len(r.starts) + len(r.inner); r.may == nil || n > 32*len(r.may) {
		r.may = newSet(n)
		for start := range r.starts {
			r.may.add(start)
		}
		for inner := range r.inner {
			r.may.add(inner)
		}
	}
}

// set is a set of first or inner bytes. It may seem to have others, too. The nil set is empty
// and ignores what is added.
type set []uint64

// newSet returns a set for n values.
func newSet(n int) set { return make(set, 1<<bits.Len(uint(n/4))) }

func (s set) add(start uint64) {
	if s != nil {
		at := s.place(start)
		s[at/64] |= 1 << (at % 64)
	}
}

func (s set) has(start uint64) bool {
	at := s.place(start)
	return s[at/64]>>(at%64)&1 != 0
}

// place spreads the values, of which many have bytes in common, over all bits.
func (s set) place(start uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15 // Knuth, The Art of Computer Programming, 6.4
	return start * odd >> 16 & uint64(64*len(s)-1)
}

// formsFrom returns the forms with a start, whose chain of links begins at first.
func (r *Redactor) formsFrom(start uint64, first int32) *formSet {
	forms, ok := r.found[start]
	if ok {
		return forms
	}
	forms = &formSet{hashes: map[uint64]bool{}}
	for at := first; at >= 0; at = r.links[at].next {
		for form := range formsOf(r.links[at].writing, r.secrets[r.links[at].secret]) {
			if len(form) < startLen || startOf(form) != start {
				continue
			}
			forms.hashes[maphash.String(seed, form)] = true
			if !slices.Contains(forms.lengths, len(form)) {
				forms.lengths = append(forms.lengths, len(form))
			}
		}
	}
	slices.SortFunc(forms.lengths, func(a, b int) int { return b - a })
	r.found[start] = forms
	return forms
}

// longest returns the length of the longest form at the start of text; 0 for none.
func (s *formSet) longest(text string) int {
	for _, n := range s.lengths {
		if n <= len(text) && s.hashes[maphash.String(seed, text[:n])] {
			return n
		}
	}
	return 0
}

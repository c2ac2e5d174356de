// Package detect finds the literals of rules in a text, plain or encoded. It does
// not depend on files, repositories or reports.
//
// An anchor is a short literal of a rule, such as ".1C" or "ApiKey". A [Detector]
// computes the form of each anchor in every encoding of package decode, and searches
// a text for all forms at once (anchors.go, byte_pairs.go). It decodes the text around
// anchors that are close together, once for all of them, and runs the rules of each on a
// window of that (judge.go, encoded.go, escaped.go). Of hits that overlap, the most severe
// is kept (match.go, overlap.go). A text that a delta makes from another text inherits the
// groups of anchors in the ranges it copies (delta.go).
package detect

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
)

// Anchor is the position of a literal in a text.
type Anchor struct {
	at      int
	literal int // index in Detector.literals
}

// literal is the form of a rule's anchor in plain or in encoded text.
type literal struct {
	text   string // in lower case if fold
	fold   bool
	number uint8 // of the encoding
	// encoding is nil for plain text; rules are the indexes of the rules to run then.
	encoding *decode.Encoding
	phase    int
	rules    []int
	// name says that all of the rules need [rules.MayName].
	name bool
	sign Signs
}

// Signs say which words are in a text.
type Signs uint8

// The signs.
const (
	// Names is QAS in any case, which begins the names of variables.
	Names Signs = 1 << iota
	// Speaks is one of [rules.Signs].
	Speaks
)

// Detector finds the anchors of a set of rules and runs the rules on them. It is
// immutable and safe for concurrent use.
type Detector struct {
	rules     []rules.Rule
	literals  []literal
	longest   int               // length of the longest literal
	encodings int               // how many there are
	escapes   []decode.Encoding // encodings that do not change letters
	masking   bool              // hits have masks

	// filter is set for each pair of bytes that a literal may contain: the two overlapping
	// pairs of it that are least common in ordinary text, so that checking every second
	// position finds one of them. entries[byTriple[h]] are the literals to compare where the
	// three bytes that the two pairs cover have a hash, and triples says which hashes have any.
	filter   [1 << 16]uint8
	triples  [1 << 16 / 64]uint64
	byTriple [1 << 16]uint16
	entries  [][]entry
}

// Bits of Detector.filter: the pair is the first or the second of a literal's pairs.
const (
	firstPair = 1 << iota
	secondPair
)

// entry says that a literal may begin offset bytes before a triple. Its first bytes are those in
// which a text has the bits of bytes under mask, once those of fold are set.
type entry struct {
	literal, offset   int
	bytes, mask, fold uint64
}

// New returns a detector of the rules in rs that are not lint rules.
func New(rs []rules.Rule) *Detector { return detectorOf(rs, false) }

// NewForFiles returns a detector of all rules. It runs lint rules only on plain text.
func NewForFiles(rs []rules.Rule) *Detector { return detectorOf(rs, true) }

// NewForMasking returns a detector of the same rules as New, whose hits have masks.
func NewForMasking(rs []rules.Rule) *Detector {
	d := New(rs)
	d.masking = true
	return d
}

func detectorOf(rs []rules.Rule, lint bool) *Detector {
	d := &Detector{rules: rs, entries: make([][]entry, 1)}
	known := map[string]int{}
	for r, rule := range rs {
		if rule.Lint && !lint {
			continue
		}
		for _, a := range rule.Anchors {
			folded := func(other rules.Anchor) bool { return other.Fold && strings.EqualFold(other.Literal, a.Literal) }
			if a.Fold || !slices.ContainsFunc(rule.Anchors, folded) {
				d.addPlain(known, r, a)
			}
		}
	}
	if lint {
		d.addSign(known, rules.Anchor{Literal: "qas", Fold: true}, Names)
		for _, a := range rules.Signs {
			d.addSign(known, a, Speaks)
		}
	}
	encodings := decode.All()
	d.encodings = len(encodings)
	d.escapes = slices.DeleteFunc(decode.All(), func(e decode.Encoding) bool { return e.Escape == 0 })
	for _, rule := range rs {
		if rule.Lint {
			continue
		}
		for _, a := range rule.Anchors {
			if a.Plain {
				continue
			}
			for _, text := range spellings(a) {
				d.addEncoded(known, encodings, text)
			}
		}
	}
	for i, l := range d.literals {
		d.longest = max(d.longest, len(l.text))
		d.enter(i, l)
	}
	return d
}

// addSign enters a word that is only noted.
func (d *Detector) addSign(known map[string]int, a rules.Anchor, sign Signs) {
	d.literals[d.plain(known, a)].sign |= sign
}

func (d *Detector) addPlain(known map[string]int, rule int, a rules.Anchor) {
	i := d.plain(known, a)
	if !slices.Contains(d.literals[i].rules, rule) {
		l := &d.literals[i]
		l.name = a.Name && (l.name || len(l.rules) == 0)
		l.rules = append(l.rules, rule)
	}
}

// plain returns the index of the literal of an anchor in plain text.
func (d *Detector) plain(known map[string]int, a rules.Anchor) int {
	text := a.Literal
	if a.Fold {
		text = strings.ToLower(text)
	}
	id := text
	if a.Fold {
		id += "\x00fold"
	}
	i, ok := known[id]
	if !ok {
		i = len(d.literals)
		known[id] = i
		d.literals = append(d.literals, literal{text: text, fold: a.Fold})
	}
	return i
}

// addEncoded enters a literal in every encoding, and in the supported combinations
// of two encodings.
func (d *Detector) addEncoded(known map[string]int, encodings []decode.Encoding, text string) {
	for i := range encodings {
		e := &encodings[i]
		for _, form := range e.Forms(text) {
			d.addWrapped(known, i, e, form)
			for o := range encodings {
				if outer := &encodings[o]; outer.Holds(*e) {
					for _, twice := range outer.Forms(form.Text) {
						d.addForm(known, o, outer, twice)
					}
				}
			}
		}
	}
}

// addWrapped enters a form so that it is also found with a line break inside, unless
// the parts of the form are common in other text.
func (d *Detector) addWrapped(known map[string]int, number int, e *decode.Encoding, form decode.Form) {
	if e.Wrapped == nil {
		d.addForm(known, number, e, form)
		return
	}
	parts := e.Wrapped(form)
	if slices.ContainsFunc(parts, func(part decode.Form) bool {
		_, cost := leastCommon(literal{text: part.Text})
		return cost > tooCommon
	}) {
		parts = []decode.Form{form}
	}
	for _, part := range parts {
		d.addForm(known, number, e, part)
	}
}

// maxForm is the number of bytes of an encoded literal that are searched for. The
// range to search around each seam of a delta grows with it. The rest of the literal
// is compared after decoding.
const maxForm = 12

func (d *Detector) addForm(known map[string]int, number int, e *decode.Encoding, form decode.Form) {
	if e.Escape != 0 && len(form.Text) > maxForm {
		// Keep the first escape in the part that is searched for: a part without it may be plain text.
		first := max(0, strings.IndexByte(form.Text, e.Escape)-maxForm/2)
		form.Text = form.Text[min(first, len(form.Text)-maxForm):]
	}
	form.Text = form.Text[:min(len(form.Text), maxForm)]
	id := fmt.Sprintf("%s %d %s", e.Name, form.Phase, form.Text)
	if _, ok := known[id]; !ok {
		known[id] = len(d.literals)
		d.literals = append(d.literals, literal{text: form.Text, encoding: e, number: uint8(number), phase: form.Phase})
	}
}

// spellings returns the letter cases of an anchor to search for in encoded text.
func spellings(a rules.Anchor) []string {
	if !a.Fold {
		return []string{a.Literal}
	}
	all := []string{a.Literal, strings.ToLower(a.Literal), strings.ToUpper(a.Literal)}
	slices.Sort(all)
	return slices.Compact(all)
}

// tooCommon is the frequency, in millionths, above which a pair is too common to be
// entered only for forms with a line break inside.
const tooCommon = 5000

// enter puts a literal under its two least common overlapping pairs.
func (d *Detector) enter(i int, l literal) {
	best, _ := leastCommon(l)
	for _, a := range foldings(l.text[best], l.fold) {
		for _, b := range foldings(l.text[best+1], l.fold) {
			d.filter[uint16(a)|uint16(b)<<8] |= firstPair
			for _, c := range foldings(l.text[best+2], l.fold) {
				d.filter[uint16(b)|uint16(c)<<8] |= secondPair
				h := tripleHash(a, b, c)
				if d.byTriple[h] == 0 {
					d.byTriple[h] = uint16(len(d.entries))
					d.triples[h>>6] |= 1 << (h & 63)
					d.entries = append(d.entries, nil)
				}
				all := &d.entries[d.byTriple[h]]
				if n := len(*all); n == 0 || (*all)[n-1].literal != i {
					*all = append(*all, newEntry(i, best, l))
				}
			}
		}
	}
}

func newEntry(i, offset int, l literal) entry {
	e := entry{literal: i, offset: offset}
	for n := range min(8, len(l.text)) {
		e.bytes |= uint64(l.text[n]) << (8 * n)
		e.mask |= 0xff << (8 * n)
		if len(foldings(l.text[n], l.fold)) > 1 {
			e.fold |= ('a' - 'A') << (8 * n)
		}
	}
	return e
}

func foldings(c byte, fold bool) []byte {
	if fold && 'a' <= c && c <= 'z' {
		return []byte{c, c - 'a' + 'A'}
	}
	return []byte{c}
}

// anchors appends to found the anchors that are entirely in text[from:to], in order
// and without duplicates.
func (d *Detector) anchors(found []Anchor, text []byte, from, to int) []Anchor {
	start := len(found)
	i := from
	for ; i+9 <= to; i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		if d.filter[uint16(w)]|d.filter[uint16(w>>16)]|d.filter[uint16(w>>32)]|d.filter[uint16(w>>48)] == 0 {
			continue
		}
		// The third byte of the literal's two pairs follows or precedes this pair.
		for at := i; at < i+8; at += 2 {
			f := d.filter[uint16(w)]
			if f&firstPair != 0 && d.isTriple(text[at], text[at+1], text[at+2]) {
				found = d.compare(found, text, from, to, at)
			}
			if f&secondPair != 0 && at > from && d.isTriple(text[at-1], text[at], text[at+1]) {
				found = d.compare(found, text, from, to, at-1)
			}
			w >>= 16
		}
	}
	for ; i+2 <= to; i += 2 {
		f := d.filter[uint16(text[i])|uint16(text[i+1])<<8]
		if f&firstPair != 0 && i+3 <= to {
			found = d.compare(found, text, from, to, i)
		}
		if f&secondPair != 0 && i > from {
			found = d.compare(found, text, from, to, i-1)
		}
	}
	sortAnchors(found[start:])
	return found
}

// sortAnchors sorts anchors that come roughly in order: each is near its place.
func sortAnchors(found []Anchor) {
	for i := 1; i < len(found); i++ {
		a, to := found[i], i
		for ; to > 0 && (found[to-1].at > a.at || found[to-1].at == a.at && found[to-1].literal > a.literal); to-- {
			found[to] = found[to-1]
		}
		found[to] = a
	}
}

// isTriple reports whether a literal may contain three bytes as its two pairs.
func (d *Detector) isTriple(a, b, c byte) bool {
	h := tripleHash(a, b, c)
	return d.triples[h>>6]>>(h&63)&1 != 0
}

func tripleHash(a, b, c byte) uint16 {
	return uint16((uint32(a) | uint32(b)<<8 | uint32(c)<<16) * 0x9e3779b1 >> 16)
}

// compare appends the literals in text[from:to] that have the two pairs at text[at].
func (d *Detector) compare(found []Anchor, text []byte, from, to, at int) []Anchor {
	entries := d.entries[d.byTriple[tripleHash(text[at], text[at+1], text[at+2])]]
	for i := range entries {
		e := &entries[i]
		start := at - e.offset
		if start < from || start+8 <= len(text) && (binary.LittleEndian.Uint64(text[start:])|e.fold)&e.mask != e.bytes {
			continue // as most do
		}
		l := &d.literals[e.literal]
		if start+len(l.text) > to {
			continue
		}
		if l.matches(text[start : start+len(l.text)]) {
			found = append(found, Anchor{start, e.literal})
		}
	}
	return found
}

func (l *literal) matches(text []byte) bool {
	if !l.fold {
		return string(text) == l.text
	}
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != l.text[i] {
			return false
		}
	}
	return true
}

// Package rewrite masks keys in content: in text, in streams, in files and archives. The
// content stays valid in its format; only tokens are replaced.
package rewrite

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/decode"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// ErrLeft says that a text still has a key after masking.
var ErrLeft = errors.New("a key could not be masked")

// Rewriter masks keys. It is safe for concurrent use.
type Rewriter struct{ detector *detect.Detector }

// New returns a rewriter for everything that the rules find in text.
func New() *Rewriter { return &Rewriter{detect.NewForMasking(rules.All())} }

// Text returns text with the token of each key masked, in the encoding that it is in, and
// the keys that were masked, each once; text itself if there are none. A credential in an
// ApiKey header that is no key of QA Sphere is masked as a whole, and is the zero Key. The
// example keys of the documentation are no secrets, and stay. The error is [ErrLeft], or
// the error of ctx; the text is then masked in part.
func (r *Rewriter) Text(ctx context.Context, text []byte) (masked []byte, keys []rules.Key, err error) {
	m := masking{text: text}
	err = r.mask(ctx, &m, false)
	return m.text, m.masked.Keys, err
}

// masking is a text that is masked.
type masking struct {
	text []byte
	// mark is an offset that moves with the text.
	mark   int
	masked Masked
}

// maxRounds is how often a text is searched again after its keys were masked: of keys that
// overlap, one is masked in each round.
const maxRounds = 16

// mask does what Text does. The length of the text does not change if fixed.
func (r *Rewriter) mask(ctx context.Context, m *masking, fixed bool) error {
	var scratch []detect.Anchor
	found := r.detector.Next(ctx, m.text, detect.Judgement{}, nil, &scratch, nil)
	for range maxRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		edits := masks(found, &m.masked)
		if len(edits) == 0 {
			return nil
		}
		before := m.text
		copied := m.apply(edits, fixed || bytes.IndexByte(m.text, 0) >= 0)
		if bytes.Equal(m.text, before) {
			break
		}
		found = r.detector.Next(ctx, m.text, found, copied, &scratch, nil)
	}
	return ErrLeft
}

// masks returns the edits that mask what was found, in order and without overlaps, and adds
// the keys.
func masks(found detect.Judgement, masked *Masked) []decode.Edit {
	var edits []decode.Edit
	for _, h := range found.All() {
		if !isSecret(h) {
			continue
		}
		edits = append(edits, h.Masks...)
		masked.addKey(h.Key)
	}
	slices.SortStableFunc(edits, func(a, b decode.Edit) int { return cmp.Compare(a.Start, b.Start) })
	apart := edits[:0]
	for _, e := range edits {
		if len(apart) == 0 || apart[len(apart)-1].End <= e.Start {
			apart = append(apart, e)
		}
	}
	return apart
}

// apply carries out edits, and returns which parts of the new text are copied. Masks are as
// long as what they replace if the text is binary: sizes may be stored in it.
func (m *masking) apply(edits []decode.Edit, binary bool) (parts []odb.Edit) {
	edited := make([]byte, 0, len(m.text)+len(edits)*len(redact.Mask))
	mark := -1
	add := func(part []byte, from int) {
		if len(part) > 0 {
			parts = append(parts, odb.Edit{At: len(edited), Len: len(part), From: from})
			edited = append(edited, part...)
		}
	}
	at := 0
	for _, e := range edits {
		if mark < 0 && m.mark < e.End {
			mark = len(edited) + min(m.mark, e.Start) - at
		}
		add(m.text[at:e.Start], at)
		with := e.With
		switch {
		case with != nil:
		case binary:
			with = decode.Mask(m.text, e.Start, e.End)
		default:
			with = maskAt(m.text, e.Start)
		}
		add(with, -1)
		at = e.End
	}
	if mark < 0 {
		mark = len(edited) + m.mark - at
	}
	add(m.text[at:], at)
	m.text, m.mark = edited, mark
	return parts
}

// maskAt returns the mask for a token at text[at:].
func maskAt(text []byte, at int) []byte {
	if decode.StartsValue(text, at) {
		return []byte("(" + redact.Mask + ")")
	}
	return []byte(redact.Mask)
}

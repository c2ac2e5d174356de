package rewrite

import (
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// Masked says what was masked in content, and what was not.
type Masked struct {
	// Keys are the keys that were masked somewhere, each once. The zero Key is a credential in an
	// ApiKey header that is no key of QA Sphere.
	Keys []rules.Key
	// Left is what was not read, and keys that could not be masked.
	Left []unpack.Skip
	// known has the Keys: there may be many.
	known map[rules.Key]bool
}

// Add adds what was masked elsewhere.
func (m *Masked) Add(more Masked) {
	for _, key := range more.Keys {
		m.addKey(key)
	}
	m.Left = append(m.Left, more.Left...)
}

func (m *Masked) addKey(key rules.Key) {
	if len(m.known) != len(m.Keys) || m.known == nil {
		m.known = map[rules.Key]bool{}
		for _, key := range m.Keys {
			m.known[key] = true
		}
	}
	if !m.known[key] {
		m.known[key] = true
		m.Keys = append(m.Keys, key)
	}
}

// Names returns the keys that were masked as they may be shown.
func (m *Masked) Names() []string {
	var names []string
	for _, key := range m.Keys {
		if key == (rules.Key{}) {
			names = append(names, "a credential in an ApiKey header")
		} else {
			names = append(names, key.String())
		}
	}
	return names
}

// Content returns the content of a file with its keys masked, also in archives and
// compressed files that can be written; data itself if there are none.
func (r *Rewriter) Content(ctx context.Context, data []byte) ([]byte, Masked) {
	var masked Masked
	edit := func(text []byte, fixed bool) []byte {
		m := masking{text: text, masked: masked}
		err := r.mask(ctx, &m, fixed)
		masked = m.masked
		if err != nil {
			masked.Left = append(masked.Left, unpack.Skip{Failed: true, Reason: err.Error()})
		}
		return m.text
	}
	rewritten, unread := unpack.Rewrite(ctx, data, unpack.DefaultLimits(), unpack.Editor{
		Edit: edit, Matches: func(text []byte) bool { return r.matches(ctx, text) },
		Mark: func() func() {
			known := len(masked.Keys)
			return func() { masked.Keys = masked.Keys[:known] }
		},
	})
	for _, skip := range unread {
		masked.Left = append(masked.Left, r.shown(ctx, skip))
	}
	return rewritten, masked
}

// shown returns a skip with the keys masked that are in names.
func (r *Rewriter) shown(ctx context.Context, skip unpack.Skip) unpack.Skip {
	clean := func(text string) string {
		masked, _, _ := r.Text(ctx, []byte(text))
		return string(masked)
	}
	shown := unpack.Skip{Failed: skip.Failed, Reason: clean(skip.Reason)}
	for _, layer := range skip.Layers {
		shown.Layers = append(shown.Layers, clean(layer))
	}
	return shown
}

// matches reports whether there is something to mask in a text.
func (r *Rewriter) matches(ctx context.Context, text []byte) bool {
	return slices.ContainsFunc(r.detector.Find(ctx, text), isSecret)
}

// isSecret reports whether a hit is no example of the documentation.
func isSecret(h detect.Hit) bool { return !h.Key.Documented() }

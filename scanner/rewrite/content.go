package rewrite

import (
	"context"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// Content returns the content of a file with its keys masked, also in archives and
// compressed files that can be written; data itself if there are none. Each key that was
// masked is named once. The skips are what was not read, and keys that are not masked.
func (r *Rewriter) Content(ctx context.Context, data []byte) (masked []byte, keys []rules.Key, skips []unpack.Skip) {
	edit := func(text []byte, fixed bool) []byte {
		m := masking{text: text, keys: keys}
		err := r.mask(ctx, &m, fixed)
		keys = m.keys
		if err != nil {
			skips = append(skips, unpack.Skip{Failed: true, Reason: err.Error()})
		}
		return m.text
	}
	matches := func(text []byte) bool {
		return slices.ContainsFunc(r.detector.Find(ctx, text), isSecret)
	}
	masked, unread := unpack.Rewrite(ctx, data, unpack.DefaultLimits(), unpack.Editor{Edit: edit, Matches: matches})
	return masked, keys, append(skips, unread...)
}

// isSecret reports whether a hit is no example of the documentation.
func isSecret(h detect.Hit) bool { return !h.Key.Documented() }

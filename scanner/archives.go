package scanner

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/qasleaks/qasleaks/scanner/delivery"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// sighting is a hit with its position in a text. In an archive, lines and columns are
// positions in the innermost member, which people see after they unpack it.
type sighting struct {
	hit   detect.Hit
	group groupID
	at    Occurrence
	// member has the layers of the archive member that contains the hit; nil outside of
	// archives.
	member []string
}

// tokenBytes are the characters that a token can have.
const tokenBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// inPlainText reports whether a sighting is the key as it is, in one piece.
func inPlainText(data []byte, f *sighting) bool {
	key := f.hit.Key
	if len(f.at.Layers) > 0 || f.hit.End > len(data) || f.hit.Start >= f.hit.End {
		return false
	}
	_, token, found := bytes.Cut(data[f.hit.Start:f.hit.End], []byte(key.TenantID+"."+key.KeyID+"."))
	return found && len(bytes.TrimLeft(token, tokenBytes)) == 0
}

// isText reports whether git takes a content for text: it looks for a zero byte in the
// first bytes (FIRST_FEW_BYTES in its xdiff-interface.c).
func isText(data []byte) bool {
	const first = 8 << 10
	return bytes.IndexByte(data[:min(len(data), first)], 0) < 0
}

// sightings yields the positions of the hits in a file or blob, and the hits in what
// is packed in it. A hit in the bytes of an archive that is also in one of its members
// is left out: the member is stored without compression.
func (s *scan) sightings(ctx context.Context, data []byte, hits iter.Seq[*detect.Hit], secrets masks, budget *detect.Budget) (iter.Seq[sighting], []unpack.Skip) {
	found, skips := s.unpack(ctx, data, budget)
	packed := map[groupID]bool{}
	for _, f := range found {
		packed[f.group] = true
	}
	return func(yield func(sighting) bool) {
		for h, o := range s.locate(data, hits, secrets) {
			if id := groupOf(h); !packed[id] && !yield(sighting{hit: *h, group: id, at: o}) {
				return
			}
		}
		for _, f := range found {
			if !yield(f) {
				return
			}
		}
	}, skips
}

// unpack searches the archives in data.
func (s *scan) unpack(ctx context.Context, data []byte, budget *detect.Budget) (found []sighting, skips []unpack.Skip) {
	packages := delivery.NewPackages()
	var unread []unpack.Skip
	skips = unpack.Walk(ctx, data, s.opts.Unpack, func(m unpack.Member) {
		s.progress.Bytes.Add(int64(len(m.Data)))
		packages.See(m)
		for _, n := range s.namedIn("the file in the archive", m.Layers[len(m.Layers)-1]) {
			n.at.Layers = m.Layers
			found = append(found, sighting{hit: n.hit, group: groupOf(&n.hit), at: n.at, member: m.Layers})
		}
		if isBrotli(m.Layers[len(m.Layers)-1], m.Data) {
			unread = append(unread, unpack.Skip{Layers: m.Layers, Reason: brotliUnread})
		}
		hits := detect.Hits{s.detector.FindWithin(ctx, m.Data, budget)}
		if hits.Len() == 0 {
			return
		}
		shipped := delivery.Of(delivery.MemberName(m), m.Data, nil)
		for h, o := range s.locate(m.Data, hits.Each(), masksOf(m.Data, hits)) {
			o.Layers = slices.Concat(m.Layers, o.Layers)
			f := sighting{hit: *h, group: groupOf(h), at: o, member: m.Layers}
			f.at.client = shipped.At(h.Start)
			found = append(found, f)
		}
	})
	for i := range found {
		f := &found[i]
		f.at.client = packages.Delivery(f.member, f.at.client)
		if slices.Contains(f.member, "base64") { // a test report, a log, an attachment
			f.at.client = ""
		}
	}
	return found, append(skips, unread...)
}

// isBrotli reports whether a file is compressed by brotli, which only its name says: the
// format has no magic number.
func isBrotli(name string, data []byte) bool {
	return strings.HasSuffix(name, ".br") && !utf8.Valid(data[:min(len(data), 512)])
}

// brotliUnread is why such a file is not read.
const brotliUnread = "brotli file, its contents were not unpacked"

// unread records the parts of an archive at path that were not read.
func (s *scan) unread(path string, skips []unpack.Skip) {
	for _, skip := range skips {
		kind := SkipPolicy
		if skip.Failed {
			kind = SkipFailed
		}
		s.skip(Skip{Path: strings.Join(append([]string{path}, skip.Layers...), "!"), Kind: kind, Reason: skip.Reason})
	}
}

// unpacked searches the archives in an object and appends their hits to hits.
func (h *history) unpacked(ctx context.Context, s *scan, o *odb.Object, hits []detect.Hit, budget *detect.Budget) []detect.Hit {
	found, skips := s.unpack(o.Turn.With(ctx), o.Data, budget)
	s.unread(h.prefix+".git/blob/"+o.ID.String(), skips)
	for _, f := range found {
		hits = append(hits, f.hit)
	}
	return hits
}

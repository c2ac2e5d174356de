package scanner

import (
	"cmp"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
)

// named is a key in the name of something, which becomes a finding if the key is nowhere
// else.
type named struct {
	hit detect.Hit
	at  Occurrence
}

// inName searches the name of a file; beside says that it is in a git directory.
func (s *scan) inName(path string, beside bool) {
	for _, n := range s.namedIn("the file", path) {
		n.at.Path, n.at.Object, n.at.OnDisk, n.at.Beside = path, s.filesAre, s.filesAre == ObjectFile, beside
		s.keepName(n)
	}
}

// keepName keeps a key in a name. Of several names with the key, the first one counts; a
// file of git, such as a reflog, counts only if there is no other.
func (s *scan) keepName(n named) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := groupOf(&n.hit)
	known, ok := s.names[id]
	if !ok || cmp.Or(compareBool(n.at.Beside, known.at.Beside), cmp.Compare(n.at.Path, known.at.Path)) < 0 {
		s.names[id] = n
	}
}

// namedIn returns the keys in a name; what says what it is the name of: "the file".
func (s *scan) namedIn(what, name string) []named {
	var all []named
	for _, h := range s.detector.FindInName(name) {
		if h.Key == (rules.Key{}) {
			continue
		}
		h.Where = "in the name of " + what
		n := named{hit: h, at: Occurrence{Layers: h.Layers, Line: 1, Column: 1, EndLine: 1, EndColumn: 1, hosts: h.Hosts}}
		s.judged(&n.at, &h)
		all = append(all, n)
	}
	return all
}

// seeNames makes occurrences of the keys that are only in names.
func (s *scan) seeNames() {
	for id, n := range s.names {
		if g := s.groups[id]; g == nil || len(g.occurrences) == 0 {
			s.see(&sighting{hit: n.hit, group: id}, &n.at)
		}
	}
}

// Hide returns a text from elsewhere, such as a path or an error, without the tokens of
// the keys in it, plain or encoded, and without what may be a token.
func Hide(text string) string {
	return hideTokens(hideKeys(everyRule(), text))
}

// everyRule has the detector of all rules about keys.
var everyRule = sync.OnceValue(func() *detect.Detector { return detect.New(rules.All()) })

// hideKeys masks the keys in a name or a short text. A key ID and its tenant stay visible.
// It cannot be interrupted: it is for short texts, also those of errors at the end.
func hideKeys(d *detect.Detector, text string) string {
	hits := d.FindInName(text)
	if len(hits) == 0 {
		return text
	}
	c := newCursor([]byte(text), -1)
	c.masks = masksOf([]byte(text), detect.Hits{hits})
	return string(c.appendMasked(nil, 0, len(text), func(from, to int) string { return hideSecrets(c.plain(from, to)) }))
}

// hideTokens masks the words of a text that may be a token, plain or encoded. Unlike
// [hideSecrets] it keeps hashes, and words that are a name or a number.
func hideTokens(text string) string {
	return alnumRuns(text, func(run string) bool {
		const hexToken = 32 // digits
		isHash := len(run) == 40 || len(run) == 64
		if strings.Trim(run, "0123456789abcdefABCDEF") == "" {
			return len(run) >= hexToken && !isHash
		}
		parts, digits := partsOf(run)
		return len(run) >= 16 && digits > 0 && 4*parts > len(run)
	})
}

package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// groupID identifies what a hit is about. A key is known by its fingerprint. A literal
// that has no key ID is known by its rule and the rest of its line; with its path
// that makes its fingerprint.
type groupID = string

func groupOf(h detect.Hit) groupID {
	if h.Key != (rules.Key{}) {
		return h.Key.Fingerprint()
	}
	return h.Rule.ID + "\x00" + h.Line
}

// group is a finding in the making: the hits on one key, or on one literal that
// has none, by its line.
type group struct {
	id     groupID
	key    rules.Key
	secret redact.Secret
	// secrets are all values seen: one key ID may have several tokens.
	secrets map[string]redact.Secret
	// pieces are the parts of tokens that are not written in one piece.
	pieces      []redact.Secret
	occurrences []Occurrence
}

// fingerprint returns the fingerprint of the group's finding, at a path if it has no
// key ID: 16 hex digits of SHA-256.
func (g *group) fingerprint(path string) string {
	if g.key != (rules.Key{}) {
		return g.id
	}
	rule, line, _ := strings.Cut(g.id, "\x00")
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", rule, path, line))
	return hex.EncodeToString(sum[:8])
}

// see adds an occurrence to the group of its hit.
func (s *scan) see(f sighting, o Occurrence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(f.group, f.hit)
	if !s.reports(f.hit.Rule.ID) || !holds(o.Rule, o.Path) {
		return
	}
	g.occurrences = append(g.occurrences, o)
}

// group returns the group of a hit. It is called with s.mu held.
func (s *scan) group(id groupID, h detect.Hit) *group {
	g, ok := s.groups[id]
	if !ok {
		id = strings.Clone(id)
		g = &group{id: id, key: h.Key, secret: h.Secret, secrets: map[string]redact.Secret{}}
		s.groups[id] = g
	}
	if h.Secret != (redact.Secret{}) {
		g.secrets[h.Secret.Reveal()] = h.Secret
	}
	g.pieces = append(g.pieces, h.Pieces...)
	return g
}

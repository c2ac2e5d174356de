package scanner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// groupID identifies the subject of a hit: the fingerprint of a key; the rule and a hash
// of a literal without a key ID; or the rule of a lint finding and its text.
type groupID = string

func groupOf(h *detect.Hit) groupID {
	switch {
	case h.Key != (rules.Key{}):
		return h.Key.Fingerprint()
	case h.Rule.Lint:
		return h.Rule.ID + "\x00" + h.Line
	}
	value := sha256.Sum256([]byte(h.Secret.Reveal())) // a value may be long
	return h.Rule.ID + "\x00" + string(value[:])
}

// placeOf returns the fingerprint of the place of a hit that is not about a key: its rule,
// path and line determine it. The value does not: whoever knows the hash of a weak password
// can guess it.
func placeOf(h *detect.Hit, path string) (id fingerprint) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", h.Rule.ID, path, h.Line))
	hex.Encode(id[:], sum[:len(id)/2])
	return id
}

// group collects the hits of a finding: all hits on one key, or on one literal
// without a key ID.
type group struct {
	id  groupID
	key rules.Key
	// secret is the first value found; others are the other ones: one key ID may have
	// several tokens.
	secret redact.Secret
	others map[redact.Secret]bool
	// pieces are the parts of tokens that are not contiguous.
	pieces []redact.Secret
	// several says that several tokens were found, although secrets may lack them.
	several     bool
	occurrences []Occurrence
	// since is when a commit first had it; zero if none has.
	since time.Time
}

// see adds an occurrence to the group of its hit, and returns where it is.
func (s *scan) see(f *sighting, o *Occurrence) place {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.group(f.group, &f.hit)
	if !o.first.IsZero() && (g.since.IsZero() || o.first.Before(g.since)) {
		g.since = o.first
	}
	if !s.reports(f.hit.Rule.ID) || !appliesTo(*o.Rule, o.Path) {
		own := *o
		return place{group: g, own: &own}
	}
	switch {
	case o.about != nil:
		o.id = placeOf(&f.hit, "")
	case f.hit.Key == (rules.Key{}):
		o.id = placeOf(&f.hit, o.Path)
	}
	g.occurrences = append(g.occurrences, *o)
	return place{group: g, index: len(g.occurrences) - 1}
}

// reserve makes room for the sightings of hits, if there are many, and for the occurrences of
// those of one key.
func (s *scan) reserve(hits detect.Hits) {
	const many = 1000
	if hits.Len() < many {
		return
	}
	count := map[rules.Key]int{}
	for h := range hits.Each() {
		count[h.Key]++
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.project.keys.grow(hits.Len())
	for h := range hits.Each() {
		if n := count[h.Key]; n >= many && h.Key != (rules.Key{}) {
			g := s.group(groupOf(h), h)
			g.occurrences = slices.Grow(g.occurrences, n)
		}
		delete(count, h.Key)
	}
}

// add adds a value that was found, unless it is empty.
func (g *group) add(secret redact.Secret) {
	if secret == (redact.Secret{}) || secret == g.secret {
		return
	}
	if g.others == nil {
		g.others = map[redact.Secret]bool{}
	}
	g.others[secret] = true
}

// secrets returns all values found, in order.
func (g *group) secrets() []redact.Secret {
	var all []redact.Secret
	if g.secret != (redact.Secret{}) {
		all = append(all, g.secret)
	}
	for secret := range g.others {
		all = append(all, secret)
	}
	slices.SortFunc(all, compareSecrets)
	return all
}

// group returns the group of a hit. The caller must hold s.mu.
func (s *scan) group(id groupID, h *detect.Hit) *group {
	g, ok := s.groups[id]
	if !ok {
		id = strings.Clone(id)
		g = &group{id: id, key: h.Key, secret: h.Secret}
		s.groups[id] = g
	}
	g.add(h.Secret)
	g.pieces = append(g.pieces, h.Pieces...)
	return g
}

// Fingerprints returns the fingerprint of a finding and those of all its places, which only
// a literal without a key ID has. An entry for any of them counts.
func (f *Finding) Fingerprints() []string {
	all := []string{f.Fingerprint}
	seen := map[string]bool{f.Fingerprint: true}
	for _, o := range f.Load().Occurrences {
		if o.id != (fingerprint{}) && !seen[o.id.String()] {
			seen[o.id.String()] = true
			all = append(all, o.id.String())
		}
	}
	return all
}

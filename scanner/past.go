package scanner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
)

// keyInPast is a sighting with its occurrence.
type keyInPast struct {
	rules.Sighting
	at place
}

// past returns the places of keys that are in no file but in the histories of repositories,
// one for each path. Repositories that have a commit in common are copies of one, and count
// as that.
func (s *scan) past() []keyInPast {
	if !s.opts.period().All() {
		return nil
	}
	var found []keyInPast
	type inFile struct {
		key  rules.Key
		path string
	}
	known := map[inFile]bool{}
	for _, g := range s.groups {
		isOnDisk := func(o Occurrence) bool { return o.OnDisk || o.Object == ObjectIndex }
		if g.key == (rules.Key{}) || g.key.Documented() || slices.ContainsFunc(g.occurrences, isOnDisk) {
			continue
		}
		accepted := slices.ContainsFunc(s.opts.Ignores, func(i Ignore) bool {
			return i.Fingerprint == g.key.Fingerprint() && !i.Expired(s.now)
		})
		for i, o := range g.occurrences {
			root := s.rootOf(o.Path)
			if at := (inFile{g.key, o.Path}); o.Object != ObjectBlob || known[at] {
				continue
			}
			known[inFile{g.key, o.Path}] = true
			found = append(found, keyInPast{rules.Sighting{Key: g.key, Path: o.Path, Root: root, Accepted: accepted}, place{group: g, index: i}})
		}
	}
	slices.SortFunc(found, func(a, b keyInPast) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Key.String(), b.Key.String()))
	})
	first := map[string]string{} // the repository of a commit
	for i, k := range found {
		found[i].Repository = cmp.Or(k.Root, "/")
		added := k.at.occurrence().Commit
		if added == nil {
			continue
		}
		if known, ok := first[added.SHA]; ok {
			found[i].Repository = known
		} else {
			first[added.SHA] = found[i].Repository
		}
	}
	return found
}

// rootOf returns the root of the innermost repository that a path is in: empty, or ending
// with a slash.
func (s *scan) rootOf(name string) string {
	root := ""
	for _, p := range s.provenance {
		if prefix := p.Path + "/"; p.Path != "" && len(prefix) > len(root) && strings.HasPrefix(name, prefix) {
			root = prefix
		}
	}
	return root
}

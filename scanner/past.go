package scanner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
)

// past returns the places of keys that are in no file but in the histories of repositories,
// one for each path. Repositories that have a commit in common are copies of one, and count
// as that.
func (s *scan) past() []keyInFile {
	if !s.opts.period().All() {
		return nil
	}
	var found []keyInFile
	for _, g := range s.groups {
		isOnDisk := func(o Occurrence) bool { return o.OnDisk || o.Object == ObjectIndex }
		if g.key == (rules.Key{}) || g.key.Documented() || slices.ContainsFunc(g.occurrences, isOnDisk) {
			continue
		}
		accepted := slices.ContainsFunc(s.opts.Ignores, func(i Ignore) bool {
			return i.Fingerprint == g.key.Fingerprint() && !i.Expired(s.now)
		})
		for _, o := range g.occurrences {
			root := s.rootOf(o.Path)
			if o.Object != ObjectBlob || slices.ContainsFunc(found, func(k keyInFile) bool { return k.Key == g.key && k.Path == o.Path }) {
				continue
			}
			found = append(found, keyInFile{rules.Sighting{Key: g.key, Path: o.Path, Root: root, Accepted: accepted}, o})
		}
	}
	slices.SortFunc(found, func(a, b keyInFile) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Key.String(), b.Key.String()))
	})
	first := map[string]string{} // the repository of a commit
	for i, k := range found {
		found[i].Repository = cmp.Or(k.Root, "/")
		if k.at.Commit == nil {
			continue
		}
		if known, ok := first[k.at.Commit.SHA]; ok {
			found[i].Repository = known
		} else {
			first[k.at.Commit.SHA] = found[i].Repository
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

package scanner

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/bmatcuk/doublestar/v4"
)

// exclusion is what a glob of the configuration has matched: files, or the folder of a
// file.
type exclusion struct{ file, folder atomic.Bool }

// excluded returns the glob of the configuration that excludes a path.
func (s *scan) excluded(path string) (pattern string, ok bool) {
	for i, glob := range s.opts.Exclude {
		seen := &s.exclusions[i]
		switch {
		case ok && seen.file.Load():
		case doublestar.MatchUnvalidated(glob, path):
			seen.file.Store(true)
			if !ok {
				pattern, ok = glob, true
			}
		case !seen.folder.Load() && doublestar.MatchUnvalidated(below(glob), path):
			seen.folder.Store(true)
		}
	}
	return pattern, ok
}

// below returns the glob of all files in a folder.
func below(glob string) string { return strings.TrimSuffix(glob, "/") + "/**" }

// uselessExclusions adds notes on globs that exclude nothing. Only a whole scan shows that
// no file matches.
func (s *scan) uselessExclusions(whole bool) {
	var unused []string
	for i, glob := range s.opts.Exclude {
		switch seen := &s.exclusions[i]; {
		case seen.file.Load():
		case seen.folder.Load():
			s.note(fmt.Sprintf("exclude %q names a folder, and excludes no file in it: write %q", glob, below(glob)))
		case whole:
			unused = append(unused, fmt.Sprintf("%q", glob))
		}
	}
	if len(unused) > 0 {
		s.note("exclude matches no file that is scanned: " + few(unused))
	}
}

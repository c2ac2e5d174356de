package rules

import (
	"slices"
	"strings"
	"time"
)

// Project is what a scan knows about the files it read, for rules with a Check. Its
// paths are the paths of reports, with slashes.
type Project struct {
	// Files are the files that [Looked] accepts or that speak of QA Sphere, sorted by path.
	Files []File
	// Keys are the places of keys in files, sorted by place. Archives are left out.
	Keys []Sighting
	// Places is what [PlacesOf] returns for Keys, for the rules that use it; nil if it is
	// not known.
	Places [][]int
	// Past are the places of keys that are in no file but in histories, each once for a path.
	// Their Start and End are zero. In [Lint.Seen] they follow Keys.
	Past []Sighting
	// Parsed keeps what rules parse for those that follow; nil keeps nothing.
	Parsed *Pipelines
	// Now is the time of the scan.
	Now time.Time
	// Days is the threshold of the rule, see [Tuning].
	Days int
}

// File is a file on disk or in the index.
type File struct {
	Path string
	// Root is the path of its working tree or target: empty, or ending with a slash.
	Root string
	// Tracked and Ignored are how git treats the file. If neither is set, git add would
	// add it. InGit is false outside a repository.
	InGit, Tracked, Ignored bool
	// Names says that QAS is in the file, in any case, and Speaks that one of [Signs] is.
	Names, Speaks bool
	// Read returns the content; nil if the file cannot be read or is too large.
	Read func() []byte
}

// Sighting is a place of a key.
type Sighting struct {
	Key  Key
	Path string
	// Root is the Root of the file. Repository identifies the repository; empty outside
	// one.
	Root, Repository string
	// Start and End are the bounds of the key in its file.
	Start, End int
	// Before is the text before the key on its line, or the end of it.
	Before []byte
	// Hosts are the hosts of QA Sphere near the key.
	Hosts []string
	// Accepted says that the key does not count there: a comment on its line allows it,
	// or the configuration ignores it.
	Accepted bool
	// Leaked says that the scan reports the key as an error.
	Leaked bool
	// Since is when a commit first had the key; zero if none has.
	Since time.Time
}

// Lint is a lint finding of a rule with a Check.
type Lint struct {
	// Path is the file of the finding. Start and End are zero if the finding is about
	// the file as a whole.
	Path string
	Match
	// Seen is the index plus one of the sighting that the finding is about, and has its
	// place from; zero for none.
	Seen int
	// Append is an edit of another file; zero for none.
	Append Append
}

// Append is a line to add to a file, which may not exist yet.
type Append struct{ Path, Line string }

// file returns the file with a path.
func (p Project) file(name string) (File, bool) {
	i, ok := slices.BinarySearchFunc(p.Files, name, func(f File, name string) int { return strings.Compare(f.Path, name) })
	if !ok {
		return File{}, false
	}
	return p.Files[i], true
}

// places returns the places of each key in a file.
func (p Project) places() [][]int {
	if p.Places == nil {
		return PlacesOf(p.Keys)
	}
	return p.Places
}

// PlacesOf returns for each key the indices of its sightings, without accepted ones. The
// keys are in the order of their first sighting.
func PlacesOf(keys []Sighting) [][]int {
	number := map[Key]int{}
	of := make([]int, len(keys)) // the number of the key of each sighting; -1 if it is accepted
	var count []int
	for i := range keys {
		k, n := &keys[i], -1
		switch {
		case k.Accepted:
		case i > 0 && of[i-1] >= 0 && k.Key == keys[i-1].Key: // often
			n = of[i-1]
		default:
			var ok bool
			if n, ok = number[k.Key]; !ok {
				n = len(count)
				number[k.Key], count = n, append(count, 0)
			}
		}
		if of[i] = n; n >= 0 {
			count[n]++
		}
	}
	places, all := make([]int, len(keys)), make([][]int, len(count))
	for n, size := range count {
		all[n], places = places[:0:size], places[size:]
	}
	for i, n := range of {
		if n >= 0 {
			all[n] = append(all[n], i)
		}
	}
	return all
}

// keysIn returns the keys in a file.
func (p Project) keysIn(path string) []Sighting {
	first, _ := slices.BinarySearchFunc(p.Keys, path, func(k Sighting, path string) int { return strings.Compare(k.Path, path) })
	keys := p.Keys[first:]
	n, _ := slices.BinarySearchFunc(keys, path, func(k Sighting, path string) int {
		if k.Path == path {
			return -1
		}
		return 1
	})
	return keys[:n]
}

// hasCredential reports whether a file has a QA Sphere credential in it that is not
// accepted.
func (p Project) hasCredential(f File) bool {
	if keys := p.keysIn(f.Path); len(keys) > 0 {
		return !keys[0].Accepted
	}
	return holdsCredential(f.Read())
}

// ignoreLine returns the line of .gitignore that ignores a file.
func ignoreLine(f File) Append {
	return Append{f.Root + ".gitignore", "/" + f.Path[len(f.Root):]}
}

// keyLint returns the finding about the key of a sighting. The message continues with
// what: "was created on …".
func keyLint(sighting int, key Key, severity Severity, c Confidence, what string) Lint {
	message := "Key " + key.TenantID + "." + key.KeyID + " " + what
	return Lint{
		Seen:  sighting + 1,
		Match: Match{Severity: severity, Confidence: c, Subject: key.String(), Message: message},
	}
}

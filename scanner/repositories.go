package scanner

import (
	"cmp"
	"context"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// RepositoryState says what became of the scan of a repository.
type RepositoryState string

// The states. Of a repository that failed no history was read.
const (
	RepositoryScanned    RepositoryState = "scanned"
	RepositoryUnchanged  RepositoryState = "unchanged" // counted from an earlier report
	RepositoryIncomplete RepositoryState = "incomplete"
	RepositoryFailed     RepositoryState = "failed"
)

// Repository identifies a scanned repository and its version, and says what was read of it.
type Repository struct {
	// Name identifies it in the result, as in [Occurrence]: its path, or "." for the
	// target itself.
	Name string
	// Path is the path of its root, as in [Occurrence]: "" for the target itself.
	Path string
	// Remote is the URL that it was cloned from, without credentials; "" if it has no
	// remote that others can reach.
	Remote string
	// Head is the commit that is checked out, "" if there is none yet. Branch is the
	// current branch, "" if HEAD is detached.
	Head, Branch string
	// Digest is a digest of its refs, reflogs and settings: as long as it stays the same,
	// so do the commits and messages that are reachable.
	Digest string
	// State says what became of it, and Reason why, if it is incomplete or failed.
	State  RepositoryState
	Reason string
	// Objects and Bytes are what was read of its history. Seconds is how long it was
	// scanned, with its files.
	Objects, Bytes int64
	Seconds        float64
}

// repositoryAt returns the repository at a path.
func repositoryAt(path string) *Repository {
	path = strings.TrimSuffix(path, "/")
	return &Repository{Name: cmp.Or(path, "."), Path: path, State: RepositoryScanned}
}

// provenance returns the version of the repository at a path.
func provenance(ctx context.Context, r *repo.Repository, path string) *Repository {
	p := repositoryAt(path)
	p.Branch, p.Remote = strings.TrimPrefix(r.HeadRef, "refs/heads/"), r.Remote(ctx)
	p.Digest, _ = r.Digest() // empty if a ref cannot be read, which is a failure of its own
	if r.Head != "" {
		p.Head = r.Head.String()
	}
	return p
}

// repositoryOf returns the innermost repository that a path is in; nil if there is none.
func (s *scan) repositoryOf(path string) *Repository {
	var found *Repository
	longest := -1
	for root, r := range s.roots {
		if len(root) > longest && strings.HasPrefix(path, root) {
			found, longest = r, len(root)
		}
	}
	return found
}

// nameRepositories sets the repository of each occurrence, and the state of each
// repository. It returns the repositories.
func (s *scan) nameRepositories(findings []Finding) []Repository {
	for i := range findings {
		for j := range findings[i].Occurrences {
			o := &findings[i].Occurrences[j]
			if r := s.repositoryOf(o.Path); r != nil {
				o.Repository = r.Name
			}
		}
	}
	for _, skip := range s.coverage.Skipped {
		r := s.repositoryOf(skip.Path)
		if r == nil || skip.Kind != SkipFailed || r.State == RepositoryFailed {
			continue
		}
		if r.State != RepositoryIncomplete || skip.Reason < r.Reason {
			r.State, r.Reason = RepositoryIncomplete, skip.Reason
		}
	}
	var all []Repository
	for _, r := range s.provenance {
		all = append(all, *r)
	}
	return all
}

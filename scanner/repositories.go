package scanner

import (
	"context"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Repository identifies a scanned repository and its version.
type Repository struct {
	// Path is the path of its root, as in [Occurrence]: "" for the target itself.
	Path string
	// Remote is the URL that it was cloned from, without credentials; "" if it has no
	// remote that others can reach.
	Remote string
	// Head is the commit that is checked out, "" if there is none yet. Branch is the
	// current branch, "" if HEAD is detached.
	Head, Branch string
}

// provenance returns the version of the repository at a path.
func provenance(ctx context.Context, r *repo.Repository, path string) Repository {
	p := Repository{
		Path: strings.TrimSuffix(path, "/"), Branch: strings.TrimPrefix(r.HeadRef, "refs/heads/"), Remote: r.Remote(ctx),
	}
	if r.Head != "" {
		p.Head = r.Head.String()
	}
	return p
}

package scanner

import (
	"context"
	"strings"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// Repository tells which version of which repository was scanned.
type Repository struct {
	// Path is that of its root, as in [Occurrence]: "" for the target itself.
	Path string
	// Remote is the URL that it was cloned from, without credentials; "" if it
	// has none that others could reach.
	Remote string
	// Head is the commit checked out, "" if there is none yet, and Branch the
	// branch it is on, "" if HEAD is detached.
	Head, Branch string
}

// provenance returns which version a repository is at, at a path.
func provenance(ctx context.Context, r *repo.Repository, path string) Repository {
	p := Repository{
		Path: strings.TrimSuffix(path, "/"), Branch: strings.TrimPrefix(r.HeadRef, "refs/heads/"), Remote: r.Remote(ctx),
	}
	if r.Head != "" {
		p.Head = r.Head.String()
	}
	return p
}

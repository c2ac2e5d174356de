package scanner

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
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
func (r *repository) provenance(ctx context.Context, path string) Repository {
	p := Repository{
		Path: strings.TrimSuffix(path, "/"), Branch: strings.TrimPrefix(r.headRef, "refs/heads/"),
	}
	if r.head != "" {
		p.Head = r.head.String()
	}
	cfg, err := readConfig(ctx, r.gitDir, filepath.Join(r.commonDir, "config"))
	if err != nil {
		return p // it was read before: what is not known is left empty
	}
	remotes := cfg.Section("remote").Subsections
	for _, remote := range remotes {
		if remote.Name == "origin" || len(remotes) == 1 {
			p.Remote = publicURL(remote.Option("url"))
		}
	}
	return p
}

// scpLike is the short form of ssh URLs (git-clone(1), "Git URLs").
var scpLike = regexp.MustCompile(`^([^@/:]+@)?([^@/:]{2,}):/?([^:/].*)$`)

// publicURL returns the URL of a remote without its user, password, query and
// fragment; "" for what is a path of this machine or no URL. The user "git" of ssh
// stays: it is no secret, and hosting services take no other.
func publicURL(remote string) string {
	if parts := scpLike.FindStringSubmatch(remote); parts != nil && !strings.Contains(remote, "://") {
		remote = "ssh://" + parts[1] + parts[2] + "/" + parts[3]
	}
	u, err := url.Parse(remote)
	if err != nil || u.Host == "" {
		return ""
	}
	var user *url.Userinfo
	switch scheme := strings.ToLower(u.Scheme); scheme {
	case "ssh":
		if u.User.Username() == "git" {
			user = url.User("git")
		}
		fallthrough
	case "https", "http", "git":
		return (&url.URL{Scheme: scheme, User: user, Host: u.Host, Path: cmp.Or(u.Path, "/")}).String()
	}
	return ""
}

package repo

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// Remote returns the URL that the repository was cloned from, without credentials;
// "" if it has none that others could reach.
func (r *Repository) Remote(ctx context.Context) string {
	cfg, err := readConfig(ctx, r.GitDir, filepath.Join(r.CommonDir, "config"))
	if err != nil {
		return "" // it was read before: what is not known is left empty
	}
	remotes := cfg.Section("remote").Subsections
	for _, remote := range remotes {
		if remote.Name == "origin" || len(remotes) == 1 {
			return publicURL(remote.Option("url"))
		}
	}
	return ""
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

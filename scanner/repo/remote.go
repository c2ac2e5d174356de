package repo

import (
	"cmp"
	"context"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// Remote returns the URL of the remote "origin", or of the only remote, without
// credentials. It returns "" if there is none, or if others cannot reach it.
func (r *Repository) Remote(ctx context.Context) string {
	cfg, err := readConfig(ctx, r.GitDir, filepath.Join(r.CommonDir, "config"))
	if err != nil {
		return "" // Open has reported the error
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

// publicURL returns the URL of a remote without user, password, query and fragment.
// It returns "" for a local path and for an invalid URL. It keeps the user "git" of
// ssh URLs: it is no secret, and hosting services accept no other.
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

package repo

import "testing"

func TestPublicURL(t *testing.T) {
	for remote, want := range map[string]string{
		"https://github.com/o/r.git":                 "https://github.com/o/r.git",
		"https://user:secret@github.com/o/r?token=x": "https://github.com/o/r",
		"HTTPS://secret@Example.com/r#x":             "https://Example.com/r",
		"git@github.com:o/r.git":                     "ssh://git@github.com/o/r.git",
		"github.com:o/r.git":                         "ssh://github.com/o/r.git",
		"ssh://git:secret@example.com:2222/o/r":      "ssh://git@example.com:2222/o/r",
		"https://git@example.com/o/r":                "https://example.com/o/r",
		"ada@example.com:o/r.git":                    "ssh://example.com/o/r.git",
		"git@example.com:/srv/r.git":                 "ssh://git@example.com/srv/r.git",
		"git://example.com":                          "git://example.com/",
		"/srv/git/r.git":                             "",
		"../r":                                       "",
		`C:\src\r`:                                   "",
		"file:///srv/r":                              "",
		"ext::sh -c evil":                            "",
		"https://%zz/":                               "",
		"":                                           "",
	} {
		if got := publicURL(remote); got != want {
			t.Errorf("publicURL(%q) = %q, want %q", remote, got, want)
		}
	}
}

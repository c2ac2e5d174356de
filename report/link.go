package report

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/scanner"
)

// link makes a link of a text, if the terminal shows them: "Hyperlinks in terminal
// emulators" (OSC 8), the sequence that most of them know and the others pass over.
// What is linked to is percent-encoded, so that it cannot end the sequence.
func (p *printer) link(to, text string) string {
	if p.o.LinkHost == "" || to == "" {
		return text
	}
	return "\x1b]8;;" + to + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// linkPlace links an occurrence in a file on disk to the file. The host tells a
// terminal on another machine that the file is not there.
func (p *printer) linkPlace(at scanner.Occurrence, text string) string {
	if p.o.LinkHost == "" || !at.OnDisk && at.Object != scanner.ObjectFile || at.Path == "" || at.Path == "-" {
		return text
	}
	name := filepath.FromSlash(at.Path)
	if !filepath.IsAbs(name) {
		base := filepath.FromSlash(p.r.Base)
		if !filepath.IsAbs(base) {
			base = filepath.Join(p.o.Dir, base)
		}
		name = filepath.Join(base, name)
	}
	name = "/" + strings.TrimPrefix(filepath.ToSlash(name), "/")
	return p.link((&url.URL{Scheme: "file", Host: p.o.LinkHost, Path: name}).String(), text)
}

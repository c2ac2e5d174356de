package report

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// place writes where an occurrence is, so that an editor opens it.
func (p *printer) place(at scanner.Occurrence) string {
	name := placeName(at)
	if (at.OnDisk || at.Object == scanner.ObjectFile) && p.r.Base != "" && p.r.Base != "." && !path.IsAbs(name) {
		name = path.Join(filepath.ToSlash(p.r.Base), name)
	}
	name = neutral.Log(name)
	if at.Line < 1 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, at.Line, max(at.Column, 1))
}

// placeName is the path of an occurrence, or what there is where no tree gives
// its blob a name.
func placeName(at scanner.Occurrence) string {
	if at.Path != "" {
		return at.Path
	}
	return ".git/" + string(at.Object) + "/" + at.OID
}

// notes says how an occurrence came to be and where it still is.
func (p *printer) notes(f *scanner.Finding, at scanner.Occurrence) []string {
	var notes []string
	if len(at.Layers) > 0 {
		notes = append(notes, "inside "+neutral.Log(strings.Join(at.Layers, ", ")))
	}
	if at.Rule.ID != f.Rule.ID {
		notes = append(notes, "seen by "+at.Rule.ID+": "+neutral.Log(at.Rule.Title))
	}
	if c := at.Commit; c != nil {
		notes = append(notes, origin(at.Object)+" "+commitLine(*c))
	}
	if c := at.RemovedBy; c != nil {
		notes = append(notes, "removed by "+commitLine(*c))
	}
	if where := p.whereabouts(at); where != "" {
		notes = append(notes, where)
	}
	if at.Fix != nil && at.Suppressed == nil {
		notes = append(notes, "fix: "+fixWords(at.Fix)+", and rotate the key")
	}
	if s := at.Suppressed; s != nil {
		notes = append(notes, strings.TrimSuffix("suppressed ("+neutral.Log(s.By)+"): "+neutral.Log(s.Reason), ": "))
	}
	return notes
}

// fixWords says what an edit does.
func fixWords(fix *scanner.Fix) string {
	if fix.Path != "" {
		return "add the line " + neutral.Log(strings.TrimSpace(fix.Text)) + " to " + neutral.Log(fix.Path)
	}
	return "write " + neutral.Log(fix.Text) + " in its place"
}

// origin says how a commit and a thing that it holds belong together.
func origin(kind scanner.ObjectKind) string {
	switch kind {
	case scanner.ObjectCommit:
		return "in the message of"
	case scanner.ObjectTag:
		return "in the message of a tag on"
	case scanner.ObjectNote:
		return "in a note on"
	}
	return "added by"
}

func originInShort(kind scanner.ObjectKind) string {
	switch kind {
	case scanner.ObjectCommit, scanner.ObjectTag, scanner.ObjectNote:
		return string(kind) + " message,"
	}
	return "added"
}

func commitLine(c scanner.Commit) string {
	name, _, _ := strings.Cut(c.Author, " <")
	line := shortSHA(c.SHA)
	if !c.Date.IsZero() {
		line += " on " + date(c.Date)
	}
	if name != "" {
		line += " by " + cutRight(neutral.Log(name), 30)
	}
	if c.Summary != "" {
		line += ": " + cutRight(neutral.Log(c.Summary), 72)
	}
	return line
}

// shortSHA abbreviates an object ID to what even a large repository tells apart.
func shortSHA(sha string) string {
	return neutral.Log(sha[:min(len(sha), 10)])
}

// whereabouts says where an occurrence still is; "" where its path says it all.
func (p *printer) whereabouts(at scanner.Occurrence) string {
	var words []string
	switch {
	case at.OnDisk && at.AtHead:
		words = append(words, "on disk and at HEAD")
	case at.AtHead:
		words = append(words, "at HEAD")
	case at.Object == scanner.ObjectIndex:
		words = append(words, "staged for the next commit")
	case at.Rule.Lint: // it sees files, not commits
	case at.OnDisk && p.r.Coverage.Objects > 0 && at.Commit == nil && len(at.Refs) == 0:
		words = append(words, "on disk, in no commit")
	case at.OnDisk && p.r.Coverage.Objects > 0:
		words = append(words, "on disk")
	}
	if len(at.Refs) > 0 {
		words = append(words, "reachable from "+firstFew(refNames(at.Refs), maxNames))
	}
	if len(at.Reflogs) > 0 {
		only := ""
		if !at.Reachable {
			only = "in no ref, only "
		}
		words = append(words, only+"in the reflog at "+firstFew(neutrals(at.Reflogs), maxNames))
	}
	if isUnreachable(at) && len(at.Reflogs) == 0 {
		words = append(words, "in no ref; still on disk until git gc prunes it")
	}
	return strings.Join(words, "; ")
}

// refNames shortens the full names of refs as git does in its own output.
func refNames(refs []string) []string {
	names := neutrals(refs)
	for i, name := range names {
		switch {
		case strings.HasPrefix(name, "refs/tags/"):
			names[i] = "tag " + strings.TrimPrefix(name, "refs/tags/")
		case strings.HasPrefix(name, "refs/heads/"):
			names[i] = strings.TrimPrefix(name, "refs/heads/")
		case strings.HasPrefix(name, "refs/remotes/"):
			names[i] = strings.TrimPrefix(name, "refs/remotes/")
		case name == "refs/stash":
			names[i] = "the stash"
		}
	}
	return names
}

// neutrals makes neutral as many of the texts as are shown.
func neutrals(texts []string) []string {
	shown := slices.Clone(texts)
	for i := range min(len(shown), maxNames) {
		shown[i] = neutral.Log(shown[i])
	}
	return shown
}

// isPresent reports whether an occurrence is in the checkout or about to be
// committed, rather than in history only.
func isPresent(at scanner.Occurrence) bool {
	return at.OnDisk || at.AtHead || at.Object == scanner.ObjectFile || at.Object == scanner.ObjectIndex
}

// isUnreachable reports whether an occurrence is in an object that no ref
// reaches.
func isUnreachable(at scanner.Occurrence) bool {
	return !at.Reachable && !isPresent(at) && at.Object != ""
}

// places writes the occurrences that have not been shown, a line each.
func (p *printer) places(occurrences []scanner.Occurrence, shown []bool) {
	listed, left := 0, 0
	for i, at := range occurrences {
		switch {
		case shown[i]:
		case listed == maxPlaces:
			left++
		default:
			if listed == 0 {
				p.line("")
				p.line("%s", p.paint(faint, "  also in"))
			}
			p.listPlace(at)
			listed++
		}
	}
	if left > 0 {
		p.line("  %s", p.paint(faint, "+"+number(left)+" more; --format json lists all"))
	}
}

func (p *printer) listPlace(at scanner.Occurrence) {
	place, history := p.place(at), p.inShort(at)
	shown := "  " + p.linkPlace(at, place)
	if history == "" {
		p.line("%s", shown)
		return
	}
	if cells(place)+4+cells(history) <= p.width {
		p.line("%s  %s", shown, p.paint(faint, history))
		return
	}
	p.line("%s", shown)
	for _, line := range wrap(history, p.width-6) {
		p.line("      %s", p.paint(faint, line))
	}
}

// inShort says of an occurrence what notes does, on a line.
func (p *printer) inShort(at scanner.Occurrence) string {
	var words []string
	if len(at.Layers) > 0 {
		words = append(words, neutral.Log(strings.Join(at.Layers, ", ")))
	}
	if at.Commit != nil {
		words = append(words, originInShort(at.Object)+" "+shortCommit(*at.Commit))
	}
	if at.RemovedBy != nil {
		words = append(words, "removed "+shortCommit(*at.RemovedBy))
	}
	switch {
	case at.OnDisk && at.AtHead:
		words = append(words, "on disk and at HEAD")
	case at.AtHead:
		words = append(words, "at HEAD")
	case at.OnDisk:
		words = append(words, "on disk")
	case at.Object == scanner.ObjectIndex:
		words = append(words, "staged")
	case isUnreachable(at) && len(at.Reflogs) > 0:
		words = append(words, "reflog only")
	case isUnreachable(at):
		words = append(words, "in no ref")
	}
	return strings.Join(words, ", ")
}

func shortCommit(c scanner.Commit) string {
	if c.Date.IsZero() {
		return shortSHA(c.SHA)
	}
	return date(c.Date) + " " + shortSHA(c.SHA)
}

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

// place says where an occurrence is. A terminal opens "path:line:column" in an
// editor; a message has no path.
func (v *view) place(at *scanner.Occurrence) string {
	name := v.named(at)
	switch {
	case at.Line < 1:
		return name
	case messageName(at) != "":
		return fmt.Sprintf("%s, line %d", name, at.Line)
	}
	return fmt.Sprintf("%s:%d:%d", name, at.Line, max(at.Column, 1))
}

// named names what an occurrence is in. In repositories all paths, on disk and in
// history, are relative to the target.
func (v *view) named(at *scanner.Occurrence) string {
	if message := messageName(at); message != "" {
		return message
	}
	name := pathOf(at)
	base, isFile := v.result.Base, at.OnDisk || at.Object == scanner.ObjectFile
	if isFile && len(v.result.Repositories) == 0 && base != "" && base != "." && !path.IsAbs(name) {
		name = path.Join(filepath.ToSlash(base), name)
	}
	return neutral.Log(name)
}

// isURL reports whether the path of an occurrence is the URL of a web site's file.
func isURL(name string) bool { return strings.HasPrefix(name, "https://") }

// fileOf names the file of an occurrence from the root of the checkout, or else the
// message that it is in.
func (v *view) fileOf(at *scanner.Occurrence) string {
	if message := messageName(at); message != "" {
		return message
	}
	return neutral.Log(v.fromRoot(pathOf(at)))
}

// messageName names what an occurrence is in if that is no file: "message of commit
// 19586c7"; empty for a file. Its path has the form ".git/commit/<id>/message",
// below the path of its repository.
func messageName(at *scanner.Occurrence) string {
	if at.Path == "" {
		return "blob " + shortSHA(at.OID)
	}
	parts := strings.Split(at.Path, "/")
	n := len(parts) - 4
	if n < 0 || parts[n] != ".git" || parts[n+1] != string(at.Object) || parts[n+3] != "message" {
		return ""
	}
	what := "message of " + parts[n+1]
	if at.Object == scanner.ObjectNote {
		what = "note on commit"
	}
	what += " " + shortSHA(parts[n+2])
	if n > 0 {
		what += " in " + neutral.Log(strings.Join(parts[:n], "/"))
	}
	return what
}

// pathOf is the path of an occurrence, or one that names its object where no tree
// does.
func pathOf(at *scanner.Occurrence) string {
	if at.Path != "" {
		return at.Path
	}
	return ".git/" + string(at.Object) + "/" + at.OID
}

// notes say how an occurrence came to be and where it is now.
func (v *view) notes(f *scanner.Finding, at *scanner.Occurrence) []string {
	var notes []string
	if len(at.Layers) > 0 {
		notes = append(notes, "inside "+layers(at))
	}
	if at.Original != "" {
		notes = append(notes, "generated from "+neutral.Log(at.Original))
	}
	if at.Rule.ID != f.Rule.ID {
		notes = append(notes, "found by "+at.Rule.ID+": "+neutral.Log(at.Rule.Title))
	}
	if c := at.Commit; c != nil {
		notes = append(notes, origin(at.Object)+" "+datedCommit(*c))
	}
	if c := at.RemovedBy; c != nil {
		notes = append(notes, "removed by "+datedCommit(*c))
	}
	if where := v.whereabouts(at); where != "" {
		notes = append(notes, where)
	}
	if at.Fix != nil && at.Suppressed == nil {
		notes = append(notes, "fix: "+fixWords(at.Fix)+", and rotate the key")
	}
	if at.Suppressed != nil {
		notes = append(notes, suppression(at.Suppressed))
	}
	return notes
}

// inShort says in a few words what notes say.
func (v *view) inShort(at *scanner.Occurrence) string {
	var words []string
	if len(at.Layers) > 0 {
		words = append(words, layers(at))
	}
	if at.Original != "" {
		words = append(words, "generated from "+neutral.Log(at.Original))
	}
	switch c := at.Commit; {
	case c == nil:
	case messageName(at) == "" || at.Path == "":
		words = append(words, "added by "+shortCommit(*c))
	case at.Object == scanner.ObjectCommit && !c.Date.IsZero():
		words = append(words, "committed on "+date(c.Date))
	}
	if at.RemovedBy != nil {
		words = append(words, "removed by "+shortCommit(*at.RemovedBy))
	}
	text := strings.Join(words, ", ")
	if now := v.presence(at); now != "" {
		text = strings.TrimPrefix(text+"; "+now, "; ")
	}
	return text
}

func layers(at *scanner.Occurrence) string { return neutral.Log(strings.Join(at.Layers, ", ")) }

func suppression(s *scanner.Suppression) string {
	return strings.TrimSuffix("suppressed ("+neutral.Log(s.By)+"): "+neutral.Log(s.Reason), ": ")
}

// fixWords says what an edit does.
func fixWords(fix *scanner.Fix) string {
	if fix.Path != "" {
		return "add the line " + neutral.Log(strings.TrimSpace(fix.Text)) + " to " + neutral.Log(fix.Path)
	}
	return "replace it with " + neutral.Log(fix.Text)
}

// origin says what a commit has to do with an object of a kind.
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

// presence says where an occurrence is now; "" where its path says it.
func (v *view) presence(at *scanner.Occurrence) string {
	switch {
	case at.OnDisk && at.AtHead:
		return "in the working tree and at HEAD"
	case at.AtHead:
		return "at HEAD"
	case at.Object == scanner.ObjectIndex:
		return "in the staged changes"
	case at.Present() && (at.Rule.Lint || !v.hasHistory() || !at.OnDisk): // lint rules see no commits
		return ""
	case at.Beside:
		return "in one of git's own files, in no commit"
	case at.Present() && at.Commit == nil && len(at.Refs) == 0:
		return "in the working tree, not committed"
	case at.Present():
		return "in the working tree"
	case !at.Unreachable() && messageName(at) != "":
		return ""
	case !at.Unreachable():
		return "now only in history"
	case len(at.Reflogs) > 0 && !inReflog(at):
		return "reachable from no ref, only"
	case len(at.Reflogs) > 0:
		return "now only in the reflog"
	}
	return "not reachable from any ref"
}

// whereabouts says where an occurrence is now, and from where git reaches it.
func (v *view) whereabouts(at *scanner.Occurrence) string {
	var words []string
	if now := v.presence(at); now != "" {
		words = append(words, now)
	}
	if len(at.Refs) > 0 {
		words = append(words, "reachable from "+firstFew(refNames(at.Refs), maxNames))
	}
	reflogs := firstFew(escaped(at.Reflogs), maxNames)
	switch {
	case reflogs == "" && at.Unreachable():
		words = append(words, "kept until git gc prunes it")
	case reflogs == "":
	case at.Unreachable() && !inReflog(at):
		words[0] += " from " + reflogs
	case at.Unreachable():
		words[0] += " at " + reflogs
	default:
		words = append(words, "in the reflog at "+reflogs)
	}
	return strings.Join(words, "; ")
}

// inReflog reports whether entries of reflogs lead to an occurrence, and not only files such
// as ORIG_HEAD.
func inReflog(at *scanner.Occurrence) bool {
	return slices.ContainsFunc(at.Reflogs, func(name string) bool { return strings.Contains(name, "@{") })
}

// refNames shortens the full names of refs as git does in its own output.
func refNames(refs []string) []string {
	names := escaped(refs)
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

// escaped escapes as many of the names as are shown.
func escaped(names []string) []string {
	shown := slices.Clone(names)
	for i := range min(len(shown), maxNames) {
		shown[i] = neutral.Log(shown[i])
	}
	return shown
}

// primaryOccurrence returns the index of the occurrence to show where only one
// is: the first that is present, or else the first.
func primaryOccurrence(occurrences []scanner.Occurrence) int {
	present := func(at scanner.Occurrence) bool { return at.Present() }
	return max(slices.IndexFunc(occurrences, present), 0)
}

// fromRoot returns a path of an occurrence relative to the root of the checkout,
// which is taken to be where the scan was started, or the target if that is
// elsewhere.
func (v *view) fromRoot(name string) string {
	base, dir := v.result.Base, v.options.Dir
	isAbs := func(name string) bool { return path.IsAbs(name) || filepath.IsAbs(filepath.FromSlash(name)) }
	within := func(name string) string {
		if dir == "" || !isAbs(name) {
			return name
		}
		if rel, err := filepath.Rel(dir, filepath.FromSlash(name)); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
		return name
	}
	if isAbs(name) {
		return within(name)
	}
	if base = within(filepath.ToSlash(base)); base != "" && filepath.IsLocal(filepath.FromSlash(base)) {
		return path.Join(base, name)
	}
	return name
}

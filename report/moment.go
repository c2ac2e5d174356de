package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// Moment is when a scan runs. Before a key is published, it is enough to remove it.
type Moment int

// The moments.
const (
	AnyTime       Moment = iota
	BeforeCommit         // staged changes are scanned
	BeforeMessage        // a commit message is scanned
	BeforePush           // the commits that a remote lacks are scanned
	OnInput              // standard input is scanned
)

// Hook writes what a git hook prints: the text report, or at most one line and the
// notes if there is nothing to report.
func Hook(w io.Writer, r *scanner.Result, o Options) error {
	v := newView(r, o)
	if len(v.found) > 0 || !r.Coverage.Complete() {
		return Text(w, r, o)
	}
	if o.Moment == BeforeMessage {
		return nil
	}
	text := "qasleaks: " + v.cleanHook() + "\n"
	for _, note := range v.coverageNotes() {
		text += "note: " + note + "\n"
	}
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write text report: %w", err)
	}
	return nil
}

// cleanHook says in a line what a hook read.
func (v *view) cleanHook() string {
	c := v.result.Coverage
	if v.nothingRead() {
		return v.nothingToScan()
	}
	what := "no keys"
	if v.tally.hidden() > 0 {
		what = "no other keys"
	}
	text := fmt.Sprintf("%s in %s (%s)", what, v.covered(), duration(c.Seconds))
	if hidden := v.suppressedWords(); hidden != "" {
		text += "; " + strings.TrimSuffix(hidden, ".")
	}
	return text
}

// nothingToScan says that nothing was read, and why.
func (v *view) nothingToScan() string {
	switch {
	case v.options.Moment == BeforePush:
		return "no new commits to push, so nothing was scanned"
	case v.options.Moment != BeforeCommit:
		return "nothing was scanned, so there is no result"
	case len(v.result.Coverage.Skipped)+len(v.result.Coverage.Notes) > 0:
		return "no staged file was scanned"
	}
	return "no file is staged, so nothing was scanned"
}

const tryAgain = "Then run the command again that was refused"

// stepsBeforeMessage says how to act on keys in a commit message.
func (v *view) stepsBeforeMessage() []step {
	return []step{
		{
			text:     "Edit the message and commit again, with the options that you used, such as -a",
			commands: []string{"git commit -e -F " + shellQuoted(cmp.Or(v.options.MessageFile, ".git/COMMIT_EDITMSG"))},
		},
		{text: "Nothing is committed yet: revoke a key only if it is also somewhere else"},
	}
}

// stepsBeforePush says how to act on keys in commits that are not published.
func (v *view) stepsBeforePush() []step {
	commits := v.badCommits()
	var names []string
	for _, c := range commits {
		names = append(names, shortSHA(c.SHA))
	}
	ids := firstFew(names, maxKeys)
	var steps []step
	switch {
	case len(commits) == 0:
		steps = []step{{text: "Remove the key from the commits that are pushed"}}
	case len(commits) == 1 && v.isNewest(commits[0]):
		steps = []step{
			{text: "The key is in the newest commit, " + ids + ". Replace it in the file, and run git add on the file. If it is in the message, edit the message in the next step"},
			{text: "Replace the commit", commands: []string{"git commit --amend"}},
		}
	default:
		steps = []step{
			{
				text: "Open the list of commits, and write edit instead of pick before " + ids +
					". If this is the first commit of the repository, write --root instead of its ID",
				commands: []string{"git rebase -i " + shortSHA(commits[0].SHA) + "^"},
			},
			{
				text:     "Each time the rebase stops, replace the key in the file, and run git add on the file. If the key is in the message, edit the message",
				commands: []string{"git commit --amend", "git rebase --continue"},
			},
			{text: "If it stops because a later commit changes the same file, save the file as that commit should leave it, without the key (or git rm it), run git add on it, then git rebase --continue"},
		}
	}
	return append(steps,
		step{text: tryAgain + ". A new commit that deletes the key does not help: git pushes the older commits too"},
		step{text: "These commits are not published by this push yet: revoke a key only if it is also somewhere else, such as in another branch or in a chat"},
	)
}

// badCommits returns the commits that added keys and credentials, the oldest first.
func (v *view) badCommits() []*scanner.Commit {
	var commits []*scanner.Commit
	for f := range v.each(v.found) {
		if kind := kindOf(f); kind != keyFinding && kind != otherFinding {
			continue
		}
		for i := range f.Occurrences {
			c := f.Occurrences[i].Commit
			if c != nil && !f.Occurrences[i].Unreachable() && !slices.ContainsFunc(commits, func(other *scanner.Commit) bool { return other.SHA == c.SHA }) {
				commits = append(commits, c)
			}
		}
	}
	slices.SortStableFunc(commits, func(a, b *scanner.Commit) int { return a.Date.Compare(b.Date) })
	return commits
}

func (v *view) isNewest(c *scanner.Commit) bool {
	return slices.ContainsFunc(v.result.Repositories, func(r scanner.Repository) bool { return r.Head == c.SHA })
}

// stepsOnInput says how to act on keys in standard input.
func (v *view) stepsOnInput() []step {
	var steps []step
	if n := len(v.tally.keys); n > 0 {
		steps = append(steps, step{keys: true, text: fmt.Sprintf(
			"If others can read this text, such as a log or a ticket, revoke %s in QA Sphere (Settings → API Keys) and create a new key", theseKeys(n))})
	}
	return append(steps,
		step{text: "Remove the secrets from where the text is kept"},
		step{text: "Have the program that wrote the text leave secrets out"},
	)
}

// shellQuoted quotes a path for a shell where it needs quotes.
func shellQuoted(path string) string {
	path = neutral.Log(path)
	if strings.ContainsAny(path, " '\"$`\\&;()*?[]<>|~#!") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

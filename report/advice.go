package report

import (
	"fmt"

	"github.com/qasleaks/qasleaks/scanner"
)

// step is one step of what to do, in the order in which the steps help.
type step struct {
	// text has no full stop, since a list may follow it.
	text string
	// keys says that the keys to revoke are listed below it.
	keys bool
	// commands are to be typed.
	commands []string
	// purge says that it is about history.
	purge bool
}

// end returns the mark that ends the text of a step, before what follows.
func (s step) end(listed bool) string {
	if listed || len(s.commands) > 0 {
		return ":"
	}
	return "."
}

const (
	safePlace = "an environment variable (QAS_TOKEN, QASPHERE_API_KEY) or a secret manager, never in a committed file"
	purgeStep = "Removing keys from history is optional once they are revoked; clones and forks keep their copies"

	dropUnreachable = "git reflog expire --expire=now --all && git gc --prune=now"
)

// steps says how to act on keys. Revoking comes first: a revoked key is harmless
// wherever it still is, and a key that is only deleted is not.
func (v *view) steps() []step {
	t := &v.tally
	var steps []step
	if t.leaks() > 0 {
		switch v.options.Moment {
		case BeforeMessage:
			return v.stepsBeforeMessage()
		case BeforePush:
			return v.stepsBeforePush()
		case OnInput:
			return v.stepsOnInput()
		}
	}
	add := func(text string, commands ...string) { steps = append(steps, step{text: text, commands: commands}) }
	leaks := "the leaked keys"
	if t.leaks() == 1 {
		leaks = "the leaked key"
	}
	unstage := fmt.Sprintf("Remove %s from the staged changes: edit the file, then run git add again", leaks)
	if t.onlyStaged() {
		add(unstage + ". Nothing is committed yet: revoke a key only if it is also somewhere else")
		add("Keep keys in " + safePlace)
		return steps
	}
	if len(t.keys) > 0 {
		steps = append(steps, step{keys: true, text: fmt.Sprintf(
			"Revoke %s in QA Sphere (Settings → API Keys). Only this stops the leak", theseKeys(len(t.keys)))})
		add("Create a new key, and keep it in " + safePlace)
	}
	if t.staged {
		add(unstage)
	}
	switch {
	case t.inFiles && v.hasHistory():
		add(fmt.Sprintf("Remove %s from the files and commit the change", leaks))
	case t.inFiles:
		add(fmt.Sprintf("Remove %s from the files", leaks))
	}
	if len(t.beside) > 0 {
		add(fmt.Sprintf("Remove %s from git's own files: %s", leaks, firstFew(escaped(t.beside), maxNames)))
	}
	if t.inHistory && len(t.keys) > 0 {
		steps = append(steps, v.purgeSteps())
	}
	if t.unreachable {
		add("Delete the objects that no ref reaches. This also deletes the reflog and all stashes but the last", dropUnreachable)
	}
	return steps
}

// remarks says how to act on what is no key to revoke.
func (v *view) remarks() []string {
	t := &v.tally
	var remarks []string
	if t.invalid > 0 {
		verb := " are "
		if t.invalid == 1 {
			verb = " is "
		}
		remarks = append(remarks, count(t.invalid, "key")+verb+"invalid, so there is nothing to revoke. Remove invalid keys from the files anyway.")
	}
	if t.kinds[otherFinding] > 0 {
		remarks = append(remarks, "A credential that is not a complete QA Sphere key may belong to another service that uses ApiKey headers, such as Elasticsearch: revoke it there.")
	}
	if t.kinds[exampleFinding] > 0 {
		remarks = append(remarks, "The example keys of QA Sphere's documentation give no access: nothing to revoke. Check that no real key replaces them in the file.")
	}
	if t.kinds[localFinding] > 0 {
		remarks = append(remarks, "Keys in files that git ignores are where they belong: local, not committed. Nothing to do.")
	}
	if t.kinds[lintFinding] > 0 {
		remarks = append(remarks, "Lint findings are unsafe practices that can leak keys. The fix, or \"qasleaks rules ID\", says what to do instead. If one has exposed a key, rotate that key too.")
	}
	switch v.options.Moment {
	case BeforeMessage, BeforePush, OnInput: // comments apply to files
		return append(remarks, "Not a leak? Add its fingerprint to ignore in .qasleaks.yml.")
	}
	return append(remarks, "Not a leak? Write qasleaks:allow in a comment on its line, or add its fingerprint to ignore in .qasleaks.yml.")
}

func theseKeys(n int) string {
	if n == 1 {
		return "this key"
	}
	return "these " + number(n) + " keys"
}

// remedy says in a few sentences what to do about one finding.
func remedy(f *scanner.Finding) string {
	switch kind := kindOf(f); {
	case kind == exampleFinding:
		return "Nothing to revoke: this is an example key of the documentation."
	case kind == localFinding:
		return "Nothing to do: git ignores the file, and no commit has the key."
	case f.Liveness.State == scanner.Invalid:
		return "Nothing to revoke: the key is revoked or was never valid. Remove it from the files anyway."
	case kind == lintFinding:
		return "Run \"qasleaks rules " + f.Rule.ID + "\" for what to do instead. If this has exposed a key, rotate that key too."
	case f.Rule.ID == "qas-oauth-token":
		return "End the session with \"qasphere auth logout\" where it was started, and have git ignore the file that holds the token."
	case f.Rule.ID == "qas-session-cookie":
		return "End the session: log out of it in QA Sphere. Keep recorded requests and the state of browsers out of the repository."
	case f.Rule.ID == "qas-account-password":
		return "Change the password in QA Sphere, and read the new one from an environment variable or a secret manager."
	case kind == otherFinding:
		return "Revoke it in the service that issued it, and read the new one from an environment variable or a secret manager."
	}
	return "Revoke it in QA Sphere (Settings → API Keys), and read the new key from an environment variable or a secret manager."
}

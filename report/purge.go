package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// purge says how to remove keys from the history of a repository with git filter-repo. No
// token is written down.
type purge struct {
	// Remote is the address of the repository, quoted for a shell; local says that it has
	// none.
	Remote string
	local  bool
	// Expressions find the keys that are in plain text, by their tenants and IDs.
	Expressions []string
	// Paths are the options for the files in which no expression finds a key, since it
	// is encoded, packed, in pieces or in a binary file.
	Paths  []string
	listed map[string]bool // the expressions and the paths
	// odd is the number of such files whose names cannot be shown, and messages that of
	// messages in which a key is encoded.
	odd, messages int
}

// purge returns how to remove the keys to revoke from history; nil if there is nothing to
// remove, or if there are several repositories.
func (v *view) purge() *purge {
	if len(v.result.Repositories) > 1 {
		return nil
	}
	p := &purge{Remote: "URL", local: true, listed: map[string]bool{}}
	prefix := ""
	if repositories := v.result.Repositories; len(repositories) == 1 {
		if prefix = repositories[0].Path; prefix != "" {
			prefix += "/"
		}
		if remote := repositories[0].Remote; remote != "" {
			p.Remote, p.local = shellQuote(neutral.Log(remote)), false
		}
	}
	for f := range v.each(v.tally.keys) {
		for i := range f.Occurrences {
			if at := &f.Occurrences[i]; at.Committed() {
				p.add(f, at, strings.TrimPrefix(at.Path, prefix))
			}
		}
	}
	if len(p.Expressions)+len(p.Paths)+p.odd+p.messages == 0 {
		return nil
	}
	return p
}

// add adds what removes an occurrence.
func (p *purge) add(f *scanner.Finding, at *scanner.Occurrence, path string) {
	once := func(all *[]string, text string) {
		if !p.listed[text] {
			p.listed[text] = true
			*all = append(*all, text)
		}
	}
	inFile := at.Object == scanner.ObjectBlob || at.Object == scanner.ObjectFile
	switch {
	case strings.Contains(path, f.Key.String()): // the key is in the name
		once(&p.Paths, "--path-regex="+shellQuote(regexp.QuoteMeta(f.Key.TenantID+"."+f.Key.KeyID+".")))
	case at.PlainText:
		once(&p.Expressions, filterExpression(f.Key))
	case !inFile:
		p.messages++
	case path == "" || neutral.Log(path) != path:
		p.odd++
	default:
		once(&p.Paths, "--path="+shellQuote(path))
	}
}

// removal is the command that removes the files.
func (p *purge) removal() string {
	return "git filter-repo --invert-paths \\\n  " + strings.Join(p.Paths, " \\\n  ")
}

// remarks say what the commands leave.
func (p *purge) remarks() []string {
	var remarks []string
	if p.odd > 0 {
		remarks = append(remarks, count(p.odd, "more place")+" of this kind cannot be named here; --format json has them.")
	}
	if p.messages > 0 {
		remarks = append(remarks, "Change by hand the messages in which a key is encoded ("+number(p.messages)+"): git rebase -i, with reword.")
	}
	return remarks
}

const (
	replaceKeys = "git filter-repo --replace-text keys.txt --replace-message keys.txt"
	// maxPurged is how many expressions and files a step lists at most.
	maxPurged = 20
)

// purgeSteps says in one step how to remove keys from history.
func (v *view) purgeSteps() step {
	p := v.purge()
	s := step{text: purgeStep, purge: true}
	switch {
	case p == nil && len(v.result.Repositories) > 1:
		s.text += ". The report of each repository, scanned by itself, has the commands"
		return s
	case p == nil:
		return s
	case len(p.Expressions)+len(p.Paths) > maxPurged:
		s.text += ". The report in HTML has the commands: --format html --output audit.html"
		return s
	}
	s.text += ". To do it with git filter-repo"
	from, to := p.Remote, "purge.git"
	if p.local {
		from = "--no-local " + shellQuoted(v.result.Base)
		if v.result.Base == "." || v.result.Base == "" {
			from, to = "--no-local .", "../purge.git"
		}
	}
	s.commands = []string{"git clone --mirror " + from + " " + to, "cd " + to}
	if p.local {
		s.commands = append(s.commands, "git update-ref -d refs/stash") // filter-repo refuses it
	}
	if len(p.Expressions) > 0 {
		s.commands = append(s.commands, "printf '%s\\n' \\")
		for i, expression := range p.Expressions {
			end := " \\"
			if i == len(p.Expressions)-1 {
				end = " >keys.txt"
			}
			s.commands = append(s.commands, "  "+shellQuote(expression)+end)
		}
		s.commands = append(s.commands, replaceKeys)
	}
	if len(p.Paths) > 0 {
		s.text += "; the last command removes files in which a key is encoded, packed or in binary content: keep a copy, and add them again without the key"
		s.commands = append(s.commands, strings.Split(p.removal(), "\n")...)
	}
	if remarks := p.remarks(); len(remarks) > 0 {
		s.text += ". " + strings.TrimSuffix(strings.Join(remarks, " "), ".")
	}
	return s
}

// filterExpression is the line for git filter-repo that finds a key by what is
// no secret of it. Its syntax is that of --replace-text in git-filter-repo(1),
// with Python's regular expressions.
func filterExpression(k rules.Key) string {
	return fmt.Sprintf(`regex:%s[\w-]+==>REMOVED`, regexp.QuoteMeta(k.TenantID+"."+k.KeyID+"."))
}

// shellQuote quotes an argument for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

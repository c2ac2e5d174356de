package report

import (
	"strings"

	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/scanner"
)

// htmlPurge says how to remove keys from the history of a repository. The
// expressions find a key by its tenant and its ID: no token is written down.
type htmlPurge struct {
	Remote      string
	Expressions string
	// Paths is the command for files in which git filter-repo cannot see a key,
	// since it is encoded there.
	Paths, NoPaths string
}

func (h *htmlReport) purge() *htmlPurge {
	var expressions, paths []string
	seen, odd := map[string]bool{}, 0
	for _, f := range h.tally.keys {
		inHistory := false
		for i := range f.Occurrences {
			at := &f.Occurrences[i]
			inHistory = inHistory || at.Committed()
			inFile := at.Object == scanner.ObjectBlob || at.Object == scanner.ObjectFile
			if !at.Committed() || !inFile || len(at.Layers) == 0 || at.Path == "" || seen[at.Path] {
				continue
			}
			seen[at.Path] = true
			if neutral.Log(at.Path) != at.Path {
				odd++
				continue
			}
			paths = append(paths, "--path="+shellQuote(at.Path))
		}
		if inHistory {
			expressions = append(expressions, filterExpression(f.Key))
		}
	}
	if len(expressions) == 0 {
		return nil
	}
	p := &htmlPurge{Remote: "URL", Expressions: strings.Join(expressions, "\n")}
	if repositories := h.result.Repositories; len(repositories) == 1 && repositories[0].Remote != "" {
		p.Remote = shellQuote(neutral.Log(repositories[0].Remote))
	}
	if len(paths) > 0 {
		p.Paths = "git filter-repo --invert-paths \\\n  " + strings.Join(paths, " \\\n  ")
	}
	if odd > 0 {
		p.NoPaths = count(odd, "more file") + " of this kind have names that cannot be shown here; --format json has them."
	}
	return p
}

// shellQuote quotes an argument for a POSIX shell.
func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

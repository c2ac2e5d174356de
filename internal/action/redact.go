package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/qasleaks/qasleaks/internal/plan"
	"github.com/qasleaks/qasleaks/internal/plural"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

// maxNamed is how many files a warning names.
const maxNamed = 50

// redact masks the keys in files and directories, one per line, in place. It does not fail
// the job if it can mask all of them.
func (a *Action) redact(ctx context.Context, paths string) (status int, err error) {
	var targets, warnings []string
	for line := range strings.Lines(paths) {
		path := strings.TrimSpace(line)
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			warnings = append(warnings, "There is nothing to redact: "+err.Error())
			continue
		}
		targets = append(targets, path)
	}
	files, err := rewrite.New().Rewrite(ctx, targets, rewrite.Files{})
	if err != nil {
		return 0, err
	}
	var all rewrite.Masked
	var masked, left []string
	for _, f := range files {
		all.Add(f.Masked)
		if len(f.Keys) > 0 {
			masked = append(masked, f.Path)
		}
		for _, skip := range f.Left {
			left = append(left, strings.Join(append([]string{f.Path}, skip.Layers...), "!")+": "+skip.Reason)
		}
	}
	if len(masked) > 0 {
		warnings = append(warnings, fmt.Sprintf("Masked %s in %s: %s. Revoke them: who could write them down could also send them.\n%s",
			plural.Count(len(all.Keys), "key"), plural.Count(len(masked), "file"), strings.Join(all.Names(), ", "), named(masked)))
	}
	if len(left) > 0 {
		status = plan.Incomplete
		warnings = append(warnings, "Could not be masked:\n"+named(left))
	}
	for _, warning := range warnings {
		a.annotate("warning", warning)
		err = errors.Join(err, a.summarize("> **Warning:** "+markdown(warning)+"\n"))
	}
	return status, errors.Join(err, a.setOutputs(outputs{status: status}))
}

// named returns the first of many lines.
func named(lines []string) string {
	if more := len(lines) - maxNamed; more > 0 {
		lines = append(lines[:maxNamed:maxNamed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

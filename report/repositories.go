package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Checkout returns the result of one repository with paths as in a checkout of it, which is
// what a service expects that has one report for each repository.
func Checkout(r *scanner.Result) *scanner.Result {
	if len(r.Repositories) != 1 {
		return r
	}
	prefix := r.Repositories[0].Path + "/"
	inside := func(name string) string { return strings.TrimPrefix(name, prefix) }
	one := *r
	one.Base, one.Repositories = "", slices.Clone(r.Repositories)
	one.Repositories[0].Path = ""
	one.Findings, one.Coverage.Skipped = slices.Clone(r.Findings), slices.Clone(r.Coverage.Skipped)
	for i := range one.Findings {
		f := one.Findings[i].Load()
		one.Findings[i] = *f
		f = &one.Findings[i]
		f.Occurrences = slices.Clone(f.Occurrences)
		for j := range f.Occurrences {
			o := &f.Occurrences[j]
			o.Path = inside(o.Path)
			if o.Fix != nil {
				fix := *o.Fix
				fix.Path = inside(fix.Path)
				o.Fix = &fix
			}
		}
	}
	for i := range one.Coverage.Skipped {
		one.Coverage.Skipped[i].Path = inside(one.Coverage.Skipped[i].Path)
	}
	return &one
}

// repositoryRow says what a repository has.
type repositoryRow struct {
	*scanner.Repository
	live, errors, findings int
}

// broken reports whether the repository was not read as a whole.
func (r repositoryRow) broken() bool {
	return r.State == scanner.RepositoryIncomplete || r.State == scanner.RepositoryFailed
}

// outcome says what the repository has: "2 findings (1 live); incomplete: …".
func (r repositoryRow) outcome() string {
	var parts []string
	if r.findings > 0 {
		text := count(r.findings, "finding")
		if r.errors > 0 {
			text += " (" + count(r.errors, "error") + ")"
		}
		if r.live > 0 {
			text += ", " + count(r.live, "live key")
		}
		parts = append(parts, text)
	}
	switch {
	case r.broken():
		parts = append(parts, string(r.State)+": "+r.Reason)
	case r.findings == 0:
		parts = append(parts, string(r.State))
	}
	return strings.Join(parts, "; ")
}

// repositoryRows returns a row for each repository, without findings; nil if there are not
// several.
func repositoryRows(r *scanner.Result) map[string]*repositoryRow {
	if len(r.Repositories) < 2 {
		return nil
	}
	rows := map[string]*repositoryRow{}
	for i := range r.Repositories {
		rows[r.Repositories[i].Name] = &repositoryRow{Repository: &r.Repositories[i]}
	}
	return rows
}

// addTo adds a finding that counts to the repositories that have it.
func addTo(rows map[string]*repositoryRow, f *scanner.Finding) {
	in := map[*repositoryRow]bool{}
	for _, o := range f.Occurrences {
		if row := rows[o.Repository]; row != nil {
			in[row] = true
		}
	}
	for row := range in {
		row.findings++
		if f.Severity == rules.Error {
			row.errors++
		}
		if f.Liveness.State.Alive() {
			row.live++
		}
	}
}

// repositories returns what each repository has, the worst first; nil if there are not
// several.
func (v *view) repositories() []repositoryRow {
	var rows []repositoryRow
	for i := range v.result.Repositories {
		if row := v.byRepository[v.result.Repositories[i].Name]; row != nil {
			rows = append(rows, *row)
		}
	}
	slices.SortStableFunc(rows, func(a, b repositoryRow) int {
		rank := func(r repositoryRow) int {
			if r.broken() {
				return 1
			}
			return 0
		}
		return cmp.Or(b.live-a.live, b.errors-a.errors, b.findings-a.findings, rank(b)-rank(a), strings.Compare(a.Name, b.Name))
	})
	return rows
}

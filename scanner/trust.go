package scanner

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/odb"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// distrust removes the suppressions by allow comments that the trusted commit does not
// have for the same key in the same file.
func (s *scan) distrust(ctx context.Context, found []*target) error {
	if s.opts.Trust == "" {
		return nil
	}
	if len(found) == 0 || found[0].repo == nil {
		return &hint.Error{
			Err:  fmt.Errorf("trust %s: the target is not in a git repository", s.opts.Trust),
			Hint: "scan one directory of a repository",
		}
	}
	opened := found[0].repo
	_, prefix, err := repo.Around(found[0].name)
	if err != nil {
		return err
	}
	files, err := repo.FilesAt(ctx, opened.GitDir, s.opts.Trust)
	if err != nil {
		return err
	}
	allowed := map[string]map[string]bool{} // by file, then group, or comment for a lint finding
	removed := 0
	for id, g := range s.groups {
		for i := range g.occurrences {
			o := &g.occurrences[i]
			if o.Suppressed == nil {
				continue
			}
			name := prefix + o.Path
			if _, ok := allowed[name]; !ok {
				if allowed[name], err = s.allowedIn(ctx, opened, files[name]); err != nil {
					return fmt.Errorf("read %s at %s: %w", name, s.opts.Trust, err)
				}
			}
			ok := allowed[name][id]
			if o.Rule.Lint {
				ok = allowed[name][o.allow.directive]
			}
			if !ok {
				o.Suppressed = nil
				o.message.remarks = append(o.message.remarks, "its "+allowMark+" comment does not count because "+short(s.opts.Trust)+" does not have it")
				removed++
			}
		}
	}
	if removed > 0 {
		s.note(fmt.Sprintf("%s comments ignored because the trusted commit %s does not have them: %d. Merge them first, in a separate change.", allowMark, short(s.opts.Trust), removed))
	}
	return nil
}

// short abbreviates a full object ID.
func short(revision string) string {
	if id, err := odb.ParseOID(revision); err == nil {
		return id.String()[:10]
	}
	return revision
}

// allowedIn returns the groups that the allow comments in a blob allow, and the text of
// the comments; none if id is empty.
func (s *scan) allowedIn(ctx context.Context, r *repo.Repository, id odb.OID) (map[string]bool, error) {
	groups := map[string]bool{}
	if id == "" {
		return groups, nil
	}
	_, data, err := r.DB.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(data) {
		if at := nextAllow(line); at >= 0 {
			groups[strings.TrimRight(string(line[at:]), "\r\n")] = true
		}
	}
	hits := detect.Hits{s.detector.Find(ctx, data)}
	for h, o := range s.locate(data, hits.Each(), masksOf(data, hits)) {
		if o.Suppressed != nil {
			groups[groupOf(h)] = true
		}
	}
	return groups, nil
}

package scanner

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// configName is the file that says what to exclude.
const configName = ".qasleaks.yml"

// staged is the source of the staged changes of a work tree.
type staged struct{ index repo.Index }

// stagedTarget returns the target for the staged changes of a work tree.
func (s *scan) stagedTarget(ctx context.Context, names []string) (*target, error) {
	if len(names) != 1 {
		return nil, &hint.Error{Err: fmt.Errorf("scan staged changes: %d targets given", len(names)), Hint: "give one work tree, or none to use the working directory"}
	}
	root, err := repo.WorkTree(ctx, names[0])
	if err != nil {
		return nil, err
	}
	s.partial = true
	return &target{
		name: filepath.ToSlash(root), dir: true,
		sources: []source{staged{repo.IndexAt(root, names[0])}},
	}, nil
}

// scan reads the staged files with one git process and searches them in all jobs.
func (g staged) scan(ctx context.Context, s *scan) error {
	changes, err := g.index.Files(ctx)
	if err != nil {
		return err
	}
	var wanted []repo.StagedFile
	var submodules, leftOut []string
	for _, f := range changes.Files {
		pattern, excluded := s.excluded(f.Path)
		if !excluded {
			s.inName(f.Path, false)
		}
		switch {
		case excluded:
			leftOut = append(leftOut, f.Path)
			s.skip(Skip{Path: f.Path, Kind: SkipPolicy, Reason: fmt.Sprintf("excluded by %q", pattern)})
		case f.Unmerged:
			s.skip(Skip{Path: f.Path, Kind: SkipPolicy, Reason: "unmerged: git cannot commit it"})
		case f.Mode == repo.ModeSubmodule:
			submodules = append(submodules, f.Path)
		default:
			wanted = append(wanted, f)
		}
	}
	if changes.Merge {
		s.note("this is a merge: only the files that differ from all its parents were scanned")
	}
	if changes.Amend {
		s.note("author and time are those of the last commit, as with --amend: the files that it changed were scanned too")
	}
	if len(leftOut) > 0 {
		s.note("the configuration excludes staged files: " + some(leftOut, 3))
	}
	if slices.ContainsFunc(changes.Files, func(f repo.StagedFile) bool { return f.Path == configName }) {
		s.note(configName + " itself is staged: check what this commit changes in it")
	}
	if len(submodules) > 0 {
		s.note(fmt.Sprintf("staged submodules were not scanned: %s", some(submodules, 3)))
	}
	return g.read(ctx, s, wanted)
}

func literals(anchors []rules.Anchor) []string {
	var all []string
	for _, a := range anchors {
		all = append(all, a.Literal)
	}
	return all
}

// read searches the content of each file in all jobs.
func (g staged) read(ctx context.Context, s *scan, files []repo.StagedFile) error {
	if len(files) == 0 {
		return nil
	}
	s.speaksElsewhere = func() bool { return g.index.Mentions(ctx, literals(rules.Signs)) }
	gitDir := sync.OnceValue(func() string { return g.index.CommonDir(ctx) })
	blobs := make(chan Blob)
	var workers sync.WaitGroup
	for range s.jobs {
		workers.Go(func() {
			for b := range blobs {
				if len(b.Data) <= maxLinted {
					b.known = rules.File{Path: b.Path, InGit: true, Tracked: true, Read: func() []byte { return b.Data }}
				}
				s.file(ctx, b)
				if _, ok := parsePointer(b.Data); ok {
					b.repository = gitDir()
					s.behind(ctx, b)
				}
			}
		})
	}
	complaint, err := g.index.Contents(ctx, files, func(f repo.StagedFile, data []byte, err error) {
		if err != nil {
			s.skip(Skip{Path: f.Path, Kind: SkipFailed, Reason: err.Error()})
			return
		}
		blobs <- Blob{Object: ObjectIndex, Path: f.Path, Data: data}
	})
	close(blobs)
	workers.Wait()
	if complaint != "" {
		s.skip(Skip{Path: ".git/index", Kind: SkipFailed, Reason: complaint})
	}
	return err
}

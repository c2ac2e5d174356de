// Package scanner is where bytes come from and where rules are run over them:
// Source, Blob, decode, Rule.Find, Finding, suppress, attribute. Scanning never
// prints, verifies, connects or exits, and executes nothing of what it scans.
package scanner

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/repo"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// Options say how to scan. The zero value scans with all rules on all cores.
type Options struct {
	// Rules to run; nil for all.
	Rules []rules.Rule
	// Jobs is the number of goroutines that read and judge; 0 for one a core.
	Jobs int
	// NoHistory and NoFiles leave out one side of a repository.
	NoHistory, NoFiles bool
	// Range, Push and Since leave out all of a repository but what commits brought:
	// those of a range that [ParseRange] accepts, those that are pushed, or those
	// since a time. Repositories below a target are left out of the first two, as
	// their commits are others. Each implies NoFiles.
	Range string
	Push  *repo.Push
	Since time.Time
	// Staged scans what the next commit records, alone: there must be one target, in
	// a work tree.
	Staged bool
	// Trust names the commit, or tree, whose inline allows count; those that only
	// what is scanned has do not, so that it cannot wave itself through. Empty: all
	// count. There must be one target, in a repository.
	Trust string
	// AllFiles reads what git ignores, too.
	AllFiles bool
	// Stdin is what the target "-" reads, and StdinName its path in reports; "stdin"
	// if empty.
	Stdin     io.Reader
	StdinName string
	// Exclude holds globs (doublestar) of paths to leave out.
	Exclude []string
	// Ignores are the fingerprints that do not count. Baseline are those that were
	// known before, and do not count either; nil if there is no baseline.
	Ignores, Baseline []Ignore
	// Unpack bounds what is unpacked of archives; zero for [unpack.DefaultLimits].
	Unpack unpack.Limits
	// MinConfidence leaves out findings below it.
	MinConfidence rules.Confidence
	// Now is the time of the scan; zero for the clock's.
	Now time.Time
	// Progress, if not nil, is told how far the scan is.
	Progress *Progress
}

// Ignore is one fingerprint that does not count, and why.
type Ignore struct {
	Fingerprint string
	Reason      string
	// Until is when it counts again; zero for never.
	Until time.Time
}

// Expired reports whether what is ignored counts again.
func (i Ignore) Expired(now time.Time) bool { return !i.Until.IsZero() && !now.Before(i.Until) }

// Progress tells another goroutine how far a scan is. Its fields only grow.
type Progress struct {
	Files, Objects, Bytes atomic.Int64
	// TotalObjects is how many objects there are to read; 0 while not known.
	TotalObjects atomic.Int64
}

// Scan reads the targets and returns what was found, and what was read. A
// target is a directory, a file, a repository or "-" for standard input. The
// error is for what kept the scan from starting (an [*hint.Error] where a person can
// do something about it), or is that of ctx; what could not be read on the way
// is in the coverage of the result.
func Scan(ctx context.Context, targets []string, opts Options) (*Result, error) {
	started := time.Now()
	s := newScan(opts)
	if len(targets) == 0 {
		targets = []string{"."}
	}
	found, err := s.resolve(ctx, targets)
	defer func() {
		for _, t := range found {
			t.close()
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, t := range found {
		if err := t.scan(ctx, s); err != nil {
			return nil, err
		}
	}
	if n := s.links.Load(); n > 0 {
		s.note(fmt.Sprintf("%d symbolic links were not followed: what they lead to is read where it lies, if that is below the target", n))
	}
	s.lint()
	if err := s.distrust(ctx, found); err != nil {
		return nil, err
	}
	result := s.result()
	result.Base = base(targets, found)
	result.Coverage.Files = s.progress.Files.Load()
	result.Coverage.Objects = s.progress.Objects.Load()
	result.Coverage.Bytes = s.progress.Bytes.Load()
	result.Coverage.Seconds = time.Since(started).Seconds()
	return result, nil
}

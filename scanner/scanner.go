// Package scanner reads files and git history, runs the rules on them, and returns
// findings. A scan never prints, verifies keys, opens connections or exits, and it
// never executes anything from the scanned content.
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
	// Rules are the rules to run; nil for all.
	Rules []rules.Rule
	// Jobs is the number of goroutines that read and search; 0 for one per core.
	Jobs int
	// NoHistory skips the history of repositories, NoFiles the files.
	NoHistory, NoFiles bool
	// Range, Push and Since limit a scan to the content that some commits added: the
	// commits of a range that [repo.ParseRange] accepts, the commits of a push, or the
	// commits since a time. Range and Push skip the repositories below a target, which
	// do not have these commits. Each of the three implies NoFiles.
	Range string
	Push  *repo.Push
	Since time.Time
	// Staged scans only staged changes. There must be one target, in a work tree.
	Staged bool
	// Trust names a commit or tree. Only allow comments that are also in it count, so
	// that a change cannot allow its own keys. Empty: all count. There must be one
	// target, in a repository.
	Trust string
	// AllFiles also reads the files that git ignores.
	AllFiles bool
	// Stdin is the content of the target "-". StdinName is its path in reports; "stdin"
	// if empty.
	Stdin     io.Reader
	StdinName string
	// Served, if not nil, is called once, in place of reading targets. It passes on what a
	// web site serves. It returns only an error that ends the scan.
	Served func(ctx context.Context, to Intake) error
	// OneOfMany says that the other options are for more targets than are scanned. What has
	// no effect on these may have one on others.
	OneOfMany bool
	// detectors are made from the rules by the scan, unless they are here.
	detectors *detectors
	// Exclude has globs (doublestar) of paths to skip.
	Exclude []string
	// Ignores are fingerprints that do not count. Baseline are known fingerprints, which
	// do not count either; nil if there is no baseline.
	Ignores, Baseline []Ignore
	// Unpack limits the unpacking of archives; zero for [unpack.DefaultLimits].
	Unpack unpack.Limits
	// MinConfidence is the lowest confidence of a finding in the result.
	MinConfidence rules.Confidence
	// Now is the time of the scan; zero for the current time.
	Now time.Time
	// Progress, if not nil, receives the progress of the scan.
	Progress *Progress
}

// Ignore is a fingerprint that does not count, and the reason.
type Ignore struct {
	Fingerprint string
	Reason      string
	// Until is the time at which it counts again; zero for never.
	Until time.Time
}

// Expired reports whether the fingerprint counts again.
func (i Ignore) Expired(now time.Time) bool { return !i.Until.IsZero() && !now.Before(i.Until) }

// Progress reports the progress of a scan to another goroutine. Its fields only
// increase.
type Progress struct {
	Files, Objects, Bytes atomic.Int64
	// TotalObjects is the number of objects to read; 0 while unknown.
	TotalObjects atomic.Int64
	// Packed is the number of bytes of packs that are done, of TotalPacked; 0 if only
	// part of a history is read.
	Packed, TotalPacked atomic.Int64
}

// Scan reads the targets and returns the findings and the coverage. A target is a
// directory, a file, a repository or "-" for standard input. The error says why the
// scan could not start (an [*hint.Error] if the user can fix it), or is the error of
// ctx. Content that could not be read is listed in the coverage of the result.
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
		s.note(fmt.Sprintf("%d symbolic links were not followed; a file that a link points to is scanned only if it is itself in the target", n))
	}
	s.lint()
	if err := s.distrust(ctx, found); err != nil {
		return nil, err
	}
	result := s.result(base(targets, found))
	result.Coverage.Files = s.progress.Files.Load()
	result.Coverage.Objects = s.progress.Objects.Load()
	result.Coverage.Bytes = s.progress.Bytes.Load()
	result.Coverage.Seconds = time.Since(started).Seconds()
	return result, nil
}

package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// Options say which targets to scan, and how.
type Options struct {
	// Targets are the names of all targets, also those of other shards.
	Targets []string
	Shard   Shard
	Scan    scanner.Options
	// Timeout is how long the scan of one target may take; 0 for no limit.
	Timeout time.Duration
	// Reports keeps reports; nil to keep none.
	Reports *Reports
	// Progress, if not nil, receives the progress of the scan.
	Progress *Progress
}

// Progress reports the progress of a scan to another goroutine.
type Progress struct {
	// Targets are those of the shard, and Done are those whose scan has ended.
	Targets, Done atomic.Int64
	// TotalBytes is the size of what to scan, as far as it is known, and Bytes of what has
	// been scanned.
	TotalBytes, Bytes atomic.Int64
}

// large is the size of packs, in bytes, from which on a target is scanned with all jobs,
// and while no other is. Smaller ones are scanned side by side, with one job each:
// together they need less memory than a large one.
const large = 32 << 20

// sized is a target with the size of what to scan, as far as that is known without a scan.
type sized struct {
	name string
	size int64
}

// Run scans the targets, the largest first, and merges the results. The error is that of
// ctx, or says why a report could not be written.
func Run(ctx context.Context, o Options) (*scanner.Result, error) {
	started := time.Now()
	if o.Scan.Now.IsZero() {
		o.Scan.Now = started
	}
	baseline := o.Scan.Baseline
	o.Scan = o.Scan.ForMany()
	o.Scan.Baseline = nil // reports do not depend on it
	o.Progress = cmp.Or(o.Progress, new(Progress))
	jobs := cmp.Or(o.Scan.Jobs, runtime.GOMAXPROCS(0))
	var all []sized
	var mine []string
	for _, name := range names(o.Targets) {
		if o.Shard.has(name) {
			mine = append(mine, name)
			all = append(all, sized{name, sizeOf(name)})
			o.Progress.TotalBytes.Add(all[len(all)-1].size)
		}
	}
	if o.Reports != nil {
		if err := o.Reports.begin(o.Shard, mine); err != nil {
			return nil, err
		}
	}
	o.Progress.Targets.Store(int64(len(all)))
	slices.SortStableFunc(all, func(a, b sized) int { return cmp.Compare(b.size, a.size) })
	parts := make([]scanner.Part, len(all))
	errs := make([]error, len(all))
	do := func(i, jobs int) {
		var result *scanner.Result
		result, errs[i] = o.one(ctx, all[i].name, jobs)
		parts[i] = scanner.Part{Target: nameOf(all[i].name), Result: result}
		o.Progress.Done.Add(1)
		o.Progress.Bytes.Add(all[i].size)
	}
	next := 0
	for ; next < len(all) && all[next].size >= large; next++ {
		do(next, jobs)
	}
	work := make(chan int)
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for i := range work {
				do(i, 1)
			}
		})
	}
	for ; next < len(all) && ctx.Err() == nil; next++ {
		work <- next
	}
	close(work)
	workers.Wait()
	if err := cmp.Or(ctx.Err(), errors.Join(errs...)); err != nil {
		return nil, err
	}
	slices.SortFunc(parts, scanner.ComparePart)
	merged, err := scanner.Merge(slices.Values(parts), baseline)
	if err != nil {
		return nil, err
	}
	merged.Coverage.Seconds = time.Since(started).Seconds()
	return merged, nil
}

// one returns the result of one target: from its report if it has not changed, else from a
// scan. If there are reports, the findings are only there, and not in memory.
func (o *Options) one(ctx context.Context, name string, jobs int) (*scanner.Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	key := ""
	if o.Reports != nil {
		var known *scanner.Result
		if known, key = o.Reports.unchanged(name, o.Scan.Now); known != nil {
			return known, nil
		}
	}
	result, err := o.scan(ctx, name, jobs)
	if err != nil {
		return nil, err
	}
	if o.Reports == nil {
		return result, nil
	}
	if err := o.Reports.write(name, key, o.Scan.Now, result); err != nil {
		return nil, err
	}
	return reported(o.Reports.Dir, name, o.Reports.Settings), nil
}

// scan scans one target. What is wrong with it is in the result. The error is that of ctx.
func (o *Options) scan(ctx context.Context, name string, jobs int) (*scanner.Result, error) {
	limited := ctx
	if o.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	opts := o.Scan
	opts.Jobs = jobs
	result, err := scanner.Scan(limited, []string{filepath.FromSlash(name)}, opts)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return scanner.Failed(name, fmt.Sprintf("it was not finished in %s (--target-timeout)", o.Timeout), o.Scan.Now), nil
	case err != nil:
		return scanner.Failed(name, strings.TrimPrefix(err.Error(), "scan "+filepath.FromSlash(name)+": "), o.Scan.Now), nil
	}
	return result, nil
}

// sizeOf returns the size of the packs of a repository, or of a file.
func sizeOf(target string) int64 {
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		if err != nil {
			return 0
		}
		return info.Size()
	}
	var size int64
	for _, dir := range []string{"objects", ".git/objects"} {
		packs, _ := os.ReadDir(filepath.Join(target, filepath.FromSlash(dir), "pack")) // the scan says what is wrong with it
		for _, entry := range packs {
			if info, err := entry.Info(); err == nil && info.Mode()&fs.ModeType == 0 {
				size += info.Size()
			}
		}
	}
	return size
}

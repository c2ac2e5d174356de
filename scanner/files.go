package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/qasleaks/qasleaks/internal/mmap"
	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/repo"
)

// mapAbove is the size from which a file is mapped and not read.
const mapAbove = 1 << 20

// files is the source of the files below a directory.
type files struct {
	root   string // the directory, as the system writes it
	prefix string // what their paths begin with in reports: "" or "sub/"
	names  []string
	status *repo.Status // nil where git has no say
	// repository is the directory of the repository they are in; empty for none.
	repository string
	// named says that the user gave these names: a link is followed, and what
	// has no content to read is a failure and not a matter of course.
	named bool
}

// scan reads the files over all jobs.
func (f files) scan(ctx context.Context, s *scan) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range s.jobs {
		wg.Go(func() {
			debug.SetPanicOnFault(true)
			var r fileReader
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(f.names) {
					return
				}
				f.read(ctx, f.names[i], s, &r)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// read searches one file. A failure to read it becomes a skip.
func (f files) read(ctx context.Context, name string, s *scan, r *fileReader) {
	shown := f.prefix + name
	if pattern, ok := s.excluded(shown); ok {
		s.skip(Skip{Path: shown, Kind: SkipPolicy, Reason: fmt.Sprintf("excluded by %q", pattern)})
		return
	}
	stat, notRegular := os.Lstat, SkipPolicy
	if f.named {
		stat, notRegular = os.Stat, SkipFailed
	}
	file := filepath.FromSlash(name)
	if f.root != "" {
		file = strings.TrimSuffix(f.root, string(filepath.Separator)) + string(filepath.Separator) + file
	}
	data, err := r.content(file, stat)
	defer r.done()
	switch {
	case errors.Is(err, errLink):
		s.links.Add(1)
		return
	case errors.Is(err, regular.ErrNotRegular):
		s.skip(Skip{Path: shown, Kind: notRegular, Reason: reason(err)})
		return
	case errors.Is(err, fs.ErrNotExist):
		return // deleted in the work tree, or since it was listed
	case err != nil:
		s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: reason(err)})
		return
	}
	defer func() {
		// A mapped file that is cut short meanwhile faults.
		if fault, ok := recover().(error); ok {
			s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: "read: " + fault.Error()})
		}
	}()
	known := f.file(name)
	s.lookAt(known)
	s.file(ctx, Blob{
		ignored: known.Ignored,
		Object:  ObjectFile, Path: shown, Data: data, beside: f.beside, root: f.prefix, repository: f.repository,
	})
}

// file tells of a file to rules that judge files together.
func (f files) file(name string) rules.File {
	known := rules.File{Path: f.prefix + name, Root: f.prefix, InGit: f.status != nil}
	if f.status != nil {
		_, known.Tracked = slices.BinarySearch(f.status.Tracked, name)
		_, untracked := slices.BinarySearch(f.status.Untracked, name)
		known.Ignored = !known.Tracked && !untracked
	}
	known.Read = func() []byte { return f.small(name) }
	return known
}

// beside reads a small file by its path in reports; nil if it cannot.
func (f files) beside(shown string) []byte {
	name, ok := strings.CutPrefix(shown, f.prefix)
	if !ok {
		return nil
	}
	return f.small(name)
}

// small reads a small file; nil if it cannot.
func (f files) small(name string) []byte {
	data, err := regular.Read(filepath.Join(f.root, filepath.FromSlash(name)), maxLinted)
	if err != nil {
		return nil
	}
	return data
}

// errLink is the error for what has no content of its own.
var errLink = errors.New("symbolic link")

// fileReader reads one file after the other into the same memory, large ones by
// mapping them.
type fileReader struct {
	memory []byte
	mapped *mmap.Map
}

// content returns what is in a file until done is called. It looks at what kind
// of file it is with stat.
func (r *fileReader) content(name string, stat func(string) (fs.FileInfo, error)) ([]byte, error) {
	info, err := stat(name)
	if err != nil {
		return nil, err
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return nil, errLink
	case !mode.IsRegular():
		return nil, regular.ErrNotRegular
	}
	if info.Size() >= mapAbove {
		if r.mapped, err = mmap.Open(name); err != nil {
			return nil, err
		}
		return r.mapped.Bytes(), nil
	}
	file, info, err := regular.OpenSeen(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return r.all(file, int(info.Size()))
}

// maxGrown bounds in bytes what is read of a file that was said to be smaller: one that
// is being written to, or one of /proc.
const maxGrown = 64 << 20

// all reads to the end of a file that is about so large.
func (r *fileReader) all(file *os.File, size int) ([]byte, error) {
	r.memory = slices.Grow(r.memory[:0], size+1)
	for n := 0; ; {
		if n > maxGrown {
			return nil, fmt.Errorf("it has grown beyond %d MiB while it was read", maxGrown>>20)
		}
		if n == cap(r.memory) {
			r.memory = slices.Grow(r.memory[:n], n)
		}
		read, err := file.Read(r.memory[n:cap(r.memory)])
		n += read
		if errors.Is(err, io.EOF) {
			return r.memory[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// done gives up what content returned.
func (r *fileReader) done() {
	if r.mapped != nil {
		_ = r.mapped.Close()
		r.mapped = nil
	}
}

// reason is the text of an error without the call and the path, which are told
// beside it.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// stdin is the source of what comes in on standard input.
type stdin struct {
	r    io.Reader
	name string
}

// maxStdin bounds what is kept in memory of it.
const maxStdin = 1 << 30

func (i stdin) scan(ctx context.Context, s *scan) error {
	if i.r == nil {
		return nil
	}
	type content struct {
		data []byte
		err  error
	}
	read := make(chan content, 1)
	go func() { // a terminal or a pipe may keep a reader waiting for ever
		data, err := io.ReadAll(io.LimitReader(i.r, maxStdin+1))
		read <- content{data, err}
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case c := <-read:
		if c.err != nil {
			s.skip(Skip{Path: i.name, Kind: SkipFailed, Reason: c.err.Error()})
		}
		if len(c.data) > maxStdin {
			s.skip(Skip{Path: i.name, Kind: SkipFailed, Reason: "only the first GiB was read; scan a file instead"})
		}
		s.file(ctx, Blob{Object: ObjectFile, Path: i.name, Data: c.data, piped: true})
		return nil
	}
}

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
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// mapAbove is the minimum size of a file that is mapped and not read.
const mapAbove = 1 << 20

// files is the source of the files below a directory.
type files struct {
	root   string // the directory, with the separators of the system
	prefix string // of their paths in reports: "" or "sub/"
	names  []string
	status *repo.Status // nil outside of repositories
	// repository is the directory of the repository that contains them; empty for none.
	repository string
	// named says that the user gave these names: links are followed, and it is a
	// failure if a name is not a regular file.
	named bool
	// beside says that they are in a git directory, beside its objects.
	beside bool
}

// scan reads the files in all jobs.
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
	s.inName(shown, f.beside)
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
		return // deleted in the work tree, or after it was listed
	case err != nil:
		s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: reason(err)})
		if data == nil {
			return
		}
	}
	if r.holes > 0 && unpack.Kind(data) != "" {
		s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: "an archive with holes, as a sparse file: it was searched without them, and may not be unpacked"})
	}
	known := f.file(name)
	b := Blob{
		known:   known,
		ignored: known.Ignored,
		beside:  f.beside,
		Object:  ObjectFile, Path: shown, Data: data, readFile: f.readPath, root: f.prefix, repository: f.repository,
	}
	s.file(ctx, b)
	s.behind(ctx, b)
}

// file describes a file for the rules that check all files together.
func (f files) file(name string) rules.File {
	known := rules.File{Path: f.prefix + name, Root: f.prefix, InGit: f.status != nil}
	if f.status != nil {
		_, known.Tracked = slices.BinarySearch(f.status.Tracked, name)
		_, untracked := slices.BinarySearch(f.status.Untracked, name)
		known.Ignored = !known.Tracked && !untracked
	}
	known.Read = func() []byte { return f.readSmall(name) }
	return known
}

// readPath reads a small file by its path in reports; nil on failure.
func (f files) readPath(shown string) []byte {
	name, ok := strings.CutPrefix(shown, f.prefix)
	if !ok {
		return nil
	}
	return f.readSmall(name)
}

// readSmall reads a small file by its name; nil on failure.
func (f files) readSmall(name string) []byte {
	data, err := regular.Read(filepath.Join(f.root, filepath.FromSlash(name)), maxLinted)
	if err != nil {
		return nil
	}
	return data
}

// errLink is the error for a symbolic link that is not followed.
var errLink = errors.New("symbolic link")

// fileReader reads files one after another into the same memory. It maps large files.
type fileReader struct {
	memory []byte
	mapped *mmap.Map
	// holes is how many bytes of the holes of a sparse file are not in the content.
	holes int64
}

// largeHoles is how long the holes of a sparse file are, in bytes, if they are left out: zeros
// are searched at several GB a second.
const largeHoles = 1 << 30

// content returns the content of a file, which is valid until done is called. It uses
// stat to get the type of the file. It may return an error and what was read until then.
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
		if r.mapped, r.holes, err = mmap.OpenData(name, largeHoles); err != nil {
			return nil, err
		}
		return r.mapped.Bytes(), nil
	}
	r.holes = 0
	file, info, err := regular.OpenSeen(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return r.all(file, int(info.Size()))
}

// maxGrown is the maximum number of bytes read from a file that is larger than its
// reported size, because it is being written or is in /proc.
const maxGrown = 64 << 20

// all reads a file to its end. size is its expected size.
func (r *fileReader) all(file io.Reader, size int) ([]byte, error) {
	r.memory = slices.Grow(r.memory[:0], size+1)
	for n := 0; ; {
		if n > maxGrown {
			return r.memory[:maxGrown], fmt.Errorf("only the first %d MiB were read: the file has more than it said", maxGrown>>20)
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
			return r.memory[:n], err
		}
	}
}

// done releases the content that the last call of content returned.
func (r *fileReader) done() {
	if r.mapped != nil {
		_ = r.mapped.Close()
		r.mapped = nil
	}
}

// reason returns the text of an error without the operation and the path, which
// reports show separately.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// stdin is the source that reads standard input.
type stdin struct {
	r    io.Reader
	name string
}

// maxStdin is the maximum number of bytes read from standard input: a scan takes less than
// 1 GiB of memory.
const maxStdin = 900 << 20

func (i stdin) scan(ctx context.Context, s *scan) error {
	if i.r == nil {
		return nil
	}
	type content struct {
		memory *mmap.Map
		err    error
	}
	read := make(chan content, 1)
	go func() { // a terminal or a pipe may block a reader forever
		memory, err := mmap.Read(i.r, maxStdin+1)
		read <- content{memory, err}
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case c := <-read:
		defer c.memory.Close()
		data := c.memory.Bytes()
		if c.err != nil {
			s.skip(Skip{Path: i.name, Kind: SkipFailed, Reason: c.err.Error()})
		}
		if len(data) > maxStdin {
			s.skip(Skip{Path: i.name, Kind: SkipFailed, Reason: fmt.Sprintf("only the first %d MiB were read; scan a file instead", maxStdin>>20)})
		}
		s.file(ctx, Blob{Object: ObjectFile, Path: i.name, Data: data, piped: true})
		return nil
	}
}

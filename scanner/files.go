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
	"sync"

	"github.com/qasleaks/qasleaks/internal/mmap"
	"github.com/qasleaks/qasleaks/rules"
)

// mapAbove is the size from which a file is mapped and not read.
const mapAbove = 1 << 20

// files is the source of the files below a directory.
type files struct {
	root   string // the directory, as the system writes it
	prefix string // what their paths begin with in reports: "" or "sub/"
	names  []string
	status *status // nil where git has no say
	// repository is the directory of the repository they are in; empty for none.
	repository string
	// named says that the user gave these names: a link is followed, and what
	// has no content to read is a failure and not a matter of course.
	named bool
}

// scan reads the files over all jobs.
func (f files) scan(ctx context.Context, s *scan) error {
	names := make(chan string)
	var wg sync.WaitGroup
	for range s.jobs {
		wg.Go(func() {
			debug.SetPanicOnFault(true)
			for name := range names {
				if ctx.Err() == nil {
					f.read(ctx, name, s)
				}
			}
		})
	}
	for _, name := range f.names {
		if ctx.Err() != nil {
			break
		}
		names <- name
	}
	close(names)
	wg.Wait()
	return ctx.Err()
}

// read searches one file. A failure to read it becomes a skip.
func (f files) read(ctx context.Context, name string, s *scan) {
	shown := f.prefix + name
	if pattern, ok := s.excluded(shown); ok {
		s.skip(Skip{Path: shown, Kind: SkipPolicy, Reason: fmt.Sprintf("excluded by %q", pattern)})
		return
	}
	stat, notRegular := os.Lstat, SkipPolicy
	if f.named {
		stat, notRegular = os.Stat, SkipFailed
	}
	data, done, err := content(filepath.Join(f.root, filepath.FromSlash(name)), stat)
	switch {
	case errors.Is(err, errLink):
		s.links.Add(1)
		return
	case errors.Is(err, errNotRegular):
		s.skip(Skip{Path: shown, Kind: notRegular, Reason: err.Error()})
		return
	case errors.Is(err, fs.ErrNotExist):
		return // deleted in the work tree, or since it was listed
	case err != nil:
		s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: reason(err)})
		return
	}
	defer done()
	defer func() {
		// A mapped file that is cut short meanwhile faults.
		if fault, ok := recover().(error); ok {
			s.skip(Skip{Path: shown, Kind: SkipFailed, Reason: "read: " + fault.Error()})
		}
	}()
	s.lookAt(f.file(name))
	s.file(ctx, Blob{Object: ObjectFile, Path: shown, Data: data, root: f.prefix, repository: f.repository})
}

// file tells of a file to rules that judge files together.
func (f files) file(name string) rules.File {
	known := rules.File{Path: f.prefix + name, Root: f.prefix, InGit: f.status != nil}
	if f.status != nil {
		_, known.Tracked = slices.BinarySearch(f.status.tracked, name)
		_, untracked := slices.BinarySearch(f.status.untracked, name)
		known.Ignored = !known.Tracked && !untracked
	}
	path := filepath.Join(f.root, filepath.FromSlash(name))
	known.Read = func() []byte {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxLinted {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		return data
	}
	return known
}

// What has no content of its own.
var (
	errLink       = errors.New("symbolic link")
	errNotRegular = errors.New("not a regular file")
)

// content returns what is in a file until done is called. It looks at what kind
// of file it is with stat.
func content(name string, stat func(string) (fs.FileInfo, error)) (data []byte, done func(), err error) {
	info, err := stat(name)
	if err != nil {
		return nil, nil, err
	}
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return nil, nil, errLink
	case !mode.IsRegular():
		return nil, nil, errNotRegular
	}
	if info.Size() < mapAbove {
		data, err = os.ReadFile(name)
		return data, func() {}, err
	}
	m, err := mmap.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return m.Bytes(), func() { _ = m.Close() }, nil
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

// walk lists every file below root, with slashes, and the directories in which
// repositories of their own lie. It does not follow symbolic links, and goes into
// no repository but root.
func walk(root string, s *scan, prefix string) (names, repositories []string) {
	_ = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		switch {
		case relErr != nil:
			return relErr
		case err != nil:
			s.skip(Skip{Path: prefix + rel, Kind: SkipFailed, Reason: reason(err)})
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case rel == ".":
			return nil
		case entry.Name() == ".git":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			if isRepository(name) {
				repositories = append(repositories, rel)
				return fs.SkipDir
			}
			return nil
		}
		names = append(names, rel)
		return nil
	})
	return names, repositories
}

// isRepository reports whether a directory is a work tree's root, or a
// repository without one.
func isRepository(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return true
	}
	return isGitDir(dir)
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

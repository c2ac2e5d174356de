package scanner

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// listing collects the files and repositories below a directory.
type listing struct {
	root, prefix string
	scan         *scan
	kernel       kernelFiles
	// free limits the number of directories that are read concurrently.
	free chan struct{}
	wg   sync.WaitGroup

	mu                  sync.Mutex
	names, repositories []string
}

// walk lists every file below root, with slashes and in no order, and the directories
// that are repositories. It does not follow symbolic links, and does not enter
// repositories other than root, or file systems of the kernel.
func walk(root string, s *scan, prefix string) (names, repositories []string) {
	l := &listing{root: root, prefix: prefix, scan: s, kernel: s.kernelFilesBelow(root, prefix), free: make(chan struct{}, s.jobs)}
	if !l.kernel.has(".") {
		l.directory("")
	}
	l.wg.Wait()
	slices.Sort(l.repositories)
	return l.names, l.repositories
}

// directory lists the content of a directory, which is "" for root or ends with a
// slash.
func (l *listing) directory(dir string) {
	entries, err := readDir(filepath.Join(l.root, filepath.FromSlash(dir)))
	if err != nil {
		shown := l.prefix + dir
		if dir == "" {
			shown += "."
		}
		l.scan.skip(Skip{Path: filepath.ToSlash(filepath.Clean(shown)), Kind: SkipFailed, Reason: reason(err)})
	}
	if dir != "" && l.isRepository(dir, entries) {
		l.mu.Lock()
		l.repositories = append(l.repositories, dir[:len(dir)-1])
		l.mu.Unlock()
		return
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		name := dir + entry.Name()
		switch {
		case entry.Name() == ".git":
		case !entry.IsDir():
			names = append(names, name)
		case l.kernel.has(name):
		default:
			select {
			case l.free <- struct{}{}:
				l.wg.Go(func() {
					l.directory(name + "/")
					<-l.free
				})
			default:
				l.directory(name + "/")
			}
		}
	}
	l.mu.Lock()
	l.names = append(l.names, names...)
	l.mu.Unlock()
}

// readDir returns the entries of a directory in no order.
func readDir(name string) ([]fs.DirEntry, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// isRepository does the same as the function isRepository, for a directory whose
// entries are known.
func (l *listing) isRepository(dir string, entries []fs.DirEntry) bool {
	head := false
	for _, entry := range entries {
		if entry.Name() == ".git" {
			return true
		}
		head = head || entry.Name() == "HEAD"
	}
	return head && repo.IsGitDir(filepath.Join(l.root, filepath.FromSlash(dir)))
}

// isRepository reports whether a directory is the root of a work tree or a bare
// repository.
func isRepository(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
		return true
	}
	return repo.IsGitDir(dir)
}

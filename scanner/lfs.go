package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/qasleaks/qasleaks/internal/fault"
	"github.com/qasleaks/qasleaks/scanner/detect"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// pointer is a file of Git LFS: git records it in place of the content, which is in
// lfs/objects (github.com/git-lfs/git-lfs, docs/spec.md).
type pointer struct {
	sum  string // SHA-256 of the content, in hex
	size int64
}

// lfsLayer is the layer of content that a pointer refers to.
const lfsLayer = "git-lfs"

// maxPointer is the maximum size of a pointer.
const maxPointer = 1024

// parsePointer parses a pointer of Git LFS.
func parsePointer(data []byte) (p pointer, ok bool) {
	if len(data) > maxPointer || !bytes.HasPrefix(data, []byte("version http")) {
		return p, false
	}
	first, rest, _ := strings.Cut(string(data), "\n")
	switch strings.TrimSpace(first) {
	case "version https://git-lfs.github.com/spec/v1", "version https://hawser.github.com/spec/v1", "version http://git-media.io/v/2":
	default:
		return p, false
	}
	for line := range strings.Lines(rest) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "oid":
			p.sum, _ = strings.CutPrefix(value, "sha256:")
		case "size":
			size, err := strconv.ParseInt(value, 10, 64)
			if err != nil || size < 0 {
				return p, false
			}
			p.size = size
		}
	}
	if id, err := odb.ParseOID(p.sum); err != nil || id.String() != p.sum || len(p.sum) != 64 {
		return p, false
	}
	return p, true
}

// errLFS says that a repository does not have the content of a pointer.
var errLFS = errors.New("the content of this Git LFS pointer is not in the repository and was not read; run git lfs fetch --all")

// read calls use with the content that a pointer refers to. gitDir is the git directory
// of its repository, empty for none. It reads only regular files in that directory. An
// error may be returned after a call of use: the content is not what the pointer says.
func (p pointer) read(gitDir string, use func(data []byte)) (err error) {
	if p.size == 0 {
		return nil // Git LFS does not store it
	}
	if gitDir == "" {
		return errLFS
	}
	name := filepath.Join(gitDir, "lfs", "objects", p.sum[:2], p.sum[2:4], p.sum)
	real, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return errLFS
	}
	if err != nil {
		return lfsError(err)
	}
	if gitDir, err = filepath.EvalSymlinks(gitDir); err != nil {
		return lfsError(err)
	}
	if within, err := filepath.Rel(gitDir, real); err != nil || !filepath.IsLocal(within) {
		return lfsError(errors.New("it is outside the repository"))
	}
	var r fileReader
	defer r.done()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if panicked := fault.Error(recover()); panicked != nil {
			err = lfsError(panicked)
		}
	}()
	data, err := r.content(real, os.Lstat)
	if err != nil {
		return lfsError(err)
	}
	use(data)
	if int64(len(data)) != p.size {
		return lfsError(fmt.Errorf("it has %d bytes, but the pointer says %d", len(data), p.size))
	}
	return nil
}

// lfsError says why the content of a pointer could not be read.
func lfsError(err error) error {
	return fmt.Errorf("read the content of this Git LFS pointer: %s", reason(err))
}

// behind searches the content that a file refers to if it is a pointer of Git LFS.
func (s *scan) behind(ctx context.Context, b Blob) {
	p, ok := parsePointer(b.Data)
	if !ok {
		return
	}
	b.piped, b.layers = true, []string{lfsLayer}
	if err := p.read(b.repository, func(data []byte) {
		b.Data = data
		s.file(ctx, b)
	}); err != nil {
		s.skip(Skip{Path: b.Path, Kind: SkipFailed, Reason: err.Error()})
	}
}

// absent is the prefix of the group of a pointer whose content could not be read, before
// the reason. It has no hits, but it is placed like hits, to get its paths.
const absent = "git-lfs\x00"

// behind searches the content of a pointer in the history and returns its hits, or the
// group of the pointer if the content could not be read.
func (h *history) behind(ctx context.Context, s *scan, p pointer, id odb.OID) (hits []detect.Hit, failed groupID) {
	if err := p.read(h.repo.CommonDir, func(data []byte) {
		s.progress.Bytes.Add(int64(len(data)))
		budget := detect.NewBudget()
		hits = s.detector.FindWithin(ctx, data, budget)
		found, skips := s.unpack(ctx, data, budget)
		s.overspent(h.pathOf(id), budget)
		s.unread(h.prefix+".git/blob/"+id.String(), skips)
		for _, f := range found {
			hits = append(hits, f.hit)
		}
	}); err != nil {
		failed = absent + err.Error()
	}
	return hits, failed
}

package scanner

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// WorkTree returns the root of the work tree that dir is or lies in, as a path like
// dir: relative to the working directory if that is. In the working directory the
// environment counts that git sets for its hooks.
func WorkTree(ctx context.Context, dir string) (string, error) {
	cmd := gitCommand(ctx, hookEnviron(dir), "-C", dir, "rev-parse", "--show-toplevel")
	out, err := outputOf(ctx, cmd, "rev-parse")
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	var failed *hint.Error
	if errors.As(err, &failed) {
		if failed.Hint == "" {
			failed.Hint = "name a directory in the work tree of a git repository"
		}
		return "", &hint.Error{Err: fmt.Errorf("find the work tree of %s: %w", dir, failed.Err), Hint: failed.Hint}
	}
	root := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if filepath.IsAbs(dir) {
		return root, nil
	}
	for up := "."; len(up) < 1000; up = filepath.Join(up, "..") { // through no link but dir's own
		if sameFile(filepath.Join(dir, up), root) {
			return filepath.Join(dir, up), nil
		}
	}
	return root, nil
}

// hookEnviron is the environment in which to ask git about a directory: that of a
// hook, which names the index in use, is about the working directory alone.
func hookEnviron(dir string) []string {
	if sameFile(dir, ".") {
		return os.Environ()
	}
	return gitEnviron()
}

// NothingStaged reports whether the next commit of the work tree in dir records no
// file.
func NothingStaged(ctx context.Context, dir string) (bool, error) {
	files, err := staged{dir, hookEnviron(dir)}.list(ctx)
	return len(files) == 0, err
}

// staged is the source of what the next commit of a work tree records.
type staged struct {
	root    string
	environ []string
}

// stagedTarget makes out the work tree whose index is to be scanned.
func (s *scan) stagedTarget(ctx context.Context, names []string) (*target, error) {
	if len(names) != 1 {
		return nil, &hint.Error{Err: fmt.Errorf("scan what is staged: %d targets", len(names)), Hint: "name one work tree, or none for that of the working directory"}
	}
	root, err := WorkTree(ctx, names[0])
	if err != nil {
		return nil, err
	}
	s.partial = true
	return &target{
		name: filepath.ToSlash(root), dir: true,
		sources: []source{staged{root, hookEnviron(names[0])}},
	}, nil
}

// stagedFile is an entry of the index that differs from the last commit.
type stagedFile struct {
	path, mode, oid string
	unmerged        bool
}

// modeSubmodule is the mode of what is no file but a commit of another repository.
const modeSubmodule = "160000"

// list asks git what differs: whatever the format of the index, and also for the
// first commit. What is deleted is left out, and so is what is only intended to be
// added, which a commit does not record (git-add(1), --intent-to-add).
func (g staged) list(ctx context.Context) ([]stagedFile, error) {
	cmd := gitCommand(ctx, g.environ, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
		"--diff-filter=ACMRTU", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--")
	cmd.Dir = g.root
	out, err := outputOf(ctx, cmd, "diff --cached")
	if err != nil {
		return nil, err
	}
	var files []stagedFile
	for len(out) > 0 {
		head, rest, ok1 := bytes.Cut(out, []byte{0})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		// git-diff(1), "RAW OUTPUT FORMAT": :mode mode oid oid status
		fields := strings.Fields(strings.TrimPrefix(string(head), ":"))
		if !ok1 || !ok2 || len(fields) != 5 {
			return nil, fmt.Errorf("list what is staged: git says %q", head)
		}
		files = append(files, stagedFile{path: string(name), mode: fields[1], oid: fields[3], unmerged: fields[4] == "U"})
		out = rest
	}
	return files, nil
}

// scan reads what is staged, in one run of git, and judges it over all jobs.
func (g staged) scan(ctx context.Context, s *scan) error {
	files, err := g.list(ctx)
	if err != nil {
		return err
	}
	var wanted []stagedFile
	var submodules []string
	for _, f := range files {
		pattern, excluded := s.excluded(f.path)
		switch {
		case excluded:
			s.skip(Skip{Path: f.path, Kind: SkipPolicy, Reason: fmt.Sprintf("excluded by %q", pattern)})
		case f.unmerged:
			s.skip(Skip{Path: f.path, Kind: SkipPolicy, Reason: "not merged, so that git does not commit it"})
		case f.mode == modeSubmodule:
			submodules = append(submodules, f.path)
		default:
			wanted = append(wanted, f)
		}
	}
	if len(wanted) > 0 {
		s.note("only what is staged was scanned: " + some(paths(wanted), 3))
	} else {
		s.note("no file is staged, so nothing was scanned")
	}
	if len(submodules) > 0 {
		s.note(fmt.Sprintf("submodules are staged as commits and were not scanned: %s", some(submodules, 3)))
	}
	return g.read(ctx, s, wanted)
}

func paths(files []stagedFile) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.path
	}
	return names
}

// read passes the content of each file on.
func (g staged) read(ctx context.Context, s *scan, files []stagedFile) error {
	if len(files) == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := gitCommand(ctx, g.environ, "cat-file", "--batch", "--buffer")
	cmd.Dir = g.root
	var asked strings.Builder
	for _, f := range files {
		asked.WriteString(f.oid + "\n")
	}
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(asked.String()), &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run git cat-file: %w", err)
	}
	blobs := make(chan Blob)
	var workers sync.WaitGroup
	for range s.jobs {
		workers.Go(func() {
			for b := range blobs {
				if len(b.Data) <= maxLinted {
					s.lookAt(rules.File{Path: b.Path, InGit: true, Tracked: true, Read: func() []byte { return b.Data }})
				}
				s.file(ctx, b)
			}
		})
	}
	reader := bufio.NewReaderSize(out, 1<<16)
	for i, f := range files {
		data, err := nextObject(reader)
		var missing *missingError
		if errors.As(err, &missing) {
			s.skip(Skip{Path: f.path, Kind: SkipFailed, Reason: err.Error()})
			continue
		}
		if err != nil { // nothing after it can be told apart
			for _, f := range files[i:] {
				s.skip(Skip{Path: f.path, Kind: SkipFailed, Reason: "read staged content: " + err.Error()})
			}
			break
		}
		blobs <- Blob{Object: ObjectIndex, Path: f.path, Data: data}
	}
	close(blobs)
	workers.Wait()
	if stop(); cmd.Wait() != nil && stderr.Len() > 0 {
		s.skip(Skip{Path: ".git/index", Kind: SkipFailed, Reason: strings.TrimSpace(stderr.String())})
	}
	return nil
}

// missingError is about one object, and the next can be read.
type missingError struct{ reason string }

func (e *missingError) Error() string { return e.reason }

// nextObject reads an answer of git cat-file --batch: "oid type size", a line's end,
// the content, a line's end; or "oid missing" (git-cat-file(1), "BATCH OUTPUT").
func nextObject(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(line)
	if len(fields) == 2 {
		return nil, &missingError{"staged content is " + fields[1]}
	}
	if len(fields) != 3 {
		return nil, fmt.Errorf("git cat-file says %q", line)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return nil, fmt.Errorf("git cat-file says %q", line)
	}
	if size > odb.MaxSize {
		if _, err := io.CopyN(io.Discard, r, size+1); err != nil {
			return nil, err
		}
		return nil, &missingError{odb.ErrTooLarge.Error()}
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	return data[:size], nil
}

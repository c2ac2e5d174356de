package repo

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

	"github.com/qasleaks/qasleaks/internal/hint"
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
		if SameFile(filepath.Join(dir, up), root) {
			return filepath.Join(dir, up), nil
		}
	}
	return root, nil
}

// hookEnviron is the environment in which to ask git about a directory: that of a
// hook, which names the index in use, is about the working directory alone.
func hookEnviron(dir string) []string {
	if SameFile(dir, ".") {
		return os.Environ()
	}
	return gitEnviron()
}

// NothingStaged reports whether the next commit of the work tree in dir records no
// file.
func NothingStaged(ctx context.Context, dir string) (bool, error) {
	files, err := IndexAt(dir, dir).Files(ctx)
	return len(files) == 0, err
}

// Index is the index of a work tree: what the next commit will hold.
type Index struct {
	root    string
	environ []string
}

// IndexAt returns the index of the work tree with a root. If dir, which lies in it,
// is the working directory, that is the index that the environment names: git sets
// it for hooks.
func IndexAt(root, dir string) Index { return Index{root, hookEnviron(dir)} }

// StagedFile is an entry of the index that differs from the last commit.
type StagedFile struct {
	Path, Mode string
	oid        string
	Unmerged   bool
}

// ModeSubmodule is the mode of what is no file but a commit of another repository.
const ModeSubmodule = "160000"

// Files asks git what differs: whatever the format of the index, and also for the
// first commit. What is deleted is left out, and so is what is only intended to be
// added, which a commit does not record (git-add(1), --intent-to-add).
func (g Index) Files(ctx context.Context) ([]StagedFile, error) {
	cmd := gitCommand(ctx, g.environ, "diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
		"--diff-filter=ACMRTU", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--")
	cmd.Dir = g.root
	out, err := outputOf(ctx, cmd, "diff --cached")
	if err != nil {
		return nil, err
	}
	var files []StagedFile
	for len(out) > 0 {
		head, rest, ok1 := bytes.Cut(out, []byte{0})
		name, rest, ok2 := bytes.Cut(rest, []byte{0})
		// git-diff(1), "RAW OUTPUT FORMAT": :mode mode oid oid status
		fields := strings.Fields(strings.TrimPrefix(string(head), ":"))
		if !ok1 || !ok2 || len(fields) != 5 {
			return nil, fmt.Errorf("list what is staged: git says %q", head)
		}
		files = append(files, StagedFile{Path: string(name), Mode: fields[1], oid: fields[3], Unmerged: fields[4] == "U"})
		out = rest
	}
	return files, nil
}

// Contents reads the staged content of files in one run of git, and calls visit
// for each, in order, with the content or with what kept it from being read. It
// returns what git complained of, or the error that kept it from starting.
func (g Index) Contents(ctx context.Context, files []StagedFile, visit func(f StagedFile, data []byte, err error)) (complaint string, err error) {
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
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run git cat-file: %w", err)
	}
	reader := bufio.NewReaderSize(out, 1<<16)
	for i, f := range files {
		data, err := nextObject(reader)
		var missing *missingError
		if err != nil && !errors.As(err, &missing) { // nothing after it can be told apart
			for _, f := range files[i:] {
				visit(f, nil, fmt.Errorf("read staged content: %w", err))
			}
			break
		}
		visit(f, data, err)
	}
	if stop(); cmd.Wait() != nil {
		complaint = strings.TrimSpace(stderr.String())
	}
	return complaint, nil
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

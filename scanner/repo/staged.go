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
	"time"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// WorkTree returns the root of the work tree that contains dir. The path is relative
// to the working directory if dir is. If dir is the working directory, the
// environment is used that git sets for its hooks.
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
	for up := "."; len(up) < 1000; up = filepath.Join(up, "..") { // ".." must not go through a link in dir
		if SameFile(filepath.Join(dir, up), root) {
			return filepath.Join(dir, up), nil
		}
	}
	return root, nil
}

// hookEnviron returns the environment of a git command in a directory. The
// environment of a hook, which names the index in use, applies only to the working
// directory.
func hookEnviron(dir string) []string {
	if SameFile(dir, ".") {
		return os.Environ()
	}
	return gitEnviron()
}

// NothingStaged reports whether the work tree in dir has no staged file.
func NothingStaged(ctx context.Context, dir string) (bool, error) {
	staged, err := IndexAt(dir, dir).Files(ctx)
	return len(staged.Files) == 0, err
}

// Index is the index of a work tree: the content of the next commit.
type Index struct {
	root    string
	environ []string
}

// IndexAt returns the index of the work tree with the given root. dir is in that work
// tree. If dir is the working directory, the index is the one in the environment,
// which git sets for hooks.
func IndexAt(root, dir string) Index { return Index{root, hookEnviron(dir)} }

// CommonDir returns the git directory that all work trees of the repository share; ""
// if git does not say it.
func (g Index) CommonDir(ctx context.Context) string {
	cmd := gitCommand(ctx, g.environ, "rev-parse", "--git-common-dir")
	cmd.Dir = g.root
	out, err := outputOf(ctx, cmd, "rev-parse")
	if err != nil {
		return ""
	}
	dir := filepath.FromSlash(strings.TrimRight(string(out), "\r\n"))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(g.root, dir)
	}
	return dir
}

// StagedFile is an entry of the index that the next commit changes. Mode is the
// file mode in octal. Unmerged means that the file has a merge conflict.
type StagedFile struct {
	Path, Mode string
	oid        string
	Unmerged   bool
}

// ModeSubmodule is the mode of a submodule: a commit of another repository, not a
// file.
const ModeSubmodule = "160000"

// Contents reads the staged content of files with one git command. It calls visit for
// each file, in order, with the content or with the error. It returns the error
// messages of git as complaint, or an error if git could not be started.
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
	late := time.AfterFunc(timeLimit, stop) // of one object
	defer late.Stop()
	for i, f := range files {
		late.Reset(timeLimit)
		data, err := nextObject(reader)
		var missing *missingError
		if err != nil && !errors.As(err, &missing) { // the rest of the output cannot be parsed
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

// missingError is an error of one object, after which the next one can be read.
type missingError struct{ reason string }

func (e *missingError) Error() string { return e.reason }

// nextObject reads one answer of git cat-file --batch (git-cat-file(1), "BATCH
// OUTPUT"): either "oid type size", a newline, the content and a newline; or "oid
// missing".
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

// Mentions reports whether a file of the index has one of some literals. If git cannot
// tell, it reports true.
func (g Index) Mentions(ctx context.Context, literals []string) bool {
	args := []string{"grep", "--cached", "--no-textconv", "-q", "-I", "-i", "-F"}
	for _, l := range literals {
		args = append(args, "-e", l)
	}
	cmd := gitCommand(ctx, g.environ, args...)
	cmd.Dir = g.root
	_, err := outputOf(ctx, cmd, "grep")
	return err == nil || cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1
}

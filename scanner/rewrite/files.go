package rewrite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/qasleaks/qasleaks/internal/fault"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// Files says what to do with files.
type Files struct {
	// Output is the directory to write to: a target DIR becomes Output/DIR, with all that is
	// in it. Without Output, files with keys are replaced.
	Output string
	// Strict leaves out of Output what is not masked completely.
	Strict bool
}

// File is what became of a file. Path is as in the target, with slashes, and without keys.
type File struct {
	Path string
	Masked
	// Missing says that it is not in the output.
	Missing bool
}

// work is a file to rewrite: from a path to a path, which are the same in place.
type work struct {
	shown, from, to string
	// left is why it is not rewritten; empty if it is.
	left string
	// link is the content of a symbolic link to create.
	link string
}

// Rewrite masks the keys in files and in all files below directories. It returns those of
// the files in which something was masked, or was not, in order. Permissions and times are
// kept. The error is for targets and an output that cannot be used, and of ctx.
func (r *Rewriter) Rewrite(ctx context.Context, targets []string, f Files) ([]File, error) {
	all, err := f.list(targets)
	if err != nil {
		return nil, err
	}
	files := make([]File, len(all))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(all), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			debug.SetPanicOnFault(true)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				files[i] = r.one(ctx, all[i], f)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return slices.DeleteFunc(files, func(f File) bool { return len(f.Keys) == 0 && len(f.Left) == 0 }), nil
}

// list returns the files below targets.
func (f Files) list(targets []string) ([]work, error) {
	var all []work
	places, err := f.places(targets)
	for i := 0; err == nil && i < len(targets); i++ {
		if info, _ := os.Stat(targets[i]); info == nil || !info.IsDir() {
			all = append(all, work{shown: filepath.ToSlash(targets[i]), from: targets[i], to: places[i]})
			continue
		}
		var below []work
		below, err = f.below(targets[i], places[i])
		all = append(all, below...)
	}
	return all, err
}

// places returns where each target goes.
func (f Files) places(targets []string) ([]string, error) {
	var places []string
	for i, target := range targets {
		info, err := os.Stat(target)
		if err != nil {
			return nil, hint.New("name files and directories that exist", "read target: %w", err)
		}
		to := target
		if f.Output != "" {
			if to, err = f.place(target, info.IsDir()); err != nil {
				return nil, err
			}
			if other := slices.Index(places, to); other >= 0 {
				return nil, hint.New("run qasleaks once for each", "%s and %s have the same name in the output", targets[other], targets[i])
			}
		}
		places = append(places, to)
	}
	return places, nil
}

// place returns where a target goes in the output.
func (f Files) place(target string, isDir bool) (string, error) {
	from, err := filepath.Abs(target)
	if err != nil {
		return "", fmt.Errorf("read target: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(from); err == nil && isDir {
		from = resolved
	}
	output, err := filepath.Abs(f.Output)
	if err != nil {
		return "", fmt.Errorf("open output: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(output); err == nil {
		output = resolved
	}
	to := filepath.Join(output, filepath.Base(from))
	if within, err := filepath.Rel(from, to); err == nil && (within == "." || isDir && !strings.HasPrefix(within, "..")) {
		return "", hint.New("name another directory, or use --in-place", "the output %s would be in the target %s, or overwrite it", f.Output, target)
	}
	return filepath.Join(f.Output, filepath.Base(from)), nil
}

// below returns what is in a directory, and creates its directories in the output.
func (f Files) below(target, output string) ([]work, error) {
	var all []work
	err := filepath.WalkDir(target, func(name string, entry fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(target, name)
		if relErr != nil {
			return relErr
		}
		w := work{shown: filepath.ToSlash(name), from: name, to: filepath.Join(output, rel)}
		switch {
		case err != nil:
			w.left = err.Error()
		case entry.Name() == ".git" && name != target:
			w.left = "a git repository: its history is not rewritten"
		case entry.IsDir():
			if f.Output == "" {
				return nil
			}
			return os.MkdirAll(w.to, 0o777)
		case entry.Type()&fs.ModeSymlink != 0:
			if w.link, w.left = linkWithin(target, name); w.left == "" && f.Output == "" {
				return nil
			}
		case !entry.Type().IsRegular():
			w.left = "not a regular file"
		}
		all = append(all, w)
		if entry != nil && entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
	return all, err
}

// linkWithin returns the content of a symbolic link, and why it is not copied: what it leads
// to must be below the target as well.
func linkWithin(target, name string) (link, left string) {
	link, err := os.Readlink(name)
	if err != nil {
		return "", err.Error()
	}
	root, rootErr := filepath.EvalSymlinks(target)
	end, err := filepath.EvalSymlinks(name)
	if err != nil || rootErr != nil || filepath.IsAbs(link) {
		return "", "a symbolic link that is absolute, or leads to nothing"
	}
	if rel, err := filepath.Rel(root, end); err != nil || strings.HasPrefix(rel, "..") {
		return "", "a symbolic link that leads out of the directory"
	}
	return link, ""
}

// one rewrites or copies one file.
func (r *Rewriter) one(ctx context.Context, w work, f Files) (file File) {
	fail := func(reason string) {
		file.Left = append(file.Left, r.shown(ctx, unpack.Skip{Failed: true, Reason: reason}))
	}
	shown, inName, err := r.Text(ctx, []byte(w.shown))
	file.Path = string(shown)
	if len(inName) > 0 || err != nil {
		fail("its name has a key, and names are kept")
	}
	defer func() {
		// Reading a mapped file causes a fault if the file was truncated meanwhile.
		if err := fault.Error(recover()); err != nil {
			fail(err.Error())
			file.Missing = f.Output != ""
		}
	}()
	switch {
	case w.left != "":
		fail(w.left)
		file.Missing = f.Output != ""
		return file
	case w.link != "":
		if err := os.Symlink(w.link, w.to); err != nil && !errors.Is(err, fs.ErrExist) {
			fail(err.Error())
		}
		return file
	}
	content, err := openFile(w.from)
	if err != nil {
		fail(err.Error())
		file.Missing = f.Output != ""
		return file
	}
	defer content.close()
	data, masked := r.Content(ctx, content.data)
	file.Add(masked)
	switch {
	case ctx.Err() != nil:
		return file
	case f.Output == "" && len(masked.Keys) == 0:
		return file
	case f.Strict && len(file.Left) > 0:
		file.Missing = true
		return file
	}
	if err := content.write(w.to, data); err != nil {
		fail(err.Error())
		file.Missing = f.Output != ""
	}
	return file
}

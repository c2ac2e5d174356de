// Package repo reads what a git repository says of itself: where its directories
// are, its refs and reflogs, which files git tracks, ignores or has staged, which
// objects a range of commits brought. Objects are read by package odb.
//
// It is the only package that uses go-git and that runs the git program, which it
// does only for what nothing else can read; [Open] needs no program for ordinary
// repositories. The repository is not trusted: nothing that its configuration names
// is executed.
package repo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/internal/regular"
	"github.com/qasleaks/qasleaks/scanner/odb"
)

// Repository is a git repository on disk, opened for reading.
type Repository struct {
	// Root is the work tree; "" if the repository is bare.
	Root string
	// GitDir is the work tree's own directory, CommonDir the one that all work
	// trees share. They differ only in linked work trees.
	GitDir, CommonDir string
	DB                *odb.DB
	// Head is the commit checked out; "" if there is none yet. HeadRef is the
	// branch it is on; "" if it is detached.
	Head    odb.OID
	HeadRef string
	// Refs are sorted by name. A detached HEAD is one of them, attached ones
	// are not: their branches are.
	Refs    []Ref
	Reflogs []ReflogEntry
	// Shallow are the commits whose parents were not fetched.
	Shallow []odb.OID
	// Failures is what could not be read of all this.
	Failures []odb.Failure

	format repositoryFormat
	// environ names the objects of a push in quarantine to the git program.
	environ []string
}

// Bounds of the files of a repository, in bytes: of lists of refs or commits, and of
// settings and paths.
const (
	maxList    = 1 << 30
	maxSetting = 16 << 20
)

// ErrNotRepository says that a directory is neither a repository nor the root
// of a work tree. Those above it are not looked at.
var ErrNotRepository = errors.New("not a git repository")

// Open opens the repository whose work tree begins at dir, or which
// is dir: a bare repository, a ".git" directory, the repository of a submodule
// or of a linked work tree. It runs no program unless the repository keeps its
// refs in a way that only git can read (SHA-256, reftable).
//
// The error is [ErrNotRepository], or an [*hint.Error] for what is a repository but
// cannot be read. Single refs that cannot be read are in Failures.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r, err := locateRepository(dir)
	if err == nil {
		err = r.open(ctx, "")
	}
	return opened(r, dir, err)
}

// OpenWithin opens a repository like [Open], but nothing of it may lie outside of a
// directory: whoever wrote the files below that directory may have made it up to show
// another repository of this machine.
func OpenWithin(ctx context.Context, dir, within string) (*Repository, error) {
	within, err := filepath.Abs(within)
	if err != nil {
		return nil, err
	}
	r, err := locateRepository(dir)
	if err == nil {
		err = r.open(ctx, within)
	}
	return opened(r, dir, err)
}

// opened closes a repository that could not be opened whole.
func opened(r *Repository, dir string, err error) (*Repository, error) {
	if err != nil {
		if r != nil && r.DB != nil {
			_ = r.DB.Close()
		}
		return nil, openError(dir, err)
	}
	return r, nil
}

// openError says what was tried, and keeps the hint of an [*hint.Error].
func openError(dir string, err error) error {
	wrapped := fmt.Errorf("open repository %s: %w", dir, err)
	if errors.Is(err, ErrNotRepository) {
		return wrapped
	}
	advice := "see what git says of it: git -C " + dir + " fsck"
	if inner := hint.Of(err); inner != "" {
		advice = inner
	}
	return &hint.Error{Err: wrapped, Hint: advice}
}

func (r *Repository) open(ctx context.Context, within string) error {
	for _, own := range []string{r.GitDir, r.CommonDir} {
		if within != "" && !isInside(own, within) {
			return &hint.Error{
				Err:  fmt.Errorf("its repository %s lies outside of what is scanned", own),
				Hint: "to scan that, name it as a target",
			}
		}
	}
	stores := odb.Stores{Within: within}
	var err error
	if within == "" {
		if stores.Also, err = r.quarantine(); err != nil {
			r.fail("", err)
		}
	}
	if r.format, err = readFormat(ctx, r.GitDir, r.CommonDir); err != nil {
		return err
	}
	if r.Root == "" {
		r.Root = r.format.workTree(r.GitDir)
	}
	if r.DB, err = odb.OpenStores(ctx, r.CommonDir, stores); err != nil {
		return err
	}
	if err := r.readRefs(ctx); err != nil {
		return fmt.Errorf("read refs: %w", err)
	}
	if err := r.readReflogs(ctx); err != nil {
		return fmt.Errorf("read reflogs: %w", err)
	}
	if r.Shallow, err = readShallow(filepath.Join(r.CommonDir, "shallow")); err != nil {
		return fmt.Errorf("read shallow commits: %w", err)
	}
	for _, file := range []string{"index", "info/exclude"} { // git would wait for a FIFO
		if info, err := os.Stat(filepath.Join(r.GitDir, file)); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %w", file, regular.ErrNotRegular)
		}
	}
	return ctx.Err()
}

// isInside reports whether a path, links followed, lies in a directory.
func isInside(path, dir string) bool {
	real, err1 := filepath.EvalSymlinks(path)
	dir, err2 := filepath.EvalSymlinks(dir)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(dir, real)
	return err == nil && filepath.IsLocal(rel)
}

// Close lets go of the object database.
func (r *Repository) Close() error { return r.DB.Close() }

// locateRepository finds the directories of a repository as
// gitrepository-layout(5) and git-worktree(1) describe them.
func locateRepository(dir string) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Repository{GitDir: dir}
	dotGit := filepath.Join(dir, ".git")
	info, err := os.Stat(dotGit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if !IsGitDir(dir) {
			return nil, ErrNotRepository
		}
	case err != nil:
		return nil, err
	case info.IsDir():
		r.Root, r.GitDir = dir, dotGit
	default:
		r.Root = dir
		if r.GitDir, err = readLink(dotGit, "gitdir: "); err != nil {
			return nil, err
		}
	}
	if !IsGitDir(r.GitDir) {
		return nil, &hint.Error{
			Err:  fmt.Errorf("%s is not a git directory", r.GitDir),
			Hint: "its history is not here; --no-history scans only the files",
		}
	}
	r.CommonDir = r.GitDir
	common, err := readLink(filepath.Join(r.GitDir, "commondir"), "")
	if err == nil {
		r.CommonDir = common
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return r, nil
}

// IsGitDir reports whether dir looks like a repository to git: it has a HEAD,
// and objects and refs or a link to them.
func IsGitDir(dir string) bool {
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	}
	return has("HEAD") && (has("objects") && has("refs") || has("commondir"))
}

// readLink reads the path in a file that stands for a directory elsewhere.
func readLink(file, prefix string) (string, error) {
	content, err := regular.Read(file, maxSetting)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(strings.TrimRight(string(content), "\r\n"), prefix)
	if !ok || target == "" {
		return "", fmt.Errorf("%s names no directory", file)
	}
	target = filepath.FromSlash(target)
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(file), target)
	}
	return filepath.Clean(target), nil
}

// repositoryFormat is what a repository's configuration says of how to read it.
type repositoryFormat struct {
	bare       bool
	workTreeIs string // core.worktree
	refStorage string // "files" or "reftable"
}

// readableExtensions are those of git-config(1) that change nothing in how
// objects and refs are read, or whose change this package and odb know of.
var readableExtensions = []string{
	"compatobjectformat", "noop", "noop-v1", "objectformat", "partialclone", "preciousobjects",
	"refstorage", "relativeworktrees", "submodulepathconfig", "worktreeconfig",
}

// readFormat reads the configuration, and refuses a format it does not know:
// half of a repository must not pass for all of it.
func readFormat(ctx context.Context, gitDir, commonDir string) (repositoryFormat, error) {
	format := repositoryFormat{refStorage: "files"}
	for _, file := range []string{filepath.Join(commonDir, "config"), filepath.Join(gitDir, "config.worktree")} {
		cfg, err := readConfig(ctx, gitDir, file)
		if err != nil {
			return format, fmt.Errorf("read configuration: %w", err)
		}
		core, extensions := cfg.Section("core"), cfg.Section("extensions")
		if v := core.Option("repositoryformatversion"); v != "" && v != "0" && v != "1" {
			return format, unknownFormat("core.repositoryFormatVersion = " + v)
		}
		for _, option := range extensions.Options {
			if !slices.Contains(readableExtensions, strings.ToLower(option.Key)) {
				return format, unknownFormat("extensions." + option.Key)
			}
		}
		if core.HasOption("bare") {
			format.bare = isTrue(core.Option("bare"))
		}
		if core.HasOption("worktree") {
			format.workTreeIs = core.Option("worktree")
		}
		if extensions.HasOption("refstorage") {
			// The value may name a place, too: "reftable://dir".
			format.refStorage, _, _ = strings.Cut(strings.ToLower(extensions.Option("refstorage")), ":")
		}
	}
	if format.refStorage != "files" && format.refStorage != "reftable" {
		return format, unknownFormat("extensions.refStorage = " + format.refStorage)
	}
	return format, nil
}

func unknownFormat(setting string) error {
	return &hint.Error{
		Err:  fmt.Errorf("unknown repository format: %s", setting),
		Hint: "a newer qasleaks may know it; until then clone the repository and scan the clone",
	}
}

// readConfig reads one configuration file. Includes are not followed, as git
// does not for what says how to read a repository. No file is an empty one.
func readConfig(ctx context.Context, gitDir, file string) (*config.Config, error) {
	content, err := regular.Read(file, maxSetting)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cfg := config.New()
	if config.NewDecoder(strings.NewReader(string(content))).Decode(cfg) == nil {
		return cfg, nil
	}
	// git's own reader takes more than go-git's does.
	out, err := runGit(ctx, gitDir, "config", "--file", file, "--list", "-z")
	if err != nil {
		return nil, err
	}
	cfg = config.New()
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		name, value, _ := strings.Cut(entry, "\n")
		section, key, _ := strings.Cut(name, ".")
		if !strings.Contains(key, ".") {
			cfg.AddOption(section, config.NoSubsection, key, value)
		}
	}
	return cfg, nil
}

// isTrue reads a boolean as git-config(1) defines it. A key without a value,
// which is true, reads as empty.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1", "":
		return true
	}
	return false
}

// workTree returns the work tree of a repository that was opened by its git
// directory; "" if it is bare.
func (f repositoryFormat) workTree(gitDir string) string {
	if file, err := readLink(filepath.Join(gitDir, "gitdir"), ""); err == nil {
		return filepath.Dir(file) // linked: the file names that work tree's ".git"
	}
	switch {
	case f.workTreeIs != "" && filepath.IsAbs(f.workTreeIs):
		return filepath.Clean(f.workTreeIs)
	case f.workTreeIs != "":
		return filepath.Join(gitDir, f.workTreeIs)
	case !f.bare && filepath.Base(gitDir) == ".git":
		return filepath.Dir(gitDir)
	}
	return ""
}

// readShallow reads the file that names the commits where history is cut; it
// is missing where it is whole.
func readShallow(file string) ([]odb.OID, error) {
	content, err := regular.Read(file, maxList)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var ids []odb.OID
	for line := range strings.FieldsSeq(string(content)) {
		id, err := odb.ParseOID(line)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

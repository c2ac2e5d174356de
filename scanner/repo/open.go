// Package repo reads the structure of a git repository: its directories, its refs and
// reflogs, the tracked, ignored and staged files, and the objects of a range of
// commits. Package odb reads the objects.
//
// Only this package uses go-git and runs the git program. It runs git only where
// nothing else can read the repository; [Open] runs no program for an ordinary
// repository. The repository is not trusted: no program in its configuration is
// executed.
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
	// Root is the root of the work tree; "" if the repository is bare.
	Root string
	// GitDir is the git directory of the work tree. CommonDir is the git directory
	// that all work trees share. They differ only in linked work trees.
	GitDir, CommonDir string
	// DB is the object database.
	DB *odb.DB
	// Head is the commit that is checked out; "" if there is none yet. HeadRef is the
	// branch that HEAD refers to; "" if HEAD is detached.
	Head    odb.OID
	HeadRef string
	// Refs are sorted by name. HEAD is one of them only if it is detached; otherwise
	// its branch is.
	Refs []Ref
	// Reflogs are the entries of all reflogs, sorted by reflog, and the objects that
	// files such as ORIG_HEAD name.
	Reflogs []ReflogEntry
	// Shallow are the commits at the boundary of a shallow clone: their parents were
	// not fetched.
	Shallow []odb.OID
	// Failures are the parts of the repository that could not be read.
	Failures []odb.Failure

	format repositoryFormat
	// environ are the variables that tell the git program about objects in
	// quarantine.
	environ []string
}

// Limits of files in a repository, in bytes: of lists of refs or commits, and of
// settings or paths.
const (
	maxList    = 1 << 30
	maxSetting = 16 << 20
)

// ErrNotRepository says that a directory is neither a repository nor the root of a
// work tree. Parent directories are not searched.
var ErrNotRepository = errors.New("not a git repository")

// Open opens a repository. dir is the root of its work tree or the repository itself:
// a bare repository, a ".git" directory, or the repository of a submodule or a linked
// work tree. Open runs no program unless only git can read the refs (SHA-256,
// reftable).
//
// The error is [ErrNotRepository], or an [*hint.Error] if the repository cannot be
// read. Single refs that cannot be read are in Failures.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r, err := locateRepository(dir)
	if err == nil {
		err = r.open(ctx, "")
	}
	return opened(r, dir, err)
}

// OpenWithin opens a repository like [Open], but reads no file outside the directory
// within. Whoever wrote the files in that directory may have set up a repository that
// refers to another one on this machine.
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

// opened closes a repository after an error.
func opened(r *Repository, dir string, err error) (*Repository, error) {
	if err != nil {
		if r != nil && r.DB != nil {
			_ = r.DB.Close()
		}
		return nil, openError(dir, err)
	}
	return r, nil
}

// openError says which repository could not be opened, and adds a hint or keeps the
// hint of an [*hint.Error].
func openError(dir string, err error) error {
	wrapped := fmt.Errorf("open repository %s: %w", dir, err)
	if errors.Is(err, ErrNotRepository) {
		return wrapped
	}
	advice := "check the repository with git: git -C " + dir + " fsck"
	if inner := hint.Of(err); inner != "" {
		advice = inner
	}
	return &hint.Error{Err: wrapped, Hint: advice}
}

func (r *Repository) open(ctx context.Context, within string) error {
	for _, own := range []string{r.GitDir, r.CommonDir} {
		if within != "" && !isInside(own, within) {
			return &hint.Error{
				Err:  fmt.Errorf("its repository %s is outside the scanned directory", own),
				Hint: "to scan that repository, pass it as a target",
			}
		}
	}
	stores := odb.Stores{Within: within}
	var err error
	if within != "" {
		err = r.staysInside(within)
	}
	if err != nil {
		return err
	}
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

// Close closes the object database.
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
			Hint: "its history is somewhere else; --no-history scans only the files",
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

// IsGitDir reports whether git would take dir for a repository: it has a HEAD, and it
// has objects and refs, or a link to them.
func IsGitDir(dir string) bool {
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	}
	return has("HEAD") && (has("objects") && has("refs") || has("commondir"))
}

// readLink reads a file that contains the path of a directory.
func readLink(file, prefix string) (string, error) {
	content, err := regular.Read(file, maxSetting)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(strings.TrimRight(string(content), "\r\n"), prefix)
	if !ok || target == "" {
		return "", fmt.Errorf("%s does not contain the path of a directory", file)
	}
	target = filepath.FromSlash(target)
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(file), target)
	}
	return filepath.Clean(target), nil
}

// repositoryFormat holds the settings that say how to read a repository.
type repositoryFormat struct {
	bare       bool
	workTreeIs string // core.worktree
	refStorage string // "files" or "reftable"
}

// readableExtensions are the extensions of git-config(1) that do not change how
// objects and refs are read, or that this package and odb support.
var readableExtensions = []string{
	"compatobjectformat", "noop", "noop-v1", "objectformat", "partialclone", "preciousobjects",
	"refstorage", "relativeworktrees", "submodulepathconfig", "worktreeconfig",
}

// readFormat reads the configuration. It returns an error for an unknown format,
// since a scan that reads only half of a repository must not look complete.
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
			// The value may also contain a path: "reftable://dir".
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
		Hint: "a newer qasleaks may support it; until then clone the repository and scan the clone",
	}
}

// readConfig reads one configuration file. A missing file is read as an empty one.
// Includes are not followed: git does not follow them either for settings of the
// repository format.
func readConfig(ctx context.Context, gitDir, file string) (*config.Config, error) {
	content, err := regular.Read(file, maxSetting)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cfg := config.New()
	if config.NewDecoder(strings.NewReader(string(content))).Decode(cfg) == nil {
		return cfg, nil
	}
	// git accepts files that go-git cannot parse.
	out, err := runGit(ctx, gitDir, "config", "--file", file, "--list", "-z")
	if err != nil {
		return nil, err
	}
	cfg = config.New()
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		name, value, _ := strings.Cut(entry, "\n")
		section, key, _ := strings.Cut(name, ".")
		subsection := ""
		if end := strings.LastIndexByte(key, '.'); end >= 0 {
			subsection, key = key[:end], key[end+1:]
		}
		cfg.AddOption(section, subsection, key, value)
	}
	return cfg, nil
}

// isTrue parses a boolean of git-config(1). A key without a value, which means true,
// has the value "" here.
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
		return filepath.Dir(file) // linked: the file contains the path of ".git" in that work tree
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

// readShallow reads the file that lists the commits at the boundary of a shallow
// clone. A complete clone has no such file.
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

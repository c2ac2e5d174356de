package repo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// digested are the files and folders of a repository that decide, with its objects, what a
// scan of it finds: refs, reflogs, the boundary of a shallow clone, where other objects are,
// settings and hooks. FETCH_HEAD is not one: each fetch writes it anew.
var digested = []string{
	"HEAD", "packed-refs", "refs", "reftable", "logs", "worktrees", "shallow", "config", "config.worktree", "info/grafts", "hooks", "custom_hooks", "objects/info/alternates", "lfs/objects",
}

// Digest returns a digest of all refs, reflogs and settings: 16 hexadecimal digits of
// SHA-256. It does not depend on objects that no ref leads to.
func (r *Repository) Digest() (string, error) {
	sum := sha256.New()
	dirs := []string{r.CommonDir}
	if r.GitDir != r.CommonDir {
		dirs = append(dirs, r.GitDir)
	}
	for _, dir := range dirs {
		for _, name := range digested {
			if err := digest(sum, dir, name); err != nil {
				return "", fmt.Errorf("read refs of %s: %w", r.GitDir, err)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// HistoryDigest returns the digest of a directory that is nothing but the history of one
// repository, such as a mirror. It is false for all others: their files can change while
// their refs do not.
func HistoryDigest(dir string) (string, bool) {
	r, err := locateRepository(dir)
	if err != nil || r.Root != "" {
		return "", false
	}
	if _, err := os.Lstat(filepath.Join(r.CommonDir, "modules")); !errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	text, err := r.Digest()
	return text, err == nil
}

// digest adds a file, or the files below a folder, which may be missing. Of files that are
// not text it takes only the size.
func digest(sum hash.Hash, dir, name string) error {
	return filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(name)), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a ref can be deleted meanwhile
		}
		if err != nil || entry.IsDir() || strings.HasSuffix(path, ".lock") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q", filepath.ToSlash(rel))
		switch base := filepath.Base(path); {
		case entry.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			fmt.Fprintf(sum, "%q", to)
			return err
		case !entry.Type().IsRegular(), base == "index", name == "lfs/objects":
			return nil
		}
		f, _, err := regular.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		size, err := io.Copy(sum, f)
		fmt.Fprintf(sum, "%d", size)
		return err
	})
}

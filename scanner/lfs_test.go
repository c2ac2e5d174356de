package scanner_test

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// pointerTo returns the pointer of Git LFS to a content, and the path of the content in
// the git directory.
func pointerTo(content string) (text, object string) {
	hash := sha256.Sum256([]byte(content))
	sum := hex.EncodeToString(hash[:])
	return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", sum, len(content)),
		".git/lfs/objects/" + sum[:2] + "/" + sum[2:4] + "/" + sum
}

// The content behind a pointer of Git LFS is scanned on disk, in the history and staged,
// and its findings have the path of the pointer.
func TestLFS(t *testing.T) {
	key := "\n" + keytest.Key(1, keytest.Made) + "\n"
	for name, content := range map[string]string{"text": key, "zip": string(zipped(t, zip.Deflate, map[string]string{"inner.txt": key})), "large": key + strings.Repeat("large content\n", 100_000)} {
		pointer, object := pointerTo(content)
		r := gittest.New(t)
		r.Write("data/trace.har", pointer)
		r.Git("add", ".")
		r.Write(object, content)
		occurrences := func(opts scanner.Options) []scanner.Occurrence {
			result, err := scanner.Scan(context.Background(), []string{r.Dir}, opts)
			if err != nil {
				t.Fatal(err)
			}
			if !result.Coverage.Complete() || len(result.Findings) != 1 {
				t.Errorf("%s: %d findings, skipped %v", name, len(result.Findings), result.Coverage.Skipped)
				return nil
			}
			for _, o := range result.Findings[0].Occurrences {
				if o.Path != "data/trace.har" || o.Layers[0] != "git-lfs" || o.Line != 2 || o.Fix != nil {
					t.Errorf("%s: found at %s:%d inside %v, fix %v", name, o.Path, o.Line, o.Layers, o.Fix)
				}
			}
			return result.Findings[0].Occurrences
		}
		occurrences(scanner.Options{Staged: true})
		r.Commit("add")
		if all := occurrences(scanner.Options{}); len(all) != 1 || !all[0].AtHead || !all[0].OnDisk {
			t.Errorf("%s: at HEAD and on disk: %v", name, all)
		}
		occurrences(scanner.Options{NoHistory: true})
		r.Git("rm", "-q", "data/trace.har")
		r.Commit("remove")
		if all := occurrences(scanner.Options{}); len(all) != 1 || all[0].RemovedBy == nil {
			t.Errorf("%s: in the history: %v", name, all)
		}
		occurrences(scanner.Options{Range: "HEAD~1"})
	}
}

// A scan is incomplete if it cannot read the content behind a pointer.
func TestLFSNotRead(t *testing.T) {
	content := keytest.Key(1, keytest.Made) + "\n"
	pointer, object := pointerTo(content)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		prepare func(r *gittest.Repo, path string) error
		reason  string
		found   int
	}{
		"absent":    {func(*gittest.Repo, string) error { return nil }, "run git lfs fetch --all", 0},
		"directory": {func(_ *gittest.Repo, path string) error { return os.MkdirAll(path, 0o777) }, "not a regular file", 0},
		"cut off": {func(r *gittest.Repo, _ string) error {
			r.Write(object, content[:len(content)-1])
			return nil
		}, fmt.Sprintf("it has %d bytes, but the pointer says %d", len(content)-1, len(content)), 1},
		"link": {func(_ *gittest.Repo, path string) error {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return err
			}
			return os.Symlink(outside, path)
		}, "outside the repository", 0},
	} {
		r := gittest.New(t)
		r.Write("old.har", pointer)
		r.Commit("add")
		r.Git("mv", "old.har", "new.har")
		r.Git("add", ".")
		if err := c.prepare(r, r.Path(object)); err != nil {
			t.Fatal(err)
		}
		for options, want := range map[*scanner.Options][]string{
			{}:                                {"new.har", "old.har"},
			{NoHistory: true}:                 {"new.har"},
			{NoFiles: true}:                   {"old.har"},
			{Staged: true}:                    {"new.har"},
			{Exclude: []string{"*.har"}}:      nil,
			{NoFiles: true, Range: "HEAD"}:    {"old.har"},
			{Exclude: []string{"**/new.har"}}: {"old.har"},
		} {
			result, err := scanner.Scan(t.Context(), []string{r.Dir}, *options)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range result.Coverage.Skipped {
				if s.Kind != scanner.SkipFailed {
					continue
				}
				got = append(got, s.Path)
				if !strings.Contains(s.Reason, c.reason) {
					t.Errorf("%s: reason %q", name, s.Reason)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %+v: failed %q, want %q", name, *options, got, want)
			}
			if n := min(c.found, len(want)); len(result.Findings) != n {
				t.Errorf("%s, %+v: %d findings, want %d", name, *options, len(result.Findings), n)
			}
		}
	}
}

// Only a text that Git LFS would read is a pointer.
func TestLFSPointers(t *testing.T) {
	pointer, _ := pointerTo("content\n")
	for text, want := range map[string]bool{
		pointer: true,
		strings.ReplaceAll(pointer, "\n", "\r\n"):                              true,
		strings.Replace(pointer, "git-lfs.github", "hawser.github", 1):         true,
		strings.Replace(pointer, "oid", "ext-0-case sha256:ab\noid", 1):        true,
		strings.Replace(pointer, "https://git-lfs", "https://docs.git-lfs", 1): false,
		strings.Replace(pointer, "sha256:", "sha256:/", 1):                     false,
		strings.Replace(pointer, "sha256:", "md5:", 1):                         false,
		strings.Replace(pointer, "size 8", "size -8", 1):                       false,
		strings.Replace(pointer, "size 8", "size x", 1):                        false,
		strings.Replace(pointer, "size 8", "size 0", 1):                        false, // no content
		pointer + strings.Repeat("\n", 1024-len(pointer)):                      true,
		pointer + strings.Repeat("\n", 1025-len(pointer)):                      false,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if result.Coverage.Complete() == want {
			t.Errorf("complete %v: %q", result.Coverage.Complete(), text)
		}
	}
}

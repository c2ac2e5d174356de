package repo

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// bare returns the directory of a repository without objects, in which the files are
// written.
func bare(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		for _, folder := range []string{filepath.Dir(file), filepath.Join(dir, "objects"), filepath.Join(dir, "refs", "heads")} {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var zeros = strings.Repeat("0", 40)

// FuzzRefs reads anything as HEAD, as a ref, and as a list of packed refs. The
// repository has no object: each ref is a failure, or refers to no object.
func FuzzRefs(f *testing.F) {
	f.Add([]byte("ref: refs/heads/main\n"), []byte(strings.Repeat("1", 40)+"\n"), []byte("# pack-refs with: peeled\n"+strings.Repeat("2", 40)+" refs/tags/x\n^"+strings.Repeat("3", 40)+"\n"))
	f.Add([]byte(zeros), []byte("ref: refs/heads/x"), []byte(zeros+" refs/heads/x"))
	f.Add([]byte{}, []byte("ref: ../../../x"), []byte("\x00 \x00\n"))
	f.Fuzz(func(t *testing.T, head, ref, packed []byte) {
		dir := bare(t, map[string][]byte{"HEAD": head, "refs/heads/x": ref, "packed-refs": packed})
		r, err := OpenWithin(t.Context(), dir, dir)
		if err != nil {
			return
		}
		defer r.Close()
		if len(r.Refs) > 0 {
			t.Errorf("%v refer to objects that are missing", r.Refs)
		}
		_, _ = r.Digest()
	})
}

// FuzzReflog reads anything as a reflog, and as the list of shallow commits.
func FuzzReflog(f *testing.F) {
	f.Add([]byte(zeros+" "+strings.Repeat("1", 40)+" A <a@example.com> 1700000000 +0000\tcommit\n"), []byte(strings.Repeat("1", 40)+"\n"))
	f.Add([]byte("\n \n"), []byte("x"))
	f.Fuzz(func(t *testing.T, reflog, shallow []byte) {
		dir := bare(t, map[string][]byte{"HEAD": []byte("ref: refs/heads/x\n"), "logs/HEAD": reflog, "shallow": shallow})
		r, err := OpenWithin(t.Context(), dir, dir)
		if err != nil {
			return
		}
		defer r.Close()
		if len(r.Reflogs) > 0 {
			t.Errorf("%v refer to objects that are missing", r.Reflogs)
		}
	})
}

// FuzzCommit reads anything as a commit or a tag.
func FuzzCommit(f *testing.F) {
	f.Add([]byte("tree " + zeros + "\nparent " + zeros + "\nauthor A <a@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\n\nSummary\n"))
	f.Add([]byte("object " + zeros + "\ntype commit\ntag v1\ntagger A <a@example.com> 9223372036854775807 +0000\n\nx"))
	f.Add([]byte("committer > \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		length := 0
		for line := range Headers(data) {
			length += len(line) + 1
			if bytes.ContainsRune(line, '\n') {
				t.Errorf("%q is more than a line", line)
			}
		}
		if length > len(data)+1 {
			t.Errorf("headers of %d bytes in %d bytes", length, len(data))
		}
		for _, name := range []string{"author", "committer", "tagger"} {
			if at := UnixTime(SignatureDate(Header(data, name))); !at.IsZero() && (at.Year() < 1 || at.Year() > 9999) {
				t.Errorf("the year %d", at.Year())
			}
		}
		r := &References{hashSize: testHashSize, has: hasNone, missing: map[odb.OID]string{}}
		r.Commit(t.Context(), &odb.Object{Data: data})
		r.Failures()
	})
}

func hasNone(context.Context, odb.OID) bool { return false }

// FuzzTree reads anything as a tree, and as a delta of another tree: what is missing must
// be the same as without the delta.
func FuzzTree(f *testing.F) {
	entry := append([]byte("100644 a\x00"), make([]byte, testHashSize)...)
	f.Add(entry, entry, uint16(0), uint16(len(entry)))
	f.Add([]byte("40000 a"), []byte{0}, uint16(1), uint16(3))
	f.Fuzz(func(t *testing.T, base, inserted []byte, from, length uint16) {
		check := func(data []byte, edits []odb.Edit, known Boundaries) (*References, Boundaries) {
			r := &References{hashSize: testHashSize, has: hasNone, missing: map[odb.OID]string{}}
			return r, r.Tree(t.Context(), &odb.Object{ID: "x", Data: data, Edits: edits}, known)
		}
		before, known := check(base, nil, nil)
		if _, ok := starts(base); ok != (len(before.broken) == 0) {
			t.Fatalf("malformed: %v, want %v", len(before.broken) > 0, !ok)
		}
		if len(before.broken) > 0 {
			return
		}
		start := min(int(from), len(base))
		end := min(start+int(length), len(base))
		data := append(bytes.Clone(inserted), base[start:end]...)
		var edits []odb.Edit
		if len(inserted) > 0 {
			edits = append(edits, odb.Edit{Len: len(inserted), From: -1})
		}
		if end > start {
			edits = append(edits, odb.Edit{At: len(inserted), Len: end - start, From: start})
		}
		if len(edits) == 0 {
			return
		}
		whole, _ := check(data, nil, nil)
		delta, _ := check(data, edits, known)
		if len(whole.broken) != len(delta.broken) {
			t.Fatalf("malformed: %v as a delta, %v as a whole", len(delta.broken) > 0, len(whole.broken) > 0)
		}
		if len(whole.broken) > 0 {
			return
		}
		for id := range whole.missing {
			if _, again := before.missing[id]; !again && delta.missing[id] == "" {
				t.Errorf("%s is not missing in the delta: %v", id, slices.Sorted(maps.Keys(delta.missing)))
			}
		}
	})
}

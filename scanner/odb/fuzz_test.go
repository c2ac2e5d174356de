package odb

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// FuzzIndex reads anything as the index of a pack: what it lists is found under the
// same number, and its offsets lead nowhere dangerous.
func FuzzIndex(f *testing.F) {
	var p packer
	p.whole(f, Blob, 16, []byte("0123456789abcdef"))
	p.whole(f, Blob, 2, []byte("ab"))
	pk := &pack{path: "fuzz.pack", data: p.Bytes(), hashSize: sha1Size}
	if _, err := pk.makeIndex(f.Context(), int(p.count)); err != nil {
		f.Fatal(err)
	}
	f.Add(pk.index.sums, false)
	f.Add([]byte{}, false)
	var old []byte // version 1 has no header
	for range 256 {
		old = binary.BigEndian.AppendUint32(old, 1)
	}
	old = append(old, make([]byte, 4+sha1Size+2*sha1Size)...)
	f.Add(old, false)
	f.Fuzz(func(t *testing.T, data []byte, long bool) {
		size := sha1Size
		if long {
			size = sha256Size
		}
		x, err := parseIndex(bytes.Clone(data), size)
		if err != nil {
			return
		}
		_ = x.verify()
		for i := range x.count() {
			id := x.id(i)
			if at, ok := x.find(id); ok && x.id(at) != id {
				t.Errorf("object %d is found as another", i)
			}
			off := x.offset(i)
			if _, err := pk.entry(off); err == nil && off >= uint64(len(pk.data)) {
				t.Errorf("offset %d is beyond the pack", off)
			}
			_, _ = x.crc(i)
		}
		x.find(OID(make([]byte, size)))
		x.find(OID(bytes.Repeat([]byte{255}, size)))
	})
}

// FuzzLoose reads anything as a loose object: if it has an object, the object fits what
// the header says.
func FuzzLoose(f *testing.F) {
	f.Add([]byte("blob 3\x00abc"), true)
	f.Add([]byte("tree 99999999999\x00"), true)
	f.Add([]byte("x\x9c"), false)
	f.Fuzz(func(t *testing.T, data []byte, deflate bool) {
		if deflate {
			data = deflated(t, data)
		}
		file := filepath.Join(t.TempDir(), "object")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var l loader
		kind, content, err := l.loose(file)
		if err == nil && (kind < Commit || kind > Tag || len(content) > 1032*len(data)) {
			t.Errorf("an object of type %d with %d bytes from %d bytes", kind, len(content), len(data))
		}
	})
}

// FuzzAlternates reads anything as a list of alternates of a repository that must not
// reach outside a directory.
func FuzzAlternates(f *testing.F) {
	f.Add([]byte("../../../outside/objects\n"))
	f.Add([]byte("/etc\n#\n\"\\056./x\"\n"))
	f.Add([]byte("\x00\n.\n..\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		within := filepath.Join(t.TempDir(), "within")
		objects := filepath.Join(within, "repository", "objects")
		for _, dir := range []string{filepath.Join(objects, "info"), filepath.Join(within, "..", "outside", "objects")} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(objects, "info", "alternates"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := OpenStores(t.Context(), filepath.Dir(objects), Stores{Within: within})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, store := range db.stores {
			if err := db.inside(store); err != nil {
				t.Errorf("%s: %v", store, err)
			}
		}
		for _, failure := range db.Failures() {
			_ = failure.Err.Error()
		}
	})
}

package odb_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// packedRepo returns a small repository of one pack, and that pack.
func packedRepo(t *testing.T) (r *repo, pack string) {
	t.Helper()
	r = newRepo(t)
	r.grow(12, 1)
	r.git("repack", "-adfq", "--depth=10")
	if err := os.RemoveAll(filepath.Join(r.commonDir(), "objects", "info")); err != nil {
		t.Fatal(err)
	}
	return r, r.packs()[0]
}

// replace writes a file that is write-protected, as packs are, anew.
func replace(t *testing.T, name string, data []byte) {
	t.Helper()
	_ = os.Remove(name)
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// checkDamaged walks a damaged repository: whatever is visited is what it was,
// and whatever is not is reported. If strict, it must be reported by ID.
func checkDamaged(t *testing.T, r *repo, want map[string]object, strict bool) (failures int) {
	t.Helper()
	db, err := odb.Open(t.Context(), r.commonDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := walk(t, db, odb.All, 2)
	failed := map[string]bool{}
	for _, f := range got.failures {
		if f.Err == nil || f.Path == "" || filepath.IsAbs(f.Path) {
			t.Errorf("bad failure: %+v", f)
		}
		failed[f.OID.String()] = true
	}
	failures = len(got.failures) + len(db.Failures())
	for id, o := range got.objects {
		if w, ok := want[id]; ok && w != o {
			t.Errorf("%s is not what it was", id)
		} else if !ok && failures == 0 {
			t.Errorf("%s comes from nowhere", id)
		}
	}
	for id := range want {
		if _, ok := got.objects[id]; ok {
			continue
		}
		if failures == 0 || strict && !failed[id] {
			t.Errorf("%s is neither visited nor reported", id)
		}
		oid, _ := odb.ParseOID(id)
		if _, _, err := db.Read(t.Context(), oid); strict && err == nil {
			t.Errorf("%s can be read, but was not visited", id)
		}
	}
	return failures
}

func TestFlippedBits(t *testing.T) {
	t.Parallel()
	r, pack := packedRepo(t)
	want := r.objects()
	for _, ext := range []string{".pack", ".idx"} {
		name := strings.TrimSuffix(pack, ".pack") + ext
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		silent := 0
		for at := 0; at < len(data)-20; at += 1 + at/9 {
			bad := bytes.Clone(data)
			bad[at] ^= 1 << (at % 8)
			replace(t, name, bad)
			if checkDamaged(t, r, want, ext == ".pack" && at >= 12) == 0 {
				silent++
			}
			if t.Failed() {
				t.Fatalf("%s: bit %d of byte %d", ext, at%8, at)
			}
		}
		if silent > 0 {
			t.Errorf("%s: %d flipped bits went unnoticed", ext, silent)
		}
		replace(t, name, data)
	}
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	r, pack := packedRepo(t)
	want := r.objects()
	idx := strings.TrimSuffix(pack, ".pack") + ".idx"
	whole, err := os.ReadFile(idx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pack, idx} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := len(data) - 1; n >= 0; n -= 1 + n/7 {
			replace(t, name, data[:n])
			strict := name == pack && n > 12+20
			if checkDamaged(t, r, want, strict) == 0 {
				t.Errorf("%s: cut to %d bytes unnoticed", name, n)
			}
			if name == pack {
				// Without an index, too.
				_ = os.Remove(idx)
				if checkDamaged(t, r, want, false) == 0 {
					t.Errorf("%s: cut to %d bytes unnoticed, without index", name, n)
				}
				replace(t, idx, whole)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		replace(t, name, data)
	}
}

// TestSecondCopy damages each of two packs with the same objects in turn: the
// other one helps out.
func TestSecondCopy(t *testing.T) {
	t.Parallel()
	r, pack := packedRepo(t)
	want := r.objects()
	list := r.git("rev-list", "--objects", "--all", "--no-object-names")
	r.gitInput(list, "pack-objects", "-q", "--window=0", ".git/objects/pack/pack")
	for _, name := range r.packs() {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(data)
		for at := 100; at < len(bad)-20; at += 500 {
			bad[at] ^= 0x10
		}
		replace(t, name, bad)
		if n := checkDamaged(t, r, want, true); n != 0 {
			t.Errorf("%s damaged: %d failures (the first pack is %s)", name, n, pack)
		}
		replace(t, name, data)
	}
}

func TestDamagedLooseObjects(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(3, 1)
	want := r.objects()
	files, err := filepath.Glob(filepath.Join(r.commonDir(), "objects", "??", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		switch i % 4 {
		case 0:
			replace(t, name, data[:len(data)/2])
		case 1:
			replace(t, name, append(data, "more"...))
		case 2:
			data[len(data)-1] ^= 1
			replace(t, name, data)
		}
	}
	if n := checkDamaged(t, r, want, true); n == 0 {
		t.Error("no failures")
	}
}

// TestCutWhileOpen cuts a pack that is mapped: reading beyond its end faults.
func TestCutWhileOpen(t *testing.T) {
	t.Parallel()
	r, pack := packedRepo(t)
	want := r.objects()
	db := r.open()
	if err := os.Chmod(pack, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(pack, 8192); err != nil {
		t.Skipf("a mapped file cannot be cut here: %v", err)
	}
	got := walk(t, db, odb.All, 2)
	if len(got.failures) == 0 {
		t.Error("no failures")
	}
	for _, f := range got.failures {
		delete(want, f.OID.String())
	}
	for id, w := range want {
		if got.objects[id] != w {
			t.Errorf("%s is neither visited nor reported", id)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	if _, err := odb.Open(t.Context(), t.TempDir()); err == nil {
		t.Error("a directory without objects is opened")
	}
	r := newRepo(t)
	for config, good := range map[string]bool{
		"[extensions]\n\tobjectFormat = sha1 ; as always\n":      true,
		"[Extensions] objectformat = \"sha256\"\n":               true,
		"[extensions]\n\tobjectformat = blake3\n":                false,
		"[core]\n\tobjectformat = blake3\n[extensions \"x\"]\n":  true,
		"[extensions]\n\tpartialClone = origin\n# [extensions\n": true,
	} {
		r.write(".git/config", config)
		db, err := odb.Open(t.Context(), r.commonDir())
		if (err == nil) != good {
			t.Errorf("%q: %v", config, err)
		}
		if err != nil {
			continue
		}
		if got, want := db.Promisor(), strings.Contains(config, "partial"); got != want {
			t.Errorf("%q: Promisor is %t", config, got)
		}
		if got, want := db.HashSize() == 32, strings.Contains(config, "sha256"); got != want {
			t.Errorf("%q: HashSize is %d", config, db.HashSize())
		}
	}
}

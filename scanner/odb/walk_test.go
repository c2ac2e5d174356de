package odb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/odb"
)

// walked is what a Walk gave.
type walked struct {
	objects  map[string]object
	failures []odb.Failure
	deltas   int // objects that came with edits
}

// walk visits everything and checks what Walk promises of itself: each object
// once, and edits that make the object from its base.
func walk(t testing.TB, db *odb.DB, types odb.Types, jobs int) walked {
	t.Helper()
	var mu sync.Mutex
	got := walked{objects: map[string]object{}}
	err := odb.Walk(t.Context(), db, types, jobs, odb.Visitor[string]{
		Visit: func(worker int, o *odb.Object, base string) string {
			data := string(o.Data)
			mu.Lock()
			defer mu.Unlock()
			if worker < 0 || worker >= jobs {
				t.Errorf("worker %d of %d", worker, jobs)
			}
			if _, ok := got.objects[o.ID.String()]; ok {
				t.Errorf("%s is visited twice", o.ID)
			}
			got.objects[o.ID.String()] = object{o.Type.String(), data}
			if o.Edits == nil {
				if base != "" {
					t.Errorf("%s has a base but no edits", o.ID)
				}
				return data
			}
			got.deltas++
			if err := checkEdits(o, base); err != nil {
				t.Errorf("%s: %v", o.ID, err)
			}
			return data
		},
		Fail: func(f odb.Failure) {
			mu.Lock()
			defer mu.Unlock()
			got.failures = append(got.failures, f)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// checkEdits checks that the edits cover the object in order, and that what
// they copy is in the base.
func checkEdits(o *odb.Object, base string) error {
	at := 0
	for _, e := range o.Edits {
		switch {
		case e.At != at || e.Len <= 0 || e.Len > len(o.Data)-at:
			return fmt.Errorf("edit %+v at %d of %d", e, at, len(o.Data))
		case e.From < 0:
		case e.From > len(base)-e.Len:
			return fmt.Errorf("edit %+v of a base of %d", e, len(base))
		case base[e.From:e.From+e.Len] != string(o.Data[at:at+e.Len]):
			return fmt.Errorf("edit %+v copies something else", e)
		}
		at += e.Len
	}
	if at != len(o.Data) {
		return fmt.Errorf("edits cover %d of %d", at, len(o.Data))
	}
	return nil
}

// compare checks that Walk, Read, Has and Hash agree with git on all objects.
func compare(t *testing.T, r *repo, db *odb.DB) walked {
	t.Helper()
	want := r.objects()
	got := walk(t, db, odb.All, 3)
	for _, f := range got.failures {
		t.Errorf("%s %s: %v", f.Path, f.OID, f.Err)
	}
	if db.Count() < len(want) {
		t.Errorf("Count is %d, there are %d objects", db.Count(), len(want))
	}
	for id, w := range want {
		if got.objects[id] != w {
			t.Errorf("Walk: %s: got a %s of %d bytes, want a %s of %d", id,
				got.objects[id].typ, len(got.objects[id].data), w.typ, len(w.data))
		}
		oid, err := odb.ParseOID(id)
		if err != nil {
			t.Fatal(err)
		}
		if !db.Has(t.Context(), oid) {
			t.Errorf("Has(%s) is false", id)
		}
		typ, data, err := db.Read(t.Context(), oid)
		if err != nil {
			t.Error(err)
		} else if (object{typ.String(), string(data)}) != w {
			t.Errorf("Read: %s: not the object that git gives", id)
		}
		if h := db.Hash(typ, data); h != oid {
			t.Errorf("Hash is %s, want %s", h, id)
		}
	}
	for id := range got.objects {
		if _, ok := want[id]; !ok {
			t.Errorf("git does not know %s", id)
		}
	}
	return got
}

func TestWalk(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T) *repo{
		"loose": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(10, 1)
			return r
		},
		"packed": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(40, 1)
			r.git("repack", "-adfq", "--depth=30", "--window=50")
			return r
		},
		"several packs with the same objects, and loose ones": func(t *testing.T) *repo {
			r := newRepo(t)
			for i := range 4 {
				r.grow(8, uint64(i))
				list := r.git("rev-list", "--objects", "--all", "--no-object-names")
				r.gitInput(list, "pack-objects", "-q", ".git/objects/pack/pack")
			}
			return r
		},
		"sha256": func(t *testing.T) *repo {
			r := newSHA256Repo(t)
			r.grow(10, 1)
			r.git("repack", "-adfq")
			r.grow(3, 2)
			return r
		},
		"cruft pack": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(10, 1)
			r.git("checkout", "-q", "--orphan", "other")
			r.git("tag", "-d", "v1")
			r.git("branch", "-D", "main")
			r.commit("unrelated")
			r.git("reflog", "expire", "--expire=now", "--all")
			cmd := []string{"-c", "gc.cruftPacks=true", "gc", "-q", "--prune=never", "--cruft"}
			if !strings.Contains(r.git("help", "-a"), "gc") {
				t.Skip("this git has no gc")
			}
			r.git(cmd...)
			if files, _ := filepath.Glob(filepath.Join(r.commonDir(), "objects/pack/*.mtimes")); len(files) == 0 {
				t.Skip("this git makes no cruft packs")
			}
			return r
		},
		"64-bit offsets": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(20, 1)
			r.repack([]string{"--delta-base-offset"}, []string{"--index-version=2,0x40"})
			return r
		},
		"index version 1": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(20, 1)
			r.repack([]string{"--delta-base-offset"}, []string{"--index-version=1"})
			return r
		},
		"deltas that name their base by ID": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(20, 1)
			r.repack(nil, nil)
			return r
		},
		"multi-pack-index": func(t *testing.T) *repo {
			r := newRepo(t)
			r.grow(10, 1)
			r.git("repack", "-dq")
			r.grow(10, 2)
			r.git("repack", "-dq")
			r.git("multi-pack-index", "write")
			return r
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := make(t)
			got := compare(t, r, r.open())
			if len(r.packs()) > 0 && got.deltas == 0 && name != "cruft pack" {
				t.Error("no object came with edits")
			}
		})
	}
}

func TestPackWithoutIndex(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"bases by offset": {"--delta-base-offset"},
		"bases by ID":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.grow(20, 1)
			r.repack(args, nil)
			want := r.objects()
			for _, p := range r.packs() {
				if err := os.Remove(strings.TrimSuffix(p, ".pack") + ".idx"); err != nil {
					t.Fatal(err)
				}
			}
			got := walk(t, r.open(), odb.All, 2)
			if len(got.failures) > 0 || len(got.objects) != len(want) {
				t.Errorf("got %d objects, want %d; failures: %v", len(got.objects), len(want), got.failures)
			}
			for id, w := range want {
				if got.objects[id] != w {
					t.Errorf("%s differs", id)
				}
			}
		})
	}
}

func TestAlternates(t *testing.T) {
	t.Parallel()
	origin := newRepo(t)
	origin.grow(10, 1)
	origin.git("repack", "-adq")
	middle := &repo{t, filepath.Join(t.TempDir(), "middle")}
	origin.git("clone", "-q", "--shared", ".", middle.dir)
	middle.grow(3, 2)
	r := &repo{t, filepath.Join(t.TempDir(), "clone")}
	middle.git("clone", "-q", "--shared", ".", r.dir)
	r.grow(3, 3)
	compare(t, r, r.open())

	t.Run("relative, and in a circle", func(t *testing.T) {
		back, err := filepath.Rel(filepath.Join(origin.commonDir(), "objects"), filepath.Join(r.commonDir(), "objects"))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(origin.commonDir(), "objects/info/alternates")
		if err := os.WriteFile(file, []byte("# a comment\n"+back+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		got := walk(t, r.open(), odb.All, 2)
		if want := len(r.objects()); len(got.objects) != want {
			t.Errorf("got %d objects, want %d", len(got.objects), want)
		}
	})
	t.Run("gone", func(t *testing.T) {
		file := filepath.Join(r.commonDir(), "objects/info/alternates")
		if err := os.WriteFile(file, []byte("/no/such/place\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		db, err := odb.Open(t.Context(), r.commonDir())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(db.Failures()); n != 1 {
			t.Errorf("%d failures, want 1", n)
		}
	})
}

func TestWalkTypes(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(10, 1)
	r.git("repack", "-adq")
	r.grow(2, 2)
	db := r.open()
	for _, typ := range []odb.Type{odb.Commit, odb.Tree, odb.Blob, odb.Tag} {
		want := 0
		for _, o := range r.objects() {
			if o.typ == typ.String() {
				want++
			}
		}
		got := walk(t, db, odb.Of(typ), 2)
		for id, o := range got.objects {
			if o.typ != typ.String() {
				t.Errorf("%s is a %s", id, o.typ)
			}
		}
		if len(got.objects) != want {
			t.Errorf("%d objects of type %s, want %d", len(got.objects), typ, want)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(20, 1)
	r.git("repack", "-adq")
	ctx, cancel := context.WithCancel(t.Context())
	err := odb.Walk(ctx, r.open(), odb.All, 2, odb.Visitor[int]{
		Visit: func(int, *odb.Object, int) int { cancel(); return 0 },
		Fail:  func(f odb.Failure) { t.Error(f) },
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestGarbageAmongLooseObjects(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(2, 1)
	dir := filepath.Join(r.commonDir(), "objects")
	for _, name := range []string{"00/tmp_obj_abcdef", "00/zz" + strings.Repeat("0", 36), "zz/x", "pack/tmp_pack_x"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("garbage"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, r, r.open())
}

func TestRepackWhileOpen(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(5, 1)
	r.git("repack", "-adq")
	r.grow(5, 2)
	db := r.open()
	r.git("repack", "-adfq")
	r.git("prune-packed")
	compare(t, r, db)
}

func TestReadMissing(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.grow(1, 1)
	db := r.open()
	id := odb.OID(bytes.Repeat([]byte{7}, 20))
	if _, _, err := db.Read(t.Context(), id); !errors.Is(err, odb.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if db.Has(t.Context(), id) || db.Has(t.Context(), "short") || db.Has(t.Context(), "") {
		t.Error("Has is true")
	}
	if _, _, err := db.Read(t.Context(), ""); !errors.Is(err, odb.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

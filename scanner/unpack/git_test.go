package unpack

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
)

// TestGitStorage reads what git itself writes: packs with deltas, bundles and loose
// objects, of both kinds of hashes.
func TestGitStorage(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		r := gittest.New(t, "--object-format="+format)
		text := strings.Repeat("one line of many, all the same\n", 200)
		r.Write("a", text+"first\n")
		first := r.Commit("the first message")
		r.Write("a", text+"second\n")
		r.Write("b", "removed\n")
		r.Commit("add b")
		loose := read(t, r.Path(".git/objects/"+r.ID("HEAD:b")[:2]+"/"+r.ID("HEAD:b")[2:]))
		r.Remove("b")
		r.Commit("remove b")
		r.Git("bundle", "create", "-q", "all.bundle", "HEAD")
		r.Git("bundle", "create", "-q", "thin.bundle", first+"..HEAD")
		r.Git("repack", "-adq")
		packs, err := filepath.Glob(r.Path(".git/objects/pack/*.pack"))
		if err != nil || len(packs) != 1 {
			t.Fatal(packs, err)
		}

		for name, data := range map[string][]byte{
			"pack": read(t, packs[0]), "bundle": read(t, r.Path("all.bundle")), "bundle in a zip": zipOf(t, "all", read(t, r.Path("all.bundle"))),
		} {
			members, skips := unpacked(data, DefaultLimits())
			var all []string
			for layers, member := range members {
				all = append(all, member)
				if i := strings.LastIndex(layers, kindPack+":"); i < 0 && name != "bundle in a zip" || i >= 0 && len(layers[i:]) != len(kindPack+":")+len(first) {
					t.Errorf("%s, %s: an object has the layers %q", format, name, layers)
				}
			}
			for _, want := range []string{text + "first\n", text + "second\n", "removed\n"} {
				if !slices.Contains(all, want) {
					t.Errorf("%s, %s: no object is %d bytes that end with %q", format, name, len(want), want[len(want)-8:])
				}
			}
			if !strings.Contains(strings.Join(all, ""), "the first message") || len(skips) > 0 {
				t.Errorf("%s, %s: no message, or skips %q", format, name, skips)
			}
		}

		members, skips := unpacked(loose, DefaultLimits())
		if members["zlib"] != "blob 8\x00removed\n" || len(skips) > 0 {
			t.Errorf("%s: a loose object gives %q, skips %q", format, members, skips)
		}
		members, skips = unpacked(read(t, r.Path("thin.bundle")), DefaultLimits())
		if len(members) == 0 || len(skips) != 1 || !strings.Contains(skips[0], "damaged: 1 of its objects could not be read; the first: object at offset ") {
			t.Errorf("%s: a thin bundle gives %d objects, skips %q", format, len(members), skips)
		}
	}
}

// TestGitStorageDamaged reads up to the damage, and within the limits.
func TestGitStorageDamaged(t *testing.T) {
	r := gittest.New(t)
	r.Write("a", strings.Repeat("0", 1<<20))
	r.Write("b", "second\n")
	r.Commit("a")
	r.Git("repack", "-adq")
	packs, err := filepath.Glob(r.Path(".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	pack := read(t, packs[0])
	limits := DefaultLimits()
	limits.Member = 1<<20 - 1
	small := DefaultLimits()
	small.Total = 1 << 20
	for _, test := range []struct {
		name   string
		data   []byte
		limits Limits
		want   string
	}{
		{"cut", pack[:len(pack)-30], DefaultLimits(), "damaged: "},
		{"only a header", pack[:40], DefaultLimits(), "damaged: "},
		{"another version", append([]byte("PACK\x00\x00\x00\x02\xff\xff\xff\xff"), pack[12:]...), DefaultLimits(), "damaged: "},
		{"a large object", pack, limits, "larger than 1048575 bytes"},
		{"in all too large", pack, small, "the rest was not read: "},
		{"a bundle without a pack", []byte("# v2 git bundle\n0123 refs/heads/main\n\n"), DefaultLimits(), "damaged: file is too short"},
	} {
		_, skips := unpacked(test.data, test.limits)
		if len(skips) != 1 || !strings.Contains(skips[0], test.want) {
			t.Errorf("%s: skips %q", test.name, skips)
		}
	}
	for _, text := range []string{"xylophone, and other words of text", "x\x01\x00\x00 and more of it", "x\x9cabcdefghijklmnopqrstuvwxyz"} {
		if kind := Kind([]byte(text)); kind != "" {
			t.Errorf("%q is a %s", text, kind)
		}
	}
	if kind := Kind(zlibOf(t, bytes.Repeat([]byte("blog 12\x00"), 9))); kind != "" {
		t.Errorf("zlib data of something else is a %s", kind)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

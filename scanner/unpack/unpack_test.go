package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const text = "what is packed\n"

func zipOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	must(t, err)
	_, err = w.Write(data)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func tarOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o755}))
	must(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}))
	_, err := w.Write(data)
	must(t, err)
	must(t, w.WriteHeader(&tar.Header{Name: "link", Linkname: name, Typeflag: tar.TypeSymlink}))
	must(t, w.Close())
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func zstdOf(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	return w.EncodeAll(data, nil)
}

// asarOf lays out an archive as @electron/asar does.
func asarOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	header, err := json.Marshal(map[string]any{"files": map[string]any{
		"dir": map[string]any{"files": map[string]any{name: map[string]any{"size": len(data), "offset": "0"}}},
		"out": map[string]any{"size": 5, "unpacked": true},
	}})
	must(t, err)
	padded := (len(header) + 3) / 4 * 4
	var b []byte
	for _, n := range []int{4, padded + 8, padded + 4, len(header)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(append(b, header...), make([]byte, padded-len(header))...)
	return append(b, data...)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bzip2Of asks the program, as the standard library cannot write the format.
func bzip2Of(t testing.TB, data []byte) []byte {
	t.Helper()
	cmd := exec.Command("bzip2")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Skip("bzip2 is not installed")
	}
	return out
}

// unpacked walks data and returns the layers and the content of each member, and
// what was not read.
func unpacked(data []byte, limits Limits) (members map[string]string, skips []string) {
	members = map[string]string{}
	for _, s := range Walk(context.Background(), data, limits, func(m Member) {
		members[strings.Join(m.Layers, "!")] = string(m.Data)
	}) {
		skips = append(skips, fmt.Sprintf("%s: %s, failed %t", strings.Join(s.Layers, "!"), s.Reason, s.Failed))
	}
	return members, skips
}

func TestKinds(t *testing.T) {
	data := []byte(text)
	deep := data
	var layers []string
	for i := range 4 {
		deep = gzipOf(t, tarOf(t, fmt.Sprint(i), deep))
		layers = append([]string{"gzip", "tar:" + fmt.Sprint(i)}, layers...)
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"zip":               {zipOf(t, "a/b.txt", data), "zip:a/b.txt"},
		"zip behind others": {append([]byte("#!/bin/sh\nexit\n"), zipOf(t, "a", data)...), "zip:a"},
		"tar":               {tarOf(t, "a/b.txt", data), "tar:a/b.txt"},
		"gzip":              {gzipOf(t, data), "gzip"},
		"zstd":              {zstdOf(t, data), "zstd"},
		"asar":              {asarOf(t, "a.js", data), "asar:dir/a.js"},
		"tar.gz":            {gzipOf(t, tarOf(t, "a", data)), "gzip!tar:a"},
		"zip in tar.zst":    {zstdOf(t, tarOf(t, "z", zipOf(t, "a", data))), "zstd!tar:z!zip:a"},
		"asar in zip":       {zipOf(t, "app.asar", asarOf(t, "a.js", data)), "zip:app.asar!asar:dir/a.js"},
		"eight deep":        {deep, strings.Join(layers, "!")},
		"a hostile name":    {zipOf(t, `..\..\etc/passwd`, data), "zip:../../etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			members, skips := unpacked(test.data, DefaultLimits())
			if members[test.want] != text || len(skips) > 0 {
				t.Errorf("got %q, skipped %q", members, skips)
			}
		})
	}
	t.Run("bzip2", func(t *testing.T) {
		if members, skips := unpacked(bzip2Of(t, tarOf(t, "a", data)), DefaultLimits()); members["bzip2!tar:a"] != text || len(skips) > 0 {
			t.Errorf("got %q, skipped %q", members, skips)
		}
	})
	t.Run("gzip of several members", func(t *testing.T) {
		members, skips := unpacked(append(gzipOf(t, data), gzipOf(t, data)...), DefaultLimits())
		if members["gzip"] != text+text || len(skips) > 0 {
			t.Errorf("got %q, skipped %q", members, skips)
		}
	})
}

func TestNoArchive(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("PK\x03\x04"), []byte("\x1f\x8b text that begins oddly"), []byte("BZh9, a name of sixteen"), bytes.Repeat([]byte("ustar"), 200)} {
		if kind := Kind(data); kind != "" {
			t.Errorf("%.20q passes for %s", data, kind)
		}
	}
}

// What is beyond a limit is told, and what is before it counts.
func TestLimits(t *testing.T) {
	zeros := make([]byte, 60<<20)
	overlapping := func() []byte { // every entry of the directory names the same member
		one := zipOf(t, "a", zeros)
		end := bytes.LastIndex(one, []byte("PK\x05\x06"))
		directory := one[bytes.LastIndex(one, []byte("PK\x01\x02")):end]
		out := slices.Concat(one[:end-len(directory)], bytes.Repeat(directory, 1000), one[end:])
		tail := out[len(out)-directoryEnd:]
		binary.LittleEndian.PutUint16(tail[8:], 1000)
		binary.LittleEndian.PutUint16(tail[10:], 1000)
		binary.LittleEndian.PutUint32(tail[12:], uint32(1000*len(directory)))
		return out
	}
	for name, test := range map[string]struct {
		data   []byte
		change func(*Limits)
		want   string
	}{
		"depth":         {gzipOf(t, tarOf(t, "a", gzipOf(t, []byte(text)))), func(l *Limits) { l.Depth = 2 }, "gzip!tar:a: gzip file, its contents were not unpacked: archives are opened up to 2 deep, failed false"},
		"member":        {zipOf(t, "a", bytes.Repeat([]byte(text), 1000)), func(l *Limits) { l.Member = 1 << 10 }, "zip:a: larger than 1 KiB: only so much of it was read, failed false"},
		"total":         {tarOf(t, "a", bytes.Repeat([]byte(text), 1000)), func(l *Limits) { l.Total = 1 << 10 }, "tar:a: the rest was not read: with all that is in it, it unpacks to more than 1 KiB, failed false"},
		"ratio":         {gzipOf(t, gzipOf(t, zeros)), func(*Limits) {}, "gzip!gzip: the rest was not read: with all that is in it, it unpacks to more than 200 times its size, failed false"},
		"overlapping":   {overlapping(), func(*Limits) {}, "zip:a: the rest was not read: with all that is in it, it unpacks to more than 200 times its size, failed false"},
		"not known":     {[]byte("7z\xbc\xaf\x27\x1c and what follows it"), func(*Limits) {}, ": 7-Zip archive, its contents were not unpacked, failed false"},
		"truncated":     {gzipOf(t, []byte(text))[:25], func(*Limits) {}, "gzip: damaged: it breaks off, failed false"},
		"wrong sum":     {append(zstdOf(t, []byte(text))[:24], 1, 2, 3, 4), func(*Limits) {}, "zstd: damaged: CRC check failed, failed false"},
		"no directory":  {zipOf(t, "a", []byte(text))[:60], func(*Limits) {}, ": damaged: its directory cannot be read; members read by their own headers: 1, failed false"},
		"wrong content": {bytes.Replace(zipOf(t, "a", []byte(text)), []byte("\x2a\xcf\x48"), []byte("\x2a\xcf\x49"), 1), func(*Limits) {}, "zip:a: damaged: "},
		"lying asar":    {bytes.Replace(asarOf(t, "a", []byte(text)), []byte(`"offset":"0"`), []byte(`"offset":"9"`), 1), func(*Limits) {}, "asar:dir/a: damaged: asar: it lies outside of the archive, failed false"},
	} {
		t.Run(name, func(t *testing.T) {
			limits := DefaultLimits()
			test.change(&limits)
			members, skips := unpacked(test.data, limits)
			if len(skips) != 1 || !strings.HasPrefix(skips[0], test.want) {
				t.Errorf("skipped %q, want %q", skips, test.want)
			}
			for _, data := range members {
				if len(data) > 40<<20 {
					t.Errorf("a member of %d bytes was read", len(data))
				}
			}
		})
	}
	if members, _ := unpacked(gzipOf(t, bytes.Repeat([]byte(text), 1000))[:60], DefaultLimits()); !strings.HasPrefix(members["gzip"], text) {
		t.Error("what stands before the damage is not read")
	}
}

func TestEncrypted(t *testing.T) {
	data := zipOf(t, "a", []byte(text))
	for header, flags := range map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8} {
		data[bytes.Index(data, []byte(header))+flags] |= 1
	}
	if _, skips := unpacked(data, DefaultLimits()); !slices.Equal(skips, []string{"zip:a: encrypted, failed false"}) {
		t.Errorf("skipped %q", skips)
	}
}

// A walk ends with its context.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 100 {
		w, err := z.Create(fmt.Sprint(i))
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	must(t, z.Close())
	visited := 0
	Walk(ctx, b.Bytes(), DefaultLimits(), func(Member) { visited++; cancel() })
	if visited != 1 {
		t.Errorf("%d members are visited after the end", visited-1)
	}
}

// A walk ends with its context inside one member, also one that gives nothing.
func TestCancelInside(t *testing.T) {
	for name, data := range map[string][]byte{
		"large":  gzipOf(t, make([]byte, 50<<20)),
		"empty":  bytes.Repeat(gzipOf(t, nil), 100000),
		"frames": bytes.Repeat([]byte("\x50\x2a\x4d\x18\x00\x00\x00\x00"), 100000),
		"cut":    bytes.Repeat(zipOf(t, "a", []byte(text))[:60], 10000),
	} {
		if name == "frames" {
			data = append(zstdOf(t, nil), data...)
		}
		asked := 0
		ctx := countedContext{t.Context(), &asked}
		Walk(ctx, data, DefaultLimits(), func(Member) {})
		if asked < 3 || asked > 12 {
			t.Errorf("%s: the walk asked %d times whether to stop", name, asked)
		}
	}
}

// countedContext is done when it was asked for the third time.
type countedContext struct {
	context.Context
	asked *int
}

func (c countedContext) Err() error {
	if *c.asked++; *c.asked >= 3 {
		return context.Canceled
	}
	return nil
}

// addSeeds adds an archive or compressed file of each kind.
func addSeeds(f *testing.F) {
	data := []byte(text)
	for _, seed := range [][]byte{
		zipOf(f, "a", data), tarOf(f, "a", data), gzipOf(f, data), zstdOf(f, data), asarOf(f, "a", data),
		gzipOf(f, tarOf(f, "z", zipOf(f, "a", gzipOf(f, data)))),
		xzOf(f, data), lzmaOf(f, data), lz4Of(f, data), snappyOf(f, data), arOf("a.gz", gzipOf(f, data)), cpioOf("a", data, false), cpioOf("a", data, true),
		rpmOf(gzipOf(f, data)), pdfOf(f, "/Filter/FlateDecode", zlibOf(f, data)), streamedZip(f, 8, "a", "b"), streamedZip(f, 0, "a", "b"), []byte(smallZstd),
		[]byte(base64.StdEncoding.EncodeToString(gzipOf(f, []byte(rand(60))))),
		tableOf(text, text), sqliteOf(strings.Repeat(text, 20), 39), lzmaZipOf(f, "a", data, 0),
	} {
		f.Add(seed)
	}
}

// Whatever the bytes, a walk ends, and stays within its limits.
func FuzzWalk(f *testing.F) {
	addSeeds(f)
	limits := Limits{Depth: 4, Member: 1 << 16, Total: 1 << 18, Ratio: 10}
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		skips := Walk(context.Background(), data, limits, func(m Member) {
			total += len(m.Data)
			if len(m.Data) > 1<<16 || len(m.Layers) == 0 || len(m.Layers) > 4 {
				t.Errorf("a member of %d bytes, %d deep", len(m.Data), len(m.Layers))
			}
		})
		if total > 1<<18+1<<20 { // read in pieces of 1 MiB
			t.Errorf("%d bytes are unpacked", total)
		}
		if len(skips) > maxSkips+1 {
			t.Errorf("%d things are told", len(skips))
		}
	})
}

// FuzzRewrite expects data itself if there is nothing to edit, and no text that has to be
// edited in what was rewritten without a skip.
func FuzzRewrite(f *testing.F) {
	addSeeds(f)
	limits := Limits{Depth: 4, Member: 1 << 16, Total: 1 << 18, Ratio: 10}
	word := []byte("packed")
	f.Fuzz(func(t *testing.T, data []byte) {
		nothing := Editor{Edit: func(text []byte, _ bool) []byte { return text }, Matches: func([]byte) bool { return false }}
		if out, _ := Rewrite(context.Background(), data, limits, nothing); !same(data, out) {
			t.Error("what has no edit is written anew")
		}
		edit := func(text []byte, fixed bool) []byte {
			switch {
			case !bytes.Contains(text, word):
				return text
			case fixed:
				return bytes.ReplaceAll(text, word, []byte("******"))
			}
			return bytes.ReplaceAll(text, word, []byte("****"))
		}
		out, skips := Rewrite(context.Background(), data, limits, Editor{Edit: edit, Matches: func(text []byte) bool { return bytes.Contains(text, word) }})
		if len(skips) > 0 {
			return
		}
		Walk(context.Background(), out, limits, func(m Member) {
			if bytes.Contains(m.Data, word) {
				t.Errorf("%q still has it: %q", m.Layers, m.Data)
			}
		})
	})
}

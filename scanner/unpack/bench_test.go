package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// hostile are archives of about n bytes that make as much work as they can.
var hostile = map[string]func(t testing.TB, n int) []byte{
	"tiny members of a zip": tinyMembers,
	"tiny members of a cut zip": func(t testing.TB, n int) []byte {
		data := tinyMembers(t, n*2)
		return data[:bytes.Index(data, []byte("PK\x01\x02"))]
	},
	"headers of zip":   repeated("PK\x03\x04\x14\x00\x08\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00x"),
	"stored, no end":   repeated("PK\x03\x04\x14\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00xPKPKPKPK"),
	"empty gzips":      func(t testing.TB, n int) []byte { return repeated(string(gzipOf(t, nil)))(t, n) },
	"small gzips, tar": func(t testing.TB, n int) []byte { return manyInTar(t, n, gzipOf(t, []byte("x"))) },
	"small zips, tar":  func(t testing.TB, n int) []byte { return manyInTar(t, n, zipOf(t, "a", []byte("x"))) },
	"small zstds, tar": func(t testing.TB, n int) []byte { return manyInTar(t, n, []byte(smallZstd)) },
	"small xzs, tar":   func(t testing.TB, n int) []byte { return manyInTar(t, n, xzOf(t, []byte("x"))) },
	"small lzmas, tar": func(t testing.TB, n int) []byte { return manyInTar(t, n, lzmaOf(t, []byte("x"))) },
	"small lz4s, tar":  func(t testing.TB, n int) []byte { return manyInTar(t, n, lz4Of(t, []byte("x"))) },
	"small bzip2s, tar": func(t testing.TB, n int) []byte {
		return manyInTar(t, n, []byte("BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00\x00\x00"))
	},
	"frames of zstd": repeated(smallZstd),
	"blocks of xz":   func(t testing.TB, n int) []byte { return repeated(string(xzOf(t, []byte("x"))))(t, n) },
	"small zips in base64": func(t testing.TB, n int) []byte {
		return repeated(base64.StdEncoding.EncodeToString(zipOf(t, "a", []byte("x")))+"\n")(t, n)
	},
	"small gzips in base64": func(t testing.TB, n int) []byte {
		return repeated(base64.StdEncoding.EncodeToString(gzipOf(t, []byte(rand(40))))+"\n")(t, n)
	},
	"small bzip2s in base64": func(t testing.TB, n int) []byte {
		return repeated(base64.StdEncoding.EncodeToString([]byte("BZh91AY&SY"+rand(40)))+"\n")(t, n)
	},
	"zlibs in base64, broken": repeated("eJwBAAAA" + strings.Repeat("AAAA", 16) + "\n"),
	"heads of base64":         repeated("H4sIAAAAAAAA" + strings.Repeat("SDRz", 16) + "\n"),
	"one run of heads":        repeated("SDRzSUFBQUFBQUFB"),
	"streams of a PDF": func(t testing.TB, n int) []byte {
		return append([]byte("%PDF-1.7\n"), repeated("obj<</Filter/FlateDecode>>stream\n"+string(zlibOf(t, []byte("x"))))(t, n)...)
	},
	"words of a PDF": func(t testing.TB, n int) []byte {
		return append([]byte("%PDF-1.7\n"), repeated(">>stream\nx")(t, n)...)
	},
	"headers of cpio": func(t testing.TB, n int) []byte {
		whole := string(cpioOf("a", []byte("x"), true))
		member, _, _ := strings.Cut(whole, "070707000001000002000000")
		return repeated(member)(t, n)
	},
	"nested gzips": func(t testing.TB, n int) []byte {
		data := []byte(rand(n))
		for range 20 {
			var b bytes.Buffer
			w, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
			_, err := w.Write(data)
			must(t, err)
			must(t, w.Close())
			data = b.Bytes()
		}
		return data
	},
	"nested tars": func(t testing.TB, n int) []byte {
		data := []byte(rand(n))
		for range 10 {
			data = tarOf(t, "a", data)
		}
		return data
	},
	"zeros in gzip": func(t testing.TB, n int) []byte { return gzipOf(t, make([]byte, n*1000)) },
}

// smallZstd is a frame that claims a window of 128 MiB.
const smallZstd = "\x28\xb5\x2f\xfd\x00\x88\xa1\x00\x00aaaaaaaaaaaaaaaaaaaa"

func tinyMembers(t testing.TB, n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n / 120 {
		f, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i), Method: uint16(i % 2 * 8)})
		must(t, err)
		_, err = f.Write([]byte("x"))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func repeated(s string) func(testing.TB, int) []byte {
	return func(_ testing.TB, n int) []byte { return bytes.Repeat([]byte(s), max(n/len(s), 1)) }
}

func manyInTar(t testing.TB, n int, member []byte) []byte {
	var b bytes.Buffer
	z := tar.NewWriter(&b)
	for i := range n / 1024 {
		must(t, z.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Size: int64(len(member))}))
		_, err := z.Write(member)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// BenchmarkHostile tells how fast the worst archives are walked, and how long one of twice
// the size takes.
func BenchmarkHostile(b *testing.B) {
	for name, make := range hostile {
		for _, n := range []int{1 << 20, 2 << 20} {
			b.Run(fmt.Sprintf("%s/%d", name, n>>20), func(b *testing.B) {
				data := make(b, n)
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					Walk(context.Background(), data, DefaultLimits(), func(Member) {})
				}
			})
		}
	}
}

// BenchmarkPacked tells what is spent on files in which nothing is packed.
func BenchmarkPacked(b *testing.B) {
	code := []byte(strings.Repeat("\tif err := archive.open(name); err != nil {\n\t\treturn fmt.Errorf(\"open %s: %w\", name, err)\n\t}\n", 1000))
	for name, data := range map[string][]byte{"code": code, "base64": []byte(base64.StdEncoding.EncodeToString(code)), "binary": []byte(rand(100 << 10))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Packed(data)
			}
		})
	}
}

package unpack_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner/unpack"
)

// editor replaces "secret" by "****", or by "******" if fixed.
var editor = unpack.Editor{
	Edit: func(text []byte, fixed bool) []byte {
		mask := "****"
		if fixed {
			mask = "******"
		}
		if !bytes.Contains(text, []byte("secret")) {
			return text
		}
		return bytes.ReplaceAll(text, []byte("secret"), []byte(mask))
	},
	Matches: func(text []byte) bool { return bytes.Contains(text, []byte("secret")) },
}

func rewritten(t *testing.T, data []byte, want ...string) []byte {
	t.Helper()
	before := bytes.Clone(data)
	out, skips := unpack.Rewrite(t.Context(), data, unpack.DefaultLimits(), editor)
	if !bytes.Equal(data, before) {
		t.Fatal("the original was written to")
	}
	if len(skips) != len(want) {
		t.Fatalf("skips %v, want %q", skips, want)
	}
	for i, skip := range skips {
		if got := strings.Join(skip.Layers, "!") + ": " + skip.Reason; !strings.Contains(got, want[i]) {
			t.Errorf("skip %q, want %q", got, want[i])
		}
	}
	return out
}

// member is a member of an archive in a test.
type member struct {
	name, text string
	method     uint16
}

var members = []member{
	{"z.txt", "a secret and more", zip.Deflate},
	{"dir/", "", zip.Store},
	{"dir/stored.txt", "secret", zip.Store},
	{"a.bin", strings.Repeat("other ", 1000), zip.Deflate},
	{"streamed", "no key", zip.Deflate},
}

var made = time.Date(2025, 1, 2, 3, 4, 6, 0, time.UTC)

func zipOf(t *testing.T, all []member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.SetComment("a comment"); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		h := &zip.FileHeader{Name: m.name, Method: m.method, Modified: made, Comment: "of " + m.name}
		h.SetMode(0o750)
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(f, m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRewriteZip expects that only the edited members change.
func TestRewriteZip(t *testing.T) {
	data := zipOf(t, members)
	out := rewritten(t, data)
	before, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	after, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
	if err != nil {
		t.Fatal(err)
	}
	if after.Comment != before.Comment || len(after.File) != len(before.File) {
		t.Fatalf("comment %q, members %d", after.Comment, len(after.File))
	}
	for i, f := range after.File {
		old := before.File[i]
		if f.Name != old.Name || f.Method != old.Method || f.Comment != old.Comment || !f.Modified.Equal(old.Modified) || f.Mode() != old.Mode() {
			t.Errorf("header %+v, want %+v", f.FileHeader, old.FileHeader)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r) // which checks the checksum
		want := strings.ReplaceAll(members[i].text, "secret", "****")
		if err != nil || string(text) != want {
			t.Errorf("%s: %q, %v, want %q", f.Name, text, err, want)
		}
		if want == members[i].text && (f.CRC32 != old.CRC32 || !bytes.Equal(raw(t, f), raw(t, old))) {
			t.Errorf("%s: compressed anew", f.Name)
		}
	}
	if again := rewritten(t, out); !bytes.Equal(again, out) {
		t.Error("a second time, it changes")
	}
}

func raw(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRewriteLeavesZip expects archives that cannot be written as they were.
func TestRewriteLeavesZip(t *testing.T) {
	data := zipOf(t, members)
	encrypted := zipOf(t, members[3:])
	for _, header := range []string{"PK\x01\x02", "PK\x03\x04"} {
		at := 6
		if header == "PK\x01\x02" {
			at = 8
		}
		for i := range encrypted {
			if bytes.HasPrefix(encrypted[i:], []byte(header)) {
				encrypted[i+at] |= 1
			}
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"signed": {
			zipOf(t, append(members[:4:4], member{"META-INF/CERT.RSA", "signature", zip.Deflate})),
			[]string{"zip:z.txt: it cannot be rewritten: the archive is signed (META-INF/CERT.RSA)", "zip:dir/stored.txt: "},
		},
		"signed, without a key":    {zipOf(t, append(members[3:4:4], member{"META-INF/CERT.RSA", "signature", zip.Deflate})), nil},
		"after a program":          {append([]byte("MZ a program"), data...), []string{"zip:z.txt: it cannot be rewritten: it is damaged, or", "zip:dir/stored.txt: "}},
		"before a signature":       {append(bytes.Clone(data), "a signature"...), []string{"zip:z.txt: ", "zip:dir/stored.txt: "}},
		"without its directory":    {data[:bytes.Index(data, []byte("PK\x01\x02"))], []string{"zip:z.txt: ", "zip:dir/stored.txt: ", ": damaged: "}},
		"encrypted":                {encrypted, []string{"zip:a.bin: encrypted", "zip:streamed: encrypted"}},
		"a name":                   {zipOf(t, []member{{"secret.txt", "text", zip.Deflate}}), []string{"zip:secret.txt: its name or its comment is not rewritten"}},
		"7-Zip":                    {[]byte("7z\xbc\xaf\x27\x1c0123456789abcdef"), []string{": 7-Zip archive, its contents were not unpacked"}},
		"nothing to edit, damaged": {append([]byte("MZ a program"), zipOf(t, members[3:])...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if out := rewritten(t, c.data, c.want...); !bytes.Equal(out, c.data) {
				t.Error("it was rewritten")
			}
		})
	}
}

func tarOf(t *testing.T, format tar.Format, all []member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range all {
		h := &tar.Header{Name: m.name, Mode: 0o640, Size: int64(len(m.text)), ModTime: made, Format: format, Uname: "ci"}
		if strings.HasSuffix(m.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if format == tar.FormatPAX {
			h.PAXRecords = map[string]string{"QA.run": "7"}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, m.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRewriteTar(t *testing.T) {
	long := append(members[:len(members):len(members)],
		member{strings.Repeat("long/", 30) + "name", strings.Repeat("secret ", 500), 0}, member{"last", "secret", 0})
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatGNU, tar.FormatPAX} {
		if format == tar.FormatUSTAR {
			long[len(members)].name = "short"
		} else {
			long[len(members)].name = strings.Repeat("long/", 30) + "name"
		}
		data := tarOf(t, format, long)
		want := bytes.Clone(data)
		out := rewritten(t, data)
		before, after := tar.NewReader(bytes.NewReader(want)), tar.NewReader(bytes.NewReader(out))
		for _, m := range long {
			old, err := before.Next()
			if err != nil {
				t.Fatal(err)
			}
			h, err := after.Next()
			if err != nil {
				t.Fatal(format, m.name, err)
			}
			text, err := io.ReadAll(after)
			if want := strings.ReplaceAll(m.text, "secret", "****"); err != nil || string(text) != want {
				t.Errorf("%s, %s: %q, %v, want %q", format, m.name, text, err, want)
			}
			if h.Name != old.Name || h.Mode != old.Mode || !h.ModTime.Equal(old.ModTime) || h.Uname != old.Uname || h.PAXRecords["QA.run"] != old.PAXRecords["QA.run"] {
				t.Errorf("%s: header %+v, want %+v", format, h, old)
			}
		}
		if _, err := after.Next(); err != io.EOF {
			t.Errorf("%s: after the last member: %v", format, err)
		}
	}
	data := tarOf(t, tar.FormatGNU, []member{{"a", "secret", 0}})
	large := bytes.Clone(data) // its size is as that of large files: in binary
	copy(large[124:136], "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06")
	copy(large[148:156], "        ")
	sum := 0
	for _, c := range large[:512] {
		sum += int(c)
	}
	copy(large[148:156], fmt.Sprintf("%06o\x00 ", sum))
	if out := rewritten(t, large, "tar:a: it cannot be rewritten"); !bytes.Equal(out, large) {
		t.Error("an archive with a size in binary was rewritten")
	}
	var links bytes.Buffer
	w := tar.NewWriter(&links)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "secret"}), w.Close()); err != nil {
		t.Fatal(err)
	}
	rewritten(t, links.Bytes(), "tar:link: its name is not rewritten")
	cut := data[:512+3]
	if out := rewritten(t, cut, "tar:a: damaged", ": damaged"); !bytes.Equal(out, cut) {
		t.Error("a truncated archive was rewritten")
	}
}

// TestRewriteNested expects edits at each depth, and the header of a gzip file.
func TestRewriteNested(t *testing.T) {
	inner := zipOf(t, members)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.ModTime = "run.tar", "of a run", made
	if _, err := w.Write(tarOf(t, tar.FormatGNU, []member{{"trace.zip", string(inner), 0}, {"log", "secret", 0}})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := rewritten(t, b.Bytes())
	r, err := gzip.NewReader(bytes.NewReader(out))
	if err != nil || r.Name != w.Name || r.Comment != w.Comment || !r.ModTime.Equal(w.ModTime) {
		t.Errorf("header %+v, %v", r.Header, err)
	}
	texts := map[string]string{}
	unpack.Walk(t.Context(), out, unpack.DefaultLimits(), func(m unpack.Member) { texts[strings.Join(m.Layers, "!")] = string(m.Data) })
	for layers, want := range map[string]string{
		"gzip!tar:log": "****", "gzip!tar:trace.zip!zip:z.txt": "a **** and more", "gzip!tar:trace.zip!zip:a.bin": members[3].text,
	} {
		if texts[layers] != want {
			t.Errorf("%s: %q, want %q", layers, texts[layers], want)
		}
	}
}

// TestRewriteBase64 expects a run of packed data in its alphabet, with its escapes, in lines
// of its width.
func TestRewriteBase64(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for extra := range 6 {
		packed := zipOf(t, []member{{"a", "a secret", zip.Store}, {"b", string(noise[:2000+extra]), zip.Store}})
		for name, write := range map[string]func([]byte) string{
			"standard":   base64.StdEncoding.EncodeToString,
			"no padding": base64.RawStdEncoding.EncodeToString,
			"URL":        base64.RawURLEncoding.EncodeToString,
			"lines": func(data []byte) string {
				return split(base64.StdEncoding.EncodeToString(data), 76, "\r\n  ")
			},
			"lines in JSON": func(data []byte) string { return split(base64.StdEncoding.EncodeToString(data), 64, `\n`) },
			"PHP": func(data []byte) string {
				return strings.ReplaceAll(base64.StdEncoding.EncodeToString(data), "/", `\/`)
			},
			"query": func(data []byte) string {
				return strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString(data))
			},
		} {
			text := `{"report": "` + write(packed) + `", "b": "secret"}`
			edited, skips := unpack.Rewrite(t.Context(), packed, unpack.DefaultLimits(), editor)
			if len(skips) > 0 {
				t.Fatal(skips)
			}
			want := `{"report": "` + write(edited) + `", "b": "****"}`
			if name == "no padding" && len(packed)%3 == 0 { // which cannot be told
				continue
			}
			if out := rewritten(t, []byte(text)); string(out) != want {
				t.Errorf("%s: got\n%s\nwant\n%s", name, out, want)
			}
		}
	}
}

func split(text string, width int, between string) string {
	var b strings.Builder
	for i, c := range []byte(text) {
		if i > 0 && i%width == 0 {
			b.WriteString(between)
		}
		b.WriteByte(c)
	}
	return b.String()
}

// TestRewriteLeavesRun expects a run in binary data to be named if its length would change.
func TestRewriteLeavesRun(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, "a secret "+strings.Repeat("0123456789abcdef", 9)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := []byte("\x00\x01 " + base64.StdEncoding.EncodeToString(b.Bytes()) + " \x00")
	if out := rewritten(t, data, "base64: it cannot be rewritten: its length in a binary file would change"); !bytes.Equal(out, data) {
		t.Error("it was rewritten")
	}
}

// TestRewriteKeepsDepth expects what is too deep to be named.
func TestRewriteKeepsDepth(t *testing.T) {
	data := tarOf(t, tar.FormatGNU, []member{{"a.zip", string(zipOf(t, members)), 0}})
	limits := unpack.DefaultLimits()
	limits.Depth = 1
	out, skips := unpack.Rewrite(t.Context(), data, limits, editor)
	if !bytes.Equal(out, data) || len(skips) != 1 || !strings.Contains(skips[0].Reason, "archives are opened up to 1 deep") {
		t.Errorf("skips: %v", skips)
	}
}

// TestRewriteKeepsText expects the original if there is nothing to edit.
func TestRewriteKeepsText(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("text"), zipOf(t, members[3:]), tarOf(t, tar.FormatGNU, members[3:])} {
		if out := rewritten(t, data); len(out) != len(data) || len(data) > 0 && &out[0] != &data[0] {
			t.Errorf("a copy of %q", data[:min(len(data), 20)])
		}
	}
}

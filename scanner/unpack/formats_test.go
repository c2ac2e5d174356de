package unpack

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// written returns what a writer writes of data.
func written(t testing.TB, data []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	must(t, err)
	_, err = w.Write(data)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func xzOf(t testing.TB, data []byte) []byte {
	return written(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func lzmaOf(t testing.TB, data []byte) []byte {
	return written(t, data, func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) })
}

func lz4Of(t testing.TB, data []byte) []byte {
	return written(t, data, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil })
}

func snappyOf(t testing.TB, data []byte, options ...s2.WriterOption) []byte {
	return written(t, data, func(w io.Writer) (io.WriteCloser, error) { return s2.NewWriter(w, options...), nil })
}

func zlibOf(t testing.TB, data []byte) []byte {
	return written(t, data, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
}

func arOf(name string, data []byte) []byte {
	b := fmt.Appendf(nil, "%s%-16s%-12d%-6d%-6d%-8s%-10d`\n2.0\n", arMagic, "debian-binary", 0, 0, 0, "100644", 3)
	b = fmt.Appendf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", name+"/", 0, 0, 0, "100644", len(data), data)
	if len(data)&1 != 0 {
		b = append(b, '\n')
	}
	return b
}

// cpioOf writes the new format, or the old portable one.
func cpioOf(name string, data []byte, old bool) []byte {
	var b []byte
	add := func(name string, mode int, data []byte) {
		if old {
			b = fmt.Appendf(b, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06o%011o%s\x00%s", 1, 2, mode, 0, 0, 1, 0, 0, len(name)+1, len(data), name, data)
			return
		}
		b = fmt.Appendf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
		b = append(b, make([]byte, -len(b)&3)...)
		b = append(b, data...)
		b = append(b, make([]byte, -len(b)&3)...)
	}
	add("dir", 0o40755, nil)
	add(name, 0o100644, data)
	add("link", 0o120777, []byte(name))
	add("TRAILER!!!", 0, nil)
	return b
}

func rpmOf(payload []byte) []byte {
	b := append([]byte("\xed\xab\xee\xdb\x03\x00"), make([]byte, 90)...)
	for _, padded := range []bool{true, false} {
		b = append(b, "\x8e\xad\xe8\x01\x00\x00\x00\x00"...)
		b = binary.BigEndian.AppendUint32(b, 1)
		b = binary.BigEndian.AppendUint32(b, 5)
		b = append(append(b, make([]byte, 16)...), "text\x00"...)
		if padded {
			b = append(b, 0, 0, 0)
		}
	}
	return append(b, payload...)
}

func pdfOf(t testing.TB, dictionary string, data []byte) []byte {
	b := []byte("%PDF-1.7\n1 0 obj\n<< /Length 5 >>\nstream\nplain\nendstream\nendobj\n")
	b = fmt.Appendf(b, "2 0 obj\n<</Subtype/Image/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n", zlibOf(t, []byte("pixels")))
	return fmt.Appendf(b, "3 0 obj\n<<%s>>\nstream\r\n%s\r\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%%%EOF\n", dictionary, data)
}

// streamedZip writes a zip as programs do that cannot go back, with descriptors, and
// cuts its directory off.
func streamedZip(t testing.TB, method uint16, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		must(t, err)
		_, err = w.Write([]byte(text))
		must(t, err)
	}
	must(t, z.Close())
	return cutOf(b.Bytes())
}

// cutOf cuts the directory of a zip off.
func cutOf(archive []byte) []byte { return archive[:bytes.Index(archive, []byte("PK\x01\x02"))] }

// lzmaZipOf writes a zip with a member that LZMA compressed (APPNOTE.TXT 5.8.8).
func lzmaZipOf(t testing.TB, name string, data []byte, flags uint16) []byte {
	t.Helper()
	packed := lzmaOf(t, data)
	packed = slices.Concat([]byte{22, 9, 5, 0}, packed[:5], packed[13:])
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: 14, Flags: 2 | flags, CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(data)),
	})
	must(t, err)
	_, err = w.Write(packed)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// tableOf writes a table of LevelDB with a block for each content, compressed by snappy or
// not in turn.
func tableOf(contents ...string) []byte {
	var table, index []byte
	add := func(block []byte, packed bool) (handle []byte) {
		method := byte(0)
		if packed {
			block, method = s2.EncodeSnappy(nil, block), 1
		}
		handle = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(table))), uint64(len(block)))
		table = append(append(append(table, block...), method), 0, 0, 0, 0)
		return handle
	}
	restarts := []byte{0, 0, 0, 0, 1, 0, 0, 0}
	for i, content := range contents {
		handle := add([]byte(content), i%2 == 0)
		index = append(append(append(index, 0, 1, byte(len(handle))), 'a'+byte(i)), handle...)
	}
	metaindex := add(restarts, false)
	footer := append(metaindex, add(append(index, restarts...), true)...)
	return append(append(append(table, footer...), make([]byte, 40-len(footer))...), tableMagic...)
}

// sqliteOf writes a database with one content, of which the first local bytes are in a page
// of 512 bytes, and the rest is in overflow pages.
func sqliteOf(content string, local int) []byte {
	const size = 512
	rest := content[local:]
	pages := 3 + (len(rest)-1)/(size-4)
	db := make([]byte, 2*size, pages*size)
	copy(db, sqliteMagic+"\x02\x00\x01\x01\x00\x40\x20\x20")
	db[100] = 13
	leaf := db[size:]
	cell := append([]byte{0x80 | byte(len(content)>>7), byte(len(content) & 0x7f), 1}, content[:local]...)
	cell = append(cell, 0, 0, 0, 3)
	at := size - len(cell)
	copy(leaf, []byte{13, 0, 0, 0, 1, byte(at >> 8), byte(at), 0, byte(at >> 8), byte(at)})
	copy(leaf[at:], cell)
	for n := 3; rest != ""; n++ {
		page := make([]byte, size)
		used := min(len(rest), size-4)
		if copy(page[4:], rest[:used]); used < len(rest) {
			page[3] = byte(n + 1)
		}
		db, rest = append(db, page...), rest[used:]
	}
	return db
}

func TestDatabases(t *testing.T) {
	limits := DefaultLimits()
	blocks := []string{strings.Repeat("https://acme ", 20) + "acme", "plain", "last"}
	members, skips := unpacked(tableOf(blocks...), limits)
	for i, want := range blocks {
		if got := members[fmt.Sprint("leveldb:block ", i+1)]; got != want {
			t.Errorf("block %d: %q, want %q", i+1, got, want)
		}
	}
	if len(skips) > 0 || len(members) != len(blocks) {
		t.Errorf("%d members, skipped %q", len(members), skips)
	}
	table := tableOf(blocks...)
	table[len(table)-footerSize+3] = 0xff // the index block is elsewhere
	if _, skips := unpacked(table, limits); !slices.Equal(skips, []string{": damaged: leveldb: malformed, failed false"}) {
		t.Errorf("a damaged index: skipped %q", skips)
	}
	method := bytes.Index(table, s2.EncodeSnappy(nil, []byte(blocks[0]))) + len(s2.EncodeSnappy(nil, []byte(blocks[0])))
	table = tableOf(blocks...)
	table[method] = 9
	if _, skips := unpacked(table, limits); !slices.Equal(skips, []string{"leveldb:block 1: a block is compressed by a method that is not read, failed false"}) {
		t.Errorf("another method: skipped %q", skips)
	}
	content := strings.Repeat("0123456789", 120)
	const local = 39 + (1200-39)%508 // sqlite.org/fileformat2.html, 1.6
	if members, skips := unpacked(sqliteOf(content, local), limits); len(members) != 1 || members["sqlite:page 2 cell 1"] != content || len(skips) > 0 {
		t.Errorf("got %q, skipped %q", members, skips)
	}
	// Pages that refer to one another, or outside of the file, end a content.
	db := sqliteOf(content, local)
	db[2*512+3] = 3
	if members, _ := unpacked(db, limits); members["sqlite:page 2 cell 1"] != content[:local+508] {
		t.Errorf("a loop: got %q", members)
	}
	db[2*512+2] = 200
	if members, _ := unpacked(db, limits); members["sqlite:page 2 cell 1"] != content[:local+508] {
		t.Errorf("a page that is missing: got %q", members)
	}
	// A row of up to 35 bytes less than a page has no other page: sqlite.org/fileformat2.html, 1.6.
	for length, found := range map[int]int{512 - 35: 0, 512 - 35 + 1: 1} {
		if members, _ := unpacked(sqliteOf(content[:length], 39), limits); len(members) != found {
			t.Errorf("a row of %d bytes: %d members, want %d", length, len(members), found)
		}
	}
	// What has no overflow page is in the file as it is.
	if members, skips := unpacked(sqliteOf(content[:400], 399), limits); len(members)+len(skips) > 0 {
		t.Errorf("got %q, skipped %q", members, skips)
	}
}

// TestSqliteProgram reads databases of sqlite3 with rows of many lengths: each is in the file
// as it is, or is opened.
func TestSqliteProgram(t *testing.T) {
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip(err)
	}
	for _, layout := range []string{"(a TEXT)", "(a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID"} {
		for _, size := range []int{512, 1024, 4096, 65536} {
			for _, reserved := range []int{0, 40} {
				name := filepath.Join(t.TempDir(), "a.db")
				script := fmt.Sprintf("PRAGMA synchronous=off;\nPRAGMA journal_mode=off;\nPRAGMA page_size=%d;\n.filectrl reserve_bytes %d\nVACUUM;\nCREATE TABLE t%s;\nBEGIN;\n", size, reserved, layout)
				var rows []string
				for i := range 60 { // around the size of a page, and up to three pages
					n := size - 60 + i
					if i%2 == 0 {
						n = size/10 + i*size/20 + i
					}
					row := strings.Repeat(fmt.Sprintf("<%d>", i), n/3+1)[:n]
					rows = append(rows, row)
					script += "INSERT INTO t VALUES('" + row + "');\n"
				}
				cmd := exec.Command(program, name)
				cmd.Stdin = strings.NewReader(script + "COMMIT;\n")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				db, err := os.ReadFile(name)
				must(t, err)
				members, skips := unpacked(db, DefaultLimits())
				all := strings.Join(slices.Collect(maps.Values(members)), "\n")
				missing := 0
				for _, row := range rows {
					if !bytes.Contains(db, []byte(row)) && !strings.Contains(all, row) {
						missing++
					}
				}
				if missing > 0 || len(members) == 0 || len(skips) > 0 || int(db[20]) != reserved {
					t.Errorf("%s, pages of %d, %d reserved: %d of %d rows are missing, %d members, skipped %q", layout, size, db[20], missing, len(rows), len(members), skips)
				}
			}
		}
	}
}

// TestRewriteDatabases expects edits where nothing moves, and the names of other places.
func TestRewriteDatabases(t *testing.T) {
	e := Editor{
		Edit: func(text []byte, fixed bool) []byte {
			if !fixed || !bytes.Contains(text, []byte("secret")) {
				return text
			}
			return bytes.ReplaceAll(text, []byte("secret"), []byte("******"))
		},
		Matches: func(text []byte) bool { return bytes.Contains(text, []byte("secret")) },
	}
	content := []byte(strings.Repeat("0123456789", 120))
	copy(content[600:], "secret")
	db := sqliteOf(string(content), 184)
	out, skips := Rewrite(t.Context(), db, DefaultLimits(), e)
	if bytes.Contains(out, []byte("secret")) || len(out) != len(db) || len(skips) > 0 {
		t.Errorf("a secret in a page: skipped %v", skips)
	}
	copy(content[181:], "secret")
	for _, at := range []int{181, 689} { // 184 bytes are in the first page, 508 in the next
		text := bytes.Clone(content)
		copy(text[at:], "secret")
		db := sqliteOf(string(text), 184)
		before := bytes.Clone(db)
		out, skips = Rewrite(t.Context(), db, DefaultLimits(), e)
		members, _ := unpacked(out, DefaultLimits())
		want := strings.ReplaceAll(string(text), "secret", "******")
		if members["sqlite:page 2 cell 1"] != want || !bytes.Equal(db, before) || len(skips) > 0 {
			t.Errorf("a secret at %d, over two pages: got %q, skipped %v", at, members, skips)
		}
	}
	table := tableOf("a secret", "another secret")
	out, skips = Rewrite(t.Context(), table, DefaultLimits(), e)
	if !bytes.Equal(out, table) || len(skips) != 2 {
		t.Errorf("a table: skipped %v", skips)
	}
}

func TestFormats(t *testing.T) {
	data := []byte(text)
	signed := func(archive []byte, after string) []byte {
		return slices.Concat([]byte("MZ a program"), archive, []byte(after))
	}
	commented := zipOf(t, "a", data)
	binary.LittleEndian.PutUint16(commented[len(commented)-2:], 9)
	cutGzip := gzipOf(t, zipOf(t, "a", []byte(text+rand(200))))
	cutGzip = cutGzip[:len(cutGzip)-100]
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"xz":                   {xzOf(t, data), "xz"},
		"xz, two streams":      {append(append(xzOf(t, nil), 0, 0, 0, 0), xzOf(t, data)...), "xz"},
		"tar.xz":               {xzOf(t, tarOf(t, "a", data)), "xz!tar:a"},
		"lzma":                 {lzmaOf(t, data), "lzma"},
		"lz4":                  {lz4Of(t, data), "lz4"},
		"snappy":               {snappyOf(t, data, s2.WriterSnappyCompat()), "snappy"},
		"s2":                   {snappyOf(t, data), "snappy"},
		"deb":                  {arOf("data.tar.xz", xzOf(t, tarOf(t, "etc/ci.env", data))), "ar:data.tar.xz!xz!tar:etc/ci.env"},
		"cpio":                 {cpioOf("etc/ci.env", data, false), "cpio:etc/ci.env"},
		"cpio, old":            {cpioOf("etc/ci.env", data, true), "cpio:etc/ci.env"},
		"initrd":               {gzipOf(t, cpioOf("etc/ci.env", data, false)), "gzip!cpio:etc/ci.env"},
		"rpm":                  {rpmOf(zstdOf(t, cpioOf("./etc/ci.env", data, false))), "rpm!zstd!cpio:./etc/ci.env"},
		"rpm, lzma":            {rpmOf(lzmaOf(t, cpioOf("./etc/ci.env", data, false))), "rpm!lzma!cpio:./etc/ci.env"},
		"pdf":                  {pdfOf(t, "/Length 1/Filter/FlateDecode", zlibOf(t, data)), "pdf:stream 3"},
		"pdf, list of filters": {pdfOf(t, "/Filter [ /FlateDecode ]", zlibOf(t, data)), "pdf:stream 3"},
		"program":              {signed(zipOf(t, "a", data), ""), "zip:a"},
		"program, comment":     {signed(commented, "a comment"), "zip:a"},
		"program, signature":   {signed(zipOf(t, "a", data), strings.Repeat("signature", 1000)), "zip:a"},
		"comment":              {append(commented, "a comment"...), "zip:a"},
		"cut":                  {streamedZip(t, zip.Deflate, "a", "b"), "zip:b"},
		"cut, stored":          {streamedZip(t, zip.Store, "a", "b"), "zip:b"},
		"cut in a member":      {streamedZip(t, zip.Deflate, "a")[:20+len(streamedZip(t, zip.Deflate, "a"))/2], "zip:a"},
		"cut in gzip":          {cutGzip, "gzip!zip:a"},
		"script":               {append([]byte("#!/bin/sh\ntail -n +3 $0\n"), gzipOf(t, tarOf(t, "a", data))...), "gzip!tar:a"},
		"script, xz":           {append([]byte("#!/bin/sh\n\nBZh\n"), xzOf(t, data)...), "xz"},
		"zip, lzma":            {lzmaZipOf(t, "a", data, 0), "zip:a"},
		"cut, lzma":            {cutOf(lzmaZipOf(t, "a", data, 0)), "zip:a"},
		"cut, lzma, streamed":  {cutOf(lzmaZipOf(t, "a", data, flagDescriptor)), "zip:a"},
		"cut in tar":           {tarOf(t, "z", streamedZip(t, zip.Deflate, "a")), "tar:z!zip:a"},
	} {
		t.Run(name, func(t *testing.T) {
			members, skips := unpacked(test.data, DefaultLimits())
			for layers, content := range members {
				if content == "pixels" {
					t.Errorf("%s is read", layers)
				}
			}
			isCut := strings.HasPrefix(name, "cut")
			if name == "cut in gzip" && strings.HasPrefix(members[test.want], text) && len(skips) == 3 {
				return
			}
			if isCut && strings.HasPrefix(text, members[test.want]) && members[test.want] != "" {
				if len(skips) == 0 || !strings.Contains(skips[len(skips)-1], "damaged: its directory cannot be read") {
					t.Errorf("the damage is not reported: %q", skips)
				}
				return
			}
			if members[test.want] != text || len(skips) > 0 {
				t.Errorf("got %q, skipped %q", members, skips)
			}
		})
	}
}

// What was compressed and then encoded is opened wherever it stands in a text.
func TestEncoded(t *testing.T) {
	content := fmt.Appendf(nil, "%x\n%s", rand(40), text)
	std, url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	long := []byte(fmt.Sprint(rand(2000), text))
	for name, test := range map[string]struct{ text, want string }{
		"gzip":                 {`user_data_base64 = "` + std(gzipOf(t, content)) + `"`, "base64!gzip"},
		"gzip, nothing else":   {std(gzipOf(t, content)), "base64!gzip"},
		"gzip, URL-safe":       {"state=" + url(gzipOf(t, content)) + "&v=1", "base64!gzip"},
		"gzip, twice":          {"  release: " + std([]byte(std(gzipOf(t, content)))) + "\n", "base64!base64!gzip"},
		"gzip, twice, wrapped": {"  release: " + std([]byte(wrap(std(gzipOf(t, long)), 76, "\n"))) + "\n", "base64!base64!gzip"},
		"gzip, soft lines":     {"\n" + strings.ReplaceAll(wrap(std(gzipOf(t, long)), 75, "?\r\n"), "?", "=") + "\n", "base64!gzip"},
		"gzip, string in one":  {`{"log":"` + wrap(std(gzipOf(t, long)), 76, `\\n`) + `"}`, "base64!gzip"},
		"gzip, continued":      {`x="` + wrap(std(gzipOf(t, long)), 76, "\\\n") + `"`, "base64!gzip"},
		"gzip in a string":     {`{"log":"\n` + std(gzipOf(t, content)) + `\n"}`, "base64!gzip"},
		"gzip, slashes":        {`{"log":"` + strings.ReplaceAll(std(gzipOf(t, long)), "/", `\/`) + `"}`, "base64!gzip"},
		"gzip, .NET":           {`{"log":"` + strings.ReplaceAll(std(gzipOf(t, long)), "+", `\u002B`) + `"}`, "base64!gzip"},
		"gzip in a query":      {"GET /?q=" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(std(gzipOf(t, long))) + "&v=1", "base64!gzip"},
		"zlib":                 {"eventlog: '" + std(zlibOf(t, content)) + "'", "base64!zlib"},
		"zip":                  {"data:application/zip;base64," + std(zipOf(t, "a", content)) + "\"", "base64!zip:a"},
		"zstd":                 {"x: " + std(zstdOf(t, content)), "base64!zstd"},
		"xz":                   {"x: " + std(xzOf(t, content)), "base64!xz"},
		"PowerShell":           {"powershell -EncodedCommand " + std([]byte(wide(text+strings.Repeat(" ", 30)+text))), "base64"},
		"UTF-16 with a mark":   {"x: " + std([]byte("\xff\xfe"+wide(strings.Repeat(" ", 30)+text))), "base64"},
		"tar.gz, 64 a line":    {"data: |\n    " + wrap(std(gzipOf(t, tarOf(t, "a", long))), 64, "\n    ") + "\n", "base64!gzip!tar:a"},
		"tar.gz, 76, CRLF":     {"\r\n\r\n" + wrap(std(gzipOf(t, tarOf(t, "a", long))), 76, "\r\n") + "\r\n--x", "base64!gzip!tar:a"},
		"tar.gz, 76 in JSON":   {`{"file": "` + wrap(std(gzipOf(t, tarOf(t, "a", long))), 76, `\n`) + `\n"}`, "base64!gzip!tar:a"},
		"pdf":                  {"\n\n" + wrap(std(pdfOf(t, "/Filter/FlateDecode", zlibOf(t, content))), 76, "\n"), "base64!pdf:stream 3"},
		"second of two":        {std(gzipOf(t, long)) + "\n" + std(zipOf(t, "a", content)), "base64!zip:a"},
		"second of two, short": {url(zipOf(t, "a", []byte(text))) + "\n" + url(gzipOf(t, content)) + "\n", "base64!gzip"},
		"long, then a word":    {url(gzipOf(t, long)) + "\nend\n", "base64!gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			for before := range 70 { // at every place beside what is looked at
				data := []byte(strings.Repeat(" ", before) + test.text)
				members, skips := unpacked(data, DefaultLimits())
				if got := strings.ReplaceAll(members[test.want], "\x00", ""); !strings.HasSuffix(got, text) || len(skips) > 0 || !Packed(data) {
					t.Fatalf("%d before: got %q, skipped %q", before, members, skips)
				}
			}
		})
	}
	// A wrapped run is one, whatever its lines begin with.
	line := std(zlibOf(t, []byte(rand(100))))[:76] + "\n"
	if members, skips := unpacked([]byte(strings.Repeat(line, 100)), DefaultLimits()); len(members) != 1 || len(skips) > 1 {
		t.Errorf("%d members, skipped %q", len(members), skips)
	}
	for _, plain := range []string{
		std(content), std([]byte(rand(3000))), strings.Repeat("eJwAAAAA", 100), strings.Repeat("H4sI", 10),
		"sha512-" + std([]byte(rand(64))), strings.Repeat("\x1f\x8b", 500), strings.Repeat(`\u002B`, 100), "eJ" + strings.Repeat("A", 70),
	} {
		if Packed([]byte(plain)) {
			t.Errorf("%.30q passes for packed", plain)
		}
	}
}

// A change makes a text packed for PackedNear where it does for Packed. Runs shorter than
// minRun are left out: Packed sees them only at some offsets.
func TestPackedNearIsPacked(t *testing.T) {
	std := base64.StdEncoding.EncodeToString
	r := mathrand.New(mathrand.NewPCG(1, 2))
	run := std(gzipOf(t, []byte(rand(400))))
	wrapped := wrap(std(zlibOf(t, []byte(rand(600)))), 64, "\n  ")
	pieces := []string{
		"if err := open(name); err != nil {\n", "someVeryLongIdentifierThatIsNoBase64AtAll", " ", "\n", "\"", "  ", "x",
		std([]byte(rand(120))), run, wrapped, wrap(run, 76, "\\n"), run[:100], run[100:], wrapped[:130], wrapped[130:],
	}
	packed := 0
	for range 20_000 {
		var before, after, removed, inserted strings.Builder
		for _, b := range []*strings.Builder{&before, &after, &removed, &inserted} {
			for range r.IntN(5) {
				b.WriteString(pieces[r.IntN(len(pieces))])
			}
		}
		if Packed([]byte(before.String() + removed.String() + after.String())) {
			continue
		}
		text := []byte(before.String() + inserted.String() + after.String())
		want := Packed(text)
		if want {
			packed++
		}
		from := before.Len()
		if got := PackedNear(text, from, from+inserted.Len()); got != want {
			t.Fatalf("got %v, want %v for %q, changed from %d to %d", got, want, text, from, from+inserted.Len())
		}
	}
	if packed < 100 {
		t.Errorf("only %d changes made a text packed", packed)
	}
}

// wrap breaks text into lines of a width.
func wrap(s string, width int, between string) string {
	var b strings.Builder
	for ; len(s) > width; s = s[width:] {
		b.WriteString(s[:width] + between)
	}
	return b.String() + s
}

// wide returns ASCII text in UTF-16.
func wide(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(s[i:i+1] + "\x00")
	}
	return b.String()
}

// rand returns n bytes that do not compress, always the same.
func rand(n int) string {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x >> 32)
	}
	return string(b)
}

func TestUnread(t *testing.T) {
	for title, data := range map[string]string{
		"compress file (.Z)": "\x1f\x9d\x90", "lzip file": "LZIP\x01\x0c", "squashfs image": "hsqs", "cabinet archive": "MSCF\x00\x00\x00\x00",
		"RAR archive": "Rar!\x1a\x07\x01\x00", "age-encrypted file": "age-encryption.org/v1\n",
		"OpenSSL-encrypted file": "U2FsdGVkX18xMjM0NTY3OA==", "OpenPGP message": "\x8c\x0d\x04\x09\x03\x02",
		"AppImage": "\x7fELF\x02\x01\x01\x00AI\x02", "compressed VMDK disk image": "KDMV\x03" + strings.Repeat("\x00", 72) + "\x01", "compressed EROFS image": strings.Repeat("\x00", 1024) + "\xe2\xe1\xf5\xe0" + strings.Repeat("\x00", 76) + "\x01",
	} {
		data += strings.Repeat("\x00", 40)
		want := ": " + title + ", its contents were not unpacked, failed false"
		if _, skips := unpacked([]byte(data), DefaultLimits()); !slices.Equal(skips, []string{want}) {
			t.Errorf("skipped %q, want %q", skips, want)
		}
	}
	for want, data := range map[string]string{
		"NSIS installer":                 "MZ a program\xef\xbe\xad\xdeNullsoftInst",
		"program with a 7-Zip archive":   "MZ a program 7z\xbc\xaf\x27\x1c\x00\x04crc_\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00crc_12345",
		"package with a cabinet archive": "\xd0\xcf\x11\xe0 a package MSCF\x00\x00\x00\x00\x28\x00\x00\x00" + strings.Repeat("\x00", 28),
	} {
		if kind := Kind([]byte(data)); kind != want {
			t.Errorf("%s passes for %q", want, kind)
		}
		if kind := Kind([]byte(data)[:len(data)-1]); kind != "" {
			t.Errorf("%s, cut, passes for %q", want, kind)
		}
	}
	for name, data := range map[string]string{
		"cabinet": "\xd0\xcf\x11\xe0 a package MSCF\x00\x00\x00\x00\x24\x00\x00\x00" + strings.Repeat("\x00", 28),
		"script":  "#!/bin/sh\necho 1\nBZh and more text behind it\n",
		"VMDK":    "KDMV\x03" + strings.Repeat("\x00", 100), "EROFS": strings.Repeat("\x00", 1024) + "\xe2\xe1\xf5\xe0" + strings.Repeat("\x00", 100),
		"OpenPGP": "\x8c\x0d\x04\x09\x04" + strings.Repeat("\x00", 40), "ECDH": "\x84\x5e\x03" + strings.Repeat("\x00", 40), "cipher": "\x8c\x0d\x04\x0e\x03" + strings.Repeat("\x00", 40),
	} {
		if kind := Kind([]byte(data)); kind != "" {
			t.Errorf("%s without what it is recognized by passes for %q", name, kind)
		}
	}
	if kind := Kind([]byte("\x84\x5e\x0312345678\x12" + strings.Repeat("\x00", 40))); kind != "OpenPGP message" {
		t.Errorf("a message to a key passes for %q", kind)
	}
	dmg := strings.Repeat("\x00", 1000) + "koly\x00\x00\x00\x04" + strings.Repeat("\x00", 504)
	if Kind([]byte(dmg)) != "Apple disk image" {
		t.Errorf("a disk image passes for %q", Kind([]byte(dmg)))
	}
	for want, data := range map[string][]byte{
		": encrypted PDF file, its streams were not read, failed false":                        append(pdfOf(t, "/Filter/FlateDecode", zlibOf(t, []byte(text))), "trailer\n<</Encrypt 5 0 R>>"...),
		": streams of the PDF file in other filters than Flate were not read: 1, failed false": pdfOf(t, "/Filter[/ASCII85Decode/FlateDecode]", []byte("x")),
		"xz: it needs 1536 MiB of memory to be unpacked, failed false":                         largeDictionary(t),
	} {
		if _, skips := unpacked(data, DefaultLimits()); !slices.Equal(skips, []string{want}) {
			t.Errorf("skipped %q, want %q", skips, want)
		}
	}
}

// largeDictionary returns a file of xz that asks for 1.5 GiB, with more in it than can be
// seen at once.
func largeDictionary(t testing.TB) []byte {
	data := xzOf(t, []byte(rand(1<<20)))
	const dictionary = 12 + 4 // the header of the stream, and the flags of the only filter
	if data[dictionary-2] != 0x21 {
		t.Fatalf("% x", data[:24])
	}
	data[dictionary] = 37
	return data
}

// A frame that claims a large window does not get one, and is read all the same.
func TestWindows(t *testing.T) {
	for name, data := range map[string][]byte{
		"zstd": written(t, []byte(text), func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
		}),
		"zstd, raw": []byte("\x28\xb5\x2f\xfd\x00\x88\x79\x00\x00what is packed\n"),
		"xz": func() []byte {
			data := xzOf(t, []byte(text))
			data[16] = 39 // of 4 GiB
			return data
		}(),
		"lzma": func() []byte {
			data := lzmaOf(t, []byte(text))
			data[4] = 8 // of 128 MiB
			return data
		}(),
	} {
		kind, _, _ := strings.Cut(name, ",")
		times := 300
		if kind == "lzma" { // it has no frames
			times = 1
		}
		many := bytes.Repeat(data, times)
		before := heap()
		for range 50 {
			unpacked(data, DefaultLimits())
		}
		members, skips := unpacked(many, DefaultLimits())
		after := heap()
		if members[kind] != strings.Repeat(text, times) || len(skips) > 0 {
			t.Errorf("%s: %d bytes, skipped %q", name, len(members[kind]), skips)
		}
		if after-before > 100<<20 {
			t.Errorf("%s: %d MiB are allocated", name, (after-before)>>20)
		}
	}
}

// A decompressor that panics is a failure of one member.
func TestPanic(t *testing.T) {
	w := &walk{limits: DefaultLimits(), visit: func(Member) {}, ctx: t.Context(), allowed: 1 << 20}
	w.member([]string{"xz"}, &meter{w: w, open: func() (io.Reader, func(), error) { panic("index out of range") }})
	if len(w.skips) != 1 || !w.skips[0].Failed || !strings.Contains(w.skips[0].Reason, "index out of range") {
		t.Errorf("skipped %+v", w.skips)
	}
}

// TestTools opens what real programs write.
func TestTools(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "in"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "in", "a.txt"), []byte(text), 0o644))
	control := "Package: a\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: a\n"
	must(t, os.MkdirAll(filepath.Join(dir, "deb", "DEBIAN"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "deb", "DEBIAN", "control"), []byte(control), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "deb", "a.txt"), []byte(text), 0o644))
	spec := "Name: a\nVersion: 1\nRelease: 1\nSummary: a\nLicense: MIT\nBuildArch: noarch\n%description\na\n%install\nmkdir -p %{buildroot}/etc\nprintf '" + strings.ReplaceAll(text, "\n", `\n`) + "' >%{buildroot}/etc/a.txt\n%files\n/etc/a.txt\n"
	must(t, os.WriteFile(filepath.Join(dir, "a.spec"), []byte(spec), 0o644))
	for command, want := range map[string]string{
		"xz -9e -c in/a.txt": "xz", "xz --format=lzma -c in/a.txt": "lzma", "xz --check=sha256 -T2 --block-size=8 -c in/a.txt": "xz",
		"xz --lzma2=dict=1GiB -c in/a.txt": "xz", "xz --check=none -c in/a.txt": "xz", "xz --check=crc32 -c in/a.txt": "xz",
		"lz4 -c in/a.txt": "lz4", "lz4 -l -c in/a.txt": "lz4", "lz4 -9 -BD --content-size -c in/a.txt": "lz4",
		"zstd --ultra -22 -c in/a.txt": "zstd", "zstd --long=31 -c <in/a.txt": "zstd", "zstd --no-check -19 -c <in/a.txt": "zstd",
		"bzip2 -c in/a.txt": "bzip2", "gzip -c in/a.txt": "gzip",
		"cd in && echo a.txt | cpio -o -H newc 2>/dev/null": "cpio:a.txt", "cd in && echo a.txt | cpio -o -H crc 2>/dev/null": "cpio:a.txt", "cd in && echo a.txt | cpio -o -H odc 2>/dev/null": "cpio:a.txt",
		"dpkg-deb -Zxz --root-owner-group -b deb o.deb >/dev/null && cat o.deb":                  "ar:data.tar.xz!xz!tar:./a.txt",
		"dpkg-deb -Zgzip --root-owner-group -b deb o.deb >/dev/null && cat o.deb":                "ar:data.tar.gz!gzip!tar:./a.txt",
		"cd in && gzip -k a.txt && ar rc o.a a.txt a.txt.gz && cat o.a":                          "ar:a.txt.gz!gzip",
		"rpmbuild -bb --define \"_topdir $PWD\" a.spec >/dev/null 2>&1 && cat RPMS/noarch/*.rpm": "rpm",
		"zip -q - in/a.txt | head -c 100":                                                        "zip:in/a.txt",
		"zip -q -Z bzip2 o.zip in/a.txt && cat o.zip":                                            "zip:in/a.txt",
		"7z a -mm=lzma ol.zip in/a.txt >/dev/null && cat ol.zip":                                 "zip:in/a.txt",
		"7z a -mm=zstd o7.zip in/a.txt >/dev/null && cat o7.zip":                                 "zip:in/a.txt",
		"qpdf --version >/dev/null && true":                                                      "",
	} {
		t.Run(command, func(t *testing.T) {
			program := strings.Fields(strings.TrimPrefix(command, "cd in && "))[0]
			if _, err := exec.LookPath(program); err != nil {
				t.Skip(err)
			}
			cmd := exec.Command("bash", "-c", command)
			cmd.Dir = dir
			data, err := cmd.Output()
			if err != nil || len(data) == 0 {
				t.Skipf("%v, %d bytes", err, len(data))
			}
			members, skips := unpacked(data, DefaultLimits())
			for layers, content := range members {
				if strings.HasPrefix(layers, want) && content == text {
					return
				}
			}
			t.Errorf("got %q, skipped %q", members, skips)
		})
	}
}

// heap returns how much has been allocated so far.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

package lab

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// compressed packs a text by a writer.
func compressed(text []byte, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

func xzipped(_ string, text []byte) ([]byte, error) {
	return compressed(text, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func lzmaPacked(_ string, text []byte) ([]byte, error) {
	return compressed(text, func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) })
}

func lz4Packed(_ string, text []byte) ([]byte, error) {
	return compressed(text, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil })
}

func snappyPacked(_ string, text []byte) ([]byte, error) {
	return compressed(text, func(w io.Writer) (io.WriteCloser, error) { return s2.NewWriter(w, s2.WriterSnappyCompat()), nil })
}

func zlibbed(_ string, text []byte) ([]byte, error) {
	return compressed(text, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
}

// ar lays a package of Debian out (deb(5)).
func ar(member string, text []byte) ([]byte, error) {
	b := []byte("!<arch>\n")
	for _, m := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {member, text}} {
		b = fmt.Appendf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, 1700000000, 0, 0, 0o100644, len(m.data))
		if b = append(b, m.data...); len(b)%2 == 1 {
			b = append(b, '\n')
		}
	}
	return b, nil
}

// cpio lays an archive out in the new format without a checksum (cpio(5)).
func cpio(member string, text []byte) ([]byte, error) {
	var b []byte
	for _, m := range []struct {
		name string
		mode int
		data []byte
	}{{member, 0o100644, text}, {"TRAILER!!!", 0, nil}} {
		b = append(b, "070701"...)
		for _, n := range []int{1, m.mode, 0, 0, 1, 1700000000, len(m.data), 0, 0, 0, 0, len(m.name) + 1, 0} {
			b = fmt.Appendf(b, "%08X", n)
		}
		for _, part := range [][]byte{append([]byte(m.name), 0), m.data} {
			b = append(b, part...)
			for len(b)%4 != 0 {
				b = append(b, 0)
			}
		}
	}
	return b, nil
}

// rpm puts a lead and two headers without entries before a payload.
func rpm(_ string, payload []byte) ([]byte, error) {
	b := make([]byte, 96)
	copy(b, "\xed\xab\xee\xdb\x03\x00\x00\x00\x00\xffci-agent-1.0-1")
	for range 2 {
		b = append(b, "\x8e\xad\xe8\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	}
	return append(b, payload...), nil
}

// pdf is a file with one object, a compressed stream.
func pdf(_ string, text []byte) ([]byte, error) {
	data, err := zlibbed("", text)
	b := fmt.Appendf(nil, "%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n", len(data))
	return append(append(b, data...), "\nendstream\nendobj\ntrailer\n<</Size 2>>\n%%EOF\n"...), err
}

// signed puts an archive behind a program and a signature behind the archive.
func signed(_ string, archive []byte) ([]byte, error) {
	b := append([]byte("MZ\x90\x00"), make([]byte, 4000)...)
	b = append(b, archive...)
	b = binary.LittleEndian.AppendUint32(b, 512)
	return append(b, make([]byte, 508)...), nil
}

// cut takes its directory off a zip, as a run does that is killed while it writes.
func cut(_ string, archive []byte) ([]byte, error) {
	directory := bytes.LastIndex(archive, []byte("PK\x01\x02"))
	if directory < 0 {
		return nil, errors.New("a zip has no directory")
	}
	return archive[:directory], nil
}

// table writes a table of LevelDB with one block, compressed by snappy (LevelDB,
// doc/table_format.md). The tenant of a key is in the block before, so that it is only
// referred to where the key is.
func table(_ string, text []byte) ([]byte, error) {
	_, after, _ := bytes.Cut(text, []byte("ApiKey "))
	tenant, _, _ := bytes.Cut(after, []byte("."))
	restarts := "\x00\x00\x00\x00\x01\x00\x00\x00"
	name := fmt.Sprintf("_https://%s.eu1.qasphere.com", tenant)
	block := binary.AppendUvarint([]byte{0, byte(len(name))}, uint64(len(text)))
	block = append(append(append(block, name...), text...), restarts...)
	var file []byte
	add := func(block []byte) (handle []byte) {
		block = s2.EncodeSnappy(nil, block)
		handle = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(len(file))), uint64(len(block)))
		file = append(append(file, block...), 1, 0, 0, 0, 0)
		return handle
	}
	handle := add(block)
	index := append([]byte{0, 1, byte(len(handle)), 'k'}, handle...)
	footer := append(add([]byte(restarts)), add(append(index, restarts...))...)
	footer = append(footer, make([]byte, 40-len(footer))...)
	return append(append(file, footer...), "\x57\xfb\x80\x8b\x24\x75\x47\xdb"...), nil
}

// sqliteOverflow writes a database with a row whose last column fills it up, so that the
// first overflow page begins in the key (sqlite.org/fileformat2.html, 1.6).
func sqliteOverflow(_ string, text []byte) ([]byte, error) {
	const size, header = 512, 5
	local := header + len(text) - 30
	last := local + size - 4 - header - len(text)
	serial := func(n int) []byte { return []byte{0x80 | byte((13+2*n)>>7), byte(13+2*n) & 0x7f} }
	row := append(append([]byte{header}, serial(len(text))...), serial(last)...)
	row = append(append(row, text...), bytes.Repeat([]byte{'z'}, last)...)
	file := make([]byte, 3*size)
	copy(file, "SQLite format 3\x00\x02\x00\x01\x01\x00\x40\x20\x20")
	file[100], file[105], file[106] = 13, 2, 0
	cell := append([]byte{0x80 | byte(len(row)>>7), byte(len(row)) & 0x7f, 1}, row[:local]...)
	cell = append(cell, 0, 0, 0, 3)
	at := size - len(cell)
	copy(file[size:], []byte{13, 0, 0, 0, 1, byte(at >> 8), byte(at), 0, byte(at >> 8), byte(at)})
	copy(file[size+at:], cell)
	copy(file[2*size+4:], row[local:])
	return file, nil
}

// encoded writes base64 between two texts, in lines of a width with something between them
// if that is not 0.
func encoded(before, after string, width int, between string) packer {
	return func(_ string, data []byte) ([]byte, error) {
		b := []byte(before)
		for i, c := range []byte(base64.StdEncoding.EncodeToString(data)) {
			if width > 0 && i > 0 && i%width == 0 {
				b = append(b, between...)
			}
			b = append(b, c)
		}
		return append(b, after...), nil
	}
}

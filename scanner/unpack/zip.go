package unpack

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// directoryEnd is the size of the end of a zip's directory, without a comment
// (APPNOTE.TXT 4.3.16), and localHeader the length of the header of a member without its
// name (4.3.7).
const (
	directoryEnd = 22
	localHeader  = 30
)

// kindFlate is the compression of most members of a zip.
const kindFlate = "deflate"

// methods are the methods of compression (APPNOTE.TXT 4.4.5) that are read; the method 0
// is none.
var methods = map[uint16]string{0: "", 8: kindFlate, 12: kindBzip2, 14: kindLzma, 93: kindZstd, 95: kindXz}

// Flags of a member (APPNOTE.TXT 4.4.4).
const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3 // its size and checksum follow it
)

// maxMembers bounds what is read of a zip's directory, which takes several times its
// size in memory. manyMembers is from where on only one walk at a time reads one.
const (
	maxMembers  = 1 << 18
	manyMembers = 1 << 16
)

// zip opens a zip archive by its directory; without one that can be read, by the headers
// of its members.
func (w *walk) zip(layers []string, data []byte) {
	count := bytes.Count(data, []byte("PK\x01\x02"))
	if count > maxMembers {
		w.zipMembers(layers, data)
		return
	}
	if count > manyMembers {
		w.turn.Take()
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		if read := w.zipMembers(layers, data); !w.stopped() {
			w.leave(layers, "damaged: its directory cannot be read; members read by their own headers: %d", read)
		}
		return
	}
	for _, f := range archive.File {
		if w.stopped() {
			return
		}
		inner := within(layers, kindZip, f.Name)
		if f.Flags&flagEncrypted != 0 {
			w.leave(inner, "encrypted")
			continue
		}
		at, err := f.DataOffset()
		if err != nil {
			w.fail(inner, err)
			continue
		}
		rest := data[min(at, int64(len(data))):]
		raw := rest[:min(f.CompressedSize64, uint64(len(rest)))]
		if uint64(len(raw)) < f.CompressedSize64 {
			w.fail(inner, io.ErrUnexpectedEOF)
		}
		w.zipMember(inner, f.Method, raw, &zipSum{crc: f.CRC32, size: f.UncompressedSize64})
	}
}

// zipMember reads a member that is compressed into raw, and returns how much of that it
// has read.
func (w *walk) zipMember(layers []string, method uint16, raw []byte, sum *zipSum) int {
	kind, known := methods[method]
	switch {
	case !known:
		w.leave(layers, "compressed by method %d, which is not read", method)
		return len(raw)
	case kind == "":
		sum.r = bytes.NewReader(raw)
		w.member(layers, sum)
		return len(raw)
	}
	source := bytes.NewReader(raw)
	b := newBuffer(watched{w, source})
	if kind == kindLzma {
		b.Reset(watched{w, zipLzma(raw, sum)})
		source = bytes.NewReader(nil)
	}
	defer dropBuffer(b)
	sum.r = w.decompress(layers, kind, b)
	w.member(layers, sum)
	return len(raw) - source.Len() - b.Buffered()
}

// zipLzma returns what LZMA compressed into a member with the header of a file: a member
// begins with a version, the length of the properties, and these (APPNOTE.TXT 5.8.8).
func zipLzma(raw []byte, sum *zipSum) io.Reader {
	const before, properties = 4, 5
	if len(raw) < before+properties {
		return bytes.NewReader(nil)
	}
	size := sum.size
	if sum.unchecked {
		size = 1<<64 - 1 // a mark is at the end
	}
	header := binary.LittleEndian.AppendUint64(raw[before:before+properties:before+properties], size)
	return io.MultiReader(bytes.NewReader(header), bytes.NewReader(raw[before+properties:]))
}

// zipMembers opens what has the headers of members of a zip, from its beginning to its
// end, and returns how many there are.
func (w *walk) zipMembers(layers []string, data []byte) (read int) {
	for at := 0; !w.stopped(); {
		next := bytes.Index(data[at:], []byte("PK\x03\x04"))
		if next < 0 {
			break
		}
		at += next
		if !isLocalHeader(data[at:]) {
			at += 4
			continue
		}
		h := parseLocalHeader(data[at:])
		at += h.length
		if h.size == 0 && h.flags&flagDescriptor == 0 {
			continue // a directory
		}
		inner := within(layers, kindZip, h.name)
		raw := data[at:]
		switch {
		case h.flags&flagDescriptor == 0 || h.size > 0:
			raw = raw[:min(h.size, uint64(len(raw)))]
		case h.method != 8: // only deflate knows where it ends
			raw = raw[:memberEnd(raw)]
		}
		if h.flags&flagEncrypted != 0 {
			w.leave(inner, "encrypted")
			at += len(raw)
			continue
		}
		sum := &zipSum{crc: h.crc, size: h.unpacked}
		if h.flags&flagDescriptor != 0 {
			sum = &zipSum{unchecked: true}
		}
		at += w.zipMember(inner, h.method, raw, sum)
		read++
	}
	return read
}

// memberEnd returns where a member ends whose size is not known: where a descriptor
// of that size, or the header of another member, begins.
func memberEnd(data []byte) int {
	for at := 0; ; at += 2 {
		next := bytes.Index(data[at:], []byte("PK"))
		if next < 0 {
			return len(data)
		}
		at += next
		switch rest := data[at:]; {
		case len(rest) < 4:
		case string(rest[:4]) == "PK\x03\x04" && isLocalHeader(rest), string(rest[:4]) == "PK\x01\x02":
			return at
		case string(rest[:4]) == "PK\x07\x08" && len(rest) >= 12 && binary.LittleEndian.Uint32(rest[8:]) == uint32(at):
			return at
		}
	}
}

// isLocalHeader reports whether data begins with the header of a member. Versions end
// at 6.3, methods at 99.
func isLocalHeader(data []byte) bool {
	return len(data) >= localHeader && string(data[:4]) == "PK\x03\x04" && data[4] <= 100 &&
		binary.LittleEndian.Uint16(data[8:]) <= 99 && binary.LittleEndian.Uint16(data[26:]) > 0
}

// localMember is the header of a member of a zip.
type localMember struct {
	name           string
	flags, method  uint16
	crc            uint32
	size, unpacked uint64
	length         int // of the header
}

func parseLocalHeader(data []byte) localMember {
	le := binary.LittleEndian
	name, extra := int(le.Uint16(data[26:])), int(le.Uint16(data[28:]))
	rest := data[localHeader:]
	h := localMember{
		name: string(rest[:min(name, len(rest))]), flags: le.Uint16(data[6:]), method: le.Uint16(data[8:]), crc: le.Uint32(data[14:]),
		size: uint64(le.Uint32(data[18:])), unpacked: uint64(le.Uint32(data[22:])), length: min(localHeader+name+extra, len(data)),
	}
	const huge = 1<<32 - 1
	if h.size == huge || h.unpacked == huge { // APPNOTE.TXT 4.5.3
		field := rest[min(name, len(rest)):min(name+extra, len(rest))]
		for len(field) >= 4 && le.Uint16(field) != 1 {
			field = field[min(4+int(le.Uint16(field[2:])), len(field)):]
		}
		if len(field) >= 4+16 {
			h.unpacked, h.size = le.Uint64(field[4:]), le.Uint64(field[12:])
		}
	}
	return h
}

// zipSum checks the size and the checksum of a member.
type zipSum struct {
	r         io.Reader
	crc, now  uint32
	size, n   uint64
	unchecked bool
}

func (s *zipSum) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if s.unchecked {
		return n, err
	}
	s.now = crc32.Update(s.now, crc32.IEEETable, b[:n])
	s.n += uint64(n)
	if err == io.EOF {
		switch {
		case s.n < s.size:
			err = io.ErrUnexpectedEOF
		case s.n > s.size || s.now != s.crc:
			err = zip.ErrChecksum
		}
	}
	return n, err
}

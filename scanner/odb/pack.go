package odb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/qasleaks/qasleaks/internal/mmap"
	"github.com/qasleaks/qasleaks/scanner/odb/inflate"
)

// pack is a pack file, mapped into memory, with its index.
//
// A pack has a header of 12 bytes ("PACK", version, number of objects), the objects
// one after the other, and a checksum of everything before it (gitformat-pack(5),
// "pack-*.pack files").
type pack struct {
	path     string // as in Failure.Path
	file     *mmap.Map
	data     []byte // the file without the checksum
	hashSize int
	// index is never nil once the pack is open.
	index *index
}

const packHeaderLen = 12

// MaxSize is the size in bytes of the largest object that is read, and of a delta with its
// base and its result: a scan takes less than 1 GiB of memory. A header of a few bytes may
// declare any size, and with deflate and deltas a small file can really contain a huge
// object.
const MaxSize = 900 << 20

// ErrTooLarge says that an object takes more than [MaxSize] bytes.
var ErrTooLarge = errors.New("the object needs more than 900 MiB of memory")

// openPack maps a pack file and checks its header. It does not set the index.
func openPack(file, path string, hashSize int) (*pack, uint32, error) {
	m, err := mmap.Open(file)
	if err != nil {
		return nil, 0, fmt.Errorf("open pack: %w", err)
	}
	p := &pack{path: path, file: m, hashSize: hashSize}
	count, err := p.header(m.Bytes())
	if err != nil {
		_ = m.Close()
		return nil, 0, fmt.Errorf("open pack %s: %w", path, err)
	}
	return p, count, nil
}

func (p *pack) header(data []byte) (count uint32, err error) {
	defer recoverFault(data, &err)
	if len(data) < packHeaderLen+p.hashSize {
		return 0, errors.New("file is too short")
	}
	if string(data[:4]) != "PACK" {
		return 0, errors.New("file does not begin with PACK")
	}
	// git accepts both versions, but has never written version 3.
	if v := binary.BigEndian.Uint32(data[4:]); v != 2 && v != 3 {
		return 0, fmt.Errorf("unknown version %d", v)
	}
	p.data = data[:len(data)-p.hashSize]
	return binary.BigEndian.Uint32(data[8:]), nil
}

// entry is the header of a packed object.
type entry struct {
	kind Type // commit, tree, blob, tag, ofsDelta or refDelta
	size uint64
	// body is the offset of the zlib stream. For a delta, size is the size of the
	// instructions in the stream.
	body   int
	base   uint64 // ofsDelta: the offset of the base
	baseID []byte // refDelta: the ID of the base
}

var (
	errEntryTruncated = errors.New("object is beyond the end of the pack")
	errEntryHeader    = errors.New("header of the object is malformed")
)

// entry reads the header of the object at offset off (gitformat-pack(5)):
//
//	1 byte    more? (1 bit), type (3 bits), size (lowest 4 bits)
//	n bytes   more? (1 bit), size (next 7 bits), the least significant first
//	ofsDelta  n bytes: distance back to the base: more? (1 bit), 7 bits, the
//	          most significant first, one added at each step
//	refDelta  ID of the base
//
// The zlib stream follows.
func (p *pack) entry(off uint64) (e entry, err error) {
	if off < packHeaderLen || off >= uint64(len(p.data)) {
		return e, errEntryTruncated
	}
	data, at := p.data, int(off)
	c := data[at]
	at++
	e.kind, e.size = Type(c>>4&7), uint64(c&15)
	for shift := 4; c&0x80 != 0; shift += 7 {
		if at == len(data) {
			return e, errEntryTruncated
		}
		c = data[at]
		at++
		if shift > 60 {
			return e, errEntryHeader
		}
		e.size |= uint64(c&0x7f) << shift
	}
	switch e.kind {
	case Commit, Tree, Blob, Tag:
	case ofsDelta:
		var back uint64
		for more := true; more; {
			if at == len(data) {
				return e, errEntryTruncated
			}
			c = data[at]
			at++
			if back >= 1<<55 {
				return e, errEntryHeader
			}
			back = back<<7 | uint64(c&0x7f)
			if more = c&0x80 != 0; more {
				back++
			}
		}
		if back == 0 || back > off-packHeaderLen {
			return e, errors.New("delta base is outside the pack")
		}
		e.base = off - back
	case refDelta:
		if len(data)-at < p.hashSize {
			return e, errEntryTruncated
		}
		e.baseID = data[at : at+p.hashSize]
		at += p.hashSize
	default:
		return e, fmt.Errorf("unknown object type %d", e.kind)
	}
	e.body = at
	return e, nil
}

// stream returns the zlib stream of an entry, and up to inflate.Ahead bytes after it,
// which makes inflating faster.
func (p *pack) stream(e entry, end uint64) []byte {
	return p.data[e.body:min(int(end)+inflate.Ahead, len(p.data))]
}

// checkCRC compares the packed object from off to end with the CRC-32 in the index.
// It reports whether the index has one.
func (p *pack) checkCRC(i int, off, end uint64) (checked bool, err error) {
	want, ok := p.index.crc(i)
	if ok && crc32.ChecksumIEEE(p.data[off:end]) != want {
		return true, errors.New("packed data does not match the CRC-32 in the index")
	}
	return ok, nil
}

// checkSize guards allocations against a declared size that is too large. Inflating n
// bytes gives at most 1032 times as many, since a match of 258 bytes takes at least 2
// bits (RFC 1951, 3.2.5 and 3.2.7).
func checkSize(size uint64, n int) error {
	if size > MaxSize {
		return ErrTooLarge
	}
	if size > uint64(n)*1032 {
		return fmt.Errorf("%d packed bytes cannot inflate to %d bytes", n, size)
	}
	return nil
}

package odb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/qasleaks/qasleaks/internal/regular"
)

// index is the index of a pack: the sorted IDs of its objects, and their offsets.
// Both versions of the format are supported (gitformat-pack(5), "pack-*.idx files"):
//
//	version 2                            version 1
//	"\377tOc", version (4 bytes each)    -
//	fan-out: 256 × 4 bytes               fan-out: 256 × 4 bytes
//	names:  n × ID                       entries: n × (4-byte offset, ID)
//	CRC-32 of packed data: n × 4 bytes   -
//	offsets: n × 4 bytes                 -
//	large offsets: m × 8 bytes           -
//	checksum of the pack, of the index   checksum of the pack, of the index
//
// All numbers are big-endian. fanout[b] is the number of names whose first byte is at
// most b. An offset whose top bit is set is an index into the large offsets.
//
// The file is read into memory rather than mapped, so that no lookup can fault.
type index struct {
	hashSize int
	fanout   [256]uint32
	// finer is a fan-out table for the first finerBits bits of an ID. Each entry is
	// the position of the first ID that is not less. It is nil for a small index.
	finer     []uint32
	finerBits int
	names     string // all IDs, one after the other
	crcs      []byte // nil in version 1
	offsets   []byte // 4 bytes each, stride apart
	stride    int
	large     []byte
	sums      []byte // the whole file, for verify
}

const (
	idxMagic     = "\377tOc"
	idxHeaderLen = 8
	fanoutLen    = 256 * 4
)

// maxIndex bounds an index file, in bytes. An index of 100 million SHA-256 objects is
// smaller.
const maxIndex = 4 << 30

var errIndexTruncated = errors.New("file size does not fit the number of objects")

// readIndex reads the index file at path.
func readIndex(path string, hashSize int) (*index, error) {
	data, err := regular.Read(path, maxIndex)
	if err != nil {
		return nil, fmt.Errorf("read pack index: %w", err)
	}
	x, err := parseIndex(data, hashSize)
	if err != nil {
		return nil, fmt.Errorf("read pack index %s: %w", path, err)
	}
	return x, nil
}

// parseIndex parses an index file. It keeps data, which must not be changed
// afterwards.
func parseIndex(data []byte, hashSize int) (*index, error) {
	x := &index{hashSize: hashSize, sums: data}
	version, rest := uint32(1), data
	if len(data) >= idxHeaderLen && string(data[:4]) == idxMagic {
		version, rest = binary.BigEndian.Uint32(data[4:]), data[idxHeaderLen:]
	}
	if len(rest) < fanoutLen+2*hashSize {
		return nil, errIndexTruncated
	}
	var n uint32
	for b := range x.fanout {
		next := binary.BigEndian.Uint32(rest[4*b:])
		if next < n {
			return nil, errors.New("fan-out table decreases")
		}
		n, x.fanout[b] = next, next
	}
	rest = rest[fanoutLen : len(rest)-2*hashSize]

	switch version {
	case 1:
		x.stride = 4 + hashSize
		if uint64(len(rest)) != uint64(n)*uint64(x.stride) {
			return nil, errIndexTruncated
		}
		x.offsets = rest
		names := make([]byte, 0, int(n)*hashSize)
		for ; len(rest) > 0; rest = rest[x.stride:] {
			names = append(names, rest[4:x.stride]...)
		}
		x.names = string(names)
	case 2:
		x.stride = 4
		if uint64(len(rest)) < uint64(n)*uint64(hashSize+4+4) {
			return nil, errIndexTruncated
		}
		count := int(n)
		// The bytes never change and live as long as the string: no need to copy what
		// may be hundreds of megabytes.
		x.names = unsafe.String(unsafe.SliceData(rest), count*hashSize)
		rest = rest[count*hashSize:]
		x.crcs, rest = rest[:4*count], rest[4*count:]
		x.offsets, x.large = rest[:4*count], rest[4*count:]
	default:
		return nil, fmt.Errorf("unknown version %d", version)
	}
	x.refine()
	return x, nil
}

// count returns the number of objects.
func (x *index) count() int { return int(x.fanout[255]) }

// id returns the ID of the i-th object, without allocating.
func (x *index) id(i int) OID {
	return OID(x.names[i*x.hashSize : (i+1)*x.hashSize])
}

// badOffset is returned for an invalid offset. It is beyond the end of every pack.
const badOffset = 1<<63 - 1

// offset returns the offset of the i-th object in the pack, or badOffset.
func (x *index) offset(i int) uint64 {
	o := binary.BigEndian.Uint32(x.offsets[i*x.stride:])
	if o>>31 == 0 || x.crcs == nil { // version 1 has no large offsets
		return uint64(o)
	}
	at := 8 * uint64(o&(1<<31-1))
	if at+8 > uint64(len(x.large)) {
		return badOffset
	}
	return min(binary.BigEndian.Uint64(x.large[at:]), badOffset)
}

// crc returns the CRC-32 of the packed data of the i-th object; false if the index
// has none.
func (x *index) crc(i int) (uint32, bool) {
	if x.crcs == nil {
		return 0, false
	}
	return binary.BigEndian.Uint32(x.crcs[4*i:]), true
}

// span returns the range of objects whose ID begins with byte b.
func (x *index) span(b byte) (from, to int) {
	if b > 0 {
		from = int(x.fanout[b-1])
	}
	return from, int(x.fanout[b])
}

// find returns the position of an object in the index. IDs are evenly distributed, so
// it first guesses the position by interpolation, then widens the search in growing
// steps. That touches few cache lines.
func (x *index) find(id OID) (int, bool) {
	if len(id) != x.hashSize {
		return 0, false
	}
	want := lead(string(id))
	lo, hi := x.span(id[0]) // the first ID that is not less is in lo to hi
	same := 8               // the number of leading bits that all IDs from lo to hi share
	if x.finer != nil {
		same = x.finerBits
		b := want >> (64 - same)
		lo, hi = int(x.finer[b]), int(x.finer[b+1])
	}
	if lo == hi {
		return 0, false
	}
	guess := lo + int(uint64(hi-lo)*(want<<same>>32)>>32)
	if x.leadAt(guess) < want {
		lo = guess + 1
		for step := 4; hi-lo > step; step *= 2 {
			if x.leadAt(lo+step) >= want {
				hi = lo + step
				break
			}
			lo += step + 1
		}
	} else {
		hi = guess
		for step := 4; hi-lo > step; step *= 2 {
			if x.leadAt(hi-step) < want {
				lo = hi - step + 1
				break
			}
			hi -= step
		}
	}
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if x.leadAt(mid) < want {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < x.count() && x.leadAt(lo) == want; lo++ {
		if x.id(lo) == id {
			return lo, true
		}
	}
	return 0, false
}

// refine builds finer for a large index: about six IDs for each entry, which halves
// the time of find.
func (x *index) refine() {
	width := bits.Len(uint(x.count())) - 3
	if width <= 8 {
		return
	}
	x.finer, x.finerBits = make([]uint32, 1<<width+1), width
	at := 0
	for b := range x.finer {
		for at < x.count() && x.leadAt(at)>>(64-width) < uint64(b) {
			at++
		}
		x.finer[b] = uint32(at)
	}
}

func (x *index) leadAt(i int) uint64 { return lead(x.names[i*x.hashSize:]) }

// lead returns the first 8 bytes of an ID as a number. Numbers sort in the order of
// IDs.
func lead(id string) uint64 {
	return binary.BigEndian.Uint64(unsafe.Slice(unsafe.StringData(id[:8]), 8))
}

// verify compares the file with the checksum at its end.
func (x *index) verify() error {
	h := newHash(x.hashSize)
	body := len(x.sums) - x.hashSize
	h.Write(x.sums[:body])
	if string(h.Sum(nil)) != string(x.sums[body:]) {
		return errors.New("checksum of the index does not match its content")
	}
	return nil
}

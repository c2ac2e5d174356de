// Package inflate decompresses zlib streams (RFC 1950, RFC 1951) whose decompressed
// length is known in advance, from memory to memory in one call. This makes it
// several times as fast as compress/zlib, which must check for the end of its buffers
// all the time. Its tests compare it with compress/flate.
package inflate

import (
	"encoding/binary"
	"errors"
	"hash/adler32"
)

// Inflater decompresses zlib streams, one after the other. Reuse it: most streams in
// a pack are so short that allocating its tables would take longer than decompressing
// them. It is not safe for concurrent use. The zero value is ready to use.
type Inflater struct {
	src  []byte
	pos  int    // the next byte of src to read
	bits uint64 // bits read but not consumed; the next bit is the lowest
	n    uint   // number of valid bits; higher bits are undefined

	dst  []byte
	done int // number of bytes written to dst

	ready     bool // symbols and the fixed tables are initialized
	symbols   symbols
	fixedLit  litTable
	fixedDist distTable
	lit       litTable
	dist      distTable
	list      [numLit + numDist]code // the codes of the current block
}

// Space around the buffers, so that the inner loop need not check for their ends.
// Without it, decompressing is only slower.
const (
	// Slack is the best difference between capacity and length of dst.
	Slack = 320
	// Ahead is the number of bytes of src after the stream that are read, if present.
	Ahead = fastSrc
)

var (
	errZlibHeader      = errors.New("zlib header is malformed")
	errZlibChecksum    = errors.New("content does not match the Adler-32 in its zlib stream")
	errInflate         = errors.New("compressed data is malformed")
	errInflateShort    = errors.New("decompressed data is shorter than declared")
	errInflateLong     = errors.New("decompressed data is longer than declared")
	errInflateTruncate = errors.New("compressed data is truncated")
)

// Zlib decompresses the zlib stream at the beginning of src, which must inflate to
// exactly len(dst) bytes, and returns the length of the stream. If check is set, it
// compares the Adler-32 checksum. After an error, the content of dst is undefined.
// Zlib may overwrite dst up to its capacity.
func (d *Inflater) Zlib(dst, src []byte, check bool) (used int, err error) {
	n, used, err := d.stream(dst, src)
	switch {
	case err != nil:
		return 0, err
	case n != len(dst):
		return 0, errInflateShort
	case len(src)-used < adler32.Size:
		return 0, errInflateTruncate
	case check && binary.BigEndian.Uint32(src[used:]) != adler32.Checksum(dst):
		return 0, errZlibChecksum
	}
	return used + adler32.Size, nil
}

// Prefix decompresses the beginning of a zlib stream until dst is full, and returns
// the number of bytes.
func (d *Inflater) Prefix(dst, src []byte) (n int, err error) {
	n, _, err = d.stream(dst, src)
	if err == errInflateLong {
		return len(dst), nil
	}
	return n, err
}

// stream inflates a zlib stream without checking its Adler-32. After errInflateLong,
// dst is full.
func (d *Inflater) stream(dst, src []byte) (n, used int, err error) {
	// RFC 1950, 2.2: CM is 8, the header is a multiple of 31, and FDICT is not set.
	if len(src) < 2 || src[0]&15 != 8 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return 0, 0, errZlibHeader
	}
	if !d.ready {
		d.prepare()
	}
	d.dst, d.done = dst, 0
	d.src, d.pos, d.bits, d.n = src, 2, 0, 0
	for last := false; !last && err == nil; {
		last, err = d.block()
	}
	n, used = d.done, d.pos-int(d.n/8) // without whole bytes that were read but not consumed
	d.dst, d.src = nil, nil
	return n, used, err
}

// prepare initializes the tables that are the same for all streams.
func (d *Inflater) prepare() {
	d.symbols.init()
	// RFC 1951, 3.2.6.
	codes := d.list[:numLit]
	for i := range codes {
		switch {
		case i < 144:
			codes[i] = newCode(i, 8)
		case i < 256:
			codes[i] = newCode(i, 9)
		case i < 280:
			codes[i] = newCode(i, 7)
		default:
			codes[i] = newCode(i, 8)
		}
	}
	d.fixedLit.bits, _ = buildTable(d.fixedLit.entries[:], litBits, codes, d.symbols.lit[:])
	codes = d.list[:numDist]
	for i := range codes {
		codes[i] = newCode(i, 5)
	}
	d.fixedDist.bits, _ = buildTable(d.fixedDist.entries[:], distBits, codes, d.symbols.dist[:])
	d.ready = true
}

// block inflates one block (RFC 1951, 3.2.3). It reports whether the block is the
// last one.
func (d *Inflater) block() (last bool, err error) {
	head, err := d.take(3)
	if err != nil {
		return false, err
	}
	switch head >> 1 {
	case 0:
		err = d.stored()
	case 1:
		err = d.codes(&d.fixedLit, &d.fixedDist)
	case 2:
		if err = d.readTables(); err == nil {
			err = d.codes(&d.lit, &d.dist)
		}
	default:
		err = errInflate
	}
	return head&1 != 0, err
}

// fill reads bytes of src until there are at least 56 bits, or src ends.
func (d *Inflater) fill() {
	if len(d.src)-d.pos >= 8 {
		d.bits |= binary.LittleEndian.Uint64(d.src[d.pos:]) << (d.n & 63)
		d.pos += int((63 - d.n) / 8)
		d.n |= 56
		return
	}
	d.bits &= 1<<d.n - 1
	for d.n <= 56 && d.pos < len(d.src) {
		d.bits |= uint64(d.src[d.pos]) << d.n
		d.pos++
		d.n += 8
	}
}

// take consumes n bits, at most 32.
func (d *Inflater) take(n uint) (uint32, error) {
	if d.n < n {
		if d.fill(); d.n < n {
			return 0, errInflateTruncate
		}
	}
	v := uint32(d.bits) & (1<<n - 1)
	d.bits >>= n
	d.n -= n
	return v, nil
}

// stored copies a block that is not compressed (RFC 1951, 3.2.4).
func (d *Inflater) stored() error {
	d.pos -= int(d.n / 8) // the block begins at the next byte
	d.bits, d.n = 0, 0
	if len(d.src)-d.pos < 4 {
		return errInflateTruncate
	}
	n := binary.LittleEndian.Uint16(d.src[d.pos:])
	if n != ^binary.LittleEndian.Uint16(d.src[d.pos+2:]) {
		return errInflate
	}
	d.pos += 4
	if len(d.src)-d.pos < int(n) {
		return errInflateTruncate
	}
	copied := copy(d.dst[d.done:], d.src[d.pos:d.pos+int(n)])
	d.done += copied
	d.pos += copied
	if copied < int(n) {
		return errInflateLong
	}
	return nil
}

// The order of the code lengths of the code length code; RFC 1951, 3.2.7.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the codes of a block with dynamic Huffman codes (RFC 1951,
// 3.2.7).
func (d *Inflater) readTables() error {
	head, err := d.take(14)
	if err != nil {
		return err
	}
	lits, dists, n := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if lits > 286 || dists > 30 {
		return errInflate
	}
	// The code lengths are themselves compressed with a prefix code.
	var lengths [19]uint8
	for _, sym := range lengthOrder[:n] {
		v, err := d.take(3)
		if err != nil {
			return err
		}
		lengths[sym] = uint8(v)
	}
	list := d.list[:0]
	for sym, n := range lengths {
		if n != 0 {
			list = append(list, newCode(sym, n))
		}
	}
	var table [1 << 7]uint32
	width, ok := buildTable(table[:], 7, list, lengthSymbols[:])
	if !ok {
		return errInflate
	}
	// The two lists of lengths form one sequence: a repetition may cross from the
	// first list to the second. base is the position where the current list begins.
	list, mask := d.list[:0], uint64(1)<<width-1
	split, base, last := 0, 0, uint8(0)
	bits, have := d.bits, d.n // local variables, so that they stay in registers
	for i := 0; i < lits+dists; {
		if i >= lits && base == 0 {
			split, base = len(list), lits
		}
		if have < 7+7 {
			d.bits, d.n = bits, have
			d.fill()
			bits, have = d.bits, d.n
		}
		e := table[bits&mask%uint64(len(table))]
		used := uint(e & 63)
		if e&symBad != 0 {
			return errInflate
		}
		if have < used {
			return errInflateTruncate
		}
		value, repeat := uint8(e>>16), int(e>>24)
		if repeat > 1 {
			repeat += int(bits & (1<<used - 1) >> (e >> 8 & 15))
		}
		bits >>= used
		have -= used
		if repeat > lits+dists-i {
			return errInflate
		}
		if value == copyLength {
			if i == 0 {
				return errInflate
			}
			value = last
		}
		last = value
		if value == 0 {
			i += repeat
			continue
		}
		for range repeat {
			if i == lits {
				split, base = len(list), lits
			}
			list = append(list, newCode(i-base, value))
			i++
		}
	}
	d.bits, d.n = bits, have
	if base == 0 {
		split = len(list)
	}
	litWidth, distWidth := uint(litBits), uint(distBits)
	if len(d.dst) < shortStream {
		litWidth, distWidth = 9, 7
	}
	d.lit.bits, ok = buildTable(d.lit.entries[:], litWidth, list[:split], d.symbols.lit[:])
	if !ok {
		return errInflate
	}
	d.dist.bits, ok = buildTable(d.dist.entries[:], distWidth, list[split:], d.symbols.dist[:])
	if !ok {
		return errInflate
	}
	return nil
}

// shortStream is the length below which building large tables takes longer than it
// saves.
const shortStream = 3000

// copyLength means "repeat the previous length" in lengthSymbols.
const copyLength = 0xff

// lengthSymbols are the entries of the code length code. Bits 16-23 are the length,
// bits 24-31 the minimum number of repetitions.
var lengthSymbols = [19]uint32{
	1<<24 | 0<<16, 1<<24 | 1<<16, 1<<24 | 2<<16, 1<<24 | 3<<16,
	1<<24 | 4<<16, 1<<24 | 5<<16, 1<<24 | 6<<16, 1<<24 | 7<<16,
	1<<24 | 8<<16, 1<<24 | 9<<16, 1<<24 | 10<<16, 1<<24 | 11<<16,
	1<<24 | 12<<16, 1<<24 | 13<<16, 1<<24 | 14<<16, 1<<24 | 15<<16,
	3<<24 | copyLength<<16 | 2, 3<<24 | 3, 11<<24 | 7,
}

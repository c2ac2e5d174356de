package unpack

import (
	"bufio"
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory of a decompressor, in bytes: what zstd(1) needs at its
// highest level without further options. A decompressor of up to keptWindow is used
// again.
const (
	maxWindow  = 128 << 20
	keptWindow = 8 << 20
)

const (
	zstdMagic    = "\x28\xb5\x2f\xfd"
	maxZstdBlock = 128 << 10 // of what one block holds
)

func newZstdReader() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		panic(err) // of an option
	}
	return d
}

// zstdFrames gives the frames that r gives with windows no larger than what they
// hold (RFC 8878, 3.1.1): a decompressor takes the memory for a window at once, of
// 128 MiB also for a frame of 29 bytes.
type zstdFrames struct {
	r    *bufio.Reader
	room int64 // no more than this is wanted of a frame

	largest  int64  // window so far
	head     []byte // a header that is to be given
	left     int64  // how much of r is to be given as it is
	inFrame  bool
	checksum bool // follows the last block
}

func (z *zstdFrames) Read(b []byte) (int, error) {
	for {
		if len(z.head) > 0 {
			n := copy(b, z.head)
			z.head = z.head[n:]
			return n, nil
		}
		if z.left > 0 {
			n, err := z.r.Read(b[:min(int64(len(b)), z.left)])
			z.left -= int64(n)
			return n, err
		}
		if z.inFrame {
			z.block()
		} else if err := z.frame(); err != nil {
			return 0, err
		}
	}
}

// unknown gives the rest as it is: the decompressor says what is wrong with it.
const unknown = 1 << 62

func (z *zstdFrames) block() {
	b, _ := z.r.Peek(3)
	if len(b) < 3 {
		z.left = unknown
		return
	}
	length, _, last := zstdBlock(b)
	z.left = length
	if last {
		z.inFrame = false
		if z.checksum {
			z.left += 4
		}
	}
}

// zstdBlock reads the header of a block: how long it is with its header, and what it
// holds at most.
func zstdBlock(b []byte) (length, holds int64, last bool) {
	header := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16
	n := header >> 3
	switch header >> 1 & 3 {
	case 1: // one byte, repeated
		return 3 + 1, n, header&1 != 0
	case 2:
		return 3 + n, maxZstdBlock, header&1 != 0
	}
	return 3 + n, n, header&1 != 0
}

// frame reads the header of a frame and writes it anew.
func (z *zstdFrames) frame() error {
	const longest = 18
	b, err := z.r.Peek(longest)
	if len(b) == 0 {
		return err
	}
	if len(b) >= 8 && b[0]&0xf0 == 0x50 && string(b[1:4]) == "\x2a\x4d\x18" { // skippable
		z.left = 8 + int64(binary.LittleEndian.Uint32(b[4:]))
		return nil
	}
	h, ok := parseZstdHeader(b)
	if !ok {
		z.left = unknown
		return nil
	}
	window := min(h.window, max(z.room, 1<<20))
	if window > maxZstdBlock {
		window = min(window, z.content(h.length))
	}
	if h.window > maxWindow && window > maxWindow {
		return refuse("it needs %s of memory to be unpacked", size(h.window))
	}
	log := max(bits.Len64(uint64(max(window, 1)-1)), 10)
	z.largest = max(z.largest, 1<<log)
	z.head = append(z.head, zstdMagic...)
	z.head = append(z.head, h.descriptor&0x07, byte(log-10)<<3)
	z.head = append(z.head, h.dictionary...)
	z.checksum = h.descriptor&0x04 != 0
	z.inFrame = true
	_, err = z.r.Discard(h.length)
	return err
}

// content returns how much a frame holds at most, if its end can be seen.
func (z *zstdFrames) content(at int) int64 {
	for _, seen := range []int{z.r.Buffered(), z.r.Size()} { // to see more, what is seen is moved
		b, _ := z.r.Peek(seen)
		sum := int64(0)
		for i := int64(at); i+3 <= int64(len(b)); {
			length, holds, last := zstdBlock(b[i:])
			if sum += holds; last {
				return sum
			}
			i += length
		}
	}
	return unknown
}

// zstdHeader is the header of a frame.
type zstdHeader struct {
	descriptor byte
	window     int64
	dictionary []byte
	length     int
}

func parseZstdHeader(b []byte) (h zstdHeader, ok bool) {
	if len(b) < 6 || string(b[:4]) != zstdMagic || b[4]&0x08 != 0 {
		return h, false
	}
	h.descriptor, h.length = b[4], 5
	single := h.descriptor&0x20 != 0
	if !single {
		log := 10 + int64(b[5]>>3)
		h.window = 1<<log + 1<<log/8*int64(b[5]&7)
		h.length++
	}
	dictionary := []int{0, 1, 2, 4}[h.descriptor&3]
	content := []int{0, 2, 4, 8}[h.descriptor>>6]
	if content == 0 && single {
		content = 1
	}
	if h.length+dictionary+content > len(b) {
		return h, false
	}
	h.dictionary = append(h.dictionary, b[h.length:h.length+dictionary]...)
	h.length += dictionary
	if single {
		var n [8]byte
		copy(n[:], b[h.length:h.length+content])
		h.window = int64(binary.LittleEndian.Uint64(n[:]) & (1<<62 - 1))
		if content == 2 {
			h.window += 256
		}
	}
	h.length += content
	return h, true
}

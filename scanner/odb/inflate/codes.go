package inflate

import (
	"encoding/binary"
	"unsafe"
)

const (
	// One iteration of fast reads at most two words of src ...
	fastSrc = 16
	// ... and writes at most three literals and a match of 258 bytes, which is
	// written in whole words.
	fastDst = 3 + 258 + 16
)

// codes inflates the symbols of a block up to the end of the block.
func (d *Inflater) codes(lit *litTable, dist *distTable) error {
	for {
		end, err := d.fast(lit, dist)
		if end || err != nil {
			return err
		}
		if end, err = d.symbol(lit, dist); end || err != nil {
			return err
		}
	}
}

// symbol inflates one symbol. It makes no assumption about the space left in src and
// dst. It reports whether the symbol was the end of the block.
func (d *Inflater) symbol(lit *litTable, dist *distTable) (end bool, err error) {
	d.fill()
	e, err := d.lookup(lit.entries[:], lit.bits)
	if err != nil {
		return false, err
	}
	switch {
	case e&symEnd != 0:
		d.skip(uint(e & 63))
		return true, nil
	case e&symLiteral != 0:
		d.skip(uint(e & 63))
		if d.done == len(d.dst) {
			return false, errInflateLong
		}
		d.dst[d.done] = byte(e >> 16)
		d.done++
		return false, nil
	}
	length := d.value(e)
	d.fill()
	if e, err = d.lookup(dist.entries[:], dist.bits); err != nil {
		return false, err
	}
	if e&(symEnd|symLiteral) != 0 {
		return false, errInflate
	}
	from := d.done - d.value(e)
	if from < 0 {
		return false, errInflate
	}
	// The match may overlap the bytes it writes, so copy byte by byte.
	for range length {
		if d.done == len(d.dst) {
			return false, errInflateLong
		}
		d.dst[d.done] = d.dst[from]
		d.done++
		from++
	}
	return false, nil
}

// lookup returns the table entry of the next symbol. It consumes the bits of the
// first table if a second one is used. It checks that the bits of the symbol are
// available, but does not consume them.
func (d *Inflater) lookup(table []uint32, width uint) (uint32, error) {
	e := table[d.bits&(1<<width-1)]
	if e&symTable != 0 {
		if d.n < width {
			return 0, errInflateTruncate
		}
		d.skip(width)
		e = table[uint64(e>>16)+d.bits&(1<<(e>>8&15)-1)]
	}
	if e&symBad != 0 {
		return 0, errInflate
	}
	if d.n < uint(e&63) {
		return 0, errInflateTruncate
	}
	return e, nil
}

// value consumes a length or a distance and returns it.
func (d *Inflater) value(e uint32) int {
	used := uint(e & 63)
	v := int(e>>16) + int(d.bits&(1<<used-1)>>(e>>8&15))
	d.skip(used)
	return v
}

func (d *Inflater) skip(n uint) {
	d.bits >>= n
	d.n -= n
}

// fast does the same as symbol in a loop, while there is enough space: it reads src
// and writes dst in whole words, which may go beyond the end of the stream or the
// result. Inflating spends nearly all its time here.
func (d *Inflater) fast(lit *litTable, dist *distTable) (end bool, err error) {
	lastPos := len(d.src) - fastSrc
	// At len(dst), the end of the block still has to be read.
	lastDone := min(cap(d.dst)-fastDst, len(d.dst))
	if d.pos > lastPos || d.done > lastDone {
		return false, nil
	}
	// Only the low 8 bits of n are used, so that a whole entry can be subtracted from
	// it.
	pos, bits, n, done := d.pos, d.bits, uint64(d.n), d.done
	src, dst := unsafe.Pointer(unsafe.SliceData(d.src)), unsafe.Pointer(unsafe.SliceData(d.dst))
	lits, dists := unsafe.Pointer(&lit.entries), unsafe.Pointer(&dist.entries)
	litMask, distMask := uint64(1)<<(lit.bits&15)-1, uint64(1)<<(dist.bits&15)-1

	bits |= load64(src, pos) << (n & 63)
	pos += int((63 - n&63) >> 3)
	n |= 56
	e := entryAt(lits, bits&litMask)
	// The entry of the next symbol is always looked up before more bits are added.
	// Adding bits does not change the lowest ones, so the two steps do not depend on
	// each other.
	for pos <= lastPos && done <= lastDone {
		// At least 56 bits: enough for two literals of the first table (22) and
		// a length (15+5), or for three literals and the next entry (33+15).
		bits |= load64(src, pos) << (n & 63)
		pos += int((63 - n&63) >> 3)
		n |= 56

		if e&symLiteral != 0 {
			bits >>= e & 63
			n -= uint64(e)
			*(*byte)(unsafe.Add(dst, done)) = byte(e >> 16)
			done++
			e = entryAt(lits, bits&litMask)
			if e&symLiteral != 0 {
				bits >>= e & 63
				n -= uint64(e)
				*(*byte)(unsafe.Add(dst, done)) = byte(e >> 16)
				done++
				e = entryAt(lits, bits&litMask)
				if e&symLiteral != 0 {
					bits >>= e & 63
					n -= uint64(e)
					*(*byte)(unsafe.Add(dst, done)) = byte(e >> 16)
					done++
					e = entryAt(lits, bits&litMask)
					continue
				}
			}
		}
		if e&symSpecial != 0 {
			if e&symTable != 0 {
				bits >>= e & 63
				n -= uint64(e)
				e = entryAt(lits, uint64(e>>16)+bits&(1<<(e>>8&15)-1))
				if e&symLiteral != 0 {
					bits >>= e & 63
					n -= uint64(e)
					*(*byte)(unsafe.Add(dst, done)) = byte(e >> 16)
					done++
					e = entryAt(lits, bits&litMask)
					continue
				}
			}
			if e&symEnd != 0 {
				bits >>= e & 63
				n -= uint64(e)
				end = true
				break
			}
			if e&symBad != 0 {
				err = errInflate
				break
			}
		}
		length := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		n -= uint64(e)

		// At least 14 bits are left, enough for the first table. With the refill to
		// 56, there are enough for a distance, which takes at most 28.
		e = entryAt(dists, bits&distMask)
		bits |= load64(src, pos) << (n & 63)
		pos += int((63 - n&63) >> 3)
		n |= 56
		if e&symSpecial != 0 {
			if e&symTable != 0 {
				bits >>= e & 63
				n -= uint64(e)
				e = entryAt(dists, uint64(e>>16)+bits&(1<<(e>>8&15)-1))
			}
			if e&symBad != 0 {
				err = errInflate
				break
			}
		}
		back := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		n -= uint64(e)
		e = entryAt(lits, bits&litMask)

		if back > done {
			err = errInflate
			break
		}
		to := unsafe.Add(dst, done)
		from := unsafe.Add(to, -back)
		done += length
		if back >= 8 {
			*(*[8]byte)(to) = *(*[8]byte)(from)
			*(*[8]byte)(unsafe.Add(to, 8)) = *(*[8]byte)(unsafe.Add(from, 8))
			for i := 16; i < length; i += 8 {
				*(*[8]byte)(unsafe.Add(to, i)) = *(*[8]byte)(unsafe.Add(from, i))
			}
		} else {
			for i := 0; i < length; i++ {
				*(*byte)(unsafe.Add(to, i)) = *(*byte)(unsafe.Add(from, i))
			}
		}
	}
	if done > len(d.dst) {
		done = len(d.dst)
		if err == nil {
			err = errInflateLong
		}
	}
	d.pos, d.bits, d.n, d.done = pos, bits, uint(n&63), done
	return end, err
}

// load64 compiles to one instruction on little-endian machines with unaligned loads.
func load64(p unsafe.Pointer, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, at))[:])
}

func entryAt(p unsafe.Pointer, i uint64) uint32 { return *(*uint32)(unsafe.Add(p, i*4)) }

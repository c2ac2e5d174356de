package odb

import "encoding/binary"

const (
	// A round of the fast loop of codes takes at most two words of src ...
	fastSrc = 16
	// ... and writes at most three literals and a match of 258 bytes, the
	// match in whole words.
	fastDst = 3 + 258 + 16
)

// codes inflates the symbols of a block up to its end.
func (d *inflater) codes(lit *litTable, dist *distTable) error {
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

// symbol inflates one symbol, with no assumption on what is left of src and dst.
// It reports whether that was the end of the block.
func (d *inflater) symbol(lit *litTable, dist *distTable) (end bool, err error) {
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
	// The match may reach into what it writes: byte by byte.
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

// lookup returns the entry of the next symbol. The bits of the first table are
// consumed if it took a second one; those of the symbol are there, but are not.
func (d *inflater) lookup(table []uint32, width uint) (uint32, error) {
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

// value consumes a length or distance, and returns it.
func (d *inflater) value(e uint32) int {
	used := uint(e & 63)
	v := int(e>>16) + int(d.bits&(1<<used-1)>>(e>>8&15))
	d.skip(used)
	return v
}

func (d *inflater) skip(n uint) {
	d.bits >>= n
	d.n -= n
}

// fast is symbol in a loop, for as long as there is room: it takes src and
// writes dst in whole words, which may go beyond the end of what they are for.
// All that codes costs is here.
func (d *inflater) fast(lit *litTable, dist *distTable) (end bool, err error) {
	src, pos, bits, n := d.src, d.pos, d.bits, d.n
	dst, done := d.dst[:cap(d.dst)], d.done
	lastPos := len(src) - fastSrc
	// At len(dst) there is still the end of the block to read.
	lastDone := min(len(dst)-fastDst, len(d.dst))
	litMask, distMask := uint64(1)<<lit.bits-1, uint64(1)<<dist.bits-1

	for pos <= lastPos && done <= lastDone {
		// At least 56 bits: enough for two literals of the first table (22) and
		// a length (15+5), or for a third literal.
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56

		e := lit.entries[bits&litMask]
		if e&symLiteral != 0 {
			bits >>= e & 63
			n -= uint(e & 63)
			dst[done] = byte(e >> 16)
			done++
			e = lit.entries[bits&litMask]
			if e&symLiteral != 0 {
				bits >>= e & 63
				n -= uint(e & 63)
				dst[done] = byte(e >> 16)
				done++
				e = lit.entries[bits&litMask]
				if e&symLiteral != 0 {
					bits >>= e & 63
					n -= uint(e & 63)
					dst[done] = byte(e >> 16)
					done++
					continue
				}
			}
		}
		if e&symSpecial != 0 {
			if e&symTable != 0 {
				bits >>= e & 63
				n -= uint(e & 63)
				e = lit.entries[uint64(e>>16)+bits&(1<<(e>>8&15)-1)]
				if e&symLiteral != 0 {
					bits >>= e & 63
					n -= uint(e & 63)
					dst[done] = byte(e >> 16)
					done++
					continue
				}
			}
			if e&symEnd != 0 {
				bits >>= e & 63
				n -= uint(e & 63)
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
		n -= uint(e & 63)

		if n < 15+13 {
			bits |= binary.LittleEndian.Uint64(src[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		e = dist.entries[bits&distMask]
		if e&symSpecial != 0 {
			if e&symTable != 0 {
				bits >>= e & 63
				n -= uint(e & 63)
				e = dist.entries[uint64(e>>16)+bits&(1<<(e>>8&15)-1)]
			}
			if e&symBad != 0 {
				err = errInflate
				break
			}
		}
		back := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		n -= uint(e & 63)

		from, to := done-back, done
		done += length
		if from < 0 {
			err = errInflate
			break
		}
		if back >= 8 {
			for {
				binary.LittleEndian.PutUint64(dst[to:], binary.LittleEndian.Uint64(dst[from:]))
				from += 8
				to += 8
				if to >= done {
					break
				}
			}
		} else {
			for ; to < done; to++ {
				dst[to] = dst[from]
				from++
			}
		}
	}
	if done > len(d.dst) {
		done = len(d.dst)
		if err == nil {
			err = errInflateLong
		}
	}
	d.pos, d.bits, d.n, d.done = pos, bits, n, done
	return end, err
}

package odb

import (
	"encoding/binary"
	"errors"
)

// Edit is a range of an object's Data. It was either copied from the Data of the
// delta base, or inserted.
type Edit struct {
	// At and Len are the range: Data[At:At+Len]. Len is never 0.
	At, Len int
	// From is the offset in the base's Data that the range was copied from; -1 if the
	// range was inserted.
	From int
}

var (
	errDeltaBase      = errors.New("delta expects a base of a different size")
	errDeltaTruncated = errors.New("delta is truncated")
	errDeltaRange     = errors.New("delta copies bytes beyond the end of its base")
	errDeltaSize      = errors.New("delta result does not have the declared size")
	errDeltaReserved  = errors.New("delta contains a reserved instruction")
)

// deltaSizes reads the header of a delta, the sizes of base and result, and returns
// the instructions that follow it (gitformat-pack(5), "Deltified representation"). A
// size has 7 bits in each byte, the least significant bits first.
func deltaSizes(delta []byte) (base, result uint64, ops []byte, err error) {
	base, n := deltaSize(delta)
	delta = delta[n:]
	result, m := deltaSize(delta)
	if n == 0 || m == 0 {
		return 0, 0, nil, errDeltaTruncated
	}
	return base, result, delta[m:], nil
}

// deltaSize returns a size and its encoded length; 0, 0 if it is malformed.
func deltaSize(delta []byte) (size uint64, n int) {
	for i, c := range delta {
		if i == 9 {
			return 0, 0 // more than 63 bits
		}
		size |= uint64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return size, i + 1
		}
	}
	return 0, 0
}

// deltaResult adds up the sizes in the instructions, to check the declared size of a
// result before memory is allocated for it. It stops once the total exceeds limit.
func deltaResult(ops []byte, limit uint64) (total uint64, err error) {
	for len(ops) > 0 && total <= limit {
		op := ops[0]
		ops = ops[1:]
		switch {
		case op&0x80 != 0:
			n, _, size := copyOp(op, ops)
			if n > len(ops) {
				return 0, errDeltaTruncated
			}
			ops = ops[n:]
			total += uint64(size)
		case op != 0:
			if int(op) > len(ops) {
				return 0, errDeltaTruncated
			}
			ops = ops[op:]
			total += uint64(op)
		default:
			return 0, errDeltaReserved
		}
	}
	return total, nil
}

// copyOp reads the arguments of a copy instruction (gitformat-pack(5), "Instruction
// to copy from base object"). The low 7 bits of op say which of 4 offset bytes and 3
// size bytes follow; absent bytes are 0, and size 0 means 0x10000. n is the number of
// argument bytes. If n is more than len(args), from and size are meaningless.
func copyOp(op byte, args []byte) (n int, from, size uint32) {
	low, high := leading[op&15], leading[op>>4&7]
	if low|high < 8 && cap(args) >= 8 {
		w := binary.LittleEndian.Uint64(args[:8])
		from = uint32(w & (1<<(8*low) - 1))
		size = uint32(w >> (8 * low) & (1<<(8*high) - 1))
		n = int(low + high)
	} else {
		for i := range 7 {
			if op>>i&1 == 0 {
				continue
			}
			if n < len(args) {
				if i < 4 {
					from |= uint32(args[n]) << (8 * i)
				} else {
					size |= uint32(args[n]) << (8 * (i - 4))
				}
			}
			n++
		}
	}
	if size == 0 {
		size = 0x10000
	}
	return n, from, size
}

// leading counts the low bits that are set in a number, if no higher bit is set; else
// it is 8.
var leading = [16]uint8{0, 1, 8, 2, 8, 8, 8, 3, 8, 8, 8, 8, 8, 8, 8, 4}

// move copies n bytes. Most copies are short. If both buffers have enough capacity,
// move copies 32 bytes of fixed size instead, which needs no function call.
func move(dst, src []byte, n int) {
	if n <= 32 && cap(dst) >= 32 && cap(src) >= 32 {
		*(*[32]byte)(dst[:32]) = [32]byte(src[:32])
		return
	}
	copy(dst[:n], src)
}

// applyDelta runs the instructions of a delta. It fills dst, which has exactly the
// declared length, from base and the inserted bytes. It may overwrite dst up to its
// capacity. It appends the ranges of dst to edits; adjacent inserts are merged, and
// so are copies that continue where the previous one ended.
func applyDelta(dst, base, ops []byte, edits []Edit) ([]Edit, error) {
	at := 0
	for len(ops) > 0 {
		op := ops[0]
		ops = ops[1:]
		if op&0x80 != 0 {
			n, off, count := copyOp(op, ops)
			if n > len(ops) {
				return edits, errDeltaTruncated
			}
			ops = ops[n:]
			from, size := int(off), int(count)
			if uint64(off)+uint64(count) > uint64(len(base)) {
				return edits, errDeltaRange
			}
			if size > len(dst)-at {
				return edits, errDeltaSize
			}
			move(dst[at:], base[from:], size)
			if last := len(edits) - 1; last >= 0 && edits[last].From >= 0 && edits[last].From+edits[last].Len == from {
				edits[last].Len += size // git copies no more than 64 KiB at a time
			} else {
				edits = append(edits, Edit{At: at, Len: size, From: from})
			}
			at += size
			continue
		}
		// Insert the next op bytes.
		size := int(op)
		switch {
		case size == 0:
			return edits, errDeltaReserved
		case size > len(ops):
			return edits, errDeltaTruncated
		case size > len(dst)-at:
			return edits, errDeltaSize
		}
		move(dst[at:], ops, size)
		ops = ops[size:]
		if last := len(edits) - 1; last >= 0 && edits[last].From < 0 {
			edits[last].Len += size
		} else {
			edits = append(edits, Edit{At: at, Len: size, From: -1})
		}
		at += size
	}
	if at != len(dst) {
		return edits, errDeltaSize
	}
	return edits, nil
}

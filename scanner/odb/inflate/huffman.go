package inflate

import "math/bits"

// A prefix code of deflate (RFC 1951, 3.2.2) is decoded with a table, which is
// indexed by the next bits of the stream. An entry describes a symbol:
//
//	bits  0-7   number of bits to consume: the code and the extra bits
//	bits  8-11  length of the code without extra bits
//	bits 12-15  flags, see below; all 0 for a length or a distance
//	bits 16-31  the literal byte, or the base of the length or distance
//
// A code of up to primary bits needs one lookup: its entry is at every index whose
// lowest bits are the code. Longer codes with the same first primary bits share an
// entry that describes a second table:
//
//	bits  0-7   primary, the number of bits to consume
//	bits  8-11  number of bits that index the second table
//	bits 16-31  position in the array where the second table begins
const (
	symLiteral = 1 << 15
	symTable   = 1 << 14
	symEnd     = 1 << 13 // end of block
	symBad     = 1 << 12 // invalid symbol or code
	symSpecial = symTable | symEnd | symBad
)

const (
	maxCodeLen = 15  // RFC 1951, 3.2.7
	numLit     = 288 // literals, end of block, lengths; RFC 1951, 3.2.5
	numDist    = 32

	// With 11 and 8 bits, most symbols need one lookup. Larger tables cost more time
	// to build than they save.
	litBits  = 11
	distBits = 8
	// The largest tables that a complete code of 288 or 32 symbols of at most 15 bits
	// can need, including second tables. The values are from zlib's examples/enough.c
	// for (288, 11, 15) and (32, 8, 15).
	litSize  = 2342
	distSize = 402
)

type (
	litTable struct {
		bits    uint
		entries [litSize]uint32
	}
	distTable struct {
		bits    uint
		entries [distSize]uint32
	}
)

// Bases and extra bits of lengths (symbols from 257) and of distances; RFC 1951,
// 3.2.5.
var (
	lengthBase = [29]uint16{
		3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59,
		67, 83, 99, 115, 131, 163, 195, 227, 258,
	}
	lengthExtra = [29]uint8{
		0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
	}
	distBase = [30]uint16{
		1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769,
		1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
	}
	distExtra = [30]uint8{
		0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
	}
)

// symbols holds the entry of every symbol without the length of its code, which
// buildTable adds.
type symbols struct {
	lit  [numLit]uint32
	dist [numDist]uint32
}

func (s *symbols) init() {
	for i := range s.lit {
		switch {
		case i < 256:
			s.lit[i] = symLiteral | uint32(i)<<16
		case i == 256:
			s.lit[i] = symEnd
		case i-257 < len(lengthBase):
			s.lit[i] = uint32(lengthBase[i-257])<<16 | uint32(lengthExtra[i-257])
		default:
			s.lit[i] = symBad
		}
	}
	for i := range s.dist {
		s.dist[i] = symBad
		if i < len(distBase) {
			s.dist[i] = uint32(distBase[i])<<16 | uint32(distExtra[i])
		}
	}
}

// code is a symbol in the low 12 bits, and the length of its code in the high 4 bits.
type code uint16

func newCode(sym int, length uint8) code { return code(sym) | code(length)<<12 }

func (c code) sym() int     { return int(c & 0xfff) }
func (c code) length() uint { return uint(c >> 12) }

// buildTable fills a table for a prefix code, given its symbols in rising order. The
// first table is indexed by at most primary bits; buildTable returns how many. It
// returns false if the lengths are not a valid code. As in zlib and compress/flate, a
// code must be complete, unless it is empty or a single symbol of one bit.
func buildTable(table []uint32, primary uint, codes []code, symbols []uint32) (uint, bool) {
	// Sort the symbols by code length: a counting sort.
	var counts, places [maxCodeLen + 1]uint16
	for _, c := range codes {
		counts[c.length()&maxCodeLen]++
	}
	place := uint16(0)
	space := uint32(0) // used code space, in units of the longest possible code
	longest := uint(0)
	for n, count := range counts {
		places[n] = place
		place += count
		space += uint32(count) << (maxCodeLen - n)
		if count != 0 {
			longest = uint(n)
		}
	}
	if space != 1<<maxCodeLen {
		if longest > 1 || space > 1<<maxCodeLen {
			return 0, false
		}
		table[0], table[1] = symBad, symBad
		for _, c := range codes {
			table[0] = symbols[c.sym()] + 0x101
		}
		return 1, true
	}
	var sorted [numLit]uint16
	for _, c := range codes {
		p := &places[c.length()&maxCodeLen]
		sorted[*p%numLit] = uint16(c.sym())
		*p++
	}
	primary = min(primary, longest)

	// Codes are assigned in that order, counting up (RFC 1951, 3.2.2). But in the
	// stream the first bit of a code is the lowest one, so count with reversed bits.
	// A table for n bits, repeated twice, is the table for n+1 bits.
	n, word, next := uint(1), uint32(0), 0
	size := uint32(2)
	for ; n <= primary; n++ {
		for _, sym := range sorted[next : next+int(counts[n])] {
			table[word] = symbols[sym] + uint32(n)*0x101
			word = increment(word, n)
		}
		next += int(counts[n])
		if n < primary {
			if next > 0 {
				copy(table[size:2*size], table[:size])
			}
			size *= 2
		}
	}

	// Longer codes go to second tables, one for each prefix of primary bits.
	mask := size - 1
	prefix, start, end := ^uint32(0), uint32(0), size
	for ; n <= longest; n++ {
		for left := uint32(counts[n]); left > 0; left-- {
			if word&mask != prefix {
				prefix, start = word&mask, end
				// Make the table large enough for the remaining codes of the prefix.
				width := n - primary
				for used := left; used < 1<<width && primary+width < longest; {
					width++
					used = 2*used + uint32(counts[primary+width])
				}
				end = start + 1<<width
				table[prefix] = symTable | start<<16 | uint32(width)<<8 | uint32(primary)
			}
			entry := symbols[sorted[next]] + uint32(n-primary)*0x101
			next++
			for i := start + word>>primary; i < end; i += 1 << (n - primary) {
				table[i] = entry
			}
			word = increment(word, n)
		}
	}
	return primary, true
}

// increment adds one to an n-bit number whose bits are in reversed order.
func increment(word uint32, n uint) uint32 {
	zeros := ^word & (1<<n - 1)
	if zeros == 0 {
		return 0
	}
	bit := uint32(1) << (bits.Len32(zeros) - 1)
	return word&(bit-1) | bit
}

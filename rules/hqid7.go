package rules

import (
	"math/bits"
	"strings"
	"time"
)

// base58 is Bitcoin's alphabet, in which hqid7 digits are written.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Value maps a byte to its digit, or to -1.
var base58Value = func() (t [256]int8) {
	for i := range t {
		t[i] = int8(strings.IndexByte(base58, byte(i)))
	}
	return t
}()

// hqid7Len is the length of an hqid7: 22 digits and an underscore.
const hqid7Len = 23

// hqid7Underscore is the place of the underscore.
const hqid7Underscore = 9

// parseHqid7 returns the time an hqid7 was made at, in UTC to the millisecond.
//
// An hqid7 is the identifier of github.com/Hypersequent/hqid7: a UUIDv7
// (RFC 9562, section 5.7) as a big-endian number in 22 base58 digits, padded on
// the left with "1", with "_" after the ninth. Unlike the upstream decoder this
// one refuses numbers above 2^128, versions other than 7, and variants other
// than binary 10. Any 22 digits below 2^128 are the canonical form of their
// number, so no second encoding needs comparing.
func parseHqid7[T string | []byte](id T) (time.Time, bool) {
	if len(id) != hqid7Len || id[hqid7Underscore] != '_' {
		return time.Time{}, false
	}
	var hi, lo uint64
	for i := range len(id) {
		if i == hqid7Underscore {
			continue
		}
		digit := base58Value[id[i]]
		if digit < 0 {
			return time.Time{}, false
		}
		carry, low := bits.Mul64(lo, 58)
		over, high := bits.Mul64(hi, 58)
		low, c := bits.Add64(low, uint64(digit), 0)
		high, c = bits.Add64(high, carry, c)
		if over != 0 || c != 0 {
			return time.Time{}, false
		}
		hi, lo = high, low
	}
	version, variant := hi>>12&0xf, lo>>62
	if version != 7 || variant != 0b10 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(hi >> 16)).UTC(), true
}

package rules

import (
	"math/bits"
	"strings"
	"time"
)

// base58 is Bitcoin's alphabet, which has the digits of hqid7s.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Value maps a byte to the value of its digit, or to -1.
var base58Value = func() (t [256]int8) {
	for i := range t {
		t[i] = int8(strings.IndexByte(base58, byte(i)))
	}
	return t
}()

const (
	// hqid7Len is the length of an hqid7: 22 digits and an underscore.
	hqid7Len = 23
	// hqid7Underscore is the index of the underscore.
	hqid7Underscore = 9
)

// The years in which the keys that anchors find were created. The second digit of an
// hqid7 changes every 4.9 years, and each costs an anchor in every encoding: extend the
// span when its test says that it ends soon.
const (
	firstKeyYear = 2022
	lastKeyYear  = 2037
)

// hqid7Anchors returns the anchors of hqid7s that are written after a prefix: the prefix
// with the first two digits of each hqid7 of the years that are covered.
func hqid7Anchors(prefix string) []Anchor {
	first := time.Date(firstKeyYear, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(lastKeyYear+1, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)
	var anchors []Anchor
	for digit := secondDigit(first); digit <= secondDigit(last); digit++ {
		// The first digit stays 1 until the year 2248.
		anchors = append(anchors, Anchor{Literal: prefix + base58[:1] + base58[digit:digit+1]})
	}
	return anchors
}

// secondDigit returns the second digit of the hqid7s of a time, which 20 digits follow.
func secondDigit(created time.Time) uint64 {
	hi, lo := uint64(created.UnixMilli())<<16, uint64(0) // the time is the first 48 bits
	for range 20 {
		var rest uint64
		hi, rest = hi/58, hi%58
		lo, _ = bits.Div64(rest, lo, 58)
	}
	return lo
}

// parseHqid7 returns the time at which an hqid7 was created, in UTC, to the millisecond.
//
// An hqid7 is the identifier of github.com/Hypersequent/hqid7: a UUIDv7 (RFC 9562,
// section 5.7) as a big-endian number in 22 base58 digits, padded on the left with "1",
// with "_" after the ninth digit. Unlike the decoder there, this one refuses numbers of
// more than 128 bits, versions other than 7, and variants other than binary 10. Each
// number has exactly one form of 22 digits, so that there is no second form to refuse.
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

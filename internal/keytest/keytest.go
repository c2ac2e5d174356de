// Package keytest generates synthetic QA Sphere API keys at run time, for tests and the
// demo, so that none is committed. They are not valid anywhere.
package keytest

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"time"
)

// base58 is Bitcoin's alphabet, in which hqid7 digits are written.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

// Key returns a key, {tenantID}.{apiKeyID}.{apiKeyToken}, with the given creation time in
// its key ID. The same arguments give the same key. Keys of different seeds have no part
// in common.
func Key(seed uint64, made time.Time) string {
	return TenantID(seed) + "." + KeyID(seed, made) + "." + Token(seed)
}

// TenantID returns three letters and seven digits, as in the README of
// github.com/Hypersequent/qas-cli.
func TenantID(seed uint64) string {
	r := source(seed, "tenant")
	return pick(r, lower, 3) + pick(r, digits, 7)
}

// KeyID returns an hqid7 with the given creation time, to the millisecond.
func KeyID(seed uint64, made time.Time) string {
	r := source(seed, "id")
	return Hqid7(UUIDv7(made, r.Uint64(), r.Uint64()))
}

// Token returns 23 letters and digits, with at least one of each class.
func Token(seed uint64) string {
	r := source(seed, "token")
	token := []byte(pick(r, lower, 1) + pick(r, upper, 1) + pick(r, digits, 1) + pick(r, lower+upper+digits, 20))
	r.Shuffle(len(token), func(i, j int) { token[i], token[j] = token[j], token[i] })
	return string(token)
}

// UUIDv7 returns a version 7 UUID (RFC 9562, section 5.7) as its two halves.
// Its random fields are the low bits of a and b.
func UUIDv7(made time.Time, a, b uint64) (hi, lo uint64) {
	return uint64(made.UnixMilli())<<16 | 7<<12 | a&0xfff, 0b10<<62 | b&(1<<62-1)
}

// Hqid7 encodes a 128-bit number as github.com/Hypersequent/hqid7 does: 22 base58
// digits, padded on the left with "1", with "_" after the ninth.
func Hqid7(hi, lo uint64) string {
	var id [23]byte
	for i := len(id) - 1; i >= 0; i-- {
		if i == 9 {
			id[i] = '_'
			continue
		}
		var rest uint64
		hi, rest = hi/58, hi%58
		lo, rest = bits.Div64(rest, lo, 58)
		id[i] = base58[rest]
	}
	return string(id[:])
}

// source returns the random numbers for one part of the key of a seed.
func source(seed uint64, part string) *rand.Rand {
	var stream [8]byte
	copy(stream[:], part)
	return rand.New(rand.NewPCG(seed, binary.LittleEndian.Uint64(stream[:])))
}

func pick(r *rand.Rand, alphabet string, n int) string {
	picked := make([]byte, n)
	for i := range picked {
		picked[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(picked)
}

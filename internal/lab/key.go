package lab

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// Kind is a kind of key, by its key ID.
type Kind string

// The kinds of keys.
const (
	// Structured keys have an hqid7 as the key ID, which is enough to recognize them.
	Structured Kind = "structured"
	// Opaque keys have any word as the key ID, and are recognized only by context.
	Opaque Kind = "opaque"
	// Short keys have the form of the example on the authentication page.
	Short Kind = "short"
)

// key is a synthetic key in its parts.
type key struct{ Tenant, ID, Token string }

// String returns the whole key.
func (k key) String() string { return k.Tenant + "." + k.ID + "." + k.Token }

// maker generates keys and other random values.
type maker struct {
	*rand.Rand
	seed uint64
	keys uint64
}

// issuedTokenLen is the length of the tokens that QA Sphere makes.
const issuedTokenLen = 23

const (
	lowers = "abcdefghijklmnopqrstuvwxyz"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
)

func (m *maker) pick(alphabet string, n int) string {
	picked := make([]byte, n)
	for i := range picked {
		picked[i] = alphabet[m.IntN(len(alphabet))]
	}
	return string(picked)
}

// key returns a new key. Its parts vary in length and form as much as the documentation
// and the clients of QA Sphere suggest.
func (m *maker) key(kind Kind) key {
	m.keys++
	n := m.seed<<32 | m.keys
	k := key{keytest.TenantID(n), keytest.KeyID(n, m.made()), m.token()}
	switch kind {
	case Opaque:
		k.ID = m.pick(lowers, 1) + m.pick(lowers+digits, 4) + "-" + m.pick(digits, 2)
		k.Tenant = m.pick(lowers, 4) + fmt.Sprint(m.keys)
	case Short:
		k.Tenant, k.ID = fmt.Sprint("t", 1000+m.keys), "ak"+m.pick("123456789", 4)
		k.Token = m.pick(lowers, 3) + m.pick(digits, 3) + m.pick(lowers, 3)
	default:
		switch m.IntN(3) {
		case 0:
			k.Tenant = m.pick(lowers, 2+m.IntN(3)) + fmt.Sprint(m.keys)
		case 1:
			k.Tenant = m.pick(lowers, 3) + "-" + fmt.Sprint(m.keys) + m.pick(lowers, 1)
		}
	}
	return k
}

// issued returns a key with a token as long as those that QA Sphere makes.
func (m *maker) issued() key {
	k := m.key(Structured)
	k.Token = m.token() + m.pick(lowers+uppers+digits, 23)
	k.Token = k.Token[:23]
	return k
}

// oauth returns a new token of the command-line client.
func (m *maker) oauth() key {
	k := m.key(Opaque)
	k.ID = m.pick(lowers+uppers+digits, 7)
	k.Token = m.token() + m.token()
	return k
}

// made returns a creation time, from the years whose hqid7s begin with 1B, 1C and 1D.
func (m *maker) made() time.Time {
	first := time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(2029, 6, 1, 0, 0, 0, 0, time.UTC)
	return first.Add(time.Duration(m.Int64N(int64(last.Sub(first)))))
}

// token returns 16 to 48 characters, with at least a letter and a digit.
func (m *maker) token() string {
	alphabet := lowers + uppers + digits
	if m.IntN(3) == 0 {
		alphabet += "-_"
	}
	token := []byte(m.pick(lowers, 1) + m.pick(uppers, 1) + m.pick(digits, 1) + m.pick(alphabet, 13+m.IntN(32)))
	m.Shuffle(len(token), func(i, j int) { token[i], token[j] = token[j], token[i] })
	return string(token)
}

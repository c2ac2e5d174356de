package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Key is what may be said of a QA Sphere API key: everything but its token.
// The zero Key is no key.
type Key struct {
	TenantID string
	KeyID    string
	// CreatedAt is when the key was made, by its own key ID; zero where the key
	// ID is not an hqid7.
	CreatedAt time.Time
}

// MinKeyTime is when hqid7 key IDs began; an earlier time lowers the confidence.
var MinKeyTime = time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)

// Limits of the parts of a key. QA Sphere publishes no grammar; these take in
// every key seen in its documentation and clients with room to spare.
const (
	maxTenantLen = 64
	maxKeyIDLen  = 64
	minTokenLen  = 6
	maxTokenLen  = 128
	// MaxKeyLen is the length of the longest key there can be.
	MaxKeyLen = maxTenantLen + 1 + maxKeyIDLen + 1 + maxTokenLen
)

// ParseKey splits {tenantID}.{apiKeyID}.{apiKeyToken}, the form that
// docs.qasphere.com/api/authentication documents. The tenant is letters and
// digits with - or _ inside, the key ID and the token letters, digits, - and _.
// It says nothing of whether such a literal is a key: structure or context must.
func ParseKey(literal string) (Key, bool) {
	tenant, rest, ok := strings.Cut(literal, ".")
	if !ok {
		return Key{}, false
	}
	id, token, ok := strings.Cut(rest, ".")
	if !ok || !isTenant(tenant) || !isWord(id, 1, maxKeyIDLen) || !isWord(token, minTokenLen, maxTokenLen) {
		return Key{}, false
	}
	key := Key{TenantID: tenant, KeyID: id}
	key.CreatedAt, _ = parseHqid7(id)
	return key, true
}

// Fingerprint returns the first 16 hex digits of SHA-256 over
// "tenantID.keyID". No secret goes in, so that it can be published, and nothing
// of the place, so that moves and squashes keep it.
func (k Key) Fingerprint() string {
	sum := sha256.Sum256([]byte(k.TenantID + "." + k.KeyID))
	return hex.EncodeToString(sum[:8])
}

// String returns the key with its token masked.
func (k Key) String() string {
	if k == (Key{}) {
		return ""
	}
	return k.TenantID + "." + k.KeyID + ".****"
}

// Documented reports whether the key is one that QA Sphere's documentation
// shows as an example: t123.ak456 on docs.qasphere.com/api/authentication, and
// tst0000001 (earlier: qas) in the README of github.com/Hypersequent/qas-cli.
func (k Key) Documented() bool {
	const clientKeyID = "1CKCEtest_JYyckc3zYtest"
	switch k.TenantID {
	case "t123":
		return k.KeyID == "ak456"
	case "tst0000001", "qas":
		return k.KeyID == clientKeyID
	}
	return false
}

func isTenant(s string) bool {
	return isWord(s, 1, maxTenantLen) && isAlnum(s[0]) && isAlnum(s[len(s)-1])
}

func isWord(s string, shortest, longest int) bool {
	if len(s) < shortest || len(s) > longest {
		return false
	}
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}

func isWordByte(c byte) bool { return isAlnum(c) || c == '-' || c == '_' }

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Key is a QA Sphere API key without its token, and may be shown. The zero Key is not a
// key.
type Key struct {
	TenantID string
	KeyID    string
	// CreatedAt is the time in the key ID at which the key was created; zero if the key
	// ID is not an hqid7.
	CreatedAt time.Time
}

// MinKeyTime is when hqid7 key IDs were introduced. An earlier time in a key ID lowers
// the confidence.
var MinKeyTime = time.Date(firstKeyYear, 1, 1, 0, 0, 0, 0, time.UTC)

// Limits of the parts of a key. QA Sphere publishes no grammar; these limits admit every
// key in its documentation and clients with room to spare.
const (
	maxTenantLen = 64
	maxKeyIDLen  = 64
	minTokenLen  = 6
	maxTokenLen  = 128
	// MaxKeyLen is the length of the longest possible key.
	MaxKeyLen = maxTenantLen + 1 + maxKeyIDLen + 1 + maxTokenLen

	// minBareTokenLen is how long a token must be if only the structure of the literal
	// says that it is a key.
	minBareTokenLen = 16
	// minCutTokenLen is how much of a token there must be if the rest of it is on the next line.
	minCutTokenLen = 8
	// issuedTokenLen is the length of the tokens that QA Sphere makes.
	issuedTokenLen = 23
)

// ParseKey splits {tenantID}.{apiKeyID}.{apiKeyToken}, the format documented at
// docs.qasphere.com/api/authentication. The tenant ID has letters and digits, with - or
// _ inside; the key ID and the token have letters, digits, - and _. Not every literal of
// this format is a key: the structure of the key ID or the context must show that.
func ParseKey(literal string) (Key, bool) {
	tenant, rest, ok := strings.Cut(literal, ".")
	if !ok {
		return Key{}, false
	}
	id, token, ok := strings.Cut(rest, ".")
	if !ok || !isTenant(tenant) || !isWord(id, 1, maxKeyIDLen) || !isWord(token, minTokenLen, maxTokenLen) {
		return Key{}, false
	}
	key := Key{TenantID: tenant[gluedTo(tenant):], KeyID: id}
	key.CreatedAt, _ = parseHqid7(id)
	return key, true
}

// Fingerprint returns the first 16 hex digits of the SHA-256 of "tenantID.keyID". It has
// no secret in it, so that it can be published, and does not depend on the place, so
// that it stays the same when code moves or commits are squashed.
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

// Documented reports whether the key is an example in QA Sphere's documentation:
// t123.ak456 at docs.qasphere.com/api/authentication, and tst0000001 (formerly qas) in
// the README of github.com/Hypersequent/qas-cli.
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

// gluedTo returns the length of what is directly before a tenant ID such as acm0000123: the
// end of another token, which must not be shown as a part of it, or the beginning of a
// name, such as "key-". It is 0 if there is nothing, or only letters.
func gluedTo(tenant string) int {
	n := len(tenant) - len("acm0000123")
	if n <= 0 || !isIssued(tenant[n:]) || isLower(tenant[:n]) {
		return 0
	}
	return n
}

// isIssued reports whether a tenant ID has the form that QA Sphere issues: acm0000123.
func isIssued(tenant string) bool {
	const letters, digits = 3, 7
	return len(tenant) == letters+digits && isDigits(tenant[letters:]) && isLower(tenant[:letters])
}

func isLower(s string) bool {
	for i := range len(s) {
		if class(s[i]) != lowerCase {
			return false
		}
	}
	return true
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

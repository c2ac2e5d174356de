package keytest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Made is the creation time of keys in fixtures.
var Made = time.Date(2025, 1, 2, 7, 41, 19, 547e6, time.UTC)

var placeholder = regexp.MustCompile(`\{\{(\w+)(?: (\d+))?\}\}`)

// Expand replaces {{name}} and {{name N}} in a fixture by synthetic values, so that no
// credential-shaped string is committed:
//
//	{{key N}}     a key; different for each N
//	{{tenant N}} {{id N}} {{token N}}  its parts
//	{{hash N}} {{hex N}}  hashes in names of built files: 22 letters and digits, 32 in hex
//	{{fingerprint N}} the fingerprint of {{key N}}
//	{{short N}}   a key of the documented shape t<digits>.ak<digits>.<token>
//	{{plain N}}   a key whose key ID has no structure
//	{{old N}} {{future N}}  a key created in 2019, in 2027
//	{{version N}} a key whose key ID is an hqid7 of UUID version 4
//	{{jwt}}       a JSON web token
//	{{elastic}}   an Elasticsearch API key, as in its header
//	{{allow}}     the word of a comment that suppresses findings on its line
//	{{example}} {{clientexample}}  the documented example keys
//
// Unknown names stay as they are.
func Expand(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		n, _ := strconv.ParseUint(parts[2], 10, 64)
		if value, ok := expand(parts[1], n); ok {
			return value
		}
		return match
	})
}

func expand(name string, n uint64) (string, bool) {
	switch name {
	case "key":
		return Key(n, Made), true
	case "tenant":
		return TenantID(n), true
	case "id":
		return KeyID(n, Made), true
	case "token":
		return Token(n), true
	case "hash":
		return Token(n)[:22], true
	case "hex":
		return pick(source(n, "hex"), "0123456789abcdef", 32), true
	case "fingerprint":
		sum := sha256.Sum256([]byte(TenantID(n) + "." + KeyID(n, Made)))
		return hex.EncodeToString(sum[:8]), true
	case "short":
		return fmt.Sprintf("t%d.ak%d.%s%d%s", 100+n, 400+n, TenantID(n)[:3], 700+n, TenantID(n + 1)[:3]), true
	case "plain":
		return "acme" + fmt.Sprint(n) + ".k3y-" + fmt.Sprint(n) + "." + Token(n), true
	case "old":
		return Key(n, Made.AddDate(-6, 0, 0)), true
	case "future":
		return Key(n, Made.AddDate(2, 6, 0)), true
	case "version":
		hi, lo := UUIDv7(Made, n, n)
		return TenantID(n) + "." + Hqid7(hi&^0xf000|0x4000, lo) + "." + Token(n), true
	case "jwt":
		return strings.Join([]string{"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", Token(n) + Token(n+1)}, "."), true
	case "elastic":
		return "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFr" + Token(n) + "==", true
	case "allow":
		return "qasleaks" + ":allow", true
	case "example":
		return strings.Join([]string{"t123", "ak456", "abc789xyz"}, "."), true
	case "clientexample":
		return strings.Join([]string{"tst0000001", "1CKCEtest_JYyckc3zYtest", "dhhjYY3BYEoQH41e62itest"}, "."), true
	}
	return "", false
}

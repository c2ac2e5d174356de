package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// tokenIn returns in which form text holds the token of a synthetic key, or "".
func tokenIn(text string) string {
	for n := range uint64(12) {
		token := keytest.Token(n)
		forms := map[string]string{"itself": token, "hexadecimal": hex.EncodeToString([]byte(token))}
		for shift := range 3 {
			// The text around the token changes the first and the last digits.
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(".", shift) + token))
			forms["base64"+strconv.Itoa(shift)] = encoded[4 : len(encoded)-4]
		}
		for form, value := range forms {
			if strings.Contains(text, value) {
				return form
			}
		}
	}
	return ""
}

func TestTokenIn(t *testing.T) {
	key := keytest.Key(3, keytest.Made)
	for _, text := range []string{
		key, hex.EncodeToString([]byte(key)),
		base64.StdEncoding.EncodeToString([]byte(key)),
		base64.StdEncoding.EncodeToString([]byte("x" + key)),
		base64.StdEncoding.EncodeToString([]byte("xy" + key)),
	} {
		if tokenIn("before "+text+" after") == "" {
			t.Errorf("not seen in %q", text)
		}
	}
	if form := tokenIn(string(bytes.Repeat([]byte("nothing "), 100))); form != "" {
		t.Errorf("seen as %s where there is none", form)
	}
}

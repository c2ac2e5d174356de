package cli

import (
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// masked returns the text of an error and its hint, without the tokens of keys.
func masked(err error) (text, advice string) { return maskKeys(err.Error()), maskKeys(hint.Of(err)) }

// word is what may be a key with its surroundings.
var word = regexp.MustCompile(`[A-Za-z0-9_.-]+`)

// maskKeys masks the tokens of keys in a text: people paste keys where a path or a
// fingerprint is expected.
func maskKeys(text string) string {
	return word.ReplaceAllStringFunc(text, func(dotted string) string {
		parts := strings.Split(dotted, ".")
		for i := 1; i < len(parts); i++ {
			if isKeyID(parts[i-1]) && parts[i] != "" {
				parts[i] = redact.Mask
			}
		}
		return strings.Join(parts, ".")
	})
}

// shortKeyID is the key ID of docs.qasphere.com/api/authentication.
var shortKeyID = regexp.MustCompile(`^ak[0-9]+$`)

func isKeyID(part string) bool {
	key, ok := rules.ParseKey("tenant." + part + ".token1")
	return ok && (!key.CreatedAt.IsZero() || shortKeyID.MatchString(part))
}

package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/report/neutral"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/redact"
)

// masked returns the text of an error and its hint, each as one line that is safe to show:
// people paste keys where a path or a fingerprint is expected.
func masked(err error) (text, advice string) { return safe(err.Error()), safe(hint.Of(err)) }

// safe returns a text without tokens, control characters and line breaks.
func safe(text string) string { return neutral.Log(hide(text)) }

// hide returns a text without tokens.
func hide(text string) string { return scanner.Hide(maskKeys(text)) }

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

// messages is the standard error of the program. Every line that is written to it is made
// safe.
type messages struct {
	to io.Writer
	// line is the beginning of a line whose end was not written yet.
	line []byte
}

func (m *messages) Write(text []byte) (int, error) {
	m.line = append(m.line, text...)
	for {
		line, rest, ok := bytes.Cut(m.line, []byte("\n"))
		if !ok {
			return len(text), nil
		}
		if _, err := io.WriteString(m.to, safe(string(line))+"\n"); err != nil {
			return 0, err
		}
		m.line = rest
	}
}

// end writes a line that has no end.
func (m *messages) end() {
	if len(m.line) > 0 {
		_, _ = m.Write([]byte("\n"))
	}
}

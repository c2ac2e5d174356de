package scanner_test

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// frameOf scans a text and returns the frame of its first leak.
func frameOf(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(keytest.Expand(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Findings {
		if !f.Rule.Lint {
			return strings.Join(f.Occurrences[0].Frame.Lines, "\n")
		}
	}
	t.Fatalf("nothing was found in %q", text)
	return ""
}

// Frames show what helps to find the place, and no other secret.
func TestFrames(t *testing.T) {
	const masked = "{{tenant 1}}.{{id 1}}.****"
	short, example := keytest.Expand("{{short 1}}"), keytest.Expand("{{example}}")
	example = example[:strings.LastIndexByte(example, '.')] + ".****"
	for text, want := range map[string]string{
		// Ordinary lines are shown.
		"const apiKey = process.env.X\nsend('{{key 1}}') // sha256 of base64Encode\nreturn getUserById(\"x\")": "const apiKey = process.env.X\nsend('" + masked + "') // sha256 of base64Encode\nreturn getUserById(\"x\")",
		"token: string\n{{key 1}}\nsecret = getSecret(name)":                                                   "token: string\n" + masked + "\nsecret = getSecret(name)",
		"a\n{{key 1}}\n{{key 2}}":                     "a\n" + masked + "\n{{tenant 2}}.{{id 2}}.****",
		"password = process.env.PASSWORD\n{{key 1}}x": masked, // one letter too many
		"password = $PASSWORD\n{{key 1}}":             "password = $PASSWORD\n" + masked,
		// Near another secret, nothing next to the key is.
		"DB_PASSWORD=correct-horse\n{{key 1}}\nplain":            masked,
		"a\n{{key 1}}\nAWS_SECRET_ACCESS_KEY: \"abcdef\"\n":      masked,
		"a\n{{key 1}}\nx {{token 2}}\n":                          masked,
		"a\nid {{hex 1}}\nb\n{{key 1}}\nc\n":                     masked,
		"a\npassword = '12345'\n{{key 1}}\nc":                    "password = '12345'\n" + masked + "\nc",
		"a\n{{key 1}} password=\"hunter2\" getUser name\nc":      masked + " password=\"****\" **** name",
		"a\nconst getUser = '{{key 1}}', PASSWORD = 'hunter2'\n": "const **** = '" + masked + "', PASSWORD = '****'",
		// Nor is it next to what is no error.
		"a\nAuthorization: ApiKey {{example}} x\nb": "Authorization: ApiKey " + example + " x",
		// What may be cut is shown up to the cut.
		"a\nAuthorization: ApiKey {{short 1}} -X GET\nb":                "Authorization: ApiKey " + short[:strings.LastIndexByte(short, '.')] + ".****…",
		"a\nAuthorization: ApiKey {{tenant 1}}.{{id 1}}.aB3dE6fG7\nhJ8": "Authorization: ApiKey {{tenant 1}}.{{id 1}}.****",
		"a\nAuthorization: ApiKey {{elastic}}\nb":                       "Authorization: ApiKey ****",
	} {
		if got, want := frameOf(t, text), keytest.Expand(want); got != want {
			t.Errorf("%s\nis shown as\n%s\nwant\n%s", text, got, want)
		}
	}
}

func TestHide(t *testing.T) {
	key, token := keytest.Key(1, keytest.Made), keytest.Token(1)
	ids := strings.TrimSuffix(key, token)
	for text, want := range map[string]string{
		"open a.txt: no such file":                               "open a.txt: no such file",
		"open " + key + "/x: no such file":                       "open " + ids + "****/x: no such file",
		"x " + token + " y":                                      "x **** y",
		"x " + base64.RawStdEncoding.EncodeToString([]byte(key)): "x ****",
		"x " + hex.EncodeToString([]byte(token)) + "!":           "x ****!",
		"object 6ecc48e0c1b0b4d3a1f2e3d4c5b6a7980f1e2d3c is":     "object 6ecc48e0c1b0b4d3a1f2e3d4c5b6a7980f1e2d3c is",
		"in 0123456789abcdef, TestScript1234567890":              "in 0123456789abcdef, TestScript1234567890",
		"at 2025-01-02T07:41:19.547Z of MyProject2024Final":      "at 2025-01-02T07:41:19.547Z of MyProject2024Final",
	} {
		if got := scanner.Hide(text); got != want {
			t.Errorf("%d bytes: got %q, want %q", len(text), got, want)
		}
	}
}

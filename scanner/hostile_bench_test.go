package scanner_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// hostileTexts are texts that make as much work as they can: each is repeated to the
// size of a file. {{i}} is the number of the repetition.
func hostileTexts() map[string]string {
	key := keytest.Key(1, keytest.Made)
	head, _, _ := strings.Cut(key, keytest.Token(1))
	texts := map[string]string{
		"key":                 key + " ",
		"quoted key":          "'" + key + "' ",
		"assigned head":       "QAS_TOKEN=" + head + "R;",
		"head":                head,
		"key ID":              strings.TrimPrefix(head, keytest.TenantID(1)),
		"joined IDs":          keytest.KeyID(1, keytest.Made) + ".",
		"key in base64":       base64.StdEncoding.EncodeToString([]byte(key+" ")) + "\n",
		"key in base64 run":   base64.StdEncoding.EncodeToString([]byte(key + "  ")),
		"key twice encoded":   base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(key + "  ")))),
		"key in hex":          hex.EncodeToString([]byte(key + " ")),
		"key in UTF-16":       utf16Text(key + " "),
		"key, escaped":        strings.ReplaceAll(strings.ReplaceAll(key, ".", `\u002e`), "_", `\_`) + `\n`,
		"key, percent":        strings.ReplaceAll(key, ".", "%2E") + "%20",
		"key, twice percent":  strings.ReplaceAll(key, ".", "%252E") + "%2520",
		"key, entities":       strings.ReplaceAll(key, ".", "&#46;") + "&nbsp;",
		"key, quoted-print":   key[:30] + "=\n" + key[30:] + "=20",
		"key over literals":   `"` + key[:20] + `" + "` + key[20:] + `";`,
		"key over lines":      key[:20] + "\\\n" + key[20:] + "\n",
		"HAR":                 `{"name":"authorization","value":"ApiKey ` + key + `"},{"name":"x","value":"y"},`,
		"HAR without value":   `{"name":"authorization","value":"`,
		"CI log":              "2026-01-02T03:04:05.678Z ##[group]Run npx qas-cli\n2026-01-02T03:04:05.678Z   QAS_TOKEN: ***\n2026-01-02T03:04:05.678Z   QAS_URL: https://acme.eu1.qasphere.com\n",
		"CI log with key":     "2026-01-02T03:04:05.678Z \x1b[36;1mexport QAS_TOKEN=" + key + "\x1b[0m\n",
		"source map":          `{"version":3,"sources":["a.ts"],"sourcesContent":["const k = \"` + key + `\";\n"],"mappings":"AAAA,`,
		"hosts":               "https://acme.eu1.qasphere.com/",
		"many keys":           "QAS_TOKEN={{key}}\n",
		"many keys, one line": "{{key}},",
		"many IDs":            "{{id}}.",
		"same prefix":         "QAS_TOKEN={{prefix}}\n",
		"dotted":              "a.1C", "quotes": `"+"`, "open": `{"a":[`, "gzip": "H4sIAAAAAAAAA", "escapes": `ApiKey\"&%20`,
		"percent": "%2E1C", "unicode": `\u002e1C`, "hexed": "2e3143", "wide": ".\x001\x00C\x00", "entity": "&#46;1C", "soft": ".&shy;1C",
		"backslashes": `\`, "braces": "{", "lines": "\n", "zeros": "\x00", "tabs": "\t", "equals": "=", "digits": "A", "percents": "%", "ampersands": "&",
		"assignment": "QAS_TOKEN=", "header": "Authorization: ApiKey ", "JSON header": `"Authorization":"ApiKey `, "comment": "qasleaks" + ":allow ",
		"quoted-print apart": "=2E1C==", "tags": "<b>.1<b>1C", "wrapped": "x\\\n1C", "zstd frames": "\x28\xb5\x2f\xfd\x00\x88\xa1\x00\x00" + strings.Repeat("a", 20), "small zips": smallZip(),
		"masked": "QAS_TOKEN=***", "placeholder": "QAS_TOKEN=${QAS_TOKEN}", "CI": "env:\n  QAS_TOKEN: ", "export": "export QAS_TOKEN='",
	}
	for _, rule := range rules.All() {
		for _, a := range rule.Anchors {
			texts["anchor "+a.Literal] = a.Literal
		}
	}
	return texts
}

// smallZip returns an archive with one file.
func smallZip() string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if f, err := z.Create("a"); err == nil {
		_, _ = f.Write([]byte("x")) // never an error of a buffer
	}
	_ = z.Close()
	return b.String()
}

func utf16Text(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// hostileFile makes a file of n bytes of a hostile text.
func hostileFile(b testing.TB, text string, n int) string {
	var data bytes.Buffer
	for i := uint64(1); data.Len() < n; i++ {
		unit := text
		if strings.Contains(text, "{{") {
			prefix := keytest.Key(i, keytest.Made)
			at := strings.LastIndexByte(prefix, '.') + 1
			prefix = prefix[:at] + "aB3dE6" + prefix[at+6:]
			unit = strings.NewReplacer("{{key}}", keytest.Key(i, keytest.Made), "{{id}}", keytest.KeyID(i, keytest.Made), "{{prefix}}", prefix).Replace(text)
		}
		data.WriteString(unit)
	}
	name := filepath.Join(b.TempDir(), "a.txt")
	if err := os.WriteFile(name, data.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return name
}

// BenchmarkHostile tells how fast the worst files are scanned with one job, and how long
// twice as much takes.
func BenchmarkHostile(b *testing.B) {
	for name, text := range hostileTexts() {
		for _, n := range []int{1 << 18, 1 << 19} {
			b.Run(fmt.Sprintf("%s/%d", name, n>>18), func(b *testing.B) {
				file := hostileFile(b, text, n)
				b.SetBytes(int64(n))
				for b.Loop() {
					if _, err := scanner.Scan(b.Context(), []string{file}, scanner.Options{Jobs: 1}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

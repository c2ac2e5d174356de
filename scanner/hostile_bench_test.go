package scanner_test

import (
	"archive/zip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// hostileTexts are texts of about n bytes that make as much work as they can.
var hostileTexts = map[string]func(n int) string{
	"anchors":           repeat(".1CJo8oDjk_"),
	"anchors-dense":     repeat(".1C"),
	"dotted":            repeat("a.1C"),
	"variables":         repeat("QAS_TOKEN="),
	"variables-lines":   repeat("QAS_TOKEN=\n"),
	"headers":           repeat("Authorization: ApiKey "),
	"names":             repeat("keyId"),
	"apikey":            repeat("ApiKey\\\"&%20"),
	"hosts":             repeat("qasphere.com"),
	"base64-gzip":       repeat("H4sIAAAAAAAAA"),
	"base64-anchors":    repeat("LjFD"),
	"base64-lines":      repeat(strings.Repeat("LjFD", 19) + "\n"),
	"json-open":         repeat(`{"a":[`),
	"quotes":            repeat(`"+"`),
	"quoted-anchors":    repeat(`".1C"+`),
	"percent":           repeat("%2E1C"),
	"percent-twice":     repeat("%252E1C"),
	"escapes":           repeat(`\u002e1C`),
	"escapes-hex":       repeat(`\x2e1C`),
	"escaped-variables": repeat(`\"QAS_TOKEN\"`),
	"entities":          repeat("&#46;1C"),
	"entity-variables":  repeat("&quot;QAS_TOKEN&quot;"),
	"quoted-printable":  repeat("=2E1C=5F"),
	"quoted-variables":  repeat("QAS_TOKEN=3D"),
	"zero-width":        repeat(".\u200b1C"),
	"hex":               repeat(hex.EncodeToString([]byte(".1C"))),
	"hex-keys":          func(n int) string { return hex.EncodeToString([]byte(joined(n/2, " "))) },
	"utf16":             func(n int) string { return wide(repeat(".1C")(n / 2)) },
	"utf16-variables":   func(n int) string { return wide(repeat("QAS_TOKEN=")(n / 2)) },
	"utf16-keys":        func(n int) string { return wide(joined(n/2, " ")) },
	"base64-keys":       func(n int) string { return base64.StdEncoding.EncodeToString([]byte(joined(n*3/4, " "))) },
	"base64-twice": func(n int) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(joined(n*9/16, " ")))))
	},
	"keys":              func(n int) string { return joined(n, " ") },
	"keys-lines":        func(n int) string { return joined(n, "\n") },
	"keys-quoted":       func(n int) string { return "'" + joined(n, "' '") + "'" },
	"keys-joined":       func(n int) string { return joined(n, ".") },
	"one-key":           func(n int) string { return repeat("'" + keytest.Key(1, keytest.Made) + "' ")(n) },
	"one-key-lines":     func(n int) string { return repeat(keytest.Key(1, keytest.Made) + "\n")(n) },
	"ids-joined":        func(n int) string { return ids(n, ".") },
	"ids-fields":        func(n int) string { return `{"id":"` + ids(n, `","tenant":"a1","token":"`) },
	"ids-listed":        func(n int) string { return `"` + ids(n, `","`) },
	"same-prefix":       samePrefix,
	"same-prefix-lines": func(n int) string { return strings.ReplaceAll(samePrefix(n), " ", "\nQAS_TOKEN=") },
	"har": func(n int) string {
		return repeat(`{"name":"Authorization","value":"ApiKey ` + keytest.Key(2, keytest.Made) + `"},`)(n)
	},
	"har-escaped": func(n int) string {
		return repeat(`{\"name\":\"Authorization\",\"value\":\"ApiKey ` + keytest.Key(2, keytest.Made) + `\"},`)(n)
	},
	"ci":     repeat("      run: echo ${{ secrets.QAS_TOKEN }} curl -H \"Authorization: ApiKey $QAS_TOKEN\"\n"),
	"ci-log": repeat("2026-01-02T03:04:05.678Z ##[group]Run qas QAS_TOKEN=*** ApiKey ***\n"),
	"source-map": func(n int) string {
		return `{"version":3,"sourcesContent":["` + repeat(`const a = \"QAS_TOKEN\";\nfetch(\"https://a.qasphere.com\", { headers: { Authorization: \"ApiKey \" + a } });\n`)(n) + `"]}`
	},
	"source-map-keys":     func(n int) string { return `{"version":3,"sourcesContent":["` + joined(n, `\n`) + `"]}` },
	"allow":               repeat("qasleaks" + ":allow QAS_TOKEN=\n"),
	"urls":                repeat("https://a.qasphere.com/?apiKey="),
	"nested":              func(n int) string { return repeat("QAS_TOKEN=" + keytest.Key(3, keytest.Made)[:40] + ".;")(n) },
	"zstd":                repeat("\x28\xb5\x2f\xfd\x00\x88\xa1\x00\x00aaaaaaaaaaaaaaaaaaaa"),
	"zips":                smallZips,
	"backslashes":         repeat(`\`),
	"backslash-variables": repeat(`QAS_TOKEN\\`),
	"spaces":              repeat("QAS_TOKEN" + strings.Repeat(" ", 60)),
	"indented":            repeat("QAS_TOKEN:\n        "),
}

func repeat(unit string) func(n int) string {
	return func(n int) string { return strings.Repeat(unit, n/len(unit)+1)[:n] }
}

// joined returns different keys with a separator between them.
func joined(n int, sep string) string {
	var b strings.Builder
	for seed := uint64(1); b.Len() < n; seed++ {
		b.WriteString(keytest.Key(seed, keytest.Made))
		b.WriteString(sep)
	}
	return b.String()
}

// ids returns different key IDs with a separator between them.
func ids(n int, sep string) string {
	var b strings.Builder
	for seed := uint64(1); b.Len() < n; seed++ {
		b.WriteString(keytest.KeyID(seed, keytest.Made))
		b.WriteString(sep)
	}
	return b.String()
}

// samePrefix returns different keys whose tokens begin with the same characters.
func samePrefix(n int) string {
	var b strings.Builder
	for seed := uint64(1); b.Len() < n; seed++ {
		b.WriteString(keytest.TenantID(seed) + "." + keytest.KeyID(seed, keytest.Made) + ".aB3dE6" + keytest.Token(seed)[6:] + " ")
	}
	return b.String()
}

func wide(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

// smallZips returns zip archives one after another.
func smallZips(n int) string {
	var b strings.Builder
	for b.Len() < n {
		w := zip.NewWriter(&b)
		f, err := w.Create("a")
		if err == nil {
			_, err = f.Write([]byte("x"))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			panic(err)
		}
	}
	return b.String()
}

// BenchmarkHostile scans hostile texts with one job. It reports MB/s, and x2, how many
// times longer a text of twice the size takes.
func BenchmarkHostile(b *testing.B) {
	for name, text := range hostileTexts {
		b.Run(name, func(b *testing.B) {
			const n = 1 << 14
			var speed, ratio float64
			for range b.N {
				one, two := timeOf(b, text(n)), timeOf(b, text(2*n))
				speed += 2 * n / 1e6 / two.Seconds()
				ratio += two.Seconds() / one.Seconds()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(speed/float64(b.N), "MB/s")
			b.ReportMetric(ratio/float64(b.N), "x2")
		})
	}
}

// timeOf returns how long a file takes, without the constant time of a scan.
func timeOf(b *testing.B, text string) time.Duration {
	b.Helper()
	dir := b.TempDir()
	file := filepath.Join(dir, "a.txt")
	scan := func(text string) time.Duration {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if _, err := scanner.Scan(b.Context(), []string{dir}, scanner.Options{Jobs: 1}); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	return scan(text) - scan("")
}

var (
	_ = fmt.Sprint
	_ = rand.N[int]
)

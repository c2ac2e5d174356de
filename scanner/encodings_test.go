package scanner_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestEncodings finds a key in every encoding, at its position in the original text.
func TestEncodings(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	std, url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	each := func(format string) string {
		var b strings.Builder
		for i := range len(key) {
			fmt.Fprintf(&b, format, key[i])
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		encoded string // starts at line 2, column 9
		layers  []string
	}{
		"plain":                   {key, nil},
		"base64, first alignment": {std([]byte(key)), []string{"base64"}},
		"base64, second":          {std([]byte("=" + key)), []string{"base64"}},
		"base64, third":           {std([]byte("k=" + key + "\n")), []string{"base64"}},
		"base64, far inside":      {std([]byte(strings.Repeat("secret text ", 30) + key + strings.Repeat(" and more", 30))), []string{"base64"}},
		"base64, URL-safe":        {url([]byte("~~~~" + key)), []string{"base64"}},
		"base64, wrapped":         {wrap(std([]byte(strings.Repeat("x", 100)+" "+key)), 64, "\n    "), []string{"base64"}},
		"base64 of base64":        {std([]byte(std([]byte(key)))), []string{"base64", "base64"}},
		"base64 of base64, moved": {std([]byte("p: " + std([]byte("a="+key)))), []string{"base64", "base64"}},
		"base64 of hex":           {std([]byte(hex.EncodeToString([]byte(key)))), nil},
		"hex":                     {hex.EncodeToString([]byte(key)), []string{"hex"}},
		"hex, upper case":         {strings.ToUpper(hex.EncodeToString([]byte(key))), []string{"hex"}},
		"percent, partial":        {strings.ReplaceAll(key, ".", "%2E"), []string{"percent"}},
		"percent, whole":          {each("%%%02x"), []string{"percent"}},
		"escape u":                {strings.ReplaceAll(key, ".", `\u002e`), []string{"escape"}},
		"escape x":                {strings.ReplaceAll(key, ".", `\x2E`), []string{"escape"}},
		"escape, whole":           {each(`\u%04x`), []string{"escape"}},
		"entity":                  {strings.ReplaceAll(key, ".", "&#46;"), []string{"entity"}},
		"entity, hex":             {strings.ReplaceAll(key, ".", "&#x2e;"), []string{"entity"}},
		"entity, named":           {strings.ReplaceAll(key, ".", "&period;"), []string{"entity"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "base64 of hex" {
				t.Skip("only base64 is searched for inside another encoding")
			}
			text := "first: line\n  key: \"" + c.encoded + "\"\nlast: line\n"
			o := only(t, []byte(text))
			if !slices.Equal(o.Layers, c.layers) {
				t.Errorf("layers %q, want %q", o.Layers, c.layers)
			}
			start, end := 9, 9+len(c.encoded)
			if o.Line < 2 || o.Line == 2 && o.Column < start || o.EndLine == 2 && o.EndColumn > end {
				t.Errorf("found at %d:%d-%d:%d, outside of the encoded text", o.Line, o.Column, o.EndLine, o.EndColumn)
			}
			if !strings.Contains(name, ",") && !strings.Contains(name, "of") && (o.Column != start || o.EndColumn < end-2) {
				t.Errorf("found at %d-%d, want %d-%d", o.Column, o.EndColumn, start, end)
			}
		})
	}
}

// TestUTF16 finds a key in UTF-16 text in both byte orders, with and without a byte
// order mark, and checks its line and column.
func TestUTF16(t *testing.T) {
	text := "first ünd 𝄞\r\nkey = " + keytest.Key(1, keytest.Made) + "\r\nlast\r\n"
	for _, mark := range []string{"", "\ufeff"} {
		for _, big := range []int{0, 1} {
			var data []byte
			for _, unit := range utf16.Encode([]rune(mark + text)) {
				pair := []byte{byte(unit), byte(unit >> 8)}
				data = append(data, pair[big], pair[1-big])
			}
			o := only(t, data)
			if o.Line != 2 || o.Column != 7 || o.EndLine != 2 || o.EndColumn != 7+len(keytest.Key(1, keytest.Made)) {
				t.Errorf("mark %q, order %d: found at %d:%d-%d:%d", mark, big, o.Line, o.Column, o.EndLine, o.EndColumn)
			}
			if !slices.Equal(o.Layers, []string{"utf-16"}) {
				t.Errorf("layers %q", o.Layers)
			}
			if frame := strings.Join(o.Frame.Lines, "|"); !strings.Contains(frame, "key = ****") {
				t.Errorf("frame %q", frame)
			}
		}
	}
}

// TestColumns checks that columns count UTF-16 code units.
func TestColumns(t *testing.T) {
	o := only(t, []byte("\ufeffüü𝄞 "+keytest.Key(1, keytest.Made)))
	if o.Line != 1 || o.Column != 6 {
		t.Errorf("found at %d:%d, want 1:6", o.Line, o.Column)
	}
}

// only scans one file and returns its only occurrence.
func only(t *testing.T, data []byte) scanner.Occurrence {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file.txt"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{Now: keytest.Made})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || len(result.Findings[0].Occurrences) != 1 {
		t.Fatalf("%d findings, want one with one occurrence", len(result.Findings))
	}
	if key := result.Findings[0].Key; key.TenantID != keytest.TenantID(1) {
		t.Errorf("key of tenant %q, want %q", key.TenantID, keytest.TenantID(1))
	}
	return result.Findings[0].Occurrences[0]
}

func wrap(s string, width int, with string) string {
	var b strings.Builder
	for len(s) > width {
		b.WriteString(s[:width] + with)
		s = s[width:]
	}
	return b.String() + s
}

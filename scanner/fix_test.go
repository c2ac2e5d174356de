package scanner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// An edit leaves code that reads the environment and holds no key; where that is not
// mechanical there is none.
func TestFixes(t *testing.T) {
	for _, test := range []struct{ path, before, after string }{
		{"a.js", "const key = 'KEY'\n", "const key = process.env.QAS_TOKEN\n"},
		{"a.ts", "// ä😀\nlogin(\"ä😀\", \"KEY\")\n", "// ä😀\nlogin(\"ä😀\", process.env.QAS_TOKEN)\n"},
		{"b/a.tsx", "const key = `KEY`;", "const key = process.env.QAS_TOKEN;"},
		{"a.py", "key = 'KEY'\n", "key = os.environ[\"QAS_TOKEN\"]\n"},
		{"a.go", "key := \"KEY\"\n", "key := os.Getenv(\"QAS_TOKEN\")\n"},
		{".github/workflows/a.yml", "env:\n  QAS_TOKEN: KEY\n", "env:\n  QAS_TOKEN: ${{ secrets.QAS_TOKEN }}\n"},
		{".github/workflows/a.yaml", "env: {QAS_TOKEN: 'KEY'}\n", "env: {QAS_TOKEN: '${{ secrets.QAS_TOKEN }}'}\n"},
		{"a.js", "const header = 'ApiKey KEY'\n", ""},
		{"a.tsx", "<Login key=\"KEY\" />\n", ""},
		{"a.py", "key = '''KEY'''\n", ""},
		{"web/dist/a.js", "const key = 'KEY'\n", ""},
		{"a.min.js", "const key = 'KEY'\n", ""},
		{"a.yml", "key: 'KEY'\n", ""},
		{"a.txt", "'KEY'\n", ""},
		{".github/workflows/a.yml", "run: curl -H 'Authorization: ApiKey KEY' url\n", ""},
	} {
		key := keytest.Key(1, keytest.Made)
		dir := t.TempDir()
		file := filepath.Join(dir, filepath.FromSlash(test.path))
		content := strings.ReplaceAll(test.before, "KEY", key)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{Now: keytest.Made})
		if err != nil || len(result.Findings) == 0 {
			t.Fatalf("%s: %d findings, %v", test.path, len(result.Findings), err)
		}
		got := ""
		if fix := result.Findings[0].Occurrences[0].Fix; fix != nil {
			lines := strings.SplitAfter(content, "\n")
			units := utf16.Encode([]rune(lines[fix.Line-1]))
			lines[fix.Line-1] = string(utf16.Decode(units[:fix.Column-1])) + fix.Text + string(utf16.Decode(units[fix.EndColumn-1:]))
			got = strings.Join(lines, "")
		}
		if got != test.after {
			t.Errorf("%s: %q becomes %q, want %q", test.path, test.before, strings.ReplaceAll(got, key, "KEY"), test.after)
		}
	}
}

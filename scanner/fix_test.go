package scanner_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// An edit replaces a key with code that reads the environment. There is no edit if that
// is not mechanical.
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

// The edits of lint rules fix the finding in its file, or in a .gitignore, which may not
// exist yet.
func TestLintFixes(t *testing.T) {
	key := keytest.Key(1, keytest.Made)
	for _, test := range []struct{ rule, path, content, fixed, before, after string }{
		{"insecure-base-url", "a.js", "const ü = 'http://acme.eu1.qasphere.com/x'\n", "a.js", "", "const ü = 'https://acme.eu1.qasphere.com/x'\n"},
		{"plaintext-ci-credential", ".github/workflows/a.yml", "env:\n  QAS_TOKEN: " + key + "\n", ".github/workflows/a.yml", "", "env:\n  QAS_TOKEN: ${{ secrets.QAS_TOKEN }}\n"},
		{"malformed-apikey-header", "a.sh", "curl -H \"Authorization: Token $QAS_TOKEN\" https://acme.qasphere.com\n", "a.sh", "", "curl -H \"Authorization: Bearer $QAS_TOKEN\" https://acme.qasphere.com\n"},
		{"unignored-credential-file", "a/.env", "QAS_TOKEN=" + key + "\n", ".gitignore", "", "/a/.env\n"},
		{"unignored-credential-file", ".env", "QAS_TOKEN=" + key + "\n", ".gitignore", "dist\n", "dist\n/.env\n"},
		{"unignored-credential-file", ".env", "QAS_TOKEN=" + key + "\n", ".gitignore", "a\ndist", "a\ndist\n/.env\n"},
	} {
		repo := gittest.New(t)
		if test.before != "" {
			repo.Write(test.fixed, test.before)
		}
		repo.Commit("Begin")
		repo.Write(test.path, test.content)
		result, err := scanner.Scan(t.Context(), []string{repo.Dir}, scanner.Options{Now: keytest.Made})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(result.Findings, func(f scanner.Finding) bool { return f.Rule.ID == test.rule })
		if i < 0 || result.Findings[i].Occurrences[0].Fix == nil {
			t.Errorf("%s: no edit", test.rule)
			continue
		}
		fix := result.Findings[i].Occurrences[0].Fix
		content := test.before
		if fix.Path == "" {
			content = test.content
		} else if fix.Path != test.fixed {
			t.Errorf("%s: an edit of %s", test.rule, fix.Path)
		}
		lines := strings.SplitAfter(content, "\n")
		units := utf16.Encode([]rune(lines[fix.Line-1]))
		lines[fix.Line-1] = string(utf16.Decode(units[:fix.Column-1])) + fix.Text + string(utf16.Decode(units[fix.EndColumn-1:]))
		if got := strings.Join(lines, ""); got != test.after {
			t.Errorf("%s: %q, want %q", test.rule, strings.ReplaceAll(got, key, "KEY"), test.after)
		}
	}
}

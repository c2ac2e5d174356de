package rewrite_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner/rewrite"
)

var made = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

// tree writes files, expanded, and returns their directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "report")
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(keytest.Expand(text)), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, made, made); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// checkFile checks the content of a file, its permissions and its time.
func checkFile(t *testing.T, name, text string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != keytest.Expand(text) {
		t.Errorf("%s: %.200q, %v, want %.200q", name, got, err, keytest.Expand(text))
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(made) || runtime.GOOS != "windows" && info.Mode() != 0o640 {
		t.Errorf("%s: %s, %s", name, info.Mode(), info.ModTime())
	}
}

func TestRewriteFiles(t *testing.T) {
	large := strings.Repeat("a line of a log\n", 100_000)
	files := map[string]string{"a/one.log": "{{key 1}}\n", "two.txt": "no key\n", "b/c/large.log": large + "{{key 2}}\n" + large, "empty": ""}
	masked := map[string]string{
		"a/one.log": "{{tenant 1}}.{{id 1}}.****\n", "two.txt": "no key\n", "b/c/large.log": large + "{{tenant 2}}.{{id 2}}.****\n" + large, "empty": "",
	}
	dir := tree(t, files)
	for _, output := range []string{filepath.Join(t.TempDir(), "new", "out"), ""} {
		before, _ := os.Stat(filepath.Join(dir, "two.txt"))
		done, err := rewrite.New().Rewrite(t.Context(), []string{dir}, rewrite.Files{Output: output})
		if after, err := os.Stat(filepath.Join(dir, "two.txt")); err != nil || !os.SameFile(before, after) {
			t.Error("a file without a key was replaced")
		}
		if err != nil || len(done) != 2 {
			t.Fatalf("%v, %v", done, err)
		}
		for i, want := range []string{"/report/a/one.log", "/report/b/c/large.log"} {
			if f := done[i]; !strings.HasSuffix(f.Path, want) || len(f.Keys) != 1 || len(f.Left) != 0 || f.Missing {
				t.Errorf("%+v, want %s", f, want)
			}
		}
		to := dir
		if output != "" {
			to = filepath.Join(output, "report")
			for name, text := range files {
				checkFile(t, filepath.Join(dir, name), text)
			}
		}
		for name, text := range masked {
			checkFile(t, filepath.Join(to, name), text)
		}
	}
	done, err := rewrite.New().Rewrite(t.Context(), []string{dir}, rewrite.Files{})
	if err != nil || len(done) != 0 {
		t.Errorf("a second time: %v, %v", done, err)
	}
}

// TestRewriteNamesKeysInNames expects names of files with a key to be kept and named.
func TestRewriteNamesKeysInNames(t *testing.T) {
	dir := tree(t, map[string]string{keytest.Expand("{{key 1}}") + ".txt": "text"})
	done, err := rewrite.New().Rewrite(t.Context(), []string{dir}, rewrite.Files{})
	if err != nil || len(done) != 1 || len(done[0].Left) != 1 || done[0].Left[0].Reason != "its name has a key, and names are kept" {
		t.Errorf("%d files, %v", len(done), err)
	}
}

func TestRewriteEndsWithItsContext(t *testing.T) {
	dir := tree(t, map[string]string{"a": "{{key 1}}"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rewrite.New().Rewrite(ctx, []string{dir}, rewrite.Files{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
	checkFile(t, filepath.Join(dir, "a"), "{{key 1}}")
}

// TestStreamOfArchive expects an archive to be read as a whole, and masked as a file.
func TestStreamOfArchive(t *testing.T) {
	data := zipOf(t, map[string]string{"trace.network": keytest.Expand("Authorization: ApiKey {{key 1}}\n" + strings.Repeat("x\n", 5000))})
	r := rewrite.New()
	want, _ := r.Content(t.Context(), data)
	var out bytes.Buffer
	masked, err := r.Stream(t.Context(), bytes.NewReader(data), &out)
	if err != nil || len(masked.Keys) != 1 || len(masked.Left) != 0 || !bytes.Equal(out.Bytes(), want) || bytes.Equal(want, data) {
		t.Errorf("%v, %v", masked, err)
	}
	// Packed in base64 in a line.
	html := "<html>\n" + base64Of(data) + "</html>\n"
	out.Reset()
	masked, err = r.Stream(t.Context(), strings.NewReader(html), &out)
	if err != nil || len(masked.Keys) != 1 || len(masked.Left) != 0 || out.String() != "<html>\n"+base64Of(want)+"</html>\n" {
		t.Errorf("in base64: %v, %v", masked, err)
	}
}

// A file of any size is written to standard output, as a file in a directory is.
func TestRewriteFile(t *testing.T) {
	large := strings.Repeat("a line of a log\n", 100_000)
	for _, before := range []string{"", large} {
		dir := tree(t, map[string]string{"a.log": before + "{{key 1}}\n"})
		var out bytes.Buffer
		masked, err := rewrite.New().File(t.Context(), filepath.Join(dir, "a.log"), &out)
		if want := keytest.Expand(before + "{{tenant 1}}.{{id 1}}.****\n"); err != nil || out.String() != want || len(masked.Keys) != 1 {
			t.Errorf("%d bytes, want %d; %d keys, %v", out.Len(), len(want), len(masked.Keys), err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := rewrite.New().File(ended, filepath.Join(dir, "a.log"), &out); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end of the context: %v", err)
		}
	}
	if _, err := rewrite.New().File(t.Context(), t.TempDir(), &bytes.Buffer{}); err == nil {
		t.Error("a directory is no error")
	}
}

package scanner_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

func zipped(t *testing.T, method uint16, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scanned returns the occurrences of the only finding in dir.
func scanned(t *testing.T, dir string) []scanner.Occurrence {
	t.Helper()
	result, err := scanner.Scan(t.Context(), []string{dir}, scanner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Findings) != 1 || !result.Coverage.Complete() {
		t.Fatalf("%d findings, skipped %v", len(result.Findings), result.Coverage.Skipped)
	}
	return result.Findings[0].Occurrences
}

// A Playwright report is an HTML page with a zip archive in a data URL. A member that
// is stored without compression is reported once, as a member of the archive.
func TestEmbeddedArchive(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		archive := zipped(t, method, map[string]string{"report.json": "{\n \"key\": \"" + keytest.Key(1, keytest.Made) + "\"}"})
		page := fmt.Sprintf("<!DOCTYPE html>\n<script>window.report = \"data:application/zip;base64,%s\";</script>\n",
			base64.StdEncoding.EncodeToString(archive))
		for name, test := range map[string]struct {
			content []byte
			layers  []string
		}{
			"report.zip":   {archive, []string{"zip:report.json"}},
			"index.html":   {[]byte(page), []string{"base64", "zip:report.json"}},
			"indented.htm": {[]byte("\n\n  " + page), []string{"base64", "zip:report.json"}},
		} {
			t.Run(fmt.Sprint(name, method), func(t *testing.T) {
				dir := t.TempDir()
				if err := os.WriteFile(filepath.Join(dir, name), test.content, 0o644); err != nil {
					t.Fatal(err)
				}
				got := scanned(t, dir)
				if len(got) != 1 || !slices.Equal(got[0].Layers, test.layers) || got[0].Line != 2 || got[0].Column != 10 || got[0].Path != name {
					t.Errorf("got %d, the first of %s:%d:%d in %q", len(got), got[0].Path, got[0].Line, got[0].Column, got[0].Layers)
				}
			})
		}
	}
}

// An archive that was committed, changed and deleted is reported with its commits, even
// if it is a delta in a pack.
func TestArchiveInHistory(t *testing.T) {
	r := gittest.New(t)
	members := map[string]string{"a.txt": "nothing", "b/c.txt": "first\n" + keytest.Key(1, keytest.Made)}
	r.Write("old.zip", string(zipped(t, zip.Deflate, members)))
	r.Commit("Add it")
	members["a.txt"] = "nothing at all"
	r.Write("old.zip", string(zipped(t, zip.Deflate, members)))
	r.Commit("Change it")
	r.Git("rm", "-q", "old.zip")
	r.Commit("Remove it")
	r.Git("repack", "-q", "-a", "-d")
	got := scanned(t, r.Dir)
	if len(got) != 1 || got[0].Line != 2 || !slices.Equal(got[0].Layers, []string{"zip:b/c.txt"}) || got[0].Path != "old.zip" {
		t.Fatalf("got %+v", got)
	}
	if got[0].Commit.Summary != "Add it" || got[0].RemovedBy.Summary != "Remove it" {
		t.Errorf("added by %q, removed by %q", got[0].Commit.Summary, got[0].RemovedBy.Summary)
	}
}

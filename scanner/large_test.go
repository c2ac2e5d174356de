package scanner_test

import (
	"archive/tar"
	"bytes"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/large"
)

// A large member of a large archive in a history is read: the job that holds the archive does
// not wait for itself.
func TestLargeArchiveInHistory(t *testing.T) {
	t.Parallel()
	content := append(make([]byte, large.From), "\nkey="+keytest.Key(1, keytest.Made)+"\n"...)
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	_ = w.WriteHeader(&tar.Header{Name: "log", Mode: 0o600, Size: int64(len(content))})
	_, _ = w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := gittest.New(t)
	r.Write("a.tar", archive.String())
	r.Write("b.tar", "b"+archive.String())
	r.Commit("large")
	first := r.ID("HEAD")
	r.Remove("a.tar")
	r.Remove("b.tar")
	r.Commit("gone")
	for _, part := range []string{"", first} {
		result, err := scanner.Scan(t.Context(), []string{r.Dir}, scanner.Options{Jobs: 2, Range: part})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Findings) != 1 || len(result.Findings[0].Occurrences) != 2 {
			t.Errorf("%q: %d findings, skipped %v", part, len(result.Findings), result.Coverage.Skipped)
		}
	}
}

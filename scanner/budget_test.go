package scanner_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// Content that costs too much is searched in part, on disk and in history
// alike, and the scan is incomplete.
func TestBudget(t *testing.T) {
	costly := keytest.Key(1, keytest.Made) + "\n" + strings.Repeat(`=2E1C\"%20&lt;=`, 6000) + "\n"
	r := gittest.New(t)
	r.Write("costly.txt", costly)
	r.Commit("add")
	file := filepath.Join(t.TempDir(), "costly.txt")
	if err := os.WriteFile(file, []byte(costly), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		target, path string
		options      scanner.Options
	}{
		"file":    {file, "costly.txt", scanner.Options{}},
		"history": {r.Dir, ".git/objects/", scanner.Options{NoFiles: true}},
	} {
		result, err := scanner.Scan(t.Context(), []string{test.target}, test.options)
		if err != nil {
			t.Fatal(err)
		}
		failed := false
		for _, s := range result.Coverage.Skipped {
			failed = failed || s.Kind == scanner.SkipFailed && strings.Contains(s.Path, test.path) && strings.HasPrefix(s.Reason, "only the beginning was searched")
		}
		if !failed || len(result.Findings) == 0 {
			t.Errorf("%s: %d findings, skipped %v", name, len(result.Findings), result.Coverage.Skipped)
		}
	}
}

package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Of several reports, all are written or none.
func TestWriteAllOrNone(t *testing.T) {
	dir := t.TempDir()
	first := filepath.Join(dir, "first")
	if err := os.WriteFile(first, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := report.Format{Name: "broken", Write: func(w io.Writer, _ *scanner.Result, _ report.Options) error {
		_, _ = io.WriteString(w, "half of it")
		return errors.New("no")
	}}
	out := output{reports: []wanted{{report.Formats()[0], first}, {broken, filepath.Join(dir, "second")}, {report.Formats()[0], ""}}}
	var stdout, stderr bytes.Buffer
	s := &session{stdout: &stdout, stderr: &stderr}
	if err := s.write(out, rules.Error, new(scanner.Result)); err == nil {
		t.Error("got no error")
	}
	if got, _ := os.ReadFile(first); string(got) != "old" {
		t.Errorf("the first file is now %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 || stdout.Len() > 0 {
		t.Errorf("there are %v and %q on standard output", entries, &stdout)
	}
}

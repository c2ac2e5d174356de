package tooltest

import (
	"os"
	"path/filepath"
	"testing"
)

// outcome records how a test ends.
type outcome struct {
	testing.TB
	ends string
}

func (*outcome) Helper()                 {}
func (o *outcome) Fatalf(string, ...any) { o.ends = "fails" }
func (o *outcome) Skipf(string, ...any)  { o.ends = "is skipped" }

func TestPath(t *testing.T) {
	dir := t.TempDir()
	installed := filepath.Join(dir, "installed.exe") // as Windows wants it
	if err := os.WriteFile(installed, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, test := range []struct{ ci, program, want string }{
		{"", "installed.exe", ""},
		{"true", "installed.exe", ""},
		{"", "missing", "is skipped"},
		{"false", "missing", "is skipped"},
		{"true", "missing", "fails"},
	} {
		t.Setenv("CI", test.ci)
		o := &outcome{}
		path := Path(o, test.program)
		if o.ends != test.want || o.ends == "" && path != installed {
			t.Errorf("%s with CI=%s: %q, and the test %s; want that it %s", test.program, test.ci, path, o.ends, test.want)
		}
	}
}

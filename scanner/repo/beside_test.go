package repo_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/scanner/repo"
)

// TestBesideOfPush lists what an interrupted push has left, and not the objects of the push
// that is under way.
func TestBesideOfPush(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"objects/tmp_objdir-incoming-1/3f/2a", "objects/tmp_objdir-incoming-2/pack/a.pack"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GIT_QUARANTINE_PATH", filepath.Join(dir, "objects/tmp_objdir-incoming-2"))
	names, failures := repo.Beside(dir)
	if !slices.Equal(names, []string{"objects/tmp_objdir-incoming-1/3f/2a"}) || len(failures) > 0 {
		t.Errorf("got %q, %v", names, failures)
	}
}

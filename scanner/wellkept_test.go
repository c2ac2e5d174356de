package scanner_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/scanner"
)

// TestWellKept scans projects that follow good practice, each as a repository: there
// are no findings, and no lint findings if a developer's key is in an ignored file. A
// namesake uses names such as QAS_TOKEN, but for another service.
func TestWellKept(t *testing.T) {
	const dir = "../testdata/well-kept"
	projects, err := os.ReadDir(dir)
	if err != nil || len(projects) < 5 {
		t.Fatalf("%d projects, %v", len(projects), err)
	}
	for _, project := range projects {
		t.Run(project.Name(), func(t *testing.T) {
			repo := gittest.New(t)
			root := filepath.Join(dir, project.Name())
			err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				content, err := os.ReadFile(name)
				rel, _ := filepath.Rel(root, name)
				repo.Write(filepath.ToSlash(rel), string(content))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			repo.Commit("Begin")
			for _, own := range []bool{false, true} {
				if own && strings.HasPrefix(project.Name(), "namesake-") {
					break // it has nothing to do with QA Sphere
				}
				if own {
					repo.Write(".env", "QAS_URL=https://acme.eu1.qasphere.com\nQAS_TOKEN="+keytest.Key(1, keytest.Made)+"\n")
				}
				for _, all := range []bool{false, true} {
					result, err := scanner.Scan(t.Context(), []string{repo.Dir}, scanner.Options{Now: keytest.Made.AddDate(0, 0, 90), AllFiles: all})
					if err != nil {
						t.Fatal(err)
					}
					for _, f := range result.Findings {
						if !own || f.Rule.Lint {
							t.Errorf("%s: %s:%d: %s", f.Rule.ID, f.Occurrences[0].Path, f.Occurrences[0].Line, f.Message)
						}
					}
				}
			}
		})
	}
}

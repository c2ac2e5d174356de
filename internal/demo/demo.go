// Package demo makes a small git repository that leaks keys, to show what a scan of
// one reports. The keys are synthetic: no server knows them.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/qasleaks/qasleaks/internal/hint"
)

// Leak is a key in the repository.
type Leak struct{ Path, What string }

// Leaks are the keys that [Make] hides.
var Leaks = []Leak{
	{"tests/api.spec.ts", "in an ApiKey header of a test"},
	{"ci/upload.sh", "in a variable of a script that was deleted, but not from the history"},
	{"dist/app.3f9a1c.js", "in a minified bundle that every visitor can read"},
	{"k8s/reporter.yaml", "in base64 in a Kubernetes secret"},
}

// Dir returns an empty folder for the repository, and a function that removes what is
// temporary. The folder is keep, or a temporary one if keep is empty.
func Dir(keep string) (dir string, remove func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "qasleaks-demo-")
		if err != nil {
			return "", nil, fmt.Errorf("make demo: %w", err)
		}
		return dir, func() { os.RemoveAll(dir) }, nil
	}
	entries, err := os.ReadDir(keep)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(keep, 0o755)
	case err == nil && len(entries) > 0:
		return "", nil, hint.New("name a new or empty folder", "%s is not empty", keep)
	}
	if err != nil {
		return "", nil, fmt.Errorf("make demo: %w", err)
	}
	return keep, func() {}, nil
}

// Make makes the repository in an empty folder.
func Make(ctx context.Context, dir string) error {
	repository, err := initRepository(ctx, dir)
	if err != nil {
		return err
	}
	for _, commit := range history() {
		if err := repository.commit(ctx, commit); err != nil {
			return err
		}
	}
	return nil
}

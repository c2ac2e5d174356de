package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/qasleaks/qasleaks/internal/atomicfile"
	"github.com/qasleaks/qasleaks/internal/targets"
	"github.com/qasleaks/qasleaks/report"
	"github.com/qasleaks/qasleaks/scanner"
)

// noRepository is the name of the file with what is in no repository.
const noRepository = "no-repository"

// splitSARIF writes a SARIF file for each repository. There may be more than a process may
// have open, so each is visible as soon as it is whole.
func splitSARIF(dir string, result *scanner.Result, o report.Options) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create directory of SARIF files: %w", err)
	}
	for part := range result.ByRepository() {
		name := noRepository
		if len(part.Repositories) == 1 {
			name = targets.FileName(part.Repositories[0].Name)
		}
		if err := writeSARIF(filepath.Join(dir, name+".sarif"), report.Checkout(part), o); err != nil {
			return err
		}
	}
	return nil
}

func writeSARIF(name string, r *scanner.Result, o report.Options) error {
	file, err := atomicfile.Create(name, 0o600)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := errors.Join(report.SARIF(file, r, o), r.Err()); err != nil {
		return err
	}
	return file.Commit()
}

// Package tooltest finds the programs that tests run.
package tooltest

import (
	"os"
	"os/exec"
	"testing"
)

// Path returns the path of a program. Without it the test is skipped; in CI it fails,
// since a test that is always skipped tests nothing.
func Path(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not installed", program)
	default:
		t.Skipf("NOT RUN: %s is not installed", program)
	}
	return path
}

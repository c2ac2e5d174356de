//go:build unix

package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends a scan that is in the middle of one file that takes minutes, without a
// report.
func TestSignalsInOneFile(t *testing.T) {
	hostile := strings.Repeat("'"+tenantKey(1)+"' ", 400_000) + strings.Repeat("LjFD", 4<<20)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, format := range []string{"text", "json"} {
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			cmd := exec.CommandContext(ctx, "qasleaks", "scan", "--format", format, "-")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			input, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := input.Write([]byte(hostile)); err != nil { // it returns when nearly all is read
				t.Fatal(err)
			}
			if err := input.Close(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond) // until the search has begun
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if status := cmd.ProcessState.ExitCode(); status != 130 || stdout.Len() > 0 || stderr.String() != "qasleaks: interrupted\n" {
				t.Errorf("%v, %s: status %d, %d bytes of a report, standard error %q", signal, format, status, stdout.Len(), stderr.String())
			}
		}
	}
}

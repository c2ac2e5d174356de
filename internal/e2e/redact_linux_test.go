package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
)

// filter is a running "qasleaks redact" with pipes.
type filter struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	close  func() error // the end of the output that is read
	stderr bytes.Buffer
}

func startFilter(t *testing.T) *filter {
	t.Helper()
	f := &filter{Cmd: exec.Command("qasleaks", "redact")}
	f.Stderr = &f.stderr
	in, err := f.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.in, f.out, f.close = in, bufio.NewReader(out), out.Close
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRedactPassesLines expects each line before the next one is written.
func TestRedactPassesLines(t *testing.T) {
	f := startFilter(t)
	for _, c := range []struct{ in, want string }{
		{"first\n", "first\n"},
		{"Authorization: ApiKey {{key 1}}\n", "Authorization: ApiKey {{tenant 1}}.{{id 1}}.****\n"},
		{"last\n", "last\n"},
	} {
		if _, err := io.WriteString(f.in, keytest.Expand(c.in)); err != nil {
			t.Fatal(err)
		}
		if got, err := f.out.ReadString('\n'); err != nil || got != keytest.Expand(c.want) {
			t.Fatalf("%q became %q, %v", c.in, got, err)
		}
	}
	f.in.Close()
	if err := f.Wait(); f.ProcessState.ExitCode() != 1 || !strings.Contains(f.stderr.String(), "masked 1 key") {
		t.Errorf("%v: %s", err, f.stderr.String())
	}
}

// TestRedactEndsWithItsReader expects no complaint if nobody reads the output any more.
func TestRedactEndsWithItsReader(t *testing.T) {
	f := startFilter(t)
	if _, err := io.WriteString(f.in, "line\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	for { // until the program has ended
		if _, err := io.WriteString(f.in, "line\n"); err != nil {
			break
		}
	}
	if err := f.Wait(); err != nil || f.stderr.Len() > 0 {
		t.Errorf("%v: %s", err, f.stderr.String())
	}
}

// TestRedactHoldsLittle expects little memory for a line without an end, for binary data and
// for many lines.
func TestRedactHoldsLittle(t *testing.T) {
	const size, mostKilobytes = 64 << 20, 60 << 10
	for name, piece := range map[string]string{
		"a line": "xyz ", "base64": "QUJD", "zeros": "\x00\x00", "lines": "a line of a log\n",
	} {
		f := startFilter(t)
		block := strings.Repeat(piece, 1<<20/len(piece))
		used := make(chan int, 1)
		go func() {
			for range size / len(block) {
				if _, err := io.WriteString(f.in, block); err != nil {
					break
				}
			}
			used <- mostMemory(t, f.Process.Pid)
			f.in.Close()
		}()
		n, err := io.Copy(io.Discard, f.out)
		if want := int64(size / len(block) * len(block)); err != nil || n != want {
			t.Errorf("%s: %d bytes, want %d, %v", name, n, want, err)
		}
		if err := f.Wait(); err != nil {
			t.Errorf("%s: %v: %s", name, err, f.stderr.String())
		}
		if used := <-used; used > mostKilobytes {
			t.Errorf("%s: %d kB of memory", name, used)
		}
	}
}

// mostMemory returns the most memory, in kB, that a process has had. The usage that wait
// returns is not of use: it begins with the memory of the parent.
func mostMemory(t *testing.T, pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	n, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	if err != nil {
		t.Error(err)
	}
	return n
}

// TestRedactKeepsTheStatus runs the two ways of the documentation to get the status of the
// command whose output is masked.
func TestRedactKeepsTheStatus(t *testing.T) {
	key := keytest.Expand("{{key 1}}")
	for _, c := range []struct {
		script string
		want   int
	}{
		{"set -o pipefail; (echo a; exit 7) | qasleaks redact", 7},
		{"set -o pipefail; echo a | qasleaks redact", 0},
		{"set -o pipefail; echo " + key + " | qasleaks redact", 1},
		{`(echo ` + key + `; exit 7) | qasleaks redact; exit "${PIPESTATUS[0]}"`, 7},
		{`echo ` + key + ` | qasleaks redact; exit "${PIPESTATUS[0]}"`, 0},
	} {
		command := exec.Command("bash", "-c", c.script)
		if out, _ := command.CombinedOutput(); command.ProcessState.ExitCode() != c.want {
			t.Errorf("%s: status %d, want %d: %s", strings.ReplaceAll(c.script, key, "KEY"), command.ProcessState.ExitCode(), c.want, out)
		}
	}
}

//go:build unix

package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/internal/gittest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// ended is how a command of the shell has ended.
type ended struct {
	status         int
	signal         syscall.Signal
	stdout, stderr string
}

// sh runs a command of the shell in a directory; as is a user, or 0 for the current one.
func sh(t *testing.T, dir string, as uint32, command string) ended {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = dir
	if as != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: as, Gid: as}}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || ctx.Err() != nil {
		t.Fatalf("%s: %v", command, err)
	}
	result := ended{status: state.ExitStatus(), stdout: stdout.String(), stderr: stderr.String()}
	if state.Signaled() {
		result.signal = state.Signal()
	}
	if strings.Contains(result.stdout+result.stderr, tenantKey(1)) {
		t.Errorf("%s shows a key", command)
	}
	return result
}

// expect checks the status and the standard error of a command.
func (e ended) expect(t *testing.T, what string, status int, stderr string) {
	t.Helper()
	if e.status != status || !strings.Contains(e.stderr, stderr) {
		t.Errorf("%s: status %d, want %d; signal %v; standard error %q, want %q", what, e.status, status, e.signal, e.stderr, stderr)
	}
}

// TestDiskFull writes reports and masked copies where there is no room: an error says so,
// and no part of a file is left.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, "in/a.txt", "QAS_TOKEN="+tenantKey(1)+"\n"+strings.Repeat("a line of a log\n", 50_000))
	if _, err := os.Stat("/dev/full"); err == nil {
		for _, format := range []string{"text", "json", "sarif", "html"} {
			sh(t, dir, 0, "qasleaks scan in --format "+format+" >/dev/full").expect(t, format, 2, "no space left on device")
		}
		sh(t, dir, 0, "qasleaks redact in/a.txt >/dev/full").expect(t, "redact", 2, "no space left on device")
	}
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("only root can mount a small disk")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("mount a small disk: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", small).Run() })
	sh(t, dir, 0, "qasleaks scan in --format html --output small/report.html").expect(t, "report", 2, "no space left on device")
	sh(t, dir, 0, "qasleaks redact in --output small").expect(t, "redact", 3, "no space left on device")
	_ = filepath.WalkDir(small, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s is left", name)
		}
		return nil
	})
}

// TestClosedPipe has a reader that goes away: the findings still decide the status.
func TestClosedPipe(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, "in/a.txt", "QAS_TOKEN="+tenantKey(1)+"\n")
	place(t, dir, "clean/a.txt", "nothing\n")
	for target, want := range map[string]int{"in": 1, "clean": 0} {
		for _, format := range []string{"text", "json", "html"} {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			reader.Close()
			cmd := exec.Command("qasleaks", "scan", "--format", format, target)
			var stderr bytes.Buffer
			cmd.Dir, cmd.Stdout, cmd.Stderr = dir, writer, &stderr
			_ = cmd.Run()
			writer.Close()
			if status := cmd.ProcessState.ExitCode(); status != want || stderr.Len() > 0 {
				t.Errorf("%s, %s: status %d, want %d: %s", target, format, status, want, stderr.String())
			}
		}
	}
}

// nobody is a user without permissions.
const nobody = 65534

// TestReadOnly cannot read or write some folders: reports say so, and nothing else is lost.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	as := uint32(0)
	if os.Geteuid() == 0 {
		as = nobody
		program, err := exec.LookPath("qasleaks")
		if err != nil {
			t.Fatal(err)
		}
		for _, open := range []string{filepath.Dir(program), filepath.Dir(dir)} {
			if err := os.Chmod(open, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, mode := range map[string]fs.FileMode{"fixed": 0o555, "locked": 0, "open": 0o777} {
		place(t, dir, name+"/a.txt", "QAS_TOKEN="+tenantKey(1)+"\n")
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, name), 0o700) })
	}
	if probe := sh(t, dir, as, "qasleaks version"); probe.status != 0 {
		t.Skipf("the program cannot be run by another user: %s", probe.stderr)
	}
	sh(t, dir, as, "qasleaks scan open --output fixed/report.txt").expect(t, "report", 2, "permission denied")
	sh(t, dir, as, "qasleaks scan locked").expect(t, "locked", 3, "")
	sh(t, dir, as, "qasleaks scan locked open").expect(t, "locked and open", 1, "")
	sh(t, dir, as, "qasleaks redact --in-place fixed").expect(t, "redact", 3, "permission denied")
	sh(t, dir, as, "qasleaks redact open --output fixed").expect(t, "redact to", 2, "permission denied")
	if left, _ := os.ReadDir(filepath.Join(dir, "fixed")); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}

// TestFewDescriptors and too few: what cannot be opened is a failure, and never clean.
func TestFewDescriptors(t *testing.T) {
	r := gittest.New(t)
	for _, name := range []string{"a", "b", "c", "d"} {
		r.Write(name+"/key.txt", "QAS_TOKEN="+tenantKey(1)+"\n")
		r.Commit(name)
		r.Git("repack", "-dq")
	}
	for _, limit := range []string{"20", "12", "9", "7"} {
		result := sh(t, r.Dir, 0, "ulimit -n "+limit+"; qasleaks scan --format json .")
		switch result.status {
		case 1, 3:
		case 2:
			if !strings.Contains(result.stderr, "too many open files") {
				t.Errorf("limit %s: %s", limit, result.stderr)
			}
		case 134: // Go itself needs descriptors
			if !strings.HasPrefix(result.stderr, "runtime: ") {
				t.Errorf("limit %s: %s", limit, result.stderr)
			}
		default:
			t.Errorf("limit %s: status %d, signal %v: %.500s", limit, result.status, result.signal, result.stderr)
		}
		if limit == "20" && result.status != 1 {
			t.Errorf("limit %s: status %d: %s", limit, result.status, result.stderr)
		}
	}
}

// TestLittleMemory has a limit that is respected, and one that cannot be: then the status
// is that of an abort, and not that of wrong usage.
func TestLittleMemory(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, "in/a.txt", strings.Repeat("QAS_TOKEN="+tenantKey(1)+"\n", 200))
	sh(t, dir, 0, "GOMEMLIMIT=20MiB qasleaks scan in").expect(t, "GOMEMLIMIT", 1, "")
	if runtime.GOOS != "linux" {
		t.Skip("other systems do not limit the address space")
	}
	sh(t, dir, 0, "head -c 300000000 /dev/zero | gzip -1 >in/large.gz").expect(t, "gzip", 0, "")
	aborted := false
	for _, limit := range []string{"700000", "800000", "900000", "1000000"} {
		switch result := sh(t, dir, 0, "ulimit -v "+limit+"; GOTRACEBACK=all exec qasleaks scan in"); {
		case result.signal == syscall.SIGABRT:
			aborted = aborted || strings.Contains(result.stderr, "out of memory") || strings.Contains(result.stderr, "cannot allocate memory")
		case result.status == 2 && strings.Contains(result.stderr, "runtime") && !strings.Contains(result.stderr, "main.main()"): // Go cannot start
		case result.status == 1, result.status == 3:
		default:
			t.Errorf("limit %s: status %d, signal %v: %.300s", limit, result.status, result.signal, result.stderr)
		}
	}
	if !aborted {
		t.Log("no limit was too low for the scan, and enough to start")
	}
}

// TestRepack scans a repository again and again while git repacks it and prunes objects: the
// key is found each time, and each scan is complete or says what it could not read.
func TestRepack(t *testing.T) {
	r := gittest.New(t)
	for i := range 30 {
		r.Write("file.txt", strings.Repeat("some line\n", i*50))
		r.Commit("change")
	}
	r.Write("key.txt", "QAS_TOKEN="+tenantKey(1)+"\n")
	r.Commit("add")
	r.Remove("key.txt")
	r.Commit("remove")
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			args := [][]string{{"repack", "-adqf"}, {"unpack-objects", "-q"}, {"gc", "-q", "--prune=now"}}[i%3]
			if args[0] == "unpack-objects" {
				args = []string{"repack", "-Adq"}
			}
			_, _ = r.Try(args...)
		}
	}()
	for range 15 {
		result := sh(t, r.Dir, 0, "qasleaks scan --history-only --format json .")
		if result.status != 1 || !strings.Contains(result.stdout, `"complete"`) {
			t.Errorf("status %d, signal %v: %.500s", result.status, result.signal, result.stderr)
		}
	}
	close(done)
	<-stopped
}

// TestSignals interrupts commands where they wait or work for long: the status is 130, and
// neither a report nor a temporary file is left.
func TestSignals(t *testing.T) {
	dir := t.TempDir()
	hostile := strings.Repeat("'"+tenantKey(1)+"' ", 100_000) + strings.Repeat("LjFD", 1<<20)
	place(t, dir, "in/hostile.txt", hostile)
	var member bytes.Buffer
	w := gzip.NewWriter(&member)
	_, _ = w.Write(bytes.Repeat([]byte("a line of a log\n"), 4<<20))
	_ = w.Close()
	place(t, dir, "packed/large.gz", strings.Repeat(member.String(), 30))
	server, arrived := silentServer(t)
	place(t, dir, "ca.pem", string(server.CA))
	for _, command := range []string{
		"scan in", "scan --format json --output report.json in", "scan packed", "scan -", "scan --targets -",
		"redact in/hostile.txt", "redact --in-place in", "redact --output out in", "redact",
		"baseline create --reason old in", "verify", "verify --url https://" + server.Address + " --allow-host " + server.Address,
		"hook run agent --agent claude",
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(command+"/"+signal.String(), func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				cmd := exec.CommandContext(ctx, "qasleaks", strings.Fields(command)...)
				var stdout, stderr bytes.Buffer
				cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
				cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(dir, "ca.pem"), "QAS_URL=")
				input, err := cmd.StdinPipe() // it stays open
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(command, "verify --url") {
					_, _ = input.Write([]byte(tenantKey(1) + "\n"))
					_ = input.Close()
					if runtime.GOOS == "linux" { // only there Go reads SSL_CERT_FILE
						<-arrived
					}
				}
				time.Sleep(150 * time.Millisecond)
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
				if status := cmd.ProcessState.ExitCode(); status != 130 || !strings.HasSuffix(stderr.String(), "qasleaks: interrupted\n") {
					t.Errorf("status %d, standard error %.300q", status, stderr.String())
				}
				if command != "redact" && stdout.Len() > 0 {
					t.Errorf("%d bytes of output", stdout.Len())
				}
				_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
					if base := filepath.Base(name); err == nil && (strings.HasPrefix(base, ".qasleaks") || base == "report.json") {
						t.Errorf("%s is left", name)
					}
					return nil
				})
			})
		}
	}
}

// TestSwitchingProtocols has a server that answers 101 and says nothing more: verification
// does not wait for it, and the key is neither live nor dead.
func TestSwitchingProtocols(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Go on Linux reads SSL_CERT_FILE")
	}
	server, err := fakeapi.Start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if conn, buffer, err := w.(http.Hijacker).Hijack(); err == nil {
			_, _ = buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			_ = buffer.Flush()
			t.Cleanup(func() { conn.Close() })
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir := t.TempDir()
	place(t, dir, "ca.pem", string(server.CA))
	place(t, dir, "keys.txt", tenantKey(1)+"\n")
	result := sh(t, dir, 0, "SSL_CERT_FILE=ca.pem QAS_URL= qasleaks verify --url https://"+server.Address+" --allow-host "+server.Address+" <keys.txt")
	if result.status != 3 || !strings.Contains(result.stdout, "unknown") {
		t.Errorf("status %d: %s%s", result.status, result.stdout, result.stderr)
	}
}

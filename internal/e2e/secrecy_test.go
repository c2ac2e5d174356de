package e2e

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// misplacedToken says where in what was sent there is a token other than in an
// Authorization header under TLS; "" if nowhere.
func misplacedToken(text, wire string) string {
	if form := tokenIn(wire); form != "" {
		return "without encryption, as " + form
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		credential, isHeader := strings.CutPrefix(line, "Authorization: ")
		if isHeader && (strings.HasPrefix(credential, "Bearer ") || strings.HasPrefix(credential, "ApiKey ")) {
			continue
		}
		if form := tokenIn(line); form != "" {
			return "outside its header, as " + form
		}
	}
	return ""
}

// TestNoKeyEscapes runs the program in many ways against servers of all kinds, and
// searches every byte that it sent and every byte that it wrote.
func TestNoKeyEscapes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Go on Linux reads SSL_CERT_FILE")
	}
	dir := t.TempDir()
	key := tenantKey(1)
	place(t, dir, "src/.env", "QAS_URL=https://acme.eu1.qasphere.com\nQAS_TOKEN="+key+"\nTOKEN64="+base64.StdEncoding.EncodeToString([]byte(key))+"\n")
	place(t, dir, "keys.txt", key+"\n"+tenantKey(2)+"\n")
	api := &fakeapi.API{}
	api.Add(key, fakeapi.Key{User: "Ada", Email: "ada@example.com", Role: "admin"})
	elsewhere, err := fakeapi.Start(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	echo := func(w http.ResponseWriter, r *http.Request, status int) {
		_, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "https://"+elsewhere.Address+"/"+key)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":%q,"user":{"id":1,"email":%[1]q,"name":%[2]q,"role":%[1]q}}`, key, hex.EncodeToString([]byte(key)))
	}
	servers := map[string]http.Handler{
		"api": api,
		"bearer refused": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			echo(w, r, http.StatusUnauthorized)
		}),
		"redirect": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { echo(w, r, http.StatusTemporaryRedirect) }),
		"user": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"user":{"id":1,"email":%q,"name":%q,"role":"admin"}}`, key, base64.StdEncoding.EncodeToString([]byte(key)))
		}),
		"no HTTP": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(conn, "%s\r\n\r\n", r.Header.Get("Authorization"))
			conn.Close()
		}),
	}
	for name, handler := range servers {
		t.Run(name, func(t *testing.T) {
			s, err := fakeapi.Start(handler)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			api.Host(s.Address, &fakeapi.Tenant{ID: keytest.TenantID(1), AuditLog: true, Projects: []string{"BD"}})
			certificates := t.TempDir()
			place(t, certificates, "ca.pem", string(s.CA))
			ca := filepath.Join(certificates, "ca.pem")
			host := "--url https://" + s.Address + " --allow-host " + s.Address + " "
			for _, command := range []string{
				"scan --verify --analyze --format text " + host + "src",
				"scan --verify --analyze --format json " + host + "src",
				"scan --verify --analyze --format sarif " + host + "src",
				"scan --verify --fail-on-live " + host + "src",
				"verify --analyze " + host,
				"verify --format json " + host,
				"verify " + host + key,
				"verify " + host + "--audit-key-env " + key,
				"verify " + host + "--url " + key,
				"scan --verify --url https://" + key + "@" + s.Address + " --allow-host " + s.Address + " src",
				"scan --verify --url https://" + s.Address + "/" + key + " src",
				"scan --verify --allow-host " + key + " src",
				"scan --verify --proxy http://" + key + "@127.0.0.1:9 src",
			} {
				cmd := exec.Command("qasleaks", strings.Fields(command)...)
				cmd.Dir = dir
				// The debugging aids of Go's own network code are on, and a proxy
				// is configured.
				cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+ca, "GODEBUG=netdns=2,http2debug=2", "GOTRACEBACK=all",
					"HTTPS_PROXY=http://"+elsewhere.Address, "ALL_PROXY=http://"+elsewhere.Address, "QAS_URL=")
				stdin, err := os.Open(filepath.Join(dir, "keys.txt"))
				if err != nil {
					t.Fatal(err)
				}
				cmd.Stdin = stdin
				out, err := cmd.CombinedOutput()
				stdin.Close()
				if form := tokenIn(string(out)); form != "" {
					t.Errorf("%s: shows the token as %s", strings.ReplaceAll(command, key, "KEY"), form)
				}
				if status := cmd.ProcessState.ExitCode(); status < 0 || status > 3 {
					t.Errorf("%s: ends with %v: %s", strings.ReplaceAll(command, key, "KEY"), err, out)
				}
			}
			if s.Text() == "" {
				t.Error("nothing was asked")
			}
			if where := misplacedToken(s.Text(), s.Wire()); where != "" {
				t.Errorf("the token was sent %s", where)
			}
		})
	}
	if sent := elsewhere.Wire(); sent != "" {
		t.Errorf("another host was sent %q", sent)
	}
}

// silentServer starts a server that never answers. It says when a request has arrived.
func silentServer(t *testing.T) (s *fakeapi.Server, arrived <-chan struct{}) {
	t.Helper()
	requests := make(chan struct{}, 16)
	s, err := fakeapi.Start(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests <- struct{}{}
		<-r.Context().Done()
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, requests
}

// TestNoKeyInTraces stops the program while it waits for an answer, and reads the
// stack traces of Go.
func TestNoKeyInTraces(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Go on Linux reads SSL_CERT_FILE")
	}
	s, arrived := silentServer(t)
	certificates := t.TempDir()
	place(t, certificates, "ca.pem", string(s.CA))
	ca := filepath.Join(certificates, "ca.pem")
	for signal, want := range map[syscall.Signal]string{syscall.SIGQUIT: "goroutine ", syscall.SIGINT: "qasleaks: interrupted"} {
		cmd := exec.Command("qasleaks", "verify", "--url", "https://"+s.Address, "--allow-host", s.Address)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+ca, "GOTRACEBACK=system")
		cmd.Stdin = strings.NewReader(tenantKey(1) + "\n")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-arrived
		err := cmp.Or(cmd.Process.Signal(signal), cmd.Wait())
		if err == nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v: %v: %.300s", signal, err, out.String())
		}
		if form := tokenIn(out.String()); form != "" {
			t.Errorf("%v: shows the token as %s", signal, form)
		}
		// A program that the runtime of Go ends has a status of its own, and leaves no core.
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && signal == syscall.SIGQUIT && (status.Signal() != syscall.SIGABRT || status.CoreDump()) {
			t.Errorf("it ended with signal %v, core %v", status.Signal(), status.CoreDump())
		}
	}
}

package verify

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// TestBrokenAnswers asks servers that break HTTP. The state is unknown, with a
// reason, after one request.
func TestBrokenAnswers(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request, piece string) {
		w.Header().Set("Content-Type", asJSON)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
		}
	}
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}
	padded := func(size int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", asJSON)
			_, _ = io.WriteString(w, userOK+strings.Repeat(" ", size-len(userOK)))
		}
	}
	t.Run("a body of 4 MiB", func(t *testing.T) {
		s := start(t, padded(maxBody))
		if got := verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1))); got.State != scanner.Live {
			t.Errorf("got %s (%s), want live", got.State, got.Reason)
		}
	})
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	for _, tt := range []struct {
		name, reason string
		handler      http.HandlerFunc
	}{
		{"endless body", "larger than 4 MiB", func(w http.ResponseWriter, r *http.Request) { endless(w, r, strings.Repeat(" ", 1<<16)) }},
		{"slow body", "in time", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"user":`)
			hang(w, r)
		}},
		{"no body", "in time", hang},
		{"no answer", "in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"closed", "the connection failed", raw("")},
		{"another protocol", "another protocol", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn) // until the client closes it
		}},
		{"no HTTP", "the connection failed", raw("220 mail.example.com ESMTP\r\n")},
		{"a header that does not end", "the connection failed", raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("x: y\r\n", 1<<16))},
		{"a header of 128 KiB", "the connection failed", raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 128<<10) + "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + userOK)},
		{"a body of 4 MiB and a byte", "larger than 4 MiB", padded(maxBody + 1)},
		{"shorter than it says", "the connection failed", raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n" + userOK)},
		{"a broken chunk", "the connection failed", raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + userOK)},
		{"compressed", "not one of QA Sphere's", raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")},
		{"cut off", "the connection failed", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"user":`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.handler)
			v := newVerifier(t, s, toServer(s))
			if tt.reason == "in time" {
				v.client.guard.Timeout = 200 * time.Millisecond
			}
			got := verifyOne(t, v, finding(value(1)))
			if got.State != scanner.Unknown || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("got %s (%s), want unknown (%s)", got.State, got.Reason, tt.reason)
			}
			if n := requests(s); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestConnectionReset(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	address := listener.Addr().String()
	wantUnknown(t, Options{URLs: []string{"https://" + address}, AllowHost: address}, "the connection failed")
}

func TestNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	wantUnknown(t, Options{URLs: []string{"https://" + address}, AllowHost: address}, "")
}

// wantUnknown asks with a verifier that trusts no certificate made by a test.
func wantUnknown(t *testing.T, o Options, reason string) {
	t.Helper()
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	got := verifyOne(t, v, finding(value(1)))
	if got.State != scanner.Unknown || got.Reason == "" || !strings.Contains(got.Reason, reason) {
		t.Errorf("got %s (%s), want unknown (%s)", got.State, got.Reason, reason)
	}
}

func TestTLS(t *testing.T) {
	t.Run("not trusted", func(t *testing.T) {
		s := start(t, http.NotFoundHandler())
		wantUnknown(t, toServer(s), "not trusted")
		if s.Text() != "" {
			t.Errorf("was sent %q", s.Text())
		}
	})
	t.Run("for another name", func(t *testing.T) {
		s := start(t, http.NotFoundHandler(), "other.eu1.qasphere.com")
		v := newVerifier(t, s, Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
		v.atLoopback(s)
		got := verifyOne(t, v, finding(value(1)))
		if got.State != scanner.Unknown || !strings.Contains(got.Reason, "not trusted") || s.Text() != "" {
			t.Errorf("got %s (%s), sent %q", got.State, got.Reason, s.Text())
		}
	})
	t.Run("plain HTTP", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		defer s.Close()
		address := s.Listener.Addr().String()
		wantUnknown(t, Options{URLs: []string{"https://" + address}, AllowHost: address}, "the TLS handshake failed")
	})
}

// TLS below 1.2 is refused before a key is sent.
func TestTLSVersions(t *testing.T) {
	for version, want := range map[uint16]int64{tls.VersionTLS11: 0, tls.VersionTLS12: 1} {
		var asked atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(http.StatusTeapot)
		}))
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		address := s.Listener.Addr().String()
		v, err := New(Options{URLs: []string{"https://" + address}, AllowHost: address})
		if err != nil {
			t.Fatal(err)
		}
		v.transport().TLSClientConfig.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		got := verifyOne(t, v, finding(value(1)))
		v.client.guard.HTTP.CloseIdleConnections()
		if got.State != scanner.Unknown || asked.Load() != want {
			t.Errorf("%s: got %s (%s) after %d requests, want %d", tls.VersionName(version), got.State, got.Reason, asked.Load(), want)
		}
	}
}

// A redirect is not followed: its target receives nothing.
func TestRedirects(t *testing.T) {
	elsewhere := start(t, http.NotFoundHandler())
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://" + elsewhere.Address + "/", "/api/public/v0/project", "http://" + elsewhere.Address} {
			s := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) }))
			got := verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1)))
			if got.State != scanner.Unknown || !strings.Contains(got.Reason, "redirects") || requests(s) != 1 {
				t.Errorf("%d: got %s (%s) after %d requests", status, got.State, got.Reason, requests(s))
			}
		}
	}
	if elsewhere.Wire() != "" {
		t.Errorf("the other server was sent %q", elsewhere.Wire())
	}
}

// An interrupt ends a request and a wait, and changes no finding.
func TestCancellation(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"during a request": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"during a wait": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "14")
			w.WriteHeader(429)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer cancel()
				if name == "during a request" {
					cancel()
				}
				handler(w, r)
			}))
			var findings []scanner.Finding
			for n := range uint64(50) {
				findings = append(findings, finding(value(n)))
			}
			if err := newVerifier(t, s, toServer(s)).Verify(ctx, findings); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			for _, f := range findings {
				if f.Liveness != (scanner.Liveness{}) {
					t.Errorf("a finding has the state %s", f.Liveness.State)
				}
			}
			if n := requests(s); n > workers {
				t.Errorf("%d requests after the interrupt", n)
			}
		})
	}
}

// A tenant's host whose name resolves to an address that is not public receives
// nothing.
func TestNamesOfPrivateAddresses(t *testing.T) {
	for address, reason := range map[string]string{
		"127.0.0.1": "not public", "10.1.2.3": "not public", "169.254.169.254": "not public",
		noSuchName: "no such host", serverFailure: "could not be resolved",
	} {
		server, asked := resolver(t, address)
		v, err := New(Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
		if err != nil {
			t.Fatal(err)
		}
		v.client.guard.Public.Resolver = server
		got := verifyOne(t, v, finding(value(1)))
		if got.State != scanner.Unknown || !strings.Contains(got.Reason, reason) {
			t.Errorf("%q: got %s (%s), want unknown (%s)", address, got.State, got.Reason, reason)
		}
		if asked.Load() == 0 {
			t.Errorf("%q: the name was not resolved", address)
		}
	}
}

// The failures that a resolver can answer with, as addresses.
const noSuchName, serverFailure = "", "SERVFAIL"

// resolver returns a resolver that answers every question with the same IPv4
// address, or failure, and counts the questions. It speaks RFC 1035.
func resolver(t *testing.T, address string) (*net.Resolver, *atomic.Int64) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	asked := new(atomic.Int64)
	go func() {
		query := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(query)
			if err != nil {
				return
			}
			asked.Add(1)
			_, _ = server.WriteTo(dnsAnswer(query[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server.LocalAddr().String())
	}}, asked
}

func dnsAnswer(query []byte, address string) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5 // the root label, the type and the class
	isA := binary.BigEndian.Uint16(query[end-4:]) == 1
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	switch {
	case address == noSuchName:
		answer[3] |= 3
	case address == serverFailure:
		answer[3] |= 2
	case isA:
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
		answer = append(answer, netip.MustParseAddr(address).AsSlice()...)
	}
	return answer
}

// The address of a proxy may be private; a port is added where none is given.
func TestProxyAddress(t *testing.T) {
	for text, want := range map[string]string{
		"http://proxy.example.com":       "proxy.example.com:80",
		"https://Proxy.example.com/":     "proxy.example.com:443",
		"http://10.0.0.5:3128":           "10.0.0.5:3128",
		"http://[fd00::1]":               "[fd00::1]:80",
		"https://proxy.example.com:8443": "proxy.example.com:8443",
	} {
		trusted := map[string]bool{}
		if _, err := parseProxy(text, trusted); err != nil || len(trusted) != 1 || !trusted[want] {
			t.Errorf("%s: trusts %v, want %s (%v)", text, trusted, want, err)
		}
	}
}

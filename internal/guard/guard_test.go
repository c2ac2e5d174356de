package guard

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestPublicDialer tests the check that the dialer makes of resolved addresses.
func TestPublicDialer(t *testing.T) {
	safe := publicDialer(time.Second, []uint16{443}).Control
	for _, address := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
		"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001::1",
	} {
		network := "tcp4"
		if netip.MustParseAddr(address).Is6() {
			network = "tcp6"
		}
		if safe(network, net.JoinHostPort(address, "443"), nil) == nil {
			t.Errorf("%s may be connected to", address)
		}
	}
	for _, address := range []string{"1.1.1.1:443", "[2606:4700::1111]:443"} {
		network := "tcp4"
		if strings.HasPrefix(address, "[") {
			network = "tcp6"
		}
		if err := safe(network, address, nil); err != nil {
			t.Errorf("%s may not be connected to: %v", address, err)
		}
	}
	if safe("tcp4", "1.1.1.1:22", nil) == nil || safe("udp4", "1.1.1.1:443", nil) == nil {
		t.Error("another port or protocol may be connected to")
	}
}

// A server that switches protocols, and a URL that is not https, give no answer.
func TestNoAnswer(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
	}))
	defer s.Close()
	c := New(Options{Timeout: time.Minute, MaxBody: 1, Trusted: map[string]bool{s.Listener.Addr().String(): true}})
	c.HTTP.Transport.(*http.Transport).TLSClientConfig.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for text, want := range map[string]string{
		s.URL:                              "101",
		strings.Replace(s.URL, "s", "", 1): "not an https URL",
	} {
		target, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Get(t.Context(), Request{URL: target})
		if err != nil || !strings.Contains(a.Failure, want) {
			t.Errorf("%s: got %q (%v), want %q", text, a.Failure, err, want)
		}
	}
}

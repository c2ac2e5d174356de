package verify

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// value returns a key of tenant 1.
func value(n uint64) string {
	return keytest.TenantID(1) + "." + keytest.KeyID(n, keytest.Made) + "." + keytest.Token(n)
}

// foreign returns a key of a tenant of its own.
func foreign(n uint64) string { return keytest.Key(n, keytest.Made) }

// finding returns the finding of a key with hosts next to it.
func finding(literal string, hosts ...string) scanner.Finding {
	key, ok := rules.ParseKey(literal)
	if !ok {
		panic("keytest made no key")
	}
	secret := redact.NewSecret(literal)
	return scanner.Finding{
		Severity: rules.Error, Key: key, Secret: secret, Secrets: []scanner.Secret{secret}, Hosts: hosts,
		Fingerprint: key.Fingerprint(), Occurrences: []scanner.Occurrence{{}},
	}
}

// start serves handler.
func start(t *testing.T, handler http.Handler, names ...string) *fakeapi.Server {
	t.Helper()
	s, err := fakeapi.Start(handler, names...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// newVerifier returns a Verifier that trusts the certificate of a server and does
// not wait between requests.
func newVerifier(t *testing.T, s *fakeapi.Server, o Options) *Verifier {
	t.Helper()
	v, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	v.transport().TLSClientConfig.RootCAs = s.Roots()
	v.client.guard.HostInterval, v.client.keyInterval = 0, 0
	t.Cleanup(v.client.guard.HTTP.CloseIdleConnections)
	return v
}

func (v *Verifier) transport() *http.Transport {
	return v.client.guard.HTTP.Transport.(*http.Transport)
}

// atLoopback makes every host resolve to the server's address.
func (v *Verifier) atLoopback(s *fakeapi.Server) {
	v.transport().DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Address)
	}
}

// toServer returns the options --url and --allow-host for a server.
func toServer(s *fakeapi.Server) Options {
	return Options{URLs: []string{"https://" + s.Address}, Source: "--url", AllowHost: s.Address}
}

// verifyOne asks about one key.
func verifyOne(t *testing.T, v *Verifier, f scanner.Finding) scanner.Liveness {
	t.Helper()
	findings := []scanner.Finding{f}
	if err := v.Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	return findings[0].Liveness
}

// requests counts the requests that a server got.
func requests(s *fakeapi.Server) int { return strings.Count(s.Text(), " HTTP/1.1\r\n") }

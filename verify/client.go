package verify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of one answer.
const (
	timeout = 10 * time.Second // including the time to connect
	maxBody = 4 << 20          // bytes
)

// client sends keys, each in the Authorization header of a GET request over TLS.
// It follows no redirects, keeps no cookies, ignores the proxy that the
// environment names, and connects only to public addresses and to the addresses
// that the user allowed.
type client struct {
	http    *http.Client
	timeout time.Duration
	limiter *limiter
}

// publicDialer returns a dialer that connects only to port 443 of public addresses.
// It checks the address that a name resolved to against the IANA registries of
// special-purpose addresses.
func publicDialer() *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: ssrf.New(ssrf.WithPorts(443)).Safe}
}

// newClient returns a client that connects through the dialer public, but without
// it to the addresses in trusted, each "host:port". proxy may be nil. So may roots,
// which then are the certificates that the machine trusts.
func newClient(public *net.Dialer, trusted map[string]bool, proxy *url.URL, roots *x509.CertPool) *client {
	unrestricted := &net.Dialer{Timeout: timeout}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if trusted[address] {
				return unrestricted.DialContext(ctx, network, address)
			}
			return public.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		DisableCompression:     true, // so that maxBody limits memory
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    workers,
		IdleConnTimeout:        timeout,
	}
	if proxy != nil { // a nil Proxy means none, whatever the environment says
		transport.Proxy = http.ProxyURL(proxy)
	}
	return &client{
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: timeout,
		limiter: &limiter{hostInterval: hostInterval, keyInterval: keyInterval, next: map[string]time.Time{}},
	}
}

// get asks a host for a path with a key, and tries again if the host is busy. keyID
// identifies the key for the rate limit. It fails only if ctx ends.
func (c *client) get(ctx context.Context, h host, path, scheme, keyID string, key scanner.Secret) (answer, error) {
	for try := 1; ; try++ {
		if err := c.limiter.wait(ctx, h.String(), keyID); err != nil {
			return answer{}, err
		}
		a, after := c.send(ctx, h, path, scheme, key)
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if !busy(a.status) || try == maxTries || after > maxWait {
			return a, nil
		}
		if err := sleep(ctx, after); err != nil {
			return answer{}, err
		}
	}
}

// send sends one request. It returns the answer, and how long the host asks to wait
// before the next one. Only here is a key revealed.
func (c *client) send(ctx context.Context, h host, path, scheme string, key scanner.Secret) (answer, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+h.String()+apiPath+path, nil)
	if err != nil {
		return answer{failure: "the request could not be made"}, 0
	}
	req.Header.Set("Authorization", scheme+" "+key.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "qasleaks")
	response, err := c.http.Do(req)
	if err != nil {
		return answer{failure: failure(err)}, 0
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err == nil {
		err = ctx.Err() // a body that is cut off as the connection closes may look whole
	}
	switch {
	case err != nil:
		return answer{failure: failure(err)}, 0
	case len(body) > maxBody:
		return answer{failure: "its answer was larger than 4 MiB"}, 0
	}
	return newAnswer(response.StatusCode, response.Header.Get("Content-Type"), body), retryAfter(response.Header.Get("Retry-After"), time.Now())
}

// failure says why there is no answer. It never uses the text of err, which may
// quote what the server sent: a server may send the key back.
func failure(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var timedOut interface{ Timeout() bool }
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "its address is not public; --allow-host permits it"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such host"
	case errors.As(err, &dns):
		return "its name could not be resolved"
	case errors.As(err, &certificate):
		return "its TLS certificate is not trusted"
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return "the TLS handshake failed"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refused the connection"
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return "it did not answer in time"
	}
	return "the connection failed"
}

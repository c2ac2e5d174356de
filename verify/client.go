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
	"strconv"
	"sync"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of what is asked, and of what is listened to.
const (
	timeout  = 10 * time.Second       // for a whole answer, connecting included
	maxBody  = 4 << 20                // bytes of an answer
	tries    = 3                      // where the server asks for patience
	maxWait  = 15 * time.Second       // that it may ask for
	keyPace  = 200 * time.Millisecond // 5 requests a second; 20 are allowed (docs.qasphere.com/api, "Rate Limiting")
	hostPace = 100 * time.Millisecond // 10 requests a second
)

// client sends keys: each in the Authorization header of a GET request, over
// TLS, to the host it is meant for, and nowhere else. It follows no redirect,
// keeps no cookies, uses no proxy unless told to, and connects to no address
// that is not a public one unless the user allowed that very host and port.
type client struct {
	http    *http.Client
	timeout time.Duration
	pace    *pace
}

// guard returns a dialer that connects to public addresses alone, by what the
// IANA registries of special addresses say, once the name has been looked up.
func guard() *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: ssrf.New(ssrf.WithPorts(443)).Safe}
}

// newClient returns a client that connects through guarded, and past it to the
// addresses in trusted, each "host:port". proxy may be nil, and so may roots, for
// the certificates that the machine trusts.
func newClient(guarded *net.Dialer, trusted map[string]bool, proxy *url.URL, roots *x509.CertPool) *client {
	plain := &net.Dialer{Timeout: timeout}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if trusted[address] {
				return plain.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		DisableCompression:     true, // so that maxBody holds
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    workers,
		IdleConnTimeout:        timeout,
	}
	if proxy != nil { // else none, whatever the environment says
		transport.Proxy = http.ProxyURL(proxy)
	}
	return &client{
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: timeout,
		pace:    &pace{host: hostPace, key: keyPace, next: map[string]time.Time{}},
	}
}

// get asks a host, and asks again where it says that it is busy. keyID names the
// key, for its pace. The error is that of ctx.
func (c *client) get(ctx context.Context, h host, path, scheme, keyID string, key scanner.Secret) (answer, error) {
	for try := 1; ; try++ {
		if err := c.pace.wait(ctx, h.String(), keyID); err != nil {
			return answer{}, err
		}
		a, after := c.once(ctx, h, path, scheme, key)
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if !a.busy() || try == tries || after > maxWait {
			return a, nil
		}
		if err := sleep(ctx, after); err != nil {
			return answer{}, err
		}
	}
}

// once asks a host, and returns its answer and how long it asks to wait.
func (c *client) once(ctx context.Context, h host, path, scheme string, key scanner.Secret) (answer, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+h.String()+apiPath+path, nil)
	if err != nil {
		return answer{failure: "could not be asked"}, 0
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
		err = ctx.Err() // while a connection is closed, a cut answer may look whole
	}
	switch {
	case err != nil:
		return answer{failure: failure(err)}, 0
	case len(body) > maxBody:
		return answer{failure: "its answer was larger than 4 MiB"}, 0
	}
	return newAnswer(response.StatusCode, response.Header.Get("Content-Type"), body), retryAfter(response.Header.Get("Retry-After"), time.Now())
}

// failure says in words of our own why there is no answer. Those of err may
// quote what the server sent, and that may hold anything.
func failure(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var timedOut interface{ Timeout() bool }
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork):
		return "its address is not a public one; --allow-host permits it"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such host"
	case errors.As(err, &dns):
		return "its name could not be looked up"
	case errors.As(err, &certificate):
		return "its TLS certificate is not trusted"
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS as it should"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refused the connection"
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return "it did not answer in time"
	}
	return "the connection failed"
}

// retryAfter reads a Retry-After header (RFC 9110, section 10.2.3), in seconds or
// a date; a second where there is none.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return time.Second
}

// pace keeps requests apart.
type pace struct {
	host, key time.Duration // from one to the next of a host, and of a key

	mu   sync.Mutex
	next map[string]time.Time // when a host, or a key, may be used next
}

// wait waits until both a host and a key may be used.
func (p *pace) wait(ctx context.Context, host, keyID string) error {
	p.mu.Lock()
	now := time.Now()
	at := now
	for _, next := range []time.Time{p.next["host "+host], p.next["key "+keyID]} {
		if next.After(at) {
			at = next
		}
	}
	p.next["host "+host], p.next["key "+keyID] = at.Add(p.host), at.Add(p.key)
	p.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// sleep waits so long, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}

// Package guard is the HTTP client of the packages that open connections, verify and
// site. It promises:
//
//   - It sends only GET requests, over verified TLS.
//   - It follows no redirects, keeps no cookies, and uses no proxy that the user did not
//     name.
//   - It connects only to public addresses, and to the hosts that the user allowed.
//   - An answer is bounded in size and time. Requests to a host are spaced out, and
//     Retry-After is honoured.
package guard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// HostInterval is the minimum time between two requests to a host: 10 a second.
const HostInterval = 100 * time.Millisecond

// Options say where a client may connect, and how much it reads.
type Options struct {
	// Timeout is for a whole request, including the time to connect.
	Timeout time.Duration
	// MaxBody is the maximum number of bytes of a body.
	MaxBody int64
	// Connections is the number of idle connections to keep for a host.
	Connections int
	// Ports are the ports of public addresses.
	Ports []uint16
	// Trusted are the hosts, each "host:port", that may have any address.
	Trusted map[string]bool
	// Proxy is an HTTP proxy; nil for none, whatever the environment says.
	Proxy *url.URL
}

// Client sends requests. Tests may change its fields before the first request.
type Client struct {
	HTTP *http.Client
	// Public connects to the hosts that are not trusted.
	Public  *net.Dialer
	Timeout time.Duration
	// HostInterval is the minimum time between two requests to a host.
	HostInterval time.Duration
	maxBody      int64
	limiter      limiter
}

// New returns a client. It opens no connection.
func New(o Options) *Client {
	unrestricted := &net.Dialer{Timeout: o.Timeout}
	c := &Client{Public: publicDialer(o.Timeout, o.Ports), Timeout: o.Timeout, HostInterval: HostInterval, maxBody: o.MaxBody}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if o.Trusted[address] {
				return unrestricted.DialContext(ctx, network, address)
			}
			return c.Public.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableCompression:     true, // so that MaxBody limits memory
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    o.Connections,
		IdleConnTimeout:        o.Timeout,
	}
	if o.Proxy != nil {
		transport.Proxy = http.ProxyURL(o.Proxy)
	}
	c.HTTP = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// publicDialer returns a dialer that connects only to some ports of public addresses.
// It checks the address that a name resolved to against the IANA registries of
// special-purpose addresses.
func publicDialer(timeout time.Duration, ports []uint16) *net.Dialer {
	return &net.Dialer{Timeout: timeout, Control: ssrf.New(ssrf.WithPorts(ports...)).Safe}
}

// Request is a GET request.
type Request struct {
	URL *url.URL
	// Header has the headers to send, besides User-Agent.
	Header http.Header
	// Subject names what the request is about, if such requests are to be spaced out as
	// well: Interval is the minimum time between two of them.
	Subject  string
	Interval time.Duration
}

// Answer is the answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Failure says why there is no answer; empty if there is one. It never quotes what
	// the server sent, which may be a secret of the request.
	Failure string
}

// Get sends a request, and sends it again if the host is busy. It fails only if ctx
// ends.
func (c *Client) Get(ctx context.Context, r Request) (Answer, error) {
	for try := 1; ; try++ {
		if err := c.limiter.wait(ctx, slot{"host " + r.URL.Host, c.HostInterval}, slot{"subject " + r.Subject, r.Interval}); err != nil {
			return Answer{}, err
		}
		a := c.send(ctx, r)
		if ctx.Err() != nil {
			return Answer{}, ctx.Err()
		}
		after := retryAfter(a.Header.Get("Retry-After"), time.Now())
		if !busy(a.Status) || try == maxTries || after > maxWait {
			return a, nil
		}
		if err := sleep(ctx, after); err != nil {
			return Answer{}, err
		}
	}
}

// send sends one request.
func (c *Client) send(ctx context.Context, r Request) Answer {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req := (&http.Request{Method: http.MethodGet, URL: r.URL, Header: r.Header.Clone(), Host: r.URL.Host}).WithContext(ctx)
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("User-Agent", "qasleaks")
	if r.URL.Scheme != "https" {
		return Answer{Failure: "it is not an https URL"}
	}
	response, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{Failure: failure(err)}
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols {
		return Answer{Failure: "it switched to another protocol (101)"}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, c.maxBody+1))
	if err == nil {
		err = ctx.Err() // a body that is cut off as the connection closes may look whole
	}
	switch {
	case err != nil:
		return Answer{Failure: failure(err)}
	case int64(len(body)) > c.maxBody:
		return Answer{Failure: fmt.Sprintf("its answer was larger than %d MiB", c.maxBody>>20)}
	}
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}
}

// failure says why there is no answer. It never uses the text of err, which may
// quote what the server sent: a server may send a secret back.
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

package verify

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/qasleaks/qasleaks/internal/guard"
	"github.com/qasleaks/qasleaks/scanner"
)

// Limits of one answer.
const (
	timeout = 10 * time.Second // including the time to connect
	maxBody = 4 << 20          // bytes
)

// keyInterval is the minimum time between two requests with a key: 5 a second. 20 are
// allowed (docs.qasphere.com/api, "Rate Limiting").
const keyInterval = 200 * time.Millisecond

// client sends keys, each in the Authorization header of a GET request.
type client struct {
	guard       *guard.Client
	keyInterval time.Duration
}

// newClient returns a client that connects to port 443 of public addresses, and to the
// addresses in trusted, each "host:port". proxy may be nil.
func newClient(trusted map[string]bool, proxy *url.URL) *client {
	return &client{
		guard: guard.New(guard.Options{
			Timeout: timeout, MaxBody: maxBody, Connections: workers, Ports: []uint16{443}, Trusted: trusted, Proxy: proxy,
		}),
		keyInterval: keyInterval,
	}
}

// get asks a host for a path with a key. keyID identifies the key for the rate limit.
// It fails only if ctx ends. Only here is a key revealed.
func (c *client) get(ctx context.Context, h host, path, scheme, keyID string, key scanner.Secret) (answer, error) {
	target, err := url.Parse("https://" + h.String() + apiPath + path)
	if err != nil {
		return answer{failure: "the request could not be made"}, nil
	}
	got, err := c.guard.Get(ctx, guard.Request{
		URL:     target,
		Header:  http.Header{"Authorization": {scheme + " " + key.Reveal()}, "Accept": {"application/json"}},
		Subject: keyID, Interval: c.keyInterval,
	})
	if err != nil || got.Failure != "" {
		return answer{failure: got.Failure}, err
	}
	a := newAnswer(got.Status, got.Header.Get("Content-Type"), got.Body)
	a.header = got.Header
	return a, nil
}

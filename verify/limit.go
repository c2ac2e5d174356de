package verify

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits of how fast requests are sent, and of how long the client waits for a
// server that is busy.
const (
	keyInterval  = 200 * time.Millisecond // 5 requests a second; 20 are allowed (docs.qasphere.com/api, "Rate Limiting")
	hostInterval = 100 * time.Millisecond // 10 requests a second
	maxTries     = 3                      // of one request, if the server is busy
	maxWait      = 15 * time.Second       // that a server may ask for
)

// limiter spaces out the requests to a host, and those with a key.
type limiter struct {
	hostInterval, keyInterval time.Duration

	mu   sync.Mutex
	next map[string]time.Time // when a host, or a key, may be used next
}

// wait waits until both a host and a key may be used. It fails if ctx ends.
func (l *limiter) wait(ctx context.Context, host, keyID string) error {
	l.mu.Lock()
	now := time.Now()
	at := now
	for _, next := range []time.Time{l.next["host "+host], l.next["key "+keyID]} {
		if next.After(at) {
			at = next
		}
	}
	l.next["host "+host], l.next["key "+keyID] = at.Add(l.hostInterval), at.Add(l.keyInterval)
	l.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// busy reports whether a status asks the client to try again later. The official
// client tries again on the same statuses.
func busy(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable:
		return true
	}
	return false
}

// retryAfter returns how long a Retry-After header (RFC 9110, section 10.2.3) asks
// to wait: seconds or a date. Without a valid header it is one second.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return time.Second
}

// sleep waits for d. It fails if ctx ends.
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

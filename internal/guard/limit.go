package guard

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits of how long the client waits for a server that is busy.
const (
	maxTries = 3                // of one request
	maxWait  = 15 * time.Second // that a server may ask for
)

// limiter spaces out requests. The zero value is ready.
type limiter struct {
	mu   sync.Mutex
	next map[string]time.Time // when a name may be used next
}

// slot is a name whose uses are at least interval apart.
type slot struct {
	name     string
	interval time.Duration
}

// wait waits until all slots are free, and uses them. It fails if ctx ends.
func (l *limiter) wait(ctx context.Context, slots ...slot) error {
	l.mu.Lock()
	now := time.Now()
	at := now
	for _, s := range slots {
		if next := l.next[s.name]; next.After(at) {
			at = next
		}
	}
	if l.next == nil {
		l.next = map[string]time.Time{}
	}
	for _, s := range slots {
		if s.interval > 0 {
			l.next[s.name] = at.Add(s.interval)
		}
	}
	l.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// busy reports whether a status asks the client to try again later. The official
// client of QA Sphere tries again on the same statuses.
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

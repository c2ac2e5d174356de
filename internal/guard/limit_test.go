package guard

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "86400": 24 * time.Hour,
		"": time.Second, "-1": time.Second, "1.5": time.Second, "soon": time.Second,
		"99999999999999999999999":       time.Second, // not a number of seconds
		"9999999999":                    time.Second, // more than a duration can hold safely
		"Fri, 02 Jan 2026 03:04:09 GMT": 4 * time.Second,
		"Fri, 02 Jan 2026 03:04:05 GMT": 0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}

// A host receives at most ten requests a second, and a key is sent at most five
// times a second.
func TestRateLimit(t *testing.T) {
	same := func(int) string { return "a" }
	each := func(i int) string { return fmt.Sprint(i) }
	for name, tt := range map[string]struct {
		host, key func(i int) string
		want      time.Duration // for 11 requests
	}{
		"one host, one key":     {same, same, 2 * time.Second},
		"one host, many keys":   {same, each, time.Second},
		"many hosts, one key":   {each, same, 2 * time.Second},
		"many hosts, many keys": {each, each, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l limiter
				begin := time.Now()
				for i := range 11 {
					if err := l.wait(t.Context(), slot{"host " + tt.host(i), HostInterval}, slot{"subject " + tt.key(i), 2 * HostInterval}); err != nil {
						t.Fatal(err)
					}
				}
				if got := time.Since(begin); got != tt.want {
					t.Errorf("took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// The limits hold however many keys are asked about at the same time.
func TestRateLimitOfManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l limiter
		begin := time.Now()
		done := make(chan error)
		for i := range 11 {
			go func() {
				done <- l.wait(t.Context(), slot{"host a", HostInterval}, slot{fmt.Sprint(i), 2 * HostInterval})
			}()
		}
		var errs []error
		for range 11 {
			errs = append(errs, <-done)
		}
		if got := time.Since(begin); got != time.Second || errors.Join(errs...) != nil {
			t.Errorf("took %v, want 1s: %v", got, errors.Join(errs...))
		}
	})
}

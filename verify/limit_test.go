package verify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
)

// The limits hold for the requests of a Verifier, whose keys have one host.
func TestRateLimitOfVerifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &answers{given: []canned{{200, "", userOK}}}
		v, err := New(Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
		if err != nil {
			t.Fatal(err)
		}
		v.client.guard.HTTP.Transport = transport
		var findings []scanner.Finding
		for n := range uint64(11) {
			findings = append(findings, finding(value(n)))
		}
		begin := time.Now()
		if err := v.Verify(t.Context(), findings); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(begin); got != time.Second || len(transport.at) != 11 {
			t.Errorf("%d requests took %v, want 11 in 1s", len(transport.at), got)
		}
	})
}

// A body that ends as the time is up may be cut off: it proves nothing.
func TestBodyAtTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, err := New(Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
		if err != nil {
			t.Fatal(err)
		}
		v.client.guard.HTTP.Transport = lateBody{}
		begin := time.Now()
		got := verifyOne(t, v, finding(value(1)))
		if took := time.Since(begin); took != timeout || got.State != scanner.Unknown || !strings.Contains(got.Reason, "in time") {
			t.Errorf("got %s (%s) after %v, want unknown after %v", got.State, got.Reason, took, timeout)
		}
	})
}

// lateBody is a transport whose body ends when the request does.
type lateBody struct{ ctx context.Context }

func (lateBody) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.NopCloser(io.MultiReader(strings.NewReader(userOK), lateBody{r.Context()}))
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {asJSON}}, Body: body}, nil
}

func (b lateBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, io.EOF
}

// answers is a transport without a network. It gives its answers one after the
// other, the last again and again, and notes when it was asked.
type answers struct {
	given []canned

	mu sync.Mutex
	at []time.Time
}

type canned struct {
	status     int
	retryAfter string
	body       string
}

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.given[min(len(a.at), len(a.given)-1)]
	a.at = append(a.at, time.Now())
	header := http.Header{"Content-Type": {asJSON}}
	if c.retryAfter != "" {
		header.Set("Retry-After", c.retryAfter)
	}
	return &http.Response{StatusCode: c.status, Header: header, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

// TestBusy asks hosts that ask to wait.
func TestBusy(t *testing.T) {
	const message = `{"message":"Too many requests, please try again later."}`
	busy := func(status int, after string) canned { return canned{status, after, message} }
	ok := canned{200, "", userOK}
	for _, tt := range []struct {
		name  string
		given []canned
		state scanner.LivenessState
		waits []time.Duration // between requests
	}{
		{"once", []canned{busy(429, "3"), ok}, scanner.Live, []time.Duration{3 * time.Second}},
		{"twice", []canned{busy(503, "1"), busy(503, "2"), ok}, scanner.Live, []time.Duration{time.Second, 2 * time.Second}},
		{"three times", []canned{busy(429, "1"), busy(429, "1"), busy(429, "1"), ok}, scanner.Unknown, []time.Duration{time.Second, time.Second}},
		{"a bad gateway", []canned{busy(502, "1"), ok}, scanner.Live, []time.Duration{time.Second}},
		{"no header", []canned{busy(429, ""), ok}, scanner.Live, []time.Duration{time.Second}},
		{"no wait", []canned{busy(429, "0"), ok}, scanner.Live, []time.Duration{keyInterval}},
		{"the longest wait", []canned{busy(429, "15"), ok}, scanner.Live, []time.Duration{15 * time.Second}},
		{"too long", []canned{busy(429, "16"), ok}, scanner.Unknown, nil},
		{"an error", []canned{busy(500, "1"), ok}, scanner.Unknown, nil},
		{"a timeout of a gateway", []canned{busy(504, "1"), ok}, scanner.Unknown, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &answers{given: tt.given}
				v, err := New(Options{URLs: []string{"https://acme.eu1.qasphere.com"}})
				if err != nil {
					t.Fatal(err)
				}
				v.client.guard.HTTP.Transport = transport
				got := verifyOne(t, v, finding(value(1)))
				var waits []time.Duration
				for i := 1; i < len(transport.at); i++ {
					waits = append(waits, transport.at[i].Sub(transport.at[i-1]))
				}
				if got.State != tt.state || fmt.Sprint(waits) != fmt.Sprint(tt.waits) {
					t.Errorf("got %s (%s) with waits of %v, want %s with %v", got.State, got.Reason, waits, tt.state, tt.waits)
				}
			})
		})
	}
}

package verify

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

var leaked = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// audited verifies key 1, which was committed when it leaked, and reads the audit log with
// key 2.
func audited(t *testing.T, v *Verifier) (scanner.Finding, string) {
	t.Helper()
	findings := []scanner.Finding{finding(value(1))}
	findings[0].Exposure.FirstCommitAt = leaked
	if err := v.Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	key := finding(value(2))
	failure, err := v.Audit(t.Context(), &key, findings)
	if err != nil {
		t.Fatal(err)
	}
	return findings[0], failure
}

func values(all []scanner.Novelty) string {
	var texts []string
	for _, n := range all {
		texts = append(texts, fmt.Sprintf("%s %d", n.Value, n.Events))
	}
	return strings.Join(texts, ", ")
}

// TestAudit compares a realistic log, which only administrators and restricted keys read.
func TestAudit(t *testing.T) {
	for _, key := range []fakeapi.Key{{Role: "admin"}, {Name: "SIEM-LOG-ONLY-test", Role: "admin"}} {
		api, s, tenant := newAPI(t)
		tenant.AuditLog, tenant.Events = true, fakeapi.Log(leaked)
		api.Add(value(1), ada)
		api.Add(value(2), key)
		f, failure := audited(t, newVerifier(t, s, toServer(s)))
		a := f.Liveness.Audit
		if failure != "" || a == nil {
			t.Fatalf("%q: no audit: %s", key.Name, failure)
		}
		got := []string{values(a.Addresses), values(a.UserAgents), values(a.Hours), values(a.Actions)}
		want := []string{"203.0.113.66 5", "python-requests/2.32 5", "23:00 UTC 5", "project.export 5"}
		if !slices.Equal(got, want) || a.EventsBefore == 0 || a.EventsSince <= 5 || !a.Since.Equal(leaked) {
			t.Errorf("%q: got %q of %d and %d events since %s, want %q", key.Name, got, a.EventsBefore, a.EventsSince, a.Since, want)
		}
		for _, text := range []string{"New addresses: 203.0.113.66 (5)", "since the first commit on 2025-03-01", "names users and not keys"} {
			if !strings.Contains(a.Summary, text) {
				t.Errorf("%q is not in %q", text, a.Summary)
			}
		}
		for line := range strings.Lines(s.Text()) {
			if strings.Contains(line, " HTTP/1.1") && !strings.HasPrefix(line, "GET ") || strings.HasPrefix(line, "GET ") && strings.Contains(line, value(2)) {
				t.Errorf("asked %s", line)
			}
		}
	}
}

// TestAuditPages reads a log of several pages, and no more pages than there are.
func TestAuditPages(t *testing.T) {
	for events, want := range map[int]int{1: 1, 999: 1, 1000: 2, 1001: 2, 2500: 3} {
		api, s, tenant := newAPI(t)
		tenant.AuditLog = true
		for i := range events {
			tenant.Events = append(tenant.Events, fakeapi.Event{Action: "login", IP: "192.0.2.1", At: leaked.Add(time.Duration(i-events+1) * time.Second)})
		}
		api.Add(value(1), ada)
		api.Add(value(2), fakeapi.Key{Role: "owner"})
		f, failure := audited(t, newVerifier(t, s, toServer(s)))
		pages := strings.Count(s.Text(), "/audit-logs?count=1000")
		if a := f.Liveness.Audit; failure != "" || pages != want || a == nil || a.EventsBefore != events-1 || a.EventsSince != 1 {
			t.Errorf("%d events: %d pages, want %d: %+v %s", events, pages, want, f.Liveness.Audit, failure)
		}
	}
}

// TestAuditNothingNew compares a log in which nothing is new, or that has nothing since.
func TestAuditNothingNew(t *testing.T) {
	for name, c := range map[string]struct {
		since int
		want  string
	}{"same": {1, "No address, user agent, hour or action is new."}, "none": {-1, "Nothing happened since."}} {
		api, s, tenant := newAPI(t)
		tenant.AuditLog = true
		tenant.Events = []fakeapi.Event{{Action: "login", At: leaked.AddDate(0, 0, -2)}, {Action: "login", At: leaked.AddDate(0, 0, c.since)}}
		api.Add(value(1), ada)
		api.Add(value(2), fakeapi.Key{Role: "admin"})
		f, _ := audited(t, newVerifier(t, s, toServer(s)))
		if a := f.Liveness.Audit; a == nil || !strings.Contains(a.Summary, c.want) || len(a.Addresses) != 0 {
			t.Errorf("%s: got %+v, want %q", name, a, c.want)
		}
	}
}

// TestAuditRefused says why a log could not be read, and changes no finding.
func TestAuditRefused(t *testing.T) {
	page := func(w http.ResponseWriter, events string) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"after": 1, "count": 1, "events": %s}`, events)
	}
	full := "[" + strings.TrimSuffix(strings.Repeat(`{"id": 5, "action": "x", "createdAt": "2025-01-01T00:00:00Z"},`, auditPage), ",") + "]"
	hostile := strings.Replace(full, `"id": 5`, `"id": "../x?a=b"`, -1)
	for name, tt := range map[string]struct {
		key    fakeapi.Key
		plan   bool
		answer string
		want   string
		audit  bool
	}{
		"user":        {fakeapi.Key{Role: "user"}, true, "", "must be an administrator's", false},
		"plan":        {fakeapi.Key{Role: "admin"}, false, "", "the tenant's plan does not include the audit log", false},
		"revoked":     {fakeapi.Key{}, true, "", "refused the key for the audit log", false},
		"form":        {fakeapi.Key{Role: "admin"}, true, `[{"createdAt": 5}]`, "a form that is not documented", false},
		"no list":     {fakeapi.Key{Role: "admin"}, true, `{}`, "not one of QA Sphere's API", false},
		"repeated":    {fakeapi.Key{Role: "admin"}, true, full, "does not continue", true},
		"hostile IDs": {fakeapi.Key{Role: "admin"}, true, hostile, "does not continue", true},
	} {
		api, _, tenant := newAPI(t)
		tenant.AuditLog = tt.plan
		api.Add(value(1), ada)
		if name != "revoked" {
			api.Add(value(2), tt.key)
		}
		s := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tt.answer != "" && strings.HasSuffix(r.URL.Path, "/audit-logs") {
				page(w, tt.answer)
				return
			}
			api.ServeHTTP(w, r)
		}))
		api.Host(s.Address, tenant)
		f, failure := audited(t, newVerifier(t, s, toServer(s)))
		if !strings.Contains(failure, tt.want) || (f.Liveness.Audit != nil) != tt.audit || f.Liveness.State != scanner.Live {
			t.Errorf("%s: got %q and %+v, want %q", name, failure, f.Liveness, tt.want)
		}
		if strings.Contains(s.Text(), "a=b") {
			t.Errorf("%s: an ID became part of a URL", name)
		}
	}
}

// TestAuditIsNotNeeded asks nothing about keys that are dead, or were never committed.
func TestAuditIsNotNeeded(t *testing.T) {
	api, s, tenant := newAPI(t)
	tenant.AuditLog = true
	api.Add(value(2), fakeapi.Key{Role: "admin"})
	v := newVerifier(t, s, toServer(s))
	if f, failure := audited(t, v); f.Liveness.Audit != nil || failure != "" {
		t.Errorf("a dead key: %+v %s", f.Liveness, failure)
	}
	api.Add(value(1), ada)
	findings := []scanner.Finding{finding(value(1))}
	key := finding(value(2))
	if err := v.Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	if failure, err := v.Audit(t.Context(), &key, findings); failure != "" || err != nil || findings[0].Liveness.Audit != nil {
		t.Errorf("a key that was never committed: %+v %s %v", findings[0].Liveness, failure, err)
	}
	if strings.Contains(s.Text(), "audit-logs") {
		t.Error("the audit log was read")
	}
	unnamed, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unnamed.Audit(t.Context(), &key, findings); err == nil {
		t.Error("no host is named, and there is no error")
	}
}

// TestAuditShowsNoSecret has a server send back both keys, and control characters.
func TestAuditShowsNoSecret(t *testing.T) {
	api, s, tenant := newAPI(t)
	tenant.AuditLog = true
	tenant.Events = []fakeapi.Event{{Action: "login \x1b[31m", IP: value(1), UserAgent: "agent " + value(2), At: leaked.Add(time.Hour)}}
	api.Add(value(1), ada)
	api.Add(value(2), fakeapi.Key{Role: "admin"})
	f, _ := audited(t, newVerifier(t, s, toServer(s)))
	shown := fmt.Sprintf("%+v", *f.Liveness.Audit)
	for n := range uint64(3) {
		if token := strings.Split(value(n), ".")[2]; strings.Contains(shown, token) {
			t.Error("a token is shown")
		}
	}
	if strings.Contains(shown, "\x1b") || len(f.Liveness.Audit.Addresses) != 1 {
		t.Errorf("got %q", shown)
	}
}

// TestAuditEnds ends with the context.
func TestAuditEnds(t *testing.T) {
	api, s, tenant := newAPI(t)
	tenant.AuditLog = true
	api.Add(value(1), ada)
	v := newVerifier(t, s, toServer(s))
	findings := []scanner.Finding{finding(value(1))}
	findings[0].Exposure.FirstCommitAt = leaked
	if err := v.Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key := finding(value(2))
	if _, err := v.Audit(ctx, &key, findings); err == nil {
		t.Error("it did not end")
	}
}

package verify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

func TestAnalyze(t *testing.T) {
	key := func(role string) fakeapi.Key { return fakeapi.Key{User: "Ada", Email: "ada@example.com", Role: role} }
	const log = "; and read the audit log: who did what, when and from which address"
	for _, tt := range []struct {
		name     string
		key      fakeapi.Key
		legacy   bool
		projects []string
		want     scanner.Access
	}{
		{"owner", key("owner"), false, []string{"WEB", "BD"}, scanner.Access{
			User: "Ada", Email: "ada@example.com", Role: "owner", Admin: true, Projects: 2, Codes: []string{"BD", "WEB"}, AuditLog: true,
			Summary: "Whoever holds it can manage the tenant and its users, and read and change everything in 2 projects (BD, WEB)" + log + ".",
		}},
		{"user", key("user"), false, []string{"BD"}, scanner.Access{
			User: "Ada", Email: "ada@example.com", Role: "user", Projects: 1, Codes: []string{"BD"},
			Summary: "Whoever holds it can read, create and change test cases and runs in 1 project (BD).",
		}},
		{"viewer without projects", key("viewer"), false, nil, scanner.Access{
			User: "Ada", Email: "ada@example.com", Role: "viewer",
			Summary: "Whoever holds it can read the tenant's projects (none yet).",
		}},
		{"five projects", key("viewer"), false, []string{"A1", "A2", "A3", "A4", "A5"}, scanner.Access{
			User: "Ada", Email: "ada@example.com", Role: "viewer", Projects: 5, Codes: []string{"A1", "A2", "A3", "A4", "A5"},
			Summary: "Whoever holds it can read 5 projects (A1, A2, A3, A4, A5).",
		}},
		{"an unknown role", key("superuser"), false, []string{"A1", "A2", "A3", "A4", "A5", "A6", "not a code"}, scanner.Access{
			User: "Ada", Email: "ada@example.com", Projects: 7, Codes: []string{"A1", "A2", "A3", "A4", "A5", "A6"},
			Summary: "Whoever holds it can read, and perhaps change, 7 projects (A1, A2, A3, A4, A5, …).",
		}},
		{"older deployment, an admin", key("admin"), true, []string{"BD"}, scanner.Access{
			Admin: true, Projects: 1, Codes: []string{"BD"}, AuditLog: true,
			Summary: "Whoever holds it can read, and perhaps change, 1 project (BD)" + log + ".",
		}},
		{"restricted", fakeapi.Key{Name: "SIEM-LOG-ONLY", Role: "admin"}, false, []string{"BD"}, scanner.Access{
			Projects: -1, AuditLog: true,
			Summary: "Whoever holds it can read the audit log: who did what, when and from which address. Nothing else.",
		}},
	} {
		api, s, tenant := newAPI(t)
		api.Legacy, tenant.Projects = tt.legacy, tt.projects
		api.Add(value(1), tt.key)
		o := toServer(s)
		o.Analyze = true
		got := verifyOne(t, newVerifier(t, s, o), finding(value(1)))
		if got.Access == nil || fmt.Sprint(*got.Access) != fmt.Sprint(tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got.Access, tt.want)
		}
		for line := range strings.Lines(s.Text()) {
			if strings.HasSuffix(line, " HTTP/1.1\r\n") && !strings.HasPrefix(line, "GET ") {
				t.Errorf("%s: asked %s", tt.name, line)
			}
		}
	}
}

func TestWithoutAnalyzeNothingMoreIsAsked(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	if got := verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1))); got.Access != nil || requests(s) != 1 {
		t.Errorf("got %+v after %d requests", got.Access, requests(s))
	}
}

// The audit log of a restricted key may be missing from the plan.
func TestAnalyzeWithoutAuditLog(t *testing.T) {
	api, s, tenant := newAPI(t)
	tenant.AuditLog = false
	api.Add(value(1), fakeapi.Key{Name: "SIEM-LOG-ONLY", Role: "admin"})
	o := toServer(s)
	o.Analyze = true
	if got := verifyOne(t, newVerifier(t, s, o), finding(value(1))); got.Access == nil || got.Access.AuditLog || got.State != scanner.Restricted {
		t.Errorf("got %s with %+v", got.State, got.Access)
	}
}

// What a server sends is shortened, never within a character.
func TestAnalyzeLimits(t *testing.T) {
	api, s, tenant := newAPI(t)
	for i := range scanner.MaxCodes + 1 {
		tenant.Projects = append(tenant.Projects, fmt.Sprintf("P%d", 100+i))
	}
	api.Add(value(1), fakeapi.Key{User: "x" + strings.Repeat("é", 200), Email: "ada@example.com", Role: "viewer"})
	o := toServer(s)
	o.Analyze = true
	got := verifyOne(t, newVerifier(t, s, o), finding(value(1)))
	if want := "x" + strings.Repeat("é", 126); got.Access.User != want {
		t.Errorf("the user is %q, want %q", got.Access.User, want)
	}
	if n := len(got.Access.Codes); n != scanner.MaxCodes || got.Access.Projects != len(tenant.Projects) {
		t.Errorf("%d codes of %d projects", n, got.Access.Projects)
	}
}

// Only documented answers count, and the scheme that the host accepted is used again.
func TestAnalyzeAnswers(t *testing.T) {
	user := reply{200, asJSON, `{"user":{"id":7,"email":"vi@example.com","name":"Vi","role":"viewer"}}`}
	refused := reply{401, asJSON, `{"message":"Unauthorized"}`}
	projects := `{"projects":[{"id":"1C","code":"BD"}]}`
	events := `{"events":[],"count":0}`
	for name, tt := range map[string]struct {
		answers  map[string]reply
		projects int
		auditLog bool
	}{
		"the older scheme": {map[string]reply{
			"Bearer " + pathMe: refused, "ApiKey " + pathMe: user, "ApiKey " + pathProjects: {200, asJSON, projects}, "ApiKey " + pathAudit: {200, asJSON, events},
		}, 1, true},
		"server errors": {map[string]reply{pathMe: user, pathProjects: {500, asJSON, projects}, pathAudit: {500, asJSON, events}}, -1, false},
		"other answers": {map[string]reply{pathMe: user, pathProjects: {200, asJSON, events}, pathAudit: {200, asJSON, projects}}, -1, false},
	} {
		s := start(t, replies(t, tt.answers))
		o := toServer(s)
		o.Analyze = true
		got := verifyOne(t, newVerifier(t, s, o), finding(value(1))).Access
		if got == nil || got.Projects != tt.projects || got.AuditLog != tt.auditLog || got.Admin != tt.auditLog || got.Role != "viewer" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

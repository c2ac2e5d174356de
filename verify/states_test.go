package verify

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/scanner"
)

var update = flag.Bool("update", false, "write the table of states into the documentation")

// reply is what a server answers.
type reply struct {
	status      int
	contentType string
	body        string
}

const (
	asJSON = "application/json"
	userOK = `{"user":{"id":7,"email":"ada@example.com","name":"Ada","avatar":null,"role":"admin"}}`
)

// TestStates asks a server whose replies depend on the path and the scheme.
func TestStates(t *testing.T) {
	user := reply{200, asJSON, userOK}
	projects := reply{200, "application/json; charset=utf-8", `{"projects":[{"id":"1C","code":"BD","title":"x"}]}`}
	events := reply{200, asJSON, `{"after":1,"count":1,"events":[{"id":1}]}`}
	unauthorized := reply{401, asJSON, `{"message":"Unauthorized"}`}
	forbidden := reply{403, asJSON, `{"message":"Forbidden"}`}
	absent := reply{404, "text/plain", "404 page not found"}
	tests := []struct {
		name    string
		answers map[string]reply // by path, or by scheme and path
		want    scanner.LivenessState
	}{
		{"live", map[string]reply{pathMe: user}, scanner.Live},
		{"live, older", map[string]reply{pathMe: absent, pathProjects: projects}, scanner.Live},
		{"live, older, null projects", map[string]reply{pathMe: absent, pathProjects: {200, asJSON, `{"projects":null}`}}, scanner.Live},
		{"live, older, no projects", map[string]reply{pathMe: {404, asJSON, `{"message":"x"}`}, pathProjects: {200, asJSON, `{"projects":[]}`}}, scanner.Live},
		{"live, the older scheme", map[string]reply{"Bearer " + pathMe: unauthorized, "ApiKey " + pathMe: user}, scanner.Live},
		{"live, older, the older scheme", map[string]reply{pathMe: absent, "Bearer " + pathProjects: unauthorized, "ApiKey " + pathProjects: projects}, scanner.Live},
		{"live, /users/me with the older scheme only", map[string]reply{"Bearer " + pathMe: absent, "Bearer " + pathProjects: unauthorized, "ApiKey " + pathMe: user}, scanner.Live},
		{"restricted", map[string]reply{pathMe: forbidden, pathAudit: events}, scanner.Restricted},
		{"restricted, null events", map[string]reply{pathMe: forbidden, pathAudit: {200, asJSON, `{"after":0,"count":0,"events":null}`}}, scanner.Restricted},
		{"restricted, older", map[string]reply{pathMe: absent, pathProjects: forbidden, pathAudit: events}, scanner.Restricted},
		{"restricted, not in plan", map[string]reply{pathMe: forbidden, pathAudit: {402, asJSON, `{"message":"upgrade"}`}}, scanner.Restricted},
		{"suspended", map[string]reply{pathMe: {403, asJSON, `{"message":"Tenant Suspended"}`}}, scanner.Suspended},
		{"suspended, said later", map[string]reply{pathMe: forbidden, pathAudit: {403, asJSON, `{"message":"suspended"}`}}, scanner.Suspended},
		{"invalid", map[string]reply{pathMe: unauthorized}, scanner.Invalid},
		{"invalid, older", map[string]reply{pathMe: absent, pathProjects: unauthorized}, scanner.Invalid},
		{"wrong host", map[string]reply{pathMe: {400, asJSON, `{"message":"Wrong Domain"}`}}, scanner.WrongHost},
		{"wrong host, newer", map[string]reply{pathMe: {401, asJSON, `{"message":"host does not match"}`}}, scanner.WrongHost},

		{"events without a count", map[string]reply{pathMe: forbidden, pathAudit: {200, asJSON, `{"events":[]}`}}, scanner.Unknown},
		{"a count without events", map[string]reply{pathMe: forbidden, pathAudit: {200, asJSON, `{"count":0}`}}, scanner.Unknown},
		{"events that are no list", map[string]reply{pathMe: forbidden, pathAudit: {200, asJSON, `{"events":"none","count":0}`}}, scanner.Unknown},
		{"a user without an ID", map[string]reply{pathMe: {200, asJSON, `{"user":{"email":"ada@example.com","role":"admin"}}`}}, scanner.Unknown},
		{"a user without an address", map[string]reply{pathMe: {200, asJSON, `{"user":{"id":7,"role":"admin"}}`}}, scanner.Unknown},
		{"a user without a role", map[string]reply{pathMe: {200, asJSON, `{"user":{"id":7,"email":"ada@example.com"}}`}}, scanner.Unknown},
		{"a user and a message", map[string]reply{pathMe: {200, asJSON, `{"message":"x",` + userOK[1:]}}, scanner.Unknown},
		{"a project without an ID", map[string]reply{pathMe: absent, pathProjects: {200, asJSON, `{"projects":[{"code":"BD"}]}`}}, scanner.Unknown},
		{"a project without a code", map[string]reply{pathMe: absent, pathProjects: {200, asJSON, `{"projects":[{"id":"1C"}]}`}}, scanner.Unknown},
		{"402 without a message", map[string]reply{pathMe: forbidden, pathAudit: {402, "text/html", "<h1>Pay</h1>"}}, scanner.Unknown},
		{"400 without a message", map[string]reply{pathMe: {400, "text/html", "<h1>Bad request</h1>"}}, scanner.Unknown},
		{"403 that says suspended, without a message", map[string]reply{pathMe: {403, "text/html", "suspended"}}, scanner.Unknown},
		{"forbidden everywhere", map[string]reply{pathMe: forbidden, pathAudit: forbidden}, scanner.Unknown},
		{"forbidden, then refused", map[string]reply{pathMe: forbidden, pathAudit: unauthorized}, scanner.Unknown},
		{"forbidden by a firewall", map[string]reply{pathMe: {403, "text/html", "<h1>Blocked</h1>"}}, scanner.Unknown},
		{"refused by a proxy", map[string]reply{pathMe: {401, "text/html", "<h1>Log in</h1>"}}, scanner.Unknown},
		{"refused, without a message", map[string]reply{pathMe: {401, asJSON, `{}`}}, scanner.Unknown},
		{"refused, in text", map[string]reply{pathMe: {401, "text/plain", `{"message":"Unauthorized"}`}}, scanner.Unknown},
		{"refused, then a server error", map[string]reply{"Bearer " + pathMe: unauthorized, "ApiKey " + pathMe: {500, asJSON, `{"message":"x"}`}}, scanner.Unknown},
		{"200 with HTML", map[string]reply{pathMe: {200, "text/html", "<h1>Welcome</h1>"}}, scanner.Unknown},
		{"200 with HTML as JSON", map[string]reply{pathMe: {200, asJSON, "<h1>Welcome</h1>"}}, scanner.Unknown},
		{"200 with JSON as HTML", map[string]reply{pathMe: {200, "text/html", userOK}}, scanner.Unknown},
		{"200 with truncated JSON", map[string]reply{pathMe: {200, asJSON, userOK[:40]}}, scanner.Unknown},
		{"200 with more after it", map[string]reply{pathMe: {200, asJSON, userOK + "{}"}}, scanner.Unknown},
		{"200 with nothing", map[string]reply{pathMe: {200, asJSON, ""}}, scanner.Unknown},
		{"200 with null", map[string]reply{pathMe: {200, asJSON, "null"}}, scanner.Unknown},
		{"200 with a list", map[string]reply{pathMe: {200, asJSON, "[]"}}, scanner.Unknown},
		{"200 with a text", map[string]reply{pathMe: {200, asJSON, `"user"`}}, scanner.Unknown},
		{"200 with another object", map[string]reply{pathMe: {200, asJSON, `{"ok":true}`}}, scanner.Unknown},
		{"200 with half a user", map[string]reply{pathMe: {200, asJSON, `{"user":{"id":7}}`}}, scanner.Unknown},
		{"200 with a message", map[string]reply{pathMe: {200, asJSON, `{"message":"ok"}`}}, scanner.Unknown},
		{"200 with projects for a user", map[string]reply{pathMe: projects}, scanner.Unknown},
		{"200 without a type", map[string]reply{pathMe: {200, "", userOK}}, scanner.Unknown},
		{"200 with deep JSON", map[string]reply{pathMe: {200, asJSON, strings.Repeat(`{"user":`, 20000)}}, scanner.Unknown},
		{"projects of another form", map[string]reply{pathMe: absent, pathProjects: {200, asJSON, `{"projects":[{"title":"x"}]}`}}, scanner.Unknown},
		{"404 everywhere", map[string]reply{pathMe: absent, pathProjects: absent}, scanner.Unknown},
		{"201", map[string]reply{pathMe: {201, asJSON, userOK}}, scanner.Unknown},
		{"204", map[string]reply{pathMe: {204, "", ""}}, scanner.Unknown},
		{"402", map[string]reply{pathMe: {402, asJSON, `{"message":"pay"}`}}, scanner.Unknown},
		{"407", map[string]reply{pathMe: {407, asJSON, `{"message":"proxy"}`}}, scanner.Unknown},
		{"418", map[string]reply{pathMe: {418, asJSON, `{"message":"tea"}`}}, scanner.Unknown},
		{"500", map[string]reply{pathMe: {500, asJSON, `{"message":"oops"}`}}, scanner.Unknown},
		{"504", map[string]reply{pathMe: {504, "text/html", "<h1>Timeout</h1>"}}, scanner.Unknown},
		{"599", map[string]reply{pathMe: {599, asJSON, userOK}}, scanner.Unknown},
		{"white space around the body", map[string]reply{pathMe: {200, asJSON, "\n " + userOK + " \n"}}, scanner.Live},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, replies(t, tt.answers))
			got := verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1)))
			if got.State != tt.want {
				t.Errorf("got %s (%s), want %s", got.State, got.Reason, tt.want)
			}
			if got.Host != s.Address || got.CheckedAt.IsZero() {
				t.Errorf("asked %q at %v", got.Host, got.CheckedAt)
			}
			if (got.Reason == "") != (got.State == scanner.Live) {
				t.Errorf("the reason is %q", got.Reason)
			}
		})
	}
}

// replies returns a handler that answers by path, or by scheme and path.
func replies(t *testing.T, answers map[string]reply) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		path := strings.TrimPrefix(r.URL.RequestURI(), apiPath)
		a, ok := answers[scheme+" "+path]
		if !ok {
			a, ok = answers[path]
		}
		if !ok {
			t.Errorf("%s was requested with %s", path, scheme)
		}
		w.Header()["Content-Type"] = []string{a.contentType}
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body))
	})
}

// TestTableIsDocumented compares the table in the documentation with the code.
func TestTableIsDocumented(t *testing.T) {
	const file = "../docs/verification.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "<!-- begin states: go test ./verify -run TestTableIsDocumented -update -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- end states -->")
	if !ok || !ok2 {
		t.Fatalf("%s has no region for the table", file)
	}
	want := strings.TrimSuffix(string(page), rest) + documented() + "<!-- end states -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Errorf("%s differs from the code: run go test ./verify -run TestTableIsDocumented -update", file)
	}
}

func documented() string {
	var b strings.Builder
	b.WriteString("| request | status | body | result | reason |\n|---|---|---|---|---|\n")
	for _, r := range table {
		path, status, body, state := "any", "any other", r.shape.String(), "`"+r.state.String()+"`"
		if r.path != "" {
			path = "`" + r.path + "`"
		}
		switch {
		case r.status >= 10:
			status = fmt.Sprint(r.status)
		case r.status > 0:
			status = fmt.Sprintf("%dxx", r.status)
		}
		if r.contains != "" {
			body += " with “" + r.contains + "”"
		}
		switch r.next {
		case tryProjects:
			state = "request `" + pathProjects + "`"
		case tryAuditLog:
			state = "request `" + pathAudit + "`"
		case tryOtherScheme:
			state = "request again with the other scheme, then " + state
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", path, status, body, state, r.reason)
	}
	return b.String()
}

// FuzzAnswer checks that no body makes the parser panic, and that only a
// documented one proves a key live.
func FuzzAnswer(f *testing.F) {
	f.Add(200, asJSON, userOK)
	f.Add(200, asJSON, `{"projects":[{"id":"1","code":"A"}],"events":[],"count":0}`)
	f.Add(401, "application/json;;", `{"message":null}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		for _, path := range []string{pathMe, pathProjects, pathAudit} {
			r := interpret(path, newAnswer(status, contentType, []byte(body)))
			if r.state.Alive() && (status != 200 && status != 402 || !strings.Contains(strings.ToLower(body), `"`)) {
				t.Errorf("%s: %d %s %q is %s", path, status, contentType, body, r.state)
			}
		}
	})
}

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

// said is what a server answers.
type said struct {
	status      int
	contentType string
	body        string
}

const (
	asJSON = "application/json"
	userOK = `{"user":{"id":7,"email":"ada@example.com","name":"Ada","avatar":null,"role":"admin"}}`
)

// TestStates asks a server that answers as told at each path and to each scheme.
func TestStates(t *testing.T) {
	user := said{200, asJSON, userOK}
	projects := said{200, "application/json; charset=utf-8", `{"projects":[{"id":"1C","code":"BD","title":"x"}]}`}
	events := said{200, asJSON, `{"after":1,"count":1,"events":[{"id":1}]}`}
	unauthorized := said{401, asJSON, `{"message":"Unauthorized"}`}
	forbidden := said{403, asJSON, `{"message":"Forbidden"}`}
	absent := said{404, "text/plain", "404 page not found"}
	tests := []struct {
		name    string
		answers map[string]said // by path, or by scheme and path
		want    scanner.LivenessState
	}{
		{"live", map[string]said{pathMe: user}, scanner.Live},
		{"live, older", map[string]said{pathMe: absent, pathProjects: projects}, scanner.Live},
		{"live, older, null projects", map[string]said{pathMe: absent, pathProjects: {200, asJSON, `{"projects":null}`}}, scanner.Live},
		{"live, older, no projects", map[string]said{pathMe: {404, asJSON, `{"message":"x"}`}, pathProjects: {200, asJSON, `{"projects":[]}`}}, scanner.Live},
		{"live, the older scheme", map[string]said{"Bearer " + pathMe: unauthorized, "ApiKey " + pathMe: user}, scanner.Live},
		{"live, older, the older scheme", map[string]said{pathMe: absent, "Bearer " + pathProjects: unauthorized, "ApiKey " + pathProjects: projects}, scanner.Live},
		{"restricted", map[string]said{pathMe: forbidden, pathAudit: events}, scanner.Restricted},
		{"restricted, null events", map[string]said{pathMe: forbidden, pathAudit: {200, asJSON, `{"after":0,"count":0,"events":null}`}}, scanner.Restricted},
		{"restricted, older", map[string]said{pathMe: absent, pathProjects: forbidden, pathAudit: events}, scanner.Restricted},
		{"restricted, not in plan", map[string]said{pathMe: forbidden, pathAudit: {402, asJSON, `{"message":"upgrade"}`}}, scanner.Restricted},
		{"suspended", map[string]said{pathMe: {403, asJSON, `{"message":"Tenant Suspended"}`}}, scanner.Suspended},
		{"suspended, said later", map[string]said{pathMe: forbidden, pathAudit: {403, asJSON, `{"message":"suspended"}`}}, scanner.Suspended},
		{"invalid", map[string]said{pathMe: unauthorized}, scanner.Invalid},
		{"invalid, older", map[string]said{pathMe: absent, pathProjects: unauthorized}, scanner.Invalid},
		{"wrong host", map[string]said{pathMe: {400, asJSON, `{"message":"Wrong Domain"}`}}, scanner.WrongHost},
		{"wrong host, newer", map[string]said{pathMe: {401, asJSON, `{"message":"host does not match"}`}}, scanner.WrongHost},

		{"forbidden everywhere", map[string]said{pathMe: forbidden, pathAudit: forbidden}, scanner.Unknown},
		{"forbidden, then refused", map[string]said{pathMe: forbidden, pathAudit: unauthorized}, scanner.Unknown},
		{"forbidden by a firewall", map[string]said{pathMe: {403, "text/html", "<h1>Blocked</h1>"}}, scanner.Unknown},
		{"refused by a proxy", map[string]said{pathMe: {401, "text/html", "<h1>Log in</h1>"}}, scanner.Unknown},
		{"refused, without a message", map[string]said{pathMe: {401, asJSON, `{}`}}, scanner.Unknown},
		{"refused, in text", map[string]said{pathMe: {401, "text/plain", `{"message":"Unauthorized"}`}}, scanner.Unknown},
		{"refused once, then broken", map[string]said{"Bearer " + pathMe: unauthorized, "ApiKey " + pathMe: {500, asJSON, `{"message":"x"}`}}, scanner.Unknown},
		{"200 with HTML", map[string]said{pathMe: {200, "text/html", "<h1>Welcome</h1>"}}, scanner.Unknown},
		{"200 with HTML as JSON", map[string]said{pathMe: {200, asJSON, "<h1>Welcome</h1>"}}, scanner.Unknown},
		{"200 with JSON as HTML", map[string]said{pathMe: {200, "text/html", userOK}}, scanner.Unknown},
		{"200 with truncated JSON", map[string]said{pathMe: {200, asJSON, userOK[:40]}}, scanner.Unknown},
		{"200 with more behind", map[string]said{pathMe: {200, asJSON, userOK + "{}"}}, scanner.Unknown},
		{"200 with nothing", map[string]said{pathMe: {200, asJSON, ""}}, scanner.Unknown},
		{"200 with null", map[string]said{pathMe: {200, asJSON, "null"}}, scanner.Unknown},
		{"200 with a list", map[string]said{pathMe: {200, asJSON, "[]"}}, scanner.Unknown},
		{"200 with a text", map[string]said{pathMe: {200, asJSON, `"user"`}}, scanner.Unknown},
		{"200 with another object", map[string]said{pathMe: {200, asJSON, `{"ok":true}`}}, scanner.Unknown},
		{"200 with half a user", map[string]said{pathMe: {200, asJSON, `{"user":{"id":7}}`}}, scanner.Unknown},
		{"200 with a message", map[string]said{pathMe: {200, asJSON, `{"message":"ok"}`}}, scanner.Unknown},
		{"200 with what belongs elsewhere", map[string]said{pathMe: projects}, scanner.Unknown},
		{"200 without a type", map[string]said{pathMe: {200, "", userOK}}, scanner.Unknown},
		{"200 with deep JSON", map[string]said{pathMe: {200, asJSON, strings.Repeat(`{"user":`, 20000)}}, scanner.Unknown},
		{"projects that are none", map[string]said{pathMe: absent, pathProjects: {200, asJSON, `{"projects":[{"title":"x"}]}`}}, scanner.Unknown},
		{"nothing there at all", map[string]said{pathMe: absent, pathProjects: absent}, scanner.Unknown},
		{"201", map[string]said{pathMe: {201, asJSON, userOK}}, scanner.Unknown},
		{"204", map[string]said{pathMe: {204, "", ""}}, scanner.Unknown},
		{"402", map[string]said{pathMe: {402, asJSON, `{"message":"pay"}`}}, scanner.Unknown},
		{"407", map[string]said{pathMe: {407, asJSON, `{"message":"proxy"}`}}, scanner.Unknown},
		{"418", map[string]said{pathMe: {418, asJSON, `{"message":"tea"}`}}, scanner.Unknown},
		{"500", map[string]said{pathMe: {500, asJSON, `{"message":"oops"}`}}, scanner.Unknown},
		{"504", map[string]said{pathMe: {504, "text/html", "<h1>Timeout</h1>"}}, scanner.Unknown},
		{"599", map[string]said{pathMe: {599, asJSON, userOK}}, scanner.Unknown},
		{"a body without end of line", map[string]said{pathMe: {200, asJSON, "\n " + userOK + " \n"}}, scanner.Live},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
				path := strings.TrimPrefix(r.URL.RequestURI(), apiPath)
				a, ok := tt.answers[scheme+" "+path]
				if !ok {
					a, ok = tt.answers[path]
				}
				if !ok {
					t.Errorf("%s was asked for with %s", path, scheme)
				}
				w.Header()["Content-Type"] = []string{a.contentType}
				w.WriteHeader(a.status)
				_, _ = w.Write([]byte(a.body))
			}))
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

// TestTableIsDocumented keeps the documentation's table that of the code.
func TestTableIsDocumented(t *testing.T) {
	const file = "../docs/verification.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), "<!-- begin states: go test ./verify -run TestTableIsDocumented -update -->\n")
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
	_ = before
}

func documented() string {
	var b strings.Builder
	b.WriteString("| asked | status | body | then | why |\n|---|---|---|---|---|\n")
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
		if r.says != "" {
			body += " with “" + r.says + "”"
		}
		switch r.then {
		case askProjects:
			state = "ask `" + pathProjects + "`"
		case askAudit:
			state = "ask `" + pathAudit + "`"
		case askAnew:
			state = "ask with the other scheme, then " + state
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", path, status, body, state, r.reason)
	}
	return b.String()
}

// FuzzAnswer checks that no body makes reading it panic, and that only the
// documented one proves a key alive.
func FuzzAnswer(f *testing.F) {
	f.Add(200, asJSON, userOK)
	f.Add(200, asJSON, `{"projects":[{"id":"1","code":"A"}],"events":[],"count":0}`)
	f.Add(401, "application/json;;", `{"message":null}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		for _, path := range []string{pathMe, pathProjects, pathAudit} {
			r := lookup(path, newAnswer(status, contentType, []byte(body)))
			if r.state.Alive() && (status != 200 && status != 402 || !strings.Contains(strings.ToLower(body), `"`)) {
				t.Errorf("%s: %d %s %q is %s", path, status, contentType, body, r.state)
			}
		}
	})
}

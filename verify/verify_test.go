package verify

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
	"github.com/qasleaks/qasleaks/scanner/redact"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// newAPI returns an API with two tenants: the tenant of value at the server's
// address and at acme.eu1.qasphere.com, and the tenant of foreign(9) at
// globex.qasphere.com.
func newAPI(t *testing.T) (*fakeapi.API, *fakeapi.Server, *fakeapi.Tenant) {
	t.Helper()
	api := new(fakeapi.API)
	s := start(t, api, "acme.eu1.qasphere.com", "globex.qasphere.com", "initech.qasphere.com")
	tenant := &fakeapi.Tenant{ID: keytest.TenantID(1), AuditLog: true, Projects: []string{"WEB", "BD"}}
	api.Host(s.Address, tenant)
	api.Host("acme.eu1.qasphere.com", tenant)
	api.Host("globex.qasphere.com", &fakeapi.Tenant{ID: keytest.TenantID(9)})
	return api, s, tenant
}

func keyID(n uint64) string { return keytest.KeyID(n, keytest.Made) }

var ada = fakeapi.Key{Name: "ci", User: "Ada", Email: "ada@example.com", Role: "user"}

func TestBothEditions(t *testing.T) {
	for _, legacy := range []bool{false, true} {
		api, s, tenant := newAPI(t)
		api.Legacy = legacy
		api.Add(value(1), ada)
		api.Add(value(2), fakeapi.Key{Name: "SIEM-LOG-ONLY-splunk", Email: "ada@example.com", Role: "admin"})
		api.Add(value(3), ada)
		api.Revoke(value(3))
		v := newVerifier(t, s, toServer(s))
		findings := []scanner.Finding{finding(value(3)), finding(value(2)), finding(value(1))}
		if err := v.Verify(t.Context(), findings); err != nil {
			t.Fatal(err)
		}
		want := map[string]scanner.LivenessState{
			keyID(1): scanner.Live, keyID(2): scanner.Restricted, keyID(3): scanner.Invalid,
		}
		for _, f := range findings {
			if f.Liveness.State != want[f.Key.KeyID] {
				t.Errorf("legacy %v: %s is %s (%s)", legacy, f.Key, f.Liveness.State, f.Liveness.Reason)
			}
		}
		if findings[2].Key.KeyID != keyID(3) {
			t.Errorf("legacy %v: the dead key is not the last", legacy)
		}
		tenant.Suspended = true
		if got := verifyOne(t, v, finding(value(1))); got.State != scanner.Suspended {
			t.Errorf("legacy %v: got %s (%s), want suspended", legacy, got.State, got.Reason)
		}
		// A key at the host of another tenant.
		if got := verifyOne(t, v, finding(foreign(9))); legacy && got.State != scanner.WrongHost || !legacy && got.State != scanner.Invalid {
			t.Errorf("legacy %v: got %s (%s)", legacy, got.State, got.Reason)
		}
	}
}

// A key that a host refuses is not called invalid if the host belongs to another
// tenant.
func TestForeignKeysAreNotDead(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	findings := []scanner.Finding{finding(value(1)), finding(value(2)), finding(foreign(9))}
	if err := newVerifier(t, s, toServer(s)).Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	for i, want := range []scanner.LivenessState{scanner.Live, scanner.Unknown, scanner.Invalid} {
		if got := findings[i].Liveness; got.State != want {
			t.Errorf("%s: got %s (%s), want %s", findings[i].Key, got.State, got.Reason, want)
		}
	}
	if reason := findings[1].Liveness.Reason; !strings.Contains(reason, "belongs to tenant "+keytest.TenantID(1)) {
		t.Errorf("the reason is %q", reason)
	}
}

// Only a refusal is withdrawn, and only where the host is known to belong to another
// tenant.
func TestWithdrawForeignRefusals(t *testing.T) {
	at := func(tenant, host string, state scanner.LivenessState) *check {
		f := &scanner.Finding{Key: rules.Key{TenantID: tenant, KeyID: "id"}}
		return &check{finding: f, said: []opinion{{Liveness: scanner.Liveness{State: state, Host: host}}}}
	}
	checks := []*check{
		at("t1", "a", scanner.Live), at("t3", "a", scanner.Restricted), at("t5", "b", scanner.Suspended),
		at("t2", "a", scanner.Invalid), // withdrawn
		at("t1", "a", scanner.Invalid), at("t3", "a", scanner.Invalid), at("t2", "b", scanner.Invalid),
		at("t2", "a", scanner.WrongHost), at("t2", "a", scanner.Suspended), at("t2", "a", scanner.Unknown),
	}
	want := make([]scanner.LivenessState, len(checks))
	for i, c := range checks {
		want[i] = c.said[0].State
	}
	want[3] = scanner.Unknown
	withdrawForeignRefusals(checks)
	for i, c := range checks {
		if got := c.said[0]; got.State != want[i] || (got.Reason != "") != (i == 3) || got.foreign != (i == 3) {
			t.Errorf("check %d: got %s (%s), want %s", i, got.State, got.Reason, want[i])
		}
	}
}

func TestDiscovery(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	tests := []struct {
		name string
		o    Options
		f    scanner.Finding
		want scanner.LivenessState
		host string
	}{
		{"found", Options{Discover: true}, finding(value(1), "acme.eu1.qasphere.com"), scanner.Live, "acme.eu1.qasphere.com"},
		{"found second", Options{Discover: true}, finding(value(1), "globex.qasphere.com", "acme.eu1.qasphere.com"), scanner.Live, "acme.eu1.qasphere.com"},
		{"refused where found", Options{Discover: true}, finding(value(2), "acme.eu1.qasphere.com"), scanner.Unknown, "acme.eu1.qasphere.com"},
		{"refused where named", Options{URLs: []string{"https://acme.eu1.qasphere.com"}}, finding(value(2)), scanner.Invalid, "acme.eu1.qasphere.com"},
		{"refused everywhere", Options{URLs: []string{"https://acme.eu1.qasphere.com"}, Discover: true}, finding(value(2), "globex.qasphere.com"), scanner.Invalid, "acme.eu1.qasphere.com"},
		{"refused where named, live where found", Options{URLs: []string{"https://globex.qasphere.com"}, Discover: true}, finding(value(1), "acme.eu1.qasphere.com"), scanner.Live, "acme.eu1.qasphere.com"},
		{"not asked for", Options{}, finding(value(1), "acme.eu1.qasphere.com"), scanner.Unverifiable, ""},
	}
	for _, tt := range tests {
		v := newVerifier(t, s, tt.o)
		v.atLoopback(s)
		if got := verifyOne(t, v, tt.f); got.State != tt.want || got.Host != tt.host {
			t.Errorf("%s: got %s at %s (%s), want %s at %s", tt.name, got.State, got.Host, got.Reason, tt.want, tt.host)
		}
	}
}

// Only keys that are not suppressed are asked about. A key ID with two tokens is
// asked about twice.
func TestWhatIsAsked(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	two := finding(value(1))
	old := redact.NewSecret(strings.TrimSuffix(value(1), keytest.Token(1)) + keytest.Token(7))
	two.Secrets = []scanner.Secret{old, redact.NewSecret(value(1)), old}
	suppressed := finding(value(2))
	suppressed.Suppressed = &scanner.Suppression{By: "config"}
	example := finding(keytest.Expand("{{example}}"))
	literal := finding(value(3))
	literal.Key = rules.Key{}
	findings := []scanner.Finding{two, suppressed, example, literal}
	if err := newVerifier(t, s, toServer(s)).Verify(t.Context(), findings); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		want := scanner.Unchecked
		if f.Fingerprint == two.Fingerprint && f.Key != (rules.Key{}) {
			want = scanner.Live // with one of the tokens
		}
		if f.Liveness.State != want {
			t.Errorf("%s: got %s, want %s", f.Key, f.Liveness.State, want)
		}
	}
	if n := requests(s); n != 5 { // the invalid token with both schemes, twice; the live one once
		t.Errorf("%d requests, want 5", n)
	}
}

func TestMaxKeys(t *testing.T) {
	api, s, _ := newAPI(t)
	var findings []scanner.Finding
	for n := range uint64(DefaultMaxKeys + 3) {
		api.Add(value(n), ada)
		findings = append(findings, finding(value(n)))
	}
	for limit, want := range map[int]int{0: DefaultMaxKeys, 2: 2, 1000: len(findings)} {
		o := toServer(s)
		o.MaxKeys = limit
		clear := make([]scanner.Finding, len(findings))
		copy(clear, findings)
		if err := newVerifier(t, s, o).Verify(t.Context(), clear); err != nil {
			t.Fatal(err)
		}
		live, left := 0, 0
		for _, f := range clear {
			switch {
			case f.Liveness.State == scanner.Live:
				live++
			case f.Liveness.State == scanner.Unchecked && strings.Contains(f.Liveness.Reason, "--max-keys"):
				left++
			}
		}
		if live != want || live+left != len(findings) {
			t.Errorf("with a limit of %d: %d live, %d left", limit, live, left)
		}
	}
}

// Hosts are asked in order, until one proves that it knows the key.
func TestOrderOfHosts(t *testing.T) {
	api, s, tenant := newAPI(t)
	api.Add(value(1), ada)
	o := Options{URLs: []string{"https://globex.qasphere.com"}, Discover: true}
	f := func(n uint64) scanner.Finding {
		return finding(value(n), "acme.eu1.qasphere.com", "initech.qasphere.com")
	}
	ask := func(n uint64) (scanner.Liveness, int) {
		before := requests(s)
		v := newVerifier(t, s, o)
		v.atLoopback(s)
		return verifyOne(t, v, f(n)), requests(s) - before
	}
	if got, n := ask(1); got.State != scanner.Live || n != 3 { // globex with both schemes, acme
		t.Errorf("live at the second host: got %s at %s after %d requests", got.State, got.Host, n)
	}
	tenant.Suspended = true
	if got, n := ask(1); got.State != scanner.Suspended || got.Host != "acme.eu1.qasphere.com" || n != 3 {
		t.Errorf("suspended at the second host: got %s at %s after %d requests", got.State, got.Host, n)
	}
	if got, _ := ask(2); got.State != scanner.Invalid || got.Host != "globex.qasphere.com" {
		t.Errorf("refused everywhere: got %s at %s", got.State, got.Host)
	}
}

// With several hosts named, each key is asked about at each until one knows it. It is
// invalid only if no other host may know it.
func TestSeveralHosts(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	api.Add(foreign(9), ada)
	const acme, globex, initech = "acme.eu1.qasphere.com", "globex.qasphere.com", "initech.qasphere.com"
	for _, tt := range []struct {
		name  string
		hosts []string
		want  map[string]string // state and host, by key
	}{
		{"one each", []string{globex, acme}, map[string]string{value(1): "live " + acme, foreign(9): "live " + globex}},
		{"twice the same", []string{acme, acme}, map[string]string{value(1): "live " + acme}},
		// globex belongs to another tenant, as the key of it shows.
		{"refused at home", []string{globex, acme}, map[string]string{value(1): "live " + acme, foreign(9): "live " + globex, value(2): "invalid " + acme}},
		{"refused everywhere", []string{globex, acme}, map[string]string{value(2): "invalid " + globex}},
		// initech says that the key belongs to another host.
		{"wrong host first", []string{initech, acme}, map[string]string{value(2): "invalid " + acme}},
		{"wrong host last", []string{acme, initech}, map[string]string{value(2): "invalid " + acme}},
		{"only wrong hosts", []string{initech}, map[string]string{value(2): "wrong-host " + initech}},
		{"no answer first", []string{"absent.qasphere.com", acme}, map[string]string{value(2): "unknown absent.qasphere.com", value(1): "live " + acme}},
		{"no answer last", []string{acme, "absent.qasphere.com"}, map[string]string{value(2): "unknown absent.qasphere.com"}},
	} {
		o := Options{}
		for _, h := range tt.hosts {
			o.URLs = append(o.URLs, "https://"+h)
		}
		v := newVerifier(t, s, o)
		v.atLoopback(s)
		var findings []scanner.Finding
		for literal := range tt.want {
			findings = append(findings, finding(literal))
		}
		if err := v.Verify(t.Context(), findings); err != nil {
			t.Fatal(err)
		}
		for literal, want := range tt.want {
			key := finding(literal).Key
			i := slices.IndexFunc(findings, func(f scanner.Finding) bool { return f.Key == key })
			if got := findings[i].Liveness; got.State.String()+" "+got.Host != want {
				t.Errorf("%s: %s is %s at %s (%s), want %s", tt.name, key, got.State, got.Host, got.Reason, want)
			}
		}
	}
}

// What the server says is kept, as far as it helps, and trimmed.
func TestAnswer(t *testing.T) {
	long := strings.Repeat("ä", 300)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", asJSON)
		h.Set("Date", "Mon, 01 Jan 2026 00:00:00 GMT")
		h.Set("WWW-Authenticate", "Bearer")
		h.Add("WWW-Authenticate", "ApiKey")
		h.Set("X-Request-Id", "r-17")
		h.Set("X-Powered-By", "coffee")
		h.Set("Set-Cookie", "a=b")
		for i := range 9 {
			h.Set(fmt.Sprintf("X-Error-%d", i), " "+long+" ")
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"message":" Invalid\ncredentials "}`)
	})
	s := start(t, handler)
	got := verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1))).Answer
	if got == nil || got.Message != "Invalid\ncredentials" {
		t.Fatalf("the answer is %+v", got)
	}
	want := map[string]string{"Date": "Mon, 01 Jan 2026 00:00:00 GMT", "WWW-Authenticate": "Bearer, ApiKey", "X-Request-Id": "r-17"}
	for i := range 8 {
		want[fmt.Sprintf("X-Error-%d", i)] = strings.Repeat("ä", 100)
	}
	if !maps.Equal(got.Headers, want) {
		t.Errorf("the headers are %q, want %q", got.Headers, want)
	}
	if text := (&scanner.Answer{Message: "a", Headers: map[string]string{"Date": "now", "A": "b"}}).String(); text != "a; A: b" {
		t.Errorf("shown as %s", text)
	}
	if verifyOne(t, newVerifier(t, s, Options{}), finding(value(1))).Answer != nil {
		t.Error("there is an answer of no host")
	}
}

// encodings returns the encoded forms of a token.
func encodings(token string) []string {
	forms := []string{token, hex.EncodeToString([]byte(token)), strings.ToUpper(hex.EncodeToString([]byte(token)))}
	var percent strings.Builder
	for _, c := range []byte(token) {
		fmt.Fprintf(&percent, "%%%02X", c)
	}
	forms = append(forms, percent.String())
	for shift := range 3 {
		// The first and the last digits depend on the neighbouring characters.
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat(".", shift) + token))
			forms = append(forms, encoded[4:len(encoded)-4])
		}
	}
	return forms
}

// A server that sends the key back does not get it into a result.
func TestServersThatEcho(t *testing.T) {
	echo := func(status int, body func(key string) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			for _, name := range []string{"Location", "Retry-After", "X-Key", "WWW-Authenticate"} {
				w.Header().Set(name, "https://example.com/"+key)
			}
			w.Header().Set("Content-Type", asJSON)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body(key)))
		}
	}
	message := func(key string) string { return `{"message":"` + key + ` is wrong: ` + key + `"}` }
	user := func(key string) string {
		b64 := base64.StdEncoding.EncodeToString([]byte(key))
		body, _ := json.Marshal(map[string]any{
			"user":     map[string]any{"id": key, "email": key, "name": b64 + hex.EncodeToString([]byte(key)) + url.QueryEscape(key), "role": key},
			"projects": []any{map[string]any{"id": key, "code": key[len(key)-5:]}, map[string]any{"id": key, "code": key}},
		})
		return string(body)
	}
	handlers := map[string]http.HandlerFunc{"a user": echo(200, user)}
	for _, status := range []int{200, 302, 400, 401, 402, 403, 404, 500} {
		handlers[fmt.Sprint(status)] = echo(status, message)
	}
	for name, text := range map[string]string{
		"a status line": "%s\r\n\r\n", "a broken header": "HTTP/1.1 200 OK\r\n%s\r\n\r\n", "a bad length": "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
		"a bad coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n", "a bad status": "HTTP/1.1 %s\r\n\r\n",
	} {
		handlers[name] = func(w http.ResponseWriter, r *http.Request) {
			_, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(conn, text, key)
			conn.Close()
		}
	}
	for name, handler := range handlers {
		s := start(t, handler)
		o := toServer(s)
		o.Analyze = true
		got := verifyOne(t, newVerifier(t, s, o), finding(value(1)))
		shown := fmt.Sprintf("%+v %+v %+v", got, got.Access, got.Answer)
		for i, form := range encodings(keytest.Token(1)) {
			if strings.Contains(shown, form) {
				t.Errorf("%s: the result holds the token (form %d)", name, i)
			}
		}
		if requests(s) == 0 {
			t.Errorf("%s: not asked", name)
		}
	}
}

// A request holds the key in one header, and nothing about the machine.
func TestRequest(t *testing.T) {
	api, s, _ := newAPI(t)
	api.Add(value(1), ada)
	verifyOne(t, newVerifier(t, s, toServer(s)), finding(value(1)))
	want := "GET /api/public/v0/users/me HTTP/1.1\r\nHost: " + s.Address + "\r\nUser-Agent: qasleaks\r\n" +
		"Accept: application/json\r\nAuthorization: Bearer " + value(1) + "\r\n\r\n"
	if s.Text() != want {
		t.Errorf("sent %q, want %q", s.Text(), want)
	}
	for i, form := range encodings(keytest.Token(1)) {
		if strings.Contains(s.Wire(), form) {
			t.Errorf("the token can be read on the wire (form %d)", i)
		}
	}
}

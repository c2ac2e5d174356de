package e2e

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
	"github.com/rogpeppe/go-internal/testscript"
)

// apiOfScript is the key under which a script keeps its API.
type apiOfScript struct{}

type servedAPI struct {
	*fakeapi.Server
	seen int // requests that heard has counted
}

// tenantKey returns a key of the one tenant of the API of scripts, which fixtures
// write as {{tenant 1}}.{{id N}}.{{token N}}.
func tenantKey(n uint64) string {
	return keytest.TenantID(1) + "." + keytest.KeyID(n, keytest.Made) + "." + keytest.Token(n)
}

// startAPI serves the API with keys of one tenant, each in a state: owner,
// admin, user, viewer, restricted or revoked. The words "legacy" and "suspended"
// hold for all, "html" has it answer with pages, and "log" gives it a realistic
// audit log around 2025-03-01. It sets $API, $API_HOST and $KEY1 to $KEY3,
// and has qasleaks trust the certificate.
func startAPI(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: fakeapi N=STATE…")
	}
	api := &fakeapi.API{}
	tenant := &fakeapi.Tenant{ID: keytest.TenantID(1), AuditLog: true, Projects: []string{"BD", "WEB"}}
	handler := http.Handler(api)
	for _, arg := range args {
		n, state, _ := strings.Cut(arg, "=")
		key := fakeapi.Key{User: "Ada", Email: "ada@example.com", Role: state}
		switch {
		case arg == "legacy":
			api.Legacy = true
			continue
		case arg == "log":
			tenant.Events = fakeapi.Log(time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC))
			continue
		case arg == "suspended":
			tenant.Suspended = true
			continue
		case arg == "html":
			handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "<h1>Blocked</h1>") })
			continue
		case state == "revoked":
			continue
		case state == "restricted":
			key.Name, key.Role = "SIEM-LOG-ONLY-test", "admin"
		}
		seed, err := strconv.ParseUint(n, 10, 64)
		ts.Check(err)
		api.Add(tenantKey(seed), key)
	}
	server, err := fakeapi.Start(handler)
	ts.Check(err)
	ts.Defer(server.Close)
	api.Host(server.Address, tenant)
	ca := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(ca, server.CA, 0o644))
	ts.Setenv("SSL_CERT_FILE", ca)
	ts.Setenv("API", "https://"+server.Address)
	ts.Setenv("API_HOST", server.Address)
	for n := range uint64(4) {
		ts.Setenv(fmt.Sprintf("KEY%d", n), tenantKey(n))
	}
	*ts.Value(apiOfScript{}).(*servedAPI) = servedAPI{Server: server}
}

func heard(ts *testscript.TestScript, neg bool, args []string) {
	api := ts.Value(apiOfScript{}).(*servedAPI)
	if neg || len(args) != 1 || api.Server == nil {
		ts.Fatalf("usage: heard N, after fakeapi")
	}
	text := api.Text()
	total := strings.Count(text, " HTTP/1.1\r\n")
	if got := total - api.seen; strconv.Itoa(got) != args[0] {
		ts.Fatalf("the API got %d requests, want %s", got, args[0])
	}
	api.seen = total
	if where := misplacedToken(text, api.Wire()); where != "" {
		ts.Fatalf("a token was sent %s", where)
	}
}

package fakeapi_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/verify/fakeapi"
)

// TestOfficialClient tests the API with QA Sphere's official client.
// scripts/e2e-verify.sh runs it, and names the client in the environment.
func TestOfficialClient(t *testing.T) {
	client := os.Getenv("QASLEAKS_E2E_CLIENT")
	if client == "" {
		t.Skip("scripts/e2e-verify.sh runs it")
	}
	key := func(n uint64) string {
		return keytest.TenantID(1) + "." + keytest.KeyID(n, keytest.Made) + "." + keytest.Token(n)
	}
	api := new(fakeapi.API)
	s, err := fakeapi.Start(api)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tenant := &fakeapi.Tenant{ID: keytest.TenantID(1), AuditLog: true, Projects: []string{"BD", "WEB"}}
	api.Host(s.Address, tenant)
	api.Add(key(1), fakeapi.Key{User: "Ada", Email: "ada@example.com", Role: "admin"})
	api.Add(key(2), fakeapi.Key{Name: "SIEM-LOG-ONLY-test", Email: "ada@example.com", Role: "admin"})
	api.Add(key(3), fakeapi.Key{User: "Vi", Email: "vi@example.com", Role: "viewer"})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	// run returns the output of a command of the client, run with a key.
	run := func(n uint64, command string) string {
		args := strings.Fields(command)
		if strings.HasSuffix(client, ".js") {
			args = append([]string{client}, args...)
		}
		program := client
		if strings.HasSuffix(client, ".js") {
			program = "node"
		}
		cmd := exec.Command(program, args...)
		cmd.Dir = filepath.Dir(ca)
		cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "NODE_EXTRA_CA_CERTS="+ca, "QAS_URL=https://"+s.Address, "QAS_TOKEN="+key(n), "NO_COLOR=1")
		out, _ := cmd.CombinedOutput() // a refused key is an error, as it should be
		return string(out)
	}
	check := func(n uint64, command string, wants ...string) {
		t.Helper()
		got := run(n, command)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("key %d, %s: %q is not in:\n%s", n, command, want, got)
			}
		}
	}
	check(1, "auth status", "Status: valid", "User: Ada <ada@example.com> (admin)")
	check(1, "api projects list", `"code": "BD"`, `"code": "WEB"`)
	check(1, "api audit-logs list --count 1", `"action": "login"`)
	check(2, "auth status", "Status: invalid or expired")
	check(2, "api projects list", "may not use this endpoint")
	check(2, "api audit-logs list --count 1", `"action": "login"`)
	check(3, "auth status", "(viewer)")
	check(3, "api audit-logs list --count 1", "Insufficient permissions")
	check(4, "auth status", "Status: invalid or expired")
	check(4, "api projects list", "Invalid credentials")
	tenant.Projects, tenant.AuditLog = nil, false
	check(1, "api projects list", "[]")
	check(1, "api audit-logs list --count 1", "does not include audit logs")
	api.Revoke(key(1))
	check(1, "api projects list", "Invalid credentials")
	tenant.Suspended = true
	check(3, "auth status", "Status: invalid or expired")
	check(3, "api projects list", "Tenant is suspended")
	api.Host(s.Address, nil)
	check(3, "api projects list", "Wrong domain")
	if s.Text() == "" {
		t.Error("the client sent no request")
	}
}

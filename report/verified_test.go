package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/qasleaks/qasleaks/scanner"
)

// verified has keys in every state.
func verified() *scanner.Result {
	const host = "acme.eu1.qasphere.com"
	at := day(2026, 9, 1)
	head, past := inHead(), inHistory()
	head.Liveness = scanner.Liveness{State: scanner.Invalid, Host: host, CheckedAt: at, Reason: "refused as revoked or never valid", Answer: &scanner.Answer{
		Message: "Invalid \x1b[2Jcredentials", Headers: map[string]string{"X-Request-Id": "r\x1b-1"},
	}}
	past.Liveness = scanner.Liveness{State: scanner.Live, Host: host, CheckedAt: at, Access: &scanner.Access{
		User: "Ada \x1b[2J", Email: "ada@example.com", Role: "admin", Admin: true, Projects: 2, Codes: []string{"BD", "WEB"}, AuditLog: true,
		Summary: "Whoever holds it can manage users, and read and change everything in 2 projects (BD, WEB); and read the audit log: who did what, when and from which address.",
	}, Audit: &scanner.Audit{
		Since: at, EventsBefore: 3, EventsSince: 2, Addresses: []scanner.Novelty{{Value: "203.0.113.66", Events: 2, FirstAt: at}},
		Summary: "since the first commit on 2026-09-01 the audit log has 2 events, and 3 before. New addresses: 203.0.113.66 (2). The log names users and not keys.",
	}}
	findings := []scanner.Finding{past, head}
	for i, l := range []scanner.Liveness{
		{State: scanner.Restricted, Host: host, CheckedAt: at, Reason: "it may read the audit log and nothing else", Access: &scanner.Access{Projects: -1, AuditLog: true, Summary: "Whoever holds it can read the audit log. Nothing else."}},
		{State: scanner.Suspended, Host: host, CheckedAt: at, Reason: "the tenant is suspended; the key works again when that is lifted"},
		{State: scanner.WrongHost, Host: host, CheckedAt: at, Reason: "the host says that the key is not for it"},
		{State: scanner.Unknown, Host: host, CheckedAt: at, Reason: "the host asks for patience (429)"},
		{State: scanner.Unverifiable, Reason: "no host given: name it with --url or QAS_URL"},
		{Reason: "there are more keys than --max-keys allows (200)"},
		{},
	} {
		f := finding(uint64(30+i), scanner.Occurrence{Path: "env/" + l.State.String(), Line: 1, Column: 1, Object: scanner.ObjectFile, OnDisk: true})
		f.Liveness = l
		findings = append(findings, f)
	}
	scanner.SortFindings(findings)
	return &scanner.Result{Base: ".", Coverage: wholeCoverage, Findings: findings}
}

// Live keys have a rule of their own, since the number that grades alerts is on
// the rule.
func TestSARIFOfLiveKeys(t *testing.T) {
	report, err := sarif.FromString(render(t, Format{"sarif", SARIF}, verified()))
	if err != nil {
		t.Fatal(err)
	}
	run := report.Runs[0]
	for _, result := range run.Results {
		raw, err := json.Marshal(result.Properties)
		if err != nil {
			t.Fatal(err)
		}
		alive := strings.Contains(string(raw), `"state":"live"`) || strings.Contains(string(raw), `"state":"restricted"`)
		rule := run.Tool.Driver.Rules[result.RuleIndex]
		if *rule.ID != *result.RuleID || (*rule.ID == "qas-live-api-key") != alive {
			t.Errorf("rule %s, listed as %s, for %s", *result.RuleID, *rule.ID, raw)
		}
		if *rule.ID == "qas-live-api-key" && rule.Properties.Properties["security-severity"] != "9.8" {
			t.Errorf("%s is graded %v", *rule.ID, rule.Properties.Properties["security-severity"])
		}
		if result.Level != "error" {
			t.Errorf("level %s for %s", result.Level, raw)
		}
	}
}

// An invalid key is not one to revoke.
func TestInvalidKeys(t *testing.T) {
	r := verified()
	r.Findings = r.Findings[len(r.Findings)-1:]
	got := render(t, text, r)
	for _, want := range []string{"Found 1 key (1 invalid)", "1 key is invalid, so there is nothing to revoke."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Revoke") {
		t.Errorf("told to revoke:\n%s", got)
	}
}

package plan

import (
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

func TestSeverityStatus(t *testing.T) {
	finding := func(severity rules.Severity, suppressed bool) scanner.Finding {
		f := scanner.Finding{Severity: severity}
		if suppressed {
			f.Suppressed = &scanner.Suppression{By: "config"}
		}
		return f
	}
	failed := scanner.Coverage{Skipped: []scanner.Skip{{Kind: scanner.SkipFailed}}}
	policy := scanner.Coverage{Skipped: []scanner.Skip{{Kind: scanner.SkipPolicy}}}
	tests := []struct {
		name   string
		result scanner.Result
		failOn rules.Severity
		want   int
	}{
		{"nothing", scanner.Result{}, rules.Error, Clean},
		{"at", scanner.Result{Findings: []scanner.Finding{finding(rules.Error, false)}}, rules.Error, Findings},
		{"above", scanner.Result{Findings: []scanner.Finding{finding(rules.Error, false)}}, rules.Note, Findings},
		{"below", scanner.Result{Findings: []scanner.Finding{finding(rules.Warning, false)}}, rules.Error, Clean},
		{"never", scanner.Result{Findings: []scanner.Finding{finding(rules.Error, false)}}, rules.Error + 1, Clean},
		{"suppressed", scanner.Result{Findings: []scanner.Finding{finding(rules.Error, true)}}, rules.Note, Clean},
		{"policy", scanner.Result{Coverage: policy}, rules.Error, Clean},
		{"failed", scanner.Result{Coverage: failed}, rules.Error, Incomplete},
		{"failed, below", scanner.Result{Findings: []scanner.Finding{finding(rules.Note, false)}, Coverage: failed}, rules.Error, Incomplete},
		{"failed, found", scanner.Result{Findings: []scanner.Finding{finding(rules.Error, false)}, Coverage: failed}, rules.Error, Findings},
	}
	for _, tt := range tests {
		if got := severityStatus(&tt.result, tt.failOn); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

package plan

import (
	"strings"
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

// A strict plan does not pass if anything was skipped. Findings have precedence.
func TestStrict(t *testing.T) {
	live := key(scanner.Live)
	live.Severity = rules.Error
	for _, test := range []struct {
		name     string
		strict   bool
		kinds    []scanner.SkipKind
		findings []scanner.Finding
		want     int
		note     string
	}{
		{name: "nothing skipped", strict: true, want: Clean},
		{name: "policy, not strict", kinds: []scanner.SkipKind{scanner.SkipPolicy}, want: Clean},
		{name: "policy", strict: true, kinds: []scanner.SkipKind{scanner.SkipPolicy}, want: Incomplete, note: "1 item skipped, so --strict does not pass"},
		{name: "two", strict: true, kinds: []scanner.SkipKind{scanner.SkipPolicy, scanner.SkipPolicy}, want: Incomplete, note: "2 items skipped, so --strict does not pass"},
		{name: "failed", strict: true, kinds: []scanner.SkipKind{scanner.SkipFailed}, want: Incomplete},
		{name: "found", strict: true, kinds: []scanner.SkipKind{scanner.SkipPolicy}, findings: []scanner.Finding{live}, want: Findings},
	} {
		result := &scanner.Result{Findings: test.findings}
		for _, kind := range test.kinds {
			result.Coverage.Skipped = append(result.Coverage.Skipped, scanner.Skip{Kind: kind})
		}
		got, err := Plan{Strict: test.strict, FailOn: rules.Error}.Finish(t.Context(), result)
		if err != nil || got != test.want {
			t.Errorf("%s: got %d, %v, want %d", test.name, got, err, test.want)
		}
		if notes := strings.Join(result.Coverage.Notes, "\n"); notes != test.note {
			t.Errorf("%s: the notes are %q, want %q", test.name, notes, test.note)
		}
	}
}

// key is a finding of a key in a state.
func key(state scanner.LivenessState) scanner.Finding {
	return scanner.Finding{Key: rules.Key{TenantID: "acm0000123", KeyID: "1CJo8oDjj_ZwyinHERHusRP"}, Liveness: scanner.Liveness{State: state}}
}

func suppressed(f scanner.Finding) scanner.Finding {
	f.Suppressed = &scanner.Suppression{By: "baseline"}
	return f
}

func TestLiveStatus(t *testing.T) {
	failed := scanner.Coverage{Skipped: []scanner.Skip{{Kind: scanner.SkipFailed}}}
	documented := rules.Key{TenantID: "t123", KeyID: "ak456"}
	for _, test := range []struct {
		name     string
		findings []scanner.Finding
		coverage scanner.Coverage
		want     int
		unknown  int
	}{
		{"nothing", nil, scanner.Coverage{}, Clean, 0},
		{"incomplete", nil, failed, Incomplete, 0},
		{"live", []scanner.Finding{key(scanner.Live)}, scanner.Coverage{}, Findings, 0},
		{"restricted", []scanner.Finding{key(scanner.Restricted)}, scanner.Coverage{}, Findings, 0},
		{"dead", []scanner.Finding{key(scanner.Invalid)}, scanner.Coverage{}, Clean, 0},
		{"dead, incomplete", []scanner.Finding{key(scanner.Invalid)}, failed, Incomplete, 0},
		{"live, incomplete", []scanner.Finding{key(scanner.Invalid), key(scanner.Live)}, failed, Findings, 0},
		{"live and unknown", []scanner.Finding{key(scanner.Unknown), key(scanner.Live)}, scanner.Coverage{}, Findings, 1},
		{"suppressed live", []scanner.Finding{suppressed(key(scanner.Live))}, scanner.Coverage{}, Clean, 0},
		{"suppressed live, incomplete", []scanner.Finding{suppressed(key(scanner.Live))}, failed, Incomplete, 0},
		{"suppressed unknown", []scanner.Finding{suppressed(key(scanner.Unknown))}, scanner.Coverage{}, Clean, 0},
		{"suppressed live and dead", []scanner.Finding{suppressed(key(scanner.Live)), key(scanner.Invalid)}, scanner.Coverage{}, Clean, 0},
		{"unchecked", []scanner.Finding{key(scanner.Unchecked)}, scanner.Coverage{}, Incomplete, 1},
		{"suspended", []scanner.Finding{key(scanner.Suspended)}, scanner.Coverage{}, Incomplete, 1},
		{"wrong host", []scanner.Finding{key(scanner.WrongHost)}, scanner.Coverage{}, Incomplete, 1},
		{"unverifiable twice", []scanner.Finding{key(scanner.Unverifiable), key(scanner.Unverifiable)}, scanner.Coverage{}, Incomplete, 2},
		{"no key", []scanner.Finding{{Severity: rules.Error}}, scanner.Coverage{}, Clean, 0},
		{"documented example", []scanner.Finding{{Key: documented}}, scanner.Coverage{}, Clean, 0},
	} {
		result := &scanner.Result{Findings: test.findings, Coverage: test.coverage}
		if got := liveStatus(result); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
		if got := unknown(test.findings); got != test.unknown {
			t.Errorf("%s: the liveness of %d keys is unknown, want %d", test.name, got, test.unknown)
		}
	}
}

func TestNoteUnknown(t *testing.T) {
	result := &scanner.Result{Findings: []scanner.Finding{key(scanner.Invalid)}}
	noteUnknown(result)
	if len(result.Coverage.Notes) > 0 {
		t.Errorf("got %q although everything is known", result.Coverage.Notes)
	}
	result.Findings = append(result.Findings, key(scanner.Unknown))
	noteUnknown(result)
	want := "the liveness of 1 key is unknown, so --fail-on-live does not pass"
	if len(result.Coverage.Notes) != 1 || result.Coverage.Notes[0] != want {
		t.Errorf("got %q, want %q", result.Coverage.Notes, want)
	}
}

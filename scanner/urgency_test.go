package scanner_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/scanner"
)

// Occurrences of each kind.
var (
	committed   = scanner.Occurrence{Path: "m", Object: scanner.ObjectFile, OnDisk: true, AtHead: true, Reachable: true, OID: "1", Commit: &scanner.Commit{SHA: "c"}}
	staged      = scanner.Occurrence{Path: "m", Object: scanner.ObjectIndex, OID: "1"}
	local       = scanner.Occurrence{Path: "m", Object: scanner.ObjectFile, OnDisk: true}
	past        = scanner.Occurrence{Path: "m", Object: scanner.ObjectBlob, Reachable: true, OID: "1", Commit: &scanner.Commit{SHA: "c"}}
	message     = scanner.Occurrence{Path: "m", Object: scanner.ObjectCommit, Reachable: true, OID: "1"}
	unreachable = scanner.Occurrence{Path: "m", Object: scanner.ObjectBlob, OID: "1", Commit: &scanner.Commit{SHA: "c"}}
)

func TestUrgency(t *testing.T) {
	for name, test := range map[string]struct {
		occurrences []scanner.Occurrence
		client      bool
		want        scanner.Urgency
	}{
		"committed":                      {[]scanner.Occurrence{committed}, false, scanner.UrgencyFiles},
		"at HEAD of a bare repository":   {[]scanner.Occurrence{{Object: scanner.ObjectBlob, AtHead: true, Reachable: true, OID: "1"}}, false, scanner.UrgencyFiles},
		"staged":                         {[]scanner.Occurrence{staged}, false, scanner.UrgencyFiles},
		"never committed":                {[]scanner.Occurrence{local}, false, scanner.UrgencyLocal},
		"in history":                     {[]scanner.Occurrence{past}, false, scanner.UrgencyHistory},
		"in a message":                   {[]scanner.Occurrence{message}, false, scanner.UrgencyHistory},
		"in no ref":                      {[]scanner.Occurrence{unreachable}, false, scanner.UrgencyUnreachable},
		"local and in history":           {[]scanner.Occurrence{local, past}, false, scanner.UrgencyHistory},
		"local and in no ref":            {[]scanner.Occurrence{local, unreachable}, false, scanner.UrgencyUnreachable},
		"in no ref and in history":       {[]scanner.Occurrence{unreachable, past}, false, scanner.UrgencyHistory},
		"in history and committed":       {[]scanner.Occurrence{past, committed}, false, scanner.UrgencyFiles},
		"in a client":                    {[]scanner.Occurrence{committed}, true, scanner.UrgencyClient},
		"in a build that git ignores":    {[]scanner.Occurrence{local}, true, scanner.UrgencyClient},
		"in a client of the past":        {[]scanner.Occurrence{past}, true, scanner.UrgencyHistory},
		"in a client that no ref has":    {[]scanner.Occurrence{unreachable}, true, scanner.UrgencyUnreachable},
		"in a client, and in the files":  {[]scanner.Occurrence{past, committed}, true, scanner.UrgencyClient},
		"nowhere, as no scan reports it": {nil, false, scanner.UrgencyLocal},
	} {
		f := scanner.Finding{Occurrences: test.occurrences, Exposure: scanner.Exposure{Client: test.client}}
		if got := f.Urgency(); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestWhereAnOccurrenceIs(t *testing.T) {
	for name, test := range map[string]struct {
		o                               scanner.Occurrence
		present, committed, unreachable bool
	}{
		"committed":   {committed, true, true, false},
		"staged":      {staged, true, false, false},
		"local":       {local, true, false, false},
		"past":        {past, false, true, false},
		"message":     {message, false, true, false},
		"unreachable": {unreachable, false, false, true},
		"on disk":     {scanner.Occurrence{OnDisk: true}, true, false, false},
		"a file":      {scanner.Occurrence{Object: scanner.ObjectFile}, true, false, false},
		"at HEAD":     {scanner.Occurrence{AtHead: true}, true, false, false},
	} {
		if test.o.Present() != test.present || test.o.Committed() != test.committed || test.o.Unreachable() != test.unreachable {
			t.Errorf("%s: present %t, committed %t, unreachable %t", name, test.o.Present(), test.o.Committed(), test.o.Unreachable())
		}
	}
}

// Each finding is more urgent than the next one by one criterion of the order, while
// later criteria are the other way round.
func TestCompareUrgency(t *testing.T) {
	type change = func(*scanner.Finding)
	at := func(occurrences ...scanner.Occurrence) change {
		return func(f *scanner.Finding) { f.Occurrences = occurrences }
	}
	is := func(state scanner.LivenessState) change {
		return func(f *scanner.Finding) { f.Liveness.State = state }
	}
	grade := func(s rules.Severity) change { return func(f *scanner.Finding) { f.Severity = s } }
	days := func(n int) change { return func(f *scanner.Finding) { f.Exposure.Days = n } }
	client := func(f *scanner.Finding) { f.Exposure.Client = true }
	lint := func(f *scanner.Finding) { f.Rule.Lint = true }
	suppressed := func(f *scanner.Finding) { f.Suppressed = &scanner.Suppression{} }
	path := func(path string, line int) change {
		return func(f *scanner.Finding) {
			f.Occurrences = slices.Clone(f.Occurrences)
			f.Occurrences[0].Path, f.Occurrences[0].Line = path, line
		}
	}
	order := []struct {
		name    string
		changes []change
	}{
		{"live in a client", []change{is(scanner.Live), client, at(committed)}},
		{"live in the files", []change{is(scanner.Restricted), at(committed)}},
		{"live in history", []change{is(scanner.Live), at(past)}},
		{"live and never committed", []change{is(scanner.Live), at(local)}},
		{"live warning in a client", []change{is(scanner.Live), grade(rules.Warning), client, at(committed), days(99)}},
		{"in a client", []change{client, at(committed)}},
		{"in the files for 9 days", []change{at(committed), days(9)}},
		{"in the files for 8 days, in 3 places", []change{at(committed, past, past), days(8)}},
		{"in the files for 8 days, in 2 places", []change{at(committed, past), days(8), path("a", 1)}},
		{"in the files, at a:2", []change{at(committed), path("a", 2)}},
		{"in the files, at a:3", []change{at(committed), path("a", 3)}},
		{"in the files, at b:1", []change{at(committed), path("b", 1)}},
		{"staged, at c", []change{at(staged), path("c", 1)}},
		{"in history", []change{at(past), days(999), is(scanner.Suspended)}},
		{"in a message, later in the alphabet", []change{at(message), days(998), is(scanner.Unknown)}},
		{"in no ref", []change{at(unreachable), days(9999)}},
		{"never committed", []change{at(local)}},
		{"invalid, in a client", []change{is(scanner.Invalid), client, at(committed)}},
		{"invalid, in history", []change{is(scanner.Invalid), at(past)}},
		{"lint error", []change{lint, at(committed), days(9)}},
		{"warning in history", []change{grade(rules.Warning), at(past)}},
		{"lint warning", []change{grade(rules.Warning), lint, at(committed), days(9)}},
		{"note in a client", []change{grade(rules.Note), client, at(committed)}},
		{"suppressed and live", []change{suppressed, is(scanner.Live), client, at(committed), days(9)}},
		{"suppressed", []change{suppressed, at(committed), days(9)}},
	}
	var want []string
	var findings []scanner.Finding
	for _, o := range order {
		f := scanner.Finding{Severity: rules.Error, Fingerprint: o.name}
		for _, change := range o.changes {
			change(&f)
		}
		want = append(want, o.name)
		findings = append(findings, f)
	}
	for i := range findings[1:] {
		a, b := &findings[i], &findings[i+1]
		if scanner.CompareUrgency(a, b) >= 0 || scanner.CompareUrgency(b, a) <= 0 || scanner.CompareUrgency(a, a) != 0 {
			t.Errorf("%s does not come before %s", a.Fingerprint, b.Fingerprint)
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(findings), func(i, j int) { findings[i], findings[j] = findings[j], findings[i] })
	scanner.SortFindings(findings)
	for i, f := range findings {
		if f.Fingerprint != want[i] {
			t.Errorf("%d: got %s, want %s", i, f.Fingerprint, want[i])
		}
	}
}

// Findings that are equal in all other criteria are ordered by fingerprint.
func TestOrderIsTotal(t *testing.T) {
	a := scanner.Finding{Fingerprint: "a", Occurrences: []scanner.Occurrence{local}}
	b := scanner.Finding{Fingerprint: "b", Occurrences: []scanner.Occurrence{local}}
	if scanner.CompareUrgency(&a, &b) >= 0 {
		t.Error("b comes before a")
	}
}

package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/internal/config"
	"github.com/qasleaks/qasleaks/internal/hint"
	"github.com/qasleaks/qasleaks/rules"
	"github.com/qasleaks/qasleaks/verify"
)

// configured returns a directory with a configuration.
func configured(t *testing.T, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	p, err := Request{}.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Targets) != 1 || p.Targets[0] != "." {
		t.Errorf("targets are %q", p.Targets)
	}
	if p.FailOn != rules.Error || p.Options.MinConfidence != rules.Low || len(p.Options.Rules) != len(rules.All()) {
		t.Errorf("fails on %v, from confidence %v, with %d rules", p.FailOn, p.Options.MinConfidence, len(p.Options.Rules))
	}
	if p.Options.Baseline != nil || p.Verifier != nil || len(p.Notes) > 0 {
		t.Errorf("got %+v", p)
	}
}

// The request has precedence over the configuration, and that over the defaults.
func TestPrecedence(t *testing.T) {
	dir := configured(t, "fail-on: note\nmin-confidence: high\nrules: {stale-key: off}\n")
	r := Request{Targets: []string{dir}}
	check := func(failOn rules.Severity, confidence rules.Confidence, ruleCount int) {
		t.Helper()
		p, err := r.Resolve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.FailOn != failOn || p.Options.MinConfidence != confidence || len(p.Options.Rules) != ruleCount {
			t.Errorf("fails on %v, from confidence %v, with %d rules; want %v, %v, %d",
				p.FailOn, p.Options.MinConfidence, len(p.Options.Rules), failOn, confidence, ruleCount)
		}
		want := "configuration " + filepath.Join(dir, config.FileName) + ": turns off 1 rule, sets min-confidence, sets fail-on"
		if len(p.Notes) != 1 || p.Notes[0] != want {
			t.Errorf("notes are %q, want %q", p.Notes, want)
		}
	}
	check(rules.Note, rules.High, len(rules.All())-1)
	r.FailOn, r.MinConfidence, r.Rules = "never", "low", []string{"stale-key"}
	check(config.Never, rules.Low, 1)
}

func TestMistakes(t *testing.T) {
	for want, r := range map[string]Request{
		"--staged and --no-history contradict each other":   {Staged: true, NoHistory: true},
		"--staged and --history-only contradict each other": {Staged: true, HistoryOnly: true},
		"--staged and --all-files contradict each other":    {Staged: true, AllFiles: true},
		"--staged and --range contradict each other":        {Staged: true, Range: "a..b"},
		"--staged and --since contradict each other":        {Staged: true, Since: "2026-01-31"},
		"--staged with 2 targets":                           {Staged: true, Targets: []string{"a", "b"}},
		"--no-history and --history-only leave nothing":     {NoHistory: true, HistoryOnly: true},
		"--no-history contradicts --range and --since":      {NoHistory: true, Since: "2026-01-31"},
		"invalid range":                                 {Range: "main"},
		"invalid value \"soon\" for --since":            {Since: "soon"},
		"unknown rule \"stale-keys\"":                   {Rules: []string{"stale-key", "stale-keys"}},
		"unknown confidence \"hihg\"":                   {MinConfidence: "hihg"},
		"unknown severity \"eror\"":                     {FailOn: "eror"},
		"--fail-on and --fail-on-live contradict":       {FailOn: "error", FailOnLive: true, Verify: &verify.Options{}},
		"--fail-on-live has no effect without --verify": {FailOnLive: true},
		"--trust with 2 targets":                        {Trust: "HEAD", Targets: []string{"a", "b"}},
		"read configuration: ":                          {Config: "missing.yml"},
		"read baseline: ":                               {Baseline: "missing.yml"},
	} {
		t.Chdir(t.TempDir())
		_, err := r.Resolve(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		} else if hint.Of(err) == "" {
			t.Errorf("%v has no hint", err)
		}
	}
}

func TestChanges(t *testing.T) {
	dir := configured(t, "exclude: [a, b]\nignore:\n- {fingerprint: 0123456789abcdef, reason: a}\nrules: {stale-key: {days: 90}, key-in-url: note}\n")
	p, err := Request{Targets: []string{dir}}.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Notes) != 1 || !strings.HasSuffix(p.Notes[0], ": excludes 2 globs, ignores 1 fingerprint, changes 2 rules") {
		t.Errorf("notes are %q", p.Notes)
	}
	if len(p.Options.Exclude) != 2 || len(p.Options.Ignores) != 1 {
		t.Errorf("excludes %q, ignores %v", p.Options.Exclude, p.Options.Ignores)
	}
}

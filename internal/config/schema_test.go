package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/xeipuuv/gojsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/rules"
)

// TestSchema has the schema for editors and the parser judge the same files: what one
// takes the other takes.
func TestSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "qasleaks.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	for content, valid := range map[string]bool{
		"": true, "exclude:\n": true, "exclude: ['dist/**', '*.snap']\n": true, "exclude: [/dist]\n": false, "exclude: [dist/]\n": false,
		"exclude: ['!a']\n": false, "exclude: [../a]\n": false, "exclude: ['']\n": false, "exclude: a\n": false, "exclude: [1]\n": false,
		"unknown: 1\n": false, "- a\n": false,
		"min-confidence: high\n": true, "min-confidence: never\n": false, "fail-on: never\n": true, "fail-on: high\n": false,
		"ignore:\n- {fingerprint: 0123456789abcdef, reason: a, until: '2027-01-31'}\n": true,
		"ignore:\n- {fingerprint: 0123456789abcdef}\n":                                 false,
		"ignore:\n- {fingerprint: 0123456789abcde, reason: a}\n":                       false,
		"ignore:\n- {fingerprint: 0123456789abcdef, reason: ' '}\n":                    false,
		"ignore:\n- {fingerprint: 0123456789abcdef, reason: a, about: b}\n":            false,
		"rules:\n": true, "rules: {}\n": true, "rules: off\n": false, "rules: {stale-keys: off}\n": false,
		"rules: {stale-key: off, qas-api-key: warning}\n": true, "rules: {stale-key: on}\n": false, "rules: {stale-key: false}\n": true,
		"rules: {stale-key: {days: 90, severity: warning, paths: [a/**], exclude: ['*.b']}}\n": true,
		"rules: {stale-key: {days: 0}}\n": false, "rules: {stale-key: {days: a}}\n": false, "rules: {stale-key: {}}\n": true,
		"rules: {key-in-url: {days: 90}}\n": false, "rules: {key-in-url: {severity: never}}\n": false, "rules: {key-in-url: {paths: [/a]}}\n": false,
		"rules: {key-in-url: {off: true}}\n": false, "rules: {key-in-url: [off]}\n": false, "rules: {key-in-url: }\n": true,
	} {
		_, err := Parse("f", []byte(content))
		if (err == nil) != valid {
			t.Errorf("%q: the parser says %v", content, err)
		}
		var value any
		if err := yaml.Unmarshal([]byte(content), &value); err != nil {
			t.Fatal(err)
		}
		result, err := schema.Validate(gojsonschema.NewGoLoader(value))
		if err != nil {
			t.Fatal(err)
		}
		if result.Valid() != valid {
			t.Errorf("%q: the schema says %v", content, result.Errors())
		}
	}
}

func TestTune(t *testing.T) {
	c, err := Parse("f", []byte("rules: {stale-key: {days: 90}, key-in-url: off, insecure-base-url: {severity: error, paths: [src/**]}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	byID := func(all []rules.Rule) map[string]rules.Tuning {
		tunings := map[string]rules.Tuning{}
		for _, r := range all {
			tunings[r.ID] = r.Tuning
		}
		return tunings
	}
	got := byID(c.Tune(rules.All(), false))
	want := byID(rules.All())
	want["stale-key"] = rules.Tuning{Days: 90}
	want["insecure-base-url"] = rules.Tuning{Severity: rules.Error, Paths: []string{"src/**"}}
	delete(want, "key-in-url")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if named := c.Tune(rules.All(), true); len(named) != len(rules.All()) {
		t.Error("a rule that is named does not run")
	}
}

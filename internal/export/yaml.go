package export

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/rules"
)

// trufflehog reads this of github.com/trufflesecurity/trufflehog
// (pkg/custom_detectors/CUSTOM_DETECTORS.md and custom_detectors.go at commit 3ab759fe,
// 2026-08-21). There is no verify: it would send keys to whoever is named there.
var trufflehog = Target{
	Name: "trufflehog",
	Form: "custom detectors for trufflehog 3, which verify nothing (YAML)",
	Next: "save it as trufflehog.yml, then run: trufflehog git file://. --config trufflehog.yml --results verified,unverified,unknown",
	write: func(patterns []rules.Pattern) string {
		var b strings.Builder
		b.WriteString(written("trufflehog") + "detectors:\n")
		for _, p := range patterns {
			fmt.Fprintf(&b, `  - name: %s
    keywords: [%s]
    regex:
      key: '%s'
    exclude_regexes_capture:
%s`, p.ID, list(p.Literals, "'"), p.Regexp(), items("      ", p.Except()))
		}
		return b.String()
	},
	read: func(file []byte) ([]rule, error) { return readYAML(file, "name", "detectors") },
}

// kingfisher reads this of github.com/mongodb/kingfisher (docs/RULES.md and
// src/rules/rule.rs at commit ee7c0db3, 2025-06-20); pattern_requirements are newer than
// that, and ignored before.
var kingfisher = Target{
	Name: "kingfisher",
	Form: "rules for kingfisher (YAML)",
	Next: "save it as kingfisher.yml, then run: kingfisher scan . --rules-path kingfisher.yml --redact --no-validate",
	write: func(patterns []rules.Pattern) string {
		return noseyRules("kingfisher", "    confidence: high\n", patterns)
	},
	read: readNosey,
}

// titus reads this of github.com/praetorian-inc/titus (pkg/rule/yaml.go, the rules next to
// it, and cmd/titus/scan.go at commit 369d8dc4, 2026-04-10): a file of one rule, which
// takes the place of its own.
var titus = Target{
	Name: "titus",
	Form: "the rule for titus, which takes one (YAML)",
	Next: "save it as titus.yml, then run: titus scan . --rules titus.yml; it looks for nothing else then, and its report shows keys",
	write: func(patterns []rules.Pattern) string {
		return noseyRules("titus", "", []rules.Pattern{rules.Join(patterns)})
	},
	read: readNosey,
}

// noseyRules writes what kingfisher and titus both read. They find the secret in the
// first group.
func noseyRules(target, more string, patterns []rules.Pattern) string {
	var b strings.Builder
	b.WriteString(written(target) + "rules:\n")
	for i, p := range patterns {
		fmt.Fprintf(&b, `  - name: %s
    id: qasphere.%d
    pattern: '%s'
%s    pattern_requirements:
      ignore_if_contains:
%s`, p.Title, i+1, p.Regexp(), more, items("        ", p.Examples))
	}
	return b.String()
}

func readNosey(file []byte) ([]rule, error) { return readYAML(file, "id", "rules") }

// semgrep reads this of semgrep.dev/docs/writing-rules/rule-syntax and
// rule_schema_v1.yaml of semgrep-interfaces (read 2026-11-25): "regex" is the language of
// rules that have nothing but expressions of PCRE2; ERROR is what is now called HIGH.
var semgrep = Target{
	Name: "semgrep",
	Form: "rules for semgrep (YAML)",
	Next: "save it as semgrep.yml, then run: semgrep scan --config semgrep.yml --metrics off; its report shows keys",
	write: func(patterns []rules.Pattern) string {
		var b strings.Builder
		b.WriteString(written("semgrep") + "rules:\n")
		for _, p := range patterns {
			fmt.Fprintf(&b, `  - id: %s
    languages: [regex]
    severity: ERROR
    message: %s written out. %s
    metadata:
      category: security
      cwe: 'CWE-798: Use of Hard-coded Credentials'
    patterns:
      - pattern-regex: '%s'
`, p.ID, p.Title, remediation, p.Regexp())
			for _, example := range exampleRegexps(p) {
				fmt.Fprintf(&b, "      - pattern-not-regex: '%s'\n", example)
			}
		}
		return b.String()
	},
	read: func(file []byte) ([]rule, error) { return readYAML(file, "id", "rules") },
}

// readYAML returns the rules at a key of a file.
func readYAML(file []byte, name, at string) ([]rule, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(file, &tree); err != nil {
		return nil, err
	}
	return rulesAt(tree, name, at), nil
}

// items writes values as a block sequence.
func items(indent string, values []string) string {
	var b strings.Builder
	for _, value := range values {
		fmt.Fprintf(&b, "%s- '%s'\n", indent, value)
	}
	return b.String()
}

package export

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/qasleaks/qasleaks/rules"
)

// gitleaks reads this of github.com/gitleaks/gitleaks (README.md, "Configuration", and
// config/config.go of v8.30.1, 2026-03). It lowers keywords and text before it compares
// them, and searches an allowlist's regexes in the secret, which is the group.
// [[rules.allowlists]] is there since v8.25.
var gitleaks = Target{
	Name:  "gitleaks",
	Form:  "configuration for gitleaks 8.25 or newer (TOML)",
	Next:  "save it as .gitleaks.toml, or add its [[rules]] to yours; then run: gitleaks git --redact",
	write: func(patterns []rules.Pattern) string { return gitleaksConfig("gitleaks", patterns) },
	read:  readTOML,
}

// betterleaks takes the same (config/config.go at commit 6381fa45, 2026-07-23); it
// looks for .betterleaks.toml first, then for .gitleaks.toml.
var betterleaks = Target{
	Name:  "betterleaks",
	Form:  "configuration for betterleaks (TOML)",
	Next:  "save it as .betterleaks.toml, or add its [[rules]] to yours; then run: betterleaks git --redact",
	write: func(patterns []rules.Pattern) string { return gitleaksConfig("betterleaks", patterns) },
	read:  readTOML,
}

func gitleaksConfig(target string, patterns []rules.Pattern) string {
	var b strings.Builder
	b.WriteString(written(target))
	b.WriteString("[extend]\nuseDefault = true\n")
	for _, p := range patterns {
		fmt.Fprintf(&b, `
[[rules]]
id = %q
description = %q
regex = '''%s'''
secretGroup = 1
keywords = [%s]

  [[rules.allowlists]]
  description = "Documented examples and names of properties"
  regexes = [%s]
`, p.ID, p.Title, p.Regexp(), list(lower(p.Literals), `"`), list(p.Except(), "'''"))
	}
	return b.String()
}

// gitlab reads this of docs.gitlab.com/user/application_security/secret_detection/pipeline,
// "Extend the default ruleset", "Ignore patterns and paths" and "Custom rule format" of
// the rulesets schema (read 2026-11-25). A rule's fields are title, description,
// remediation, id, keywords and regex; the secret is the first group. The allowlist is
// that of all rules, and so has examples only.
var gitlab = Target{
	Name: "gitlab",
	Form: "ruleset for GitLab's pipeline secret detection (TOML)",
	Next: "save it as .gitlab/secret-detection-ruleset.toml on the default branch; GitLab Ultimate reads it",
	write: func(patterns []rules.Pattern) string {
		var b strings.Builder
		b.WriteString(written("gitlab"))
		b.WriteString(`[secrets]
description = "GitLab's rules, and QA Sphere API keys"

[[secrets.passthrough]]
type = "raw"
target = "gitleaks.toml"
value = '''
title = "GitLab's rules, and QA Sphere API keys"

[extend]
path = "/gitleaks.toml"
`)
		var examples []string
		for _, p := range patterns {
			fmt.Fprintf(&b, `
[[rules]]
id = %q
title = %q
description = %q
remediation = %q
regex = '%s'
keywords = [%s]
`, p.ID, p.Title, p.Title+" written out", remediation, p.Regexp(), list(lower(p.Literals), `"`))
			examples = append(examples, exampleRegexps(p)...)
		}
		fmt.Fprintf(&b, "\n[allowlist]\ndescription = \"Documented examples\"\nregexes = [%s]\n'''\n", list(examples, "'"))
		return b.String()
	},
	read: func(file []byte) ([]rule, error) {
		var ruleset struct {
			Secrets struct {
				Passthrough []struct{ Type, Value string }
			}
		}
		if err := toml.Unmarshal(file, &ruleset); err != nil {
			return nil, err
		}
		all, err := readTOML(file)
		for _, p := range ruleset.Secrets.Passthrough {
			if p.Type == "raw" && err == nil {
				var inside []rule
				inside, err = readTOML([]byte(p.Value))
				all = append(all, inside...)
			}
		}
		return all, err
	},
}

// readTOML returns the [[rules]] of a configuration.
func readTOML(file []byte) ([]rule, error) {
	var tree map[string]any
	if err := toml.Unmarshal(file, &tree); err != nil {
		return nil, err
	}
	return rulesAt(tree, "id", "rules"), nil
}

// exampleRegexps returns expressions for the documented examples of a pattern.
func exampleRegexps(p rules.Pattern) []string {
	p.Words = ""
	return p.Except()
}

// list writes values between quotes, with commas between.
func list(values []string, quote string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = quote + value + quote
	}
	return strings.Join(quoted, ", ")
}

func lower(values []string) []string {
	lowered := make([]string, len(values))
	for i, value := range values {
		lowered[i] = strings.ToLower(value)
	}
	return lowered
}

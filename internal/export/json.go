package export

import (
	"bytes"
	"encoding/json"

	"github.com/qasleaks/qasleaks/rules"
)

// github takes this as the body of POST /repos/OWNER/REPO/secret-scanning/custom-patterns,
// and below /orgs/ORG and /enterprises/ENTERPRISE
// (docs.github.com/rest/secret-scanning/custom-patterns, general since 2026-07-13; schema
// secret-scanning-custom-pattern-to-create of API version 2026-03-10). The engine is
// Hyperscan (docs.github.com/code-security/reference/secret-security/custom-patterns). The
// default start delimiter is right: what precedes a key is no letter and no digit.
var github = Target{
	Name: "github",
	Form: "custom patterns for GitHub's secret scanning: the body for its REST API (JSON)",
	Next: "post it: gh api -X POST repos/OWNER/REPO/secret-scanning/custom-patterns --input FILE; or paste it in Settings, Advanced Security, New pattern: " +
		"name is Pattern name, pattern Secret format, end_delimiter After secret, must_not_match Additional match requirements. Dry run it, then publish it",
	write: func(patterns []rules.Pattern) string {
		type custom struct {
			Name         string   `json:"name"`
			Pattern      string   `json:"pattern"`
			EndDelimiter string   `json:"end_delimiter"`
			MustNotMatch []string `json:"must_not_match"`
		}
		body := struct {
			Patterns []custom `json:"patterns"`
		}{}
		for _, p := range patterns {
			body.Patterns = append(body.Patterns, custom{p.Title, p.Unbounded, rules.PatternEnd, p.Except()})
		}
		return indented(body)
	},
	read: func(file []byte) ([]rule, error) { return readJSON(file, "name", "patterns") },
}

// secretlint reads this of @secretlint/secretlint-rule-pattern (README.md and
// src/index.ts of 12.0.0). What allows is searched in the match.
var secretlint = Target{
	Name: "secretlint",
	Form: "configuration for secretlint with @secretlint/secretlint-rule-pattern (JSON)",
	Next: `save it as .secretlintrc.json, or add its rule to yours; npm install -D secretlint @secretlint/secretlint-rule-pattern; then run: npx secretlint --maskSecrets "**/*"`,
	write: func(patterns []rules.Pattern) string {
		type named struct {
			Name     string   `json:"name"`
			Patterns []string `json:"patterns"`
		}
		type options struct {
			Patterns []named  `json:"patterns"`
			Allows   []string `json:"allows"`
		}
		type lintRule struct {
			ID      string  `json:"id"`
			Options options `json:"options"`
		}
		o := options{}
		for _, p := range patterns {
			o.Patterns = append(o.Patterns, named{p.Title, []string{"/" + p.Regexp() + "/"}})
			for _, e := range p.Except() {
				o.Allows = append(o.Allows, "/"+e+"/")
			}
		}
		return indented(map[string]any{"rules": []lintRule{{"@secretlint/secretlint-rule-pattern", o}}})
	},
	read: func(file []byte) ([]rule, error) { return readJSON(file, "name", "rules", "options", "patterns") },
}

func indented(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic(err) // of strings and lists only
	}
	return b.String()
}

func readJSON(file []byte, name string, at ...string) ([]rule, error) {
	var tree any
	if err := json.Unmarshal(file, &tree); err != nil {
		return nil, err
	}
	return rulesAt(tree, name, at...), nil
}

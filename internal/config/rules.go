package config

import (
	"cmp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/qasleaks/qasleaks/internal/nearest"
	"github.com/qasleaks/qasleaks/rules"
)

// tune reads the settings of rules: "off", a severity, or a mapping for each.
func (c *Config) tune(p parser, node *yaml.Node) error {
	read := map[string]func(*yaml.Node) error{}
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
		read[r.ID] = func(n *yaml.Node) error {
			set, err := p.ruleSetting(n, r)
			if c.Rules == nil {
				c.Rules = map[string]RuleSetting{}
			}
			c.Rules[r.ID] = set
			return err
		}
	}
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if key := node.Content[i]; read[key.Value] == nil {
				advice := cmp.Or(nearest.Hint(key.Value, ids), "\"qasleaks rules\" lists them")
				return p.fail(key, advice, "unknown rule %q", key.Value)
			}
		}
	}
	return p.mapping(node, read)
}

func (p parser) ruleSetting(node *yaml.Node, rule rules.Rule) (set RuleSetting, err error) {
	if node.Kind == yaml.ScalarNode && !isNull(node) {
		if strings.EqualFold(node.Value, "off") || node.Tag == "!!bool" && node.Value == "false" {
			return RuleSetting{Off: true}, nil
		}
		if set.Tuning.Severity, err = rules.ParseSeverity(node.Value); err != nil {
			err = p.fail(node, "", "rule %s: expected off, error, warning, note, or a mapping, got %q", rule.ID, node.Value)
		}
		return set, err
	}
	keys := map[string]func(*yaml.Node) error{
		"severity": func(n *yaml.Node) (err error) {
			set.Tuning.Severity, err = choice(p, n, rules.ParseSeverity)
			return err
		},
		"paths":   func(n *yaml.Node) error { return p.globs(n, &set.Tuning.Paths) },
		"exclude": func(n *yaml.Node) error { return p.globs(n, &set.Tuning.Exclude) },
	}
	if rule.Tuning.Days > 0 {
		keys["days"] = func(n *yaml.Node) error {
			days, err := strconv.Atoi(n.Value)
			if n.Kind != yaml.ScalarNode || err != nil || days < 1 {
				return p.fail(n, "write a whole number, such as 90", "expected a number of days")
			}
			set.Tuning.Days = days
			return nil
		}
	}
	return set, p.mapping(node, keys)
}

package export

import (
	"fmt"
	"slices"

	"github.com/qasleaks/qasleaks/rules"
)

// rule is one rule of a tool's configuration: what names it, and what it holds. Where a
// format has no names the name is the expression.
type rule struct {
	name  string
	holds map[string]any
}

// forPeople are fields that change nothing of what a rule finds.
var forPeople = []string{"title", "description", "remediation", "message", "severity", "confidence", "metadata", "name"}

// Gap is a rule that a configuration lacks.
type Gap struct {
	// Rule is how the tool names it.
	Rule string
	// Outdated says that there is one of that name, which finds less or other keys.
	Outdated bool
}

// String says what the gap is: "qas-api-key is missing".
func (g Gap) String() string {
	if g.Outdated {
		return g.Rule + " is out of date"
	}
	return g.Rule + " is missing"
}

// Check returns what a configuration lacks of what the target writes. It may hold more:
// rules, fields, keywords. An error says that the file is none of the target's.
func (t Target) Check(file []byte) ([]Gap, error) {
	found, err := t.read(file)
	if err != nil {
		return nil, fmt.Errorf("read a file of %s: %w", t.Name, err)
	}
	wanted, err := t.read(t.Config())
	if err != nil {
		return nil, fmt.Errorf("read what is written for %s: %w", t.Name, err)
	}
	var gaps []Gap
	for i, want := range wanted {
		same := slices.DeleteFunc(slices.Clone(found), func(r rule) bool { return r.name != want.name })
		if slices.ContainsFunc(same, func(r rule) bool { return covers(want.holds, r.holds) }) {
			continue
		}
		gap := Gap{want.name, len(same) > 0}
		if want.holds == nil { // its name is an expression
			gap.Rule = "the pattern"
			if len(wanted) > 1 {
				gap.Rule = "the pattern " + rules.Patterns()[i].ID
			}
		}
		gaps = append(gaps, gap)
	}
	return gaps, nil
}

// covers reports whether got has all of want, and may have more.
func covers(want, got any) bool {
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		for key, value := range want {
			if !slices.Contains(forPeople, key) && !covers(value, got[key]) {
				return false
			}
		}
		return ok || len(want) == 0
	case []any:
		got, _ := got.([]any)
		return !slices.ContainsFunc(want, func(value any) bool {
			return !slices.ContainsFunc(got, func(other any) bool { return covers(value, other) })
		})
	}
	return want == got
}

// rulesAt returns the rules in the lists at a path of keys, by the key that names them.
func rulesAt(tree any, name string, at ...string) []rule {
	var all []rule
	switch tree := tree.(type) {
	case []any:
		for _, element := range tree {
			all = append(all, rulesAt(element, name, at...)...)
		}
	case map[string]any:
		if len(at) > 0 {
			return rulesAt(tree[at[0]], name, at[1:]...)
		}
		if text, ok := tree[name].(string); ok {
			all = append(all, rule{text, tree})
		}
	}
	return all
}

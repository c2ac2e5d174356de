package rules_test

import (
	"fmt"
	"strings"

	"github.com/qasleaks/qasleaks/internal/keytest"
	"github.com/qasleaks/qasleaks/rules"
)

// A rule is called at its anchors. Here the anchor is the name of a variable, and the
// match is a key whose token the rule does not repeat.
func ExampleRule() {
	selected, err := rules.Select([]string{"qas-assigned-key"})
	if err != nil {
		panic(err)
	}
	rule := selected[0]
	text := keytest.Expand("export QAS_TOKEN={{key 1}}")
	at := strings.Index(text, rule.Anchors[0].Literal)
	match, ok := rule.Find([]byte(text), at)
	fmt.Println(ok, match.Severity, match.Confidence)
	fmt.Println(match.Key)
	fmt.Println(match.Key.CreatedAt.Format("2006-01-02"))
	fmt.Println(match.Message, match.Where)
	// Output:
	// true error high
	// rer6156506.1CJo8oDjj_ZwyinHERHusRP.****
	// 2025-01-02
	// QA Sphere API key of tenant rer6156506 assigned to QAS_TOKEN
}

// A lint rule may judge the files of a scan together.
func ExampleRule_check() {
	selected, err := rules.Select([]string{"tracked-credential-file"})
	if err != nil {
		panic(err)
	}
	text := keytest.Expand("QAS_TOKEN={{token 1}}\n")
	for _, finding := range selected[0].Check(rules.Project{
		Files: []rules.File{{Path: ".env", InGit: true, Tracked: true, Read: func() []byte { return []byte(text) }}},
	}) {
		fmt.Println(finding.Path, finding.Severity)
		fmt.Println("add to", finding.Append.Path+":", finding.Append.Line)
	}
	// Output:
	// .env warning
	// add to .gitignore: /.env
}

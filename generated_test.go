package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/qasleaks/qasleaks/rules"
)

// TestRulesDoc keeps docs/rules.md what the rules say of themselves.
func TestRulesDoc(t *testing.T) {
	const name = "docs/rules.md"
	want := rulesDoc()
	if *update {
		write(t, name, want)
	}
	if got := read(t, name); got != want {
		t.Errorf("%s is not what the rules say: run go test -run TestRulesDoc . -update", name)
	}
}

func rulesDoc() string {
	var b strings.Builder
	b.WriteString("# Rules\n\n<!-- Generated from rules/ by go test -run TestRulesDoc . -update -->\n\n")
	b.WriteString(rulesTable("#"))
	for _, r := range rules.All() {
		help := strings.ReplaceAll("\n"+strings.TrimSpace(r.Help), "\n#", "\n##")
		fmt.Fprintf(&b, "\n## %s\n\n%s. Severity %s, confidence %s.\n%s\n", r.ID, r.Title, r.Severity, r.Confidence, help)
	}
	return b.String()
}

func rulesTable(link string) string {
	var b strings.Builder
	b.WriteString("| rule | severity | what |\n|---|---|---|\n")
	for _, r := range rules.All() {
		fmt.Fprintf(&b, "| [`%s`](%s%s) | %s | %s |\n", r.ID, link, r.ID, r.Severity, r.Title)
	}
	return b.String()
}

// TestConfigurationSchema keeps docs/qasleaks.schema.json what package config reads.
func TestConfigurationSchema(t *testing.T) {
	const name = "docs/qasleaks.schema.json"
	want := configurationSchema(t)
	if *update {
		write(t, name, want)
	}
	if read(t, name) != want {
		t.Errorf("%s does not have the rules there are: run go test -run TestConfigurationSchema . -update", name)
	}
}

// configurationSchema fills the rules into the schema that is there.
func configurationSchema(t *testing.T) string {
	t.Helper()
	schema := map[string]any{}
	if err := json.Unmarshal([]byte(read(t, "docs/qasleaks.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{}
	for _, r := range rules.All() {
		definition := "#/definitions/rule"
		if r.Tuning.Days > 0 {
			definition = "#/definitions/ruleWithDays"
		}
		settings[r.ID] = map[string]any{"description": r.Title, "$ref": definition}
	}
	schema["properties"].(map[string]any)["rules"].(map[string]any)["properties"] = settings
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// TestReadme keeps the screen on top of the README a real one, and its table of
// rules whole.
func TestReadme(t *testing.T) {
	const name = "README.md"
	readme := read(t, name)
	want := withRegion(t, readme, "screen", screen(t))
	want = withRegion(t, want, "rules", rulesTable("docs/rules.md#"))
	if *update && timeless(readme) != timeless(want) {
		write(t, name, want)
		readme = want
	}
	if timeless(readme) != timeless(want) {
		t.Errorf("%s does not show what is: run go test -run TestReadme . -update", name)
	}
}

// screen runs the demo and returns the two most instructive findings of its report, as
// a block of Markdown.
func screen(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("qasleaks", "demo").Output()
	if err != nil {
		t.Fatal(err)
	}
	findings, advice, ok := strings.Cut(string(out), "What to do\n")
	if !ok {
		t.Fatalf("the demo gives no advice:\n%s", out)
	}
	var shown []string
	keys, _, _ := strings.Cut(findings, "\n\nnote[") // without the findings about old keys
	for finding := range strings.SplitSeq(strings.TrimSpace(keys), "\n\nerror[") {
		if strings.Contains(finding, "dist/app.") || strings.Contains(finding, "ci/upload.sh") {
			shown = append(shown, "error["+strings.TrimPrefix(finding, "error["))
		}
	}
	_, sum, _ := strings.Cut(advice, "\n\n")
	return "```console\n$ go run . demo\n" + strings.Join(shown, "\n\n…\n\n") + "\n\n…\n\n" + sum + "```\n"
}

// withRegion replaces the text between the marks of a region.
func withRegion(t *testing.T, text, region, content string) string {
	t.Helper()
	marks := regexp.MustCompile(`(?s)(<!-- begin ` + region + `:[^\n]*-->\n).*?(<!-- end ` + region + ` -->)`)
	if !marks.MatchString(text) {
		t.Fatalf("there is no region %s", region)
	}
	return marks.ReplaceAllStringFunc(text, func(match string) string {
		parts := marks.FindStringSubmatch(match)
		return parts[1] + content + parts[2]
	})
}

// passing is what differs from one run to the next: ages, and how long it took.
var passing = regexp.MustCompile(`\d+ (minute|hour|day|month|year)s?\b|in [\d.,]+ m?s\b`)

func timeless(text string) string { return passing.ReplaceAllString(text, "TIME") }

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
